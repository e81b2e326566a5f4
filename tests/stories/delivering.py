"""What stories of deliveries need: a parcel on its way at its carrier's sandbox, wishes for it, and a wire that breaks."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2

from aftersales import credentials
from carriers import magic, scripts
from carriers.scripts import Script
from cli import sandbox
from db.enums import PartnerKind, TrackingStatus
from db.models.orders import Order
from db.models.partners import Partner
from db.models.shipments import Shipment
from tests import make
from tests.stories.conftest import Stage

CHANGE = "deliveryChange { id kind state party reason nextStep window { start end } shipment { id } } userErrors { code field }"
SEEN = "query($id: ID!) { shipment(id: $id) { allowedActions deliveryChanges { id kind state reason nextStep } } }"
DOOR = {"country": "CN", "region": "广东省", "city": "深圳市", "district": "福田区", "street": ["深南大道2号"]}
AMERICAN = {
    "country": "US",
    "region": "IL",
    "city": "Springfield",
    "street": ["456 Oak Avenue"],
    "postalCode": "62701",
    "name": "Jane Smith",
    "phone": "+12175551234",
}
MUTATIONS = {
    "RESCHEDULE": "deliveryReschedule",
    "REDIRECT": "deliveryRedirect",
    "HOLD": "deliveryHold",
    "LEAVE_WITH": "deliveryRedirect",
    "RETURN": "deliveryReturn",
}
_serials = count(1000)


def text(name: str) -> str:
    kind = name[0].upper() + name[1:] + "Input"
    return f"mutation($input: {kind}!, $key: String!) {{ {name}(input: $input) @idempotent(key: $key) {{ {CHANGE} }} }}"


async def wished(stage: Stage, who: make.Someone, name: str, parcel: Shipment, **more: Any) -> Any:
    wish = {"shipmentId": parcel.typeid, **more}
    return (await stage.api.ask(who, text(name), input=wish, key=uuid4().hex))[name]


def tomorrow(stage: Stage, hours: int = 2) -> dict[str, str]:
    """A window within tomorrow at the door in China."""
    start = (stage.api.clock.now + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    return {"start": start.isoformat(), "end": (start + timedelta(hours=hours)).isoformat()}


def saying(stage: Stage, kind: str, door: dict[str, Any]) -> dict[str, Any]:
    """What each wish says beside its parcel."""
    said: dict[str, dict[str, Any]] = {
        "RESCHEDULE": {"window": tomorrow(stage)},
        "REDIRECT": {"address": door},
        "LEAVE_WITH": {"mode": "LEAVE_WITH", "leaveWith": "Mrs Li, 502", "address": door},
    }
    return said.get(kind, {})


async def on_its_way(
    stage: Stage, carrier: str = "sf", script: Script = scripts.IN_TRANSIT, number: str = "", **columns: Any
) -> tuple[Any, Order, Shipment]:
    """A merchant with a parcel that is in transit, since ten hours at its carrier's sandbox too."""
    accounts = columns.pop("accounts", ("sf", "ups", "zto"))
    who = await stage.seller(*accounts)
    order = await make.order(stage.store, who.merchant_id, uuid4().hex, customer={"externalId": uuid4().hex})
    number = number or magic.number(carrier, script, next(_serials))
    for each in {carrier, *accounts}:
        stage.book.begin(each, number, stage.api.clock.now - timedelta(hours=10))
    columns = {"status": TrackingStatus.IN_TRANSIT, "zone": "Asia/Shanghai", **columns}
    parcel = await make.shipment(stage.store, who.merchant_id, number, carrier, [order], **columns)
    return who, order, parcel


def buyer(stage: Stage, order: Order, *scopes: str) -> make.Someone:
    given = (timedelta(hours=1), stage.api.clock.now, scopes or ("shipments:read", "deliveries:write"))
    token, _ = credentials.mint_customer_token(stage.store.vault, order.merchant_id, order.customer_id, *given)
    return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)


async def changes(stage: Stage, who: make.Someone, parcel: Shipment) -> Any:
    return (await stage.api.ask(who, SEEN, id=parcel.typeid))["shipment"]["deliveryChanges"]


async def allowed(stage: Stage, who: make.Someone, parcel: Shipment) -> Any:
    return (await stage.api.ask(who, SEEN, id=parcel.typeid))["shipment"]["allowedActions"]


@dataclass
class Wire(httpx2.AsyncBaseTransport):
    """The way to the sandbox. ``troubles`` befall the calls whose path or body has ``about``, one each: "lost" on the way
    back, "cut" on the way out, "down" (a 503). It counts those calls."""

    inner: httpx2.AsyncBaseTransport
    about: str
    troubles: deque[str] = field(default_factory=deque)
    always: str = ""
    told: int = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.about not in request.url.path + request.content.decode(errors="replace"):
            return await self.inner.handle_async_request(request)
        trouble = self.always or (self.troubles.popleft() if self.troubles else "")
        if trouble == "down":
            return httpx2.Response(429, stream=httpx2.ByteStream(b""))
        if trouble == "cut":
            raise httpx2.ReadError("cut off on the way", request=request)
        self.told += 1
        response = await self.inner.handle_async_request(request)
        if trouble == "lost":
            await response.aread()
            raise httpx2.ReadError("the answer was lost", request=request)
        return response


def wire(stage: Stage, about: str, *troubles: str, always: str = "") -> Wire:
    """From now on the worker goes out over a wire that breaks."""
    inner = httpx2.ASGITransport(app=sandbox.create_app(stage.book, stage.api.clock))
    found = Wire(inner, about, deque(troubles), always)
    stage.worker.client = httpx2.AsyncClient(transport=found)
    return found


async def after_a_minute(stage: Stage) -> None:
    for _ in range(12):
        stage.api.clock.now += timedelta(seconds=5)
        await stage.work(1)
