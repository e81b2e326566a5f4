"""A carrier of our own making: asks by JSON, subscribes, pushes, shakes hands, and wants a bearer."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from aftersales.partners import push_token_hash
from carriers import wire
from carriers.carrier import (
    Access,
    Authorizing,
    Carrier,
    Handshake,
    Incoming,
    Meaning,
    Parcel,
    Pushing,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Subscribed,
    Subscribing,
    Token,
    Tracking,
)
from db.enums import PushAuthenticity, TrackingStatus
from db.ids import uuid7
from db.models.partners import CarrierAccount, CarrierRow, Merchant
from db.reach import EVERYTHING
from db.session import Store
from tests.worker.making import NOON


def _bearer(access: Access) -> dict[str, str]:
    return {"authorization": f"Bearer {access.token}"} if access.token else {}


def track(parcels: Sequence[Parcel], access: Access) -> Request:
    numbers = [parcel.tracking_number for parcel in parcels]
    return wire.json_request("POST", f"{access.base_url}/track", numbers, _bearer(access))


def subscribe(parcels: Sequence[Parcel], access: Access) -> Request:
    numbers = [parcel.tracking_number for parcel in parcels]
    return wire.json_request("POST", f"{access.base_url}/subscribe", numbers, _bearer(access))


def _reading(body: bytes) -> Reading:
    told: dict[str, Any] = wire.object_of(body)
    shipments = [
        ReadShipment(
            number,
            tuple(
                Scan(datetime.fromisoformat(at), Meaning(TrackingStatus(status)), status)
                for at, status in entry["scans"]
            ),
        )
        for number, entry in told.items()
        if "scans" in entry
    ]
    errors = [
        ReadError(entry["error"], "no such number", number or None, not_found=True)
        for number, entry in told.items()
        if "error" in entry
    ]
    return Reading(tuple(shipments), errors=tuple(errors))


def _subscribed(reply: Reply, parcels: Sequence[Parcel]) -> Subscribed:
    if reply.status != 200:
        return Subscribed(errors=(ReadError(str(reply.status), "refused"),))
    return Subscribed(tuple(parcel.tracking_number for parcel in parcels), subscription_id="sub-1")


def _verify(incoming: Incoming, access: Access) -> None:
    wire.demand(access.push_secret, incoming.headers.get("x-secret"), "secret")


def _handshake(incoming: Incoming, access: Access) -> Handshake | None:
    hello = incoming.query.get("hello")
    if hello is None:
        return None
    return Handshake(Reply(200, hello.encode()), Request("GET", f"{access.base_url}/confirm"), activates=True)


def answer(**numbers: Any) -> bytes:
    """An answer: scans as (moment, status) or an error by number."""
    return json.dumps(numbers).encode()


def scans(*told: tuple[datetime, TrackingStatus]) -> dict[str, Any]:
    return {"scans": [(at.isoformat(), status.value) for at, status in told]}


def carrier(*, authorizing: bool = False, subscribing: Subscribing | None = None, pushing: bool = True) -> Carrier:
    """The carrier with the abilities a test needs."""
    return Carrier(
        code="tiny",
        name_en="Tiny",
        name_zh="",
        country="CN",
        zone="Asia/Shanghai",
        hosts={},
        credentials={},
        codes=(),
        confidence={},
        authorizing=Authorizing(
            lambda access: Request("POST", f"{access.base_url}/token"),
            lambda reply: Token(wire.object_of(reply.body)["token"], timedelta(hours=1)),
        )
        if authorizing
        else None,
        tracking=Tracking(track, lambda reply: _reading(reply.body), at_most=2, no_oftener=timedelta(minutes=10)),
        subscribing=subscribing,
        pushing=Pushing(
            PushAuthenticity.SHARED_SECRET,
            _verify,
            lambda incoming: _reading(incoming.body),
            lambda _: Reply(200, b"thanks"),
            _handshake,
        )
        if pushing
        else None,
    )


SUBSCRIBING = Subscribing(subscribe, _subscribed, at_most=10, lasts=timedelta(days=10))


async def account(store: Store, owner: Merchant, base_url: str, **columns: Any) -> CarrierAccount:
    """An account with the tiny carrier; its push token is "tiny-" and its id."""
    async with store.writing(EVERYTHING) as session:
        if await session.get(CarrierRow, "tiny") is None:
            session.add(CarrierRow(code="tiny", name="Tiny", created_at=NOON))
            await session.flush()
        id_ = uuid7()
        made = CarrierAccount(
            id=id_,
            merchant_id=owner.id,
            carrier_code="tiny",
            name=id_.hex,
            base_url=base_url,
            push_token_hash=push_token_hash(f"tiny-{id_.hex}"),
            **columns,
        )
        made.seal(store.vault, credentials="{}", push_token=f"tiny-{id_.hex}", push_secret="let me in")
        session.add(made)
    return made
