"""What a carrier is told of a pickup, and what its answers make of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, pickups, return_goods, returns, ways
from aftersales.cases import Step
from aftersales.contacts import contact
from aftersales.log import By
from aftersales.rules.pickups import E as PickupEvent
from carriers.booking import Booked, Item, Order, Ref, Window
from carriers.carrier import ReadError, ReadPickup
from db.case_enums import ReturnMethod, ReturnStatus
from db.enums import Party, PickupStatus
from db.models.base import to_minor
from db.models.pickups import Pickup
from db.models.returns import Return
from db.vault import Vault

ASKED_AGAIN = timedelta(minutes=10)
"""How often a carrier that can be asked is asked how a booking stands; what it pushes comes sooner."""
NOBODY_CAME = "The carrier let the agreed time pass without a word."
FAILED = frozenset({PickupStatus.FAILED.value, PickupStatus.REJECTED.value, PickupStatus.EXPIRED.value})


def order_of(vault: Vault, pickup: Pickup) -> Order:
    """What the carrier is asked for. The merchant's key must be at hand."""
    return Order(
        reference=pickup.reference,
        sender=contact(orjson.loads(pickup.open(vault, "address") or "{}")),
        recipient=contact(orjson.loads(pickup.open(vault, "destination") or "{}")),
        method=ReturnMethod.DOOR_PICKUP,
        window=window_of(pickup),
        parcels=pickup.parcels,
        weight_grams=pickup.weight_grams or 1000,
        size_mm=(pickup.size_mm[0], pickup.size_mm[1], pickup.size_mm[2]) if pickup.size_mm else None,
        items=(Item(pickup.goods or "goods", 1, Decimal(0), pickup.weight_grams or 1000),),
        currency=pickup.currency or "CNY",
        service=pickup.service or "",
        carrier=pickups.moved_by(pickup) or "",
    )


def window_of(pickup: Pickup) -> Window:
    """Its window in the door's own zone."""
    zone = ZoneInfo(pickup.zone)
    return Window(pickup.window_start.astimezone(zone), pickup.window_end.astimezone(zone))


def ref_of(pickup: Pickup) -> Ref:
    """The booking as its carrier knows it."""
    return Ref(
        reference=pickup.reference,
        confirmation=pickup.confirmation or "",
        number=pickup.tracking_number or "",
        booked_at=pickup.asked_at,
        window=window_of(pickup),
        extras=pickup.extras or {},
        carrier=pickup.carrier_code or "",
    )


async def answered(session: AsyncSession, vault: Vault, id_: UUID, booked: Booked, now: datetime) -> None:
    """What the carrier answered to a booking, or says of one when asked. The merchant's key must be at hand. A number is
    registered before the case is locked, as everywhere."""
    step = Step(By(Party.CARRIER, "booking"), now)
    if booked.number:
        await _number(session, vault, id_, booked.number, step)
    rma, pickup = await _locked(session, id_)
    if pickup is None or pickup.is_terminal:
        return
    pickup.asked_at, pickup.doubtful, pickup.next_ask_at = now, False, now + ASKED_AGAIN
    if not booked.was_taken:
        await _refused(session, vault, (rma, pickup), booked.errors, step)
        return
    pickup.confirmation = booked.confirmation or pickup.confirmation
    pickup.extras = {**(pickup.extras or {}), **booked.extras} or None
    if booked.pickup_code:
        pickup.seal(vault, pickup_code=booked.pickup_code)
    status = PickupStatus.ACCEPTED if booked.status is PickupStatus.REQUESTED else booked.status
    fee = (booked.fee.amount, booked.fee.currency) if booked.fee else None
    grams = booked.weight_grams if status is PickupStatus.SETTLED else None
    said = ReadPickup(pickup.reference, status, booked.raw_code, courier=booked.courier, fee=fee, weight_grams=grams)
    await heard(session, vault, (rma, pickup), said, step)


async def tell(session: AsyncSession, vault: Vault, id_: UUID, said: ReadPickup, step: Step) -> None:
    """What a carrier says of a pickup by push. As ``answered``."""
    if said.tracking_number:
        await _number(session, vault, id_, said.tracking_number, step)
    rma, pickup = await _locked(session, id_)
    if pickup is not None:
        await heard(session, vault, (rma, pickup), said, step)


async def heard(
    session: AsyncSession, vault: Vault, cases_: tuple[Return | None, Pickup], said: ReadPickup, step: Step
) -> None:
    """Moves the pickup, and with it the return: a failure brings the next courier, a collection ships the goods back."""
    rma, pickup = cases_
    if said.fee is not None:
        pickup.fee_minor, pickup.currency = to_minor(*said.fee), said.fee[1]
    pickup.settled_grams = said.weight_grams or pickup.settled_grams
    before = pickup.status
    await pickups.told(session, vault, pickup, said, step)
    if rma is not None and pickup.picked_up_at is not None:
        await return_goods.collected(session, rma, replace(step, told={"carrier": pickup.carrier_code}))
    if rma is not None and rma.status == ReturnStatus.APPROVED and pickup.status != before and pickup.status in FAILED:
        lines = await returns.lines_of(session, rma)
        await ways.failed(session, vault, (rma, lines), pickup, replace(step, by=By(Party.WAYBRIDGE, "failover")))


async def missed(session: AsyncSession, vault: Vault, pickup: Pickup, step: Step) -> None:
    """Its carrier let the time pass without a word: that is a visit that failed, and the next way is taken at once. The
    carrier is told to come no more and is not asked again, since its courier might come twice. The return and the pickup
    must be locked."""
    said = ReadPickup(pickup.reference, PickupStatus.FAILED, "", reason=NOBODY_CAME)
    await pickups.told(session, vault, pickup, said, step)
    rma = await session.get(Return, pickup.parent_id) if pickup.parent_id else None
    if rma is None or rma.status != ReturnStatus.APPROVED:
        return
    session.add(pickups.job(pickup, pickups.CANCEL, step.now))
    lines = await returns.lines_of(session, rma)
    await ways.pass_on(session, vault, (rma, lines), pickup.carrier_code, replace(step, why=NOBODY_CAME))
    await cases.move(session, pickup, PickupEvent.SUPERSEDE, step)


async def moved(session: AsyncSession, id_: UUID, refused: Sequence[ReadError], now: datetime) -> None:
    """What the carrier said to another time: a refusal is kept with the pickup, which stays as the carrier has it."""
    _, pickup = await _locked(session, id_)
    if pickup is None or not refused:
        return
    no = refused[0]
    pickup.failure = {"code": no.code, "message": no.message, "at": now.isoformat()}
    step = Step(By(Party.CARRIER, "booking"), now, why=no.message, told={"rawCode": no.code})
    await cases.changed(session, pickup, step)


async def doubted(session: AsyncSession, id_: UUID, now: datetime) -> None:
    """An order is out whose answer nobody knows: visible, and sent no second time by itself."""
    _, pickup = await _locked(session, id_)
    if pickup is not None and not pickup.is_terminal:
        pickup.doubtful, pickup.asked_at = True, now


async def _number(session: AsyncSession, vault: Vault, id_: UUID, number: str, step: Step) -> None:
    pickup = await session.scalar(select(Pickup).where(Pickup.id == id_))
    if pickup is not None and pickup.tracking_number != number:
        await ways.number_known(session, vault, pickup, number, step)
        _, locked = await _locked(session, id_)
        if locked is not None:
            locked.tracking_number = number


async def _locked(session: AsyncSession, id_: UUID) -> tuple[Return | None, Pickup | None]:
    """The return, then the pickup: the order in which everybody locks them."""
    parent = await session.scalar(select(Pickup.parent_id).where(Pickup.id == id_))
    rma = None
    if parent is not None:
        rma = await session.scalar(
            select(Return).where(Return.id == parent).with_for_update(),
            execution_options={"populate_existing": True},
        )
    pickup = await session.scalar(
        select(Pickup).where(Pickup.id == id_).with_for_update(), execution_options={"populate_existing": True}
    )
    return rma, pickup


async def _refused(
    session: AsyncSession, vault: Vault, cases_: tuple[Return | None, Pickup], errors: Sequence[ReadError], step: Step
) -> None:
    no = errors[0] if errors else ReadError("", "The carrier took no booking.")
    cases_[1].failure = {"code": no.code, "message": no.message, "at": step.now.isoformat()}
    said = ReadPickup(cases_[1].reference, PickupStatus.REJECTED, no.code, reason=no.message)
    await heard(session, vault, cases_, said, step)
