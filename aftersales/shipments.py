"""Parcels are registered, no longer followed, or found to be another carrier's. What is heard of them on their way is
recorded in ``tracking``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from aftersales import deliveries, events, following, parking
from aftersales.kinds import Kind
from aftersales.log import By, Fact, announce
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.wishes import Desk, ShipmentWish, demand, given, link, normalise, phone_tail, prepare
from db.models.partners import CarrierRow
from db.models.shipments import Shipment
from db.vault import Vault

__all__ = [
    "Outcome",
    "Registered",
    "ShipmentWish",
    "correct_carrier",
    "normalise",
    "register",
    "register_many",
    "shown",
    "stop_tracking",
]


class Outcome(StrEnum):
    """What became of a wish."""

    REGISTERED = auto()
    CHANGED = auto()
    UNCHANGED = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Registered:
    """One wish's outcome: its shipment, or why not."""

    outcome: Outcome
    shipment: Shipment | None = None
    refusals: tuple[Refusal, ...] = ()


async def register(session: AsyncSession, vault: Vault, wish: ShipmentWish, by: By, now: datetime) -> Shipment:
    """The shipment, followed from now on. Refused for a silly number, an unknown carrier, an order that is not the
    merchant's."""
    [done] = await register_many(session, vault, [wish], by, now)
    if done.shipment is None:
        raise Refused(*done.refusals)
    return done.shipment


async def register_many(
    session: AsyncSession, vault: Vault, wishes: Sequence[ShipmentWish], by: By, now: datetime
) -> list[Registered]:
    """One outcome a wish, in their order; what can be registered is. All wishes are one merchant's, whose data key is
    at hand. A number registered again changes only what is given and is followed again."""
    if not wishes:
        return []
    merchant_id = wishes[0].merchant_id
    assert all(wish.merchant_id == merchant_id for wish in wishes), "one merchant a call"
    desk = await prepare(session, merchant_id, wishes)
    done = [_one(session, vault, desk, wish, now) for wish in wishes]
    kinds: dict[UUID, tuple[Shipment, Kind]] = {}
    for each in done:
        if each.shipment is not None and each.outcome is not Outcome.UNCHANGED:
            kind = events.SHIPMENT_REGISTERED if each.outcome is Outcome.REGISTERED else events.SHIPMENT_CHANGED
            kinds.setdefault(each.shipment.id, (each.shipment, kind))
    await session.flush()
    await link(session, desk, [shipment for shipment, _ in kinds.values()])
    await parking.release(session, merchant_id, {each.shipment.tracking_number for each in done if each.shipment})
    facts = [Fact(kind, shipment, now, None, shown(shipment)) for shipment, kind in kinds.values()]
    if facts:
        await announce(session, await deliveries.follow(session, facts, now), by, now=now)
    return done


def _one(session: AsyncSession, vault: Vault, desk: Desk, wish: ShipmentWish, now: datetime) -> Registered:
    try:
        number = normalise(wish.tracking_number)
        demand(desk, wish)
        named = given(desk, wish)
    except Refused as no:
        return Registered(Outcome.REFUSED, refusals=no.refusals)
    shipment = desk.shipments.get((wish.carrier, number))
    outcome = Outcome.REGISTERED if shipment is None else Outcome.UNCHANGED
    if shipment is None:
        shipment = Shipment(
            merchant_id=wish.merchant_id, carrier_code=wish.carrier, tracking_number=number, told=[], created_at=now
        )
        following.go(shipment, following.way(wish.carrier, desk.accounts, now))
        session.add(shipment)
        desk.shipments[wish.carrier, number] = shipment
    elif shipment.tracking_stopped_at is not None:
        named["tracking_stopped_at"] = None
        following.go(shipment, following.way(wish.carrier, desk.accounts, now))
    orders = desk.linked.setdefault(shipment.id, set())
    changed = _apply(vault, shipment, named, phone_tail(vault, desk, wish, shipment)) or not orders.issuperset(
        wish.order_ids
    )
    orders |= set(wish.order_ids)
    if outcome is Outcome.REGISTERED or changed:
        shipment.updated_at = shipment.watch_at = now
        flag_modified(shipment, "updated_at")  # a version of its own also within one tick of the clock
    return Registered(Outcome.CHANGED if changed and outcome is Outcome.UNCHANGED else outcome, shipment)


def _apply(vault: Vault, shipment: Shipment, named: Mapping[str, Any], tail: str) -> bool:
    changes = {column: value for column, value in named.items() if getattr(shipment, column) != value}
    for column, value in changes.items():
        setattr(shipment, column, value)
    if not tail or shipment.open(vault, "phone_tail") == tail:
        return bool(changes)
    shipment.seal(vault, phone_tail=tail)
    return True


def shown(shipment: Shipment) -> dict[str, Any]:
    """What the log says of a shipment besides its scans: words and moments, nothing personal."""
    promised = shipment.promised_delivery_at
    return {
        "carrier": shipment.carrier_code,
        "trackingNumber": shipment.tracking_number,
        "status": shipment.status.name,
        "promisedDeliveryAt": promised.isoformat() if promised else None,
    }


async def stop_tracking(session: AsyncSession, shipment: Shipment, by: By, now: datetime) -> Shipment:
    """From now on the parcel is neither asked after nor listened for; a second time changes nothing."""
    if shipment.tracking_stopped_at is None:
        shipment.tracking_stopped_at = shipment.updated_at = now
        shipment.next_poll_at = shipment.next_subscribe_at = shipment.watch_at = None
        await announce(session, [Fact(events.SHIPMENT_STOPPED, shipment, now, None, shown(shipment))], by, now=now)
    return shipment


async def correct_carrier(session: AsyncSession, shipment: Shipment, carrier: str, by: By, now: datetime) -> Shipment:
    """The parcel is the other carrier's from now on, with the events it has. Refused for an unknown carrier, and when
    the merchant follows the number there already."""
    if carrier == shipment.carrier_code:
        return shipment
    if await session.get(CarrierRow, carrier) is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, f"There is no carrier {carrier!r}.", ("carrier",)))
    twin = select(Shipment.id).where(
        Shipment.merchant_id == shipment.merchant_id,
        Shipment.carrier_code == carrier,
        Shipment.tracking_number == shipment.tracking_number,
    )
    if await session.scalar(twin.limit(1)) is not None:
        message = "This number is followed with that carrier already."
        raise Refused(Refusal(RefusalCode.DUPLICATE, message, ("carrier",)))
    before = shown(shipment)
    shipment.carrier_code, shipment.carrier_unique_id, shipment.updated_at = carrier, "", now
    following.go(shipment, following.way(carrier, await following.accounts_of(session, shipment.merchant_id), now))
    fact = Fact(events.SHIPMENT_CARRIER_CORRECTED, shipment, now, before, shown(shipment))
    await announce(session, [fact], by, now=now)
    return shipment
