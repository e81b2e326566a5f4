"""What can happen to a pickup: booked, moved to another time, cancelled, and what its carrier says of it.

Nothing here calls a carrier: each wish is a job, done after the commit (``worker.bookings``), with our reference on every
try. Rows are locked in one order everywhere: orders and parcels, then the return, then its pickups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases
from aftersales.cases import Step
from aftersales.rules.pickups import LIFE, E
from aftersales.rules.planning import Route
from carriers.carrier import ReadPickup
from carriers.registry import BY_CODE
from db.enums import PickupStatus
from db.ids import typeid
from db.models.messages import Job
from db.models.pickups import Pickup, PickupAttempt
from db.models.returns import Return
from db.models.shipments import Shipment
from db.vault import Vault

BOOK, MOVE, CANCEL = "pickup.book", "pickup.reschedule", "pickup.cancel"
SAME_CARRIER = 2  # visits of one carrier before the next of the plan comes
RETURN = "ret"
BY_STATUS: Mapping[PickupStatus, E] = {
    PickupStatus.REQUESTED: E.REVIVE,
    PickupStatus.ACCEPTED: E.ACCEPT,
    PickupStatus.COURIER_ASSIGNED: E.ASSIGN,
    PickupStatus.PICKED_UP: E.PICK_UP,
    PickupStatus.SETTLED: E.SETTLE,
    PickupStatus.REJECTED: E.REJECT,
    PickupStatus.FAILED: E.FAIL,
    PickupStatus.CANCELED: E.CANCEL,
    PickupStatus.EXPIRED: E.EXPIRE,
}
"""The event that a status told by a carrier stands for."""
IN_VAIN = frozenset({E.FAIL, E.REJECT, E.CANCEL, E.EXPIRE})
"""The events of which the carrier's reason is kept with the visit."""


@dataclass(frozen=True, slots=True)
class PickupWish:
    """A collection to book: where the goods are and where they go (addresses as orders have them), what is in it."""

    merchant_id: UUID
    route: Route
    address: Mapping[str, Any]
    destination: Mapping[str, Any] | None = None
    rma: Return | None = None
    parcels: int = 1
    weight_grams: int | None = None
    size_mm: Sequence[int] | None = None
    goods: str | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None


async def book(session: AsyncSession, vault: Vault, wish: PickupWish, step: Step) -> Pickup:
    """The pickup, REQUESTED; the carrier is asked after the commit."""
    route, rma = wish.route, wish.rma
    assert route.window_start is not None
    assert route.window_end is not None
    pickup = Pickup(
        merchant_id=wish.merchant_id,
        number="",
        parent_id=rma.id if rma else None,
        order_id=rma.order_id if rma else wish.order_id,
        customer_id=rma.customer_id if rma else wish.customer_id,
        policy=rma.policy if rma else None,
        carrier_code=route.carrier,
        account_id=UUID(route.account_id) if route.account_id else None,
        service=route.service,
        reference="",
        window_start=route.window_start,
        window_end=route.window_end,
        zone=route.zone,
        parcels=wish.parcels,
        weight_grams=wish.weight_grams,
        size_mm=[*wish.size_mm] if wish.size_mm else None,
        goods=wish.goods,
        fee_minor=route.fee_minor,
        currency=route.currency,
        attempt=1,
    )
    pickup.reference = "WB" + cases.number_of("pickup", pickup.id).removeprefix("PU-")
    pickup.seal(vault, address=orjson.dumps(dict(wish.address)).decode())
    if wish.destination:
        pickup.seal(vault, destination=orjson.dumps(dict(wish.destination)).decode())
    await cases.opened(session, pickup, replace(step, told=_told(pickup)))
    session.add(_visit(pickup, step.now))
    session.add(job(pickup, BOOK, step.now))
    return pickup


async def reschedule(session: AsyncSession, pickup: Pickup, start: datetime, end: datetime, step: Step) -> Pickup:
    """Another time, which lies ahead; the carrier is told after the commit. Both rows, the return's and the pickup's, must be
    locked."""
    pickup.window_start, pickup.window_end = start, end
    await cases.move(session, pickup, E.RESCHEDULE, replace(step, told=_told(pickup)))
    session.add(job(pickup, MOVE, step.now))
    return pickup


async def cancel(session: AsyncSession, pickup: Pickup, step: Step) -> Pickup:
    """Nobody shall come; the carrier is told after the commit, if it was ever asked. The row must be locked."""
    await cases.move(session, pickup, E.CANCEL, step)
    await _visit_ends(session, pickup, PickupStatus.CANCELED, step)
    session.add(job(pickup, CANCEL, step.now))
    return pickup


async def told(session: AsyncSession, vault: Vault, pickup: Pickup, read: ReadPickup, step: Step) -> None:
    """What its carrier says of a pickup, in whatever order it comes: what is older than what we know moves nothing. The
    row must be locked, its merchant's key at hand."""
    if read.confirmation:
        pickup.confirmation = read.confirmation
    if read.pickup_code:
        pickup.seal(vault, pickup_code=read.pickup_code)
    if read.courier is not None:
        named = {"courier_name": read.courier.name, "courier_phone": read.courier.phone}
        pickup.seal(vault, **{column: text for column, text in named.items() if text})
    said = replace(step, why=read.reason or None, told={**_told(pickup), "rawCode": read.raw_code})
    for event in way(PickupStatus(pickup.status), read.status):
        if event is E.PICK_UP:
            pickup.picked_up_at = read.occurred_at or step.now
        if event in {E.FAIL, E.REJECT}:
            pickup.failure = {"code": read.raw_code, "message": read.reason, "at": step.now.isoformat()}
        if event is E.REVIVE:
            pickup.attempt += 1
            session.add(_visit(pickup, step.now))
        await cases.move(session, pickup, event, said)
        await _visit_ends(session, pickup, PickupStatus(pickup.status), said if event in IN_VAIN else step)


async def follow(session: AsyncSession, pickup: Pickup, parcel: Shipment, step: Step) -> None:
    """News of the parcel: a scan proves that it was collected, whatever the courier forgot to tell. Both rows locked."""
    if parcel.picked_up_at is not None and E.PICK_UP in LIFE.table[PickupStatus(pickup.status)]:
        pickup.picked_up_at = parcel.picked_up_at
        await cases.move(session, pickup, E.PICK_UP, replace(step, told=_told(pickup)))
        await _visit_ends(session, pickup, PickupStatus.PICKED_UP, step)


def way(now: PickupStatus, then: PickupStatus) -> tuple[E, ...]:
    """The events that lead from one status to the one a carrier tells: it may leave some out. None where it is old news,
    or says nothing."""
    if now is then or then not in BY_STATUS:
        return ()
    event = BY_STATUS[then]
    ways: Mapping[Any, Any] = LIFE.table[now]
    if event in ways:
        return (event,)
    if then is PickupStatus.SETTLED and E.PICK_UP in ways:
        return (E.PICK_UP, E.SETTLE)
    return ()


async def of_return(session: AsyncSession, rma: Return) -> list[Pickup]:
    """A return's pickups that have not ended, locked, the oldest first. The return's row must be locked."""
    rows = await session.scalars(
        select(Pickup)
        .where(Pickup.parent_id == rma.id, Pickup.finalized_at.is_(None))
        .order_by(Pickup.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def not_needed(session: AsyncSession, rma: Return, step: Step) -> None:
    """Calls off the couriers that were to come later. The return's row must be locked."""
    for pickup in await of_return(session, rma):
        if pickup.window_start > step.now and E.CANCEL in LIFE.table[PickupStatus(pickup.status)]:
            await cancel(session, pickup, step)


def moved_by(pickup: Pickup) -> str | None:
    """Our code of the carrier whose courier comes: that of the booking's service where an aggregator takes it, else its
    own."""
    carrier = BY_CODE.get(pickup.carrier_code or "")
    if carrier is None or not carrier.is_aggregator or carrier.booking is None:
        return pickup.carrier_code
    return pickup.service or next(iter(carrier.booking.services), carrier.code)


def job(pickup: Pickup, kind: str, now: datetime) -> Job:
    """Work at the carrier, one after the other for each pickup; our reference goes with every try."""
    return Job(
        merchant_id=pickup.merchant_id,
        kind=kind,
        resource=pickup.typeid,
        arguments={"pickup": pickup.id.hex, "carrier": pickup.carrier_code, "attempt": pickup.attempt},
        reference=pickup.reference,
        run_at=now,
        created_at=now,
    )


async def rebook(session: AsyncSession, pickup: Pickup, start: datetime, end: datetime, step: Step) -> None:
    """The same carrier comes again, under a new reference: a failed order cannot be used again at most carriers."""
    pickup.attempt += 1
    pickup.window_start, pickup.window_end = start, end
    pickup.reference = f"{pickup.reference.split('-')[0]}-{pickup.attempt}"
    pickup.confirmation = None
    await cases.move(session, pickup, E.REBOOK, replace(step, told=_told(pickup)))
    session.add(_visit(pickup, step.now))
    session.add(job(pickup, BOOK, step.now))


def _visit(pickup: Pickup, now: datetime) -> PickupAttempt:
    return PickupAttempt(
        merchant_id=pickup.merchant_id,
        pickup_id=pickup.id,
        number=pickup.attempt,
        window_start=pickup.window_start,
        window_end=pickup.window_end,
        status=PickupStatus.REQUESTED,
        started_at=now,
    )


async def _visit_ends(session: AsyncSession, pickup: Pickup, status: PickupStatus, step: Step) -> None:
    visit = await session.scalar(
        select(PickupAttempt).where(PickupAttempt.pickup_id == pickup.id, PickupAttempt.number == pickup.attempt)
    )
    if visit is not None:
        visit.status, visit.reason = status, step.why or visit.reason
        if status in {PickupStatus.FAILED, PickupStatus.PICKED_UP} | set(LIFE.final):
            visit.ended_at = visit.ended_at or step.now


def _told(pickup: Pickup) -> dict[str, Any]:
    return {
        "return": typeid(RETURN, pickup.parent_id) if pickup.parent_id else None,
        "carrier": pickup.carrier_code,
        "confirmation": pickup.confirmation,
        "trackingNumber": pickup.tracking_number,
        "windowStart": pickup.window_start.isoformat(),
        "windowEnd": pickup.window_end.isoformat(),
        "attempt": pickup.attempt,
    }
