"""A partner's webhook endpoint on loopback: it keeps what came and answers as told."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import uvicorn
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aftersales import webhooks
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce
from aftersales.webhooks import EndpointWish, Owner
from cli import hosting
from db.enums import PartnerKind, SigningScheme, Subject
from db.models.shipments import Shipment
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from worker import fanout, sealing
from worker.posting import Post
from worker.webhooks import Render, Sender


@dataclass
class Came:
    """One message as it came."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def told(self) -> Any:
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """What came, by path; ``answer`` says what goes back (200 unless told)."""

    url: str = ""
    came: list[Came] = field(default_factory=list)
    answers: dict[str, Callable[[Came], Response]] = field(default_factory=dict)
    holds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    async def receive(self, request: Request) -> Response:
        one = Came(dict(request.headers), await request.body(), request.url.path)
        self.came.append(one)
        await asyncio.sleep(self.holds[one.path])
        answer = self.answers.get(one.path)
        return answer(one) if answer else Response(b"thanks")

    def at(self, path: str) -> list[Came]:
        return [each for each in self.came if each.path == path]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    receiver = Receiver()
    app = Starlette(routes=[Route("/{path:path}", receiver.receive, methods=["POST"])])
    listener = hosting.bound(0)
    receiver.url = hosting.address(listener)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield receiver
    finally:
        server.should_exit = True
        await serving


@dataclass
class Bench:
    """A store, a clock that stands until it is moved, and a sender of it."""

    store: Store
    receiver: Receiver
    now: datetime = make.NOW
    render: Render | None = None
    random: Callable[[], float] = lambda: 0.5
    post: Post = field(default_factory=lambda: Post(dev=True))
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.sender = Sender(self.store, lambda: self.now, self.post, self.render, self.random)

    async def run_fanout(self) -> None:
        """Everything that happened is queued."""
        await sealing.drain(self.store)
        while await fanout.fan_out(self.store, self.now):
            pass

    async def run(self) -> None:
        """Everything that is due now is fanned out, sent and written down."""
        await self.run_fanout()
        while await self.sender.step():
            await self.sender.idle()

    async def after(self, **wait: float) -> None:
        """So much later, everything that is due then."""
        self.now += timedelta(**wait)
        await self.run()

    async def endpoint(self, who: make.Someone, path: str, **wish: Any) -> WebhookEndpoint:
        """An endpoint of theirs; with its secret in ``shown_secret``."""
        signing = wish.pop("signing", SigningScheme.HMAC_SHA256)
        given = {"topics": ["*"], "dev": True, **wish}
        owner = owner_of(who)
        async with self.store.writing(EVERYTHING) as session:
            return await webhooks.create(
                session,
                self.store.vault,
                owner,
                EndpointWish(self.receiver.url + path, **given),
                signing,
                now=self.now,
            )

    async def fresh(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        async with self.store.reading(EVERYTHING) as session:
            return await session.get_one(WebhookEndpoint, endpoint.id)

    async def set(self, endpoint: WebhookEndpoint, **columns: Any) -> None:
        async with self.store.writing(EVERYTHING) as session:
            await session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id).values(**columns))

    async def deliveries(self, endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
        one = WebhookDelivery
        async with self.store.reading(EVERYTHING) as session:
            mine = select(one).where(one.endpoint_id == endpoint.id).order_by(one.position, one.id)
            return list(await session.scalars(mine))

    async def attempts(self, delivery: WebhookDelivery) -> list[WebhookAttempt]:
        one = WebhookAttempt
        async with self.store.reading(EVERYTHING) as session:
            return list(await session.scalars(select(one).where(one.delivery_id == delivery.id).order_by(one.id)))

    async def parcel(self, who: make.Someone, number: str, carrier: str = "sf") -> Shipment:
        assert who.merchant
        return await make.shipment(self.store, who.merchant.id, number, carrier)

    async def stir(self, parcel: Shipment, times: int = 1) -> None:
        """Something is heard of the parcel, so many times."""
        for _ in range(times):
            async with self.store.writing(EVERYTHING) as session:
                row = await session.get_one(Shipment, parcel.id, with_for_update=True)
                row.pieces = (row.pieces or 0) + 1
                fact = Fact(SHIPMENT_SCANNED, row, self.now, after={"status": "IN_TRANSIT", "reason": None})
                await announce(session, [fact], make.BY, now=self.now)


def owner_of(who: make.Someone) -> Owner:
    """For whom an endpoint of theirs listens, made with a key of all scopes to read."""
    is_carrier = who.partner.kind is PartnerKind.CARRIER
    return Owner(
        partner_id=who.partner.id,
        merchant_id=who.merchant.id if who.merchant else None,
        carrier_code=who.partner.carrier_code if is_carrier else None,
        subjects=[each.value for each in Subject],
        scopes=["orders:read", "shipments:read"],
    )
