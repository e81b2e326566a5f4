"""What a buyer or a merchant wishes of a parcel on its way, and what its carrier makes of that.

Nothing here calls a carrier: a wish that one takes is a job, done after the commit (``worker.deliveries``); one that none
takes is refused at once, with the reason and the next step. The parcel's row is locked before the wish's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from aftersales import deliveries, events
from aftersales.cases import Step
from aftersales.log import Fact, announce
from aftersales.refusals import Refusal, RefusalCode, Refused
from carriers.registry import BY_CODE
from db.enums import Direction
from db.enums import TrackingStatus as S
from db.models.deliveries import ChangeState, DeliveryChange, DeliveryWish
from db.models.messages import Job
from db.models.orders import Order
from db.models.partners import CarrierAccount
from db.models.points import DropOffPoint
from db.models.shipments import Shipment, ShipmentOrder
from db.vault import Vault

CHANGE = "delivery.change"
ON_ITS_WAY = frozenset(
    {
        *(S.INFO_RECEIVED, S.PICKED_UP, S.IN_TRANSIT, S.CUSTOMS, S.OUT_FOR_DELIVERY),
        *(S.AVAILABLE_FOR_PICKUP, S.ATTEMPT_FAILED, S.EXCEPTION),
    }
)
INSTEAD: Mapping[str, str] = {
    "reschedule": "RESCHEDULE_DELIVERY",
    "redirect": "REDIRECT_DELIVERY",
    "hold": "HOLD_DELIVERY",
    "leave_with": "LEAVE_DELIVERY_WITH",
}
"""The action, as alerts name them, for each wish that a carrier may take."""
OTHERWISE = "CONTACT_CARRIER"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wished. ``to`` is an address as orders have it; ``leave_with`` a neighbour's name or a place."""

    kind: DeliveryWish
    to: Mapping[str, Any] | None = None
    leave_with: str | None = None
    window: tuple[datetime, datetime] | None = None
    point_id: UUID | None = None
    customer_id: UUID | None = None


async def request(session: AsyncSession, vault: Vault, shipment: Shipment, wish: Wish, step: Step) -> DeliveryChange:
    """The wish, REQUESTED, or REFUSED where the carrier takes no such wish. Refused (STATE) for a parcel that is not on
    its way to the buyer, or of which a wish is under way. The parcel's row must be locked, the merchant's key at hand."""
    await _demand(session, shipment, wish, step.now)
    account = await _account(session, shipment, wish.kind)
    change = DeliveryChange(
        merchant_id=shipment.merchant_id,
        shipment_id=shipment.id,
        customer_id=wish.customer_id,
        party=step.by.party,
        kind=wish.kind,
        state=ChangeState.REQUESTED,
        account_id=account,
        window_start=wish.window[0] if wish.window else None,
        window_end=wish.window[1] if wish.window else None,
        point_id=wish.point_id,
        created_at=step.now,
        updated_at=step.now,
    )
    if wish.to is not None:
        known = await _recipient(session, vault, shipment)
        change.seal(vault, wish=orjson.dumps({"to": known | dict(wish.to)}).decode())
    if wish.leave_with is not None:
        change.seal(vault, wish=orjson.dumps({"leaveWith": wish.leave_with}).decode())
    session.add(change)
    if account is None:
        _refuse(change, f"{shipment.carrier_code} takes no such wish from us.", shipment)
    else:
        session.add(_job(change, step.now))
    await _tell(session, shipment, change, step)
    return change


async def answered(session: AsyncSession, id_: UUID, refused: str | None, step: Step) -> None:
    """What the carrier said: taken, or why not."""
    shipment_id = await session.scalar(select(DeliveryChange.shipment_id).where(DeliveryChange.id == id_))
    shipment = await session.get(Shipment, shipment_id, with_for_update=True)
    change = await session.get(DeliveryChange, id_, with_for_update=True)
    if shipment is None or change is None or change.state is not ChangeState.REQUESTED:
        return
    change.updated_at = step.now
    if refused is None:
        change.state = ChangeState.ACCEPTED
    else:
        _refuse(change, refused, shipment)
    await _tell(session, shipment, change, step)


async def _demand(session: AsyncSession, shipment: Shipment, wish: Wish, now: datetime) -> None:
    if shipment.direction is not Direction.FORWARD or shipment.status not in ON_ITS_WAY:
        sentence = "Only a parcel on its way to the buyer is brought otherwise."
        raise Refused(Refusal(RefusalCode.STATE, sentence, ("shipmentId",)))
    if wish.window is not None and not now < wish.window[0] < wish.window[1]:
        sentence = "The window must lie ahead, and end after it begins."
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("window",)))
    if wish.to is not None and not wish.to.get("street"):
        raise Refused(Refusal(RefusalCode.INVALID, "An address has a street.", ("address", "street")))
    if wish.point_id is not None:
        point = await session.get(DropOffPoint, wish.point_id)
        if point is None or point.carrier_code != shipment.carrier_code or point.closed_at is not None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "The carrier has no such point.", ("pointId",)))
    open_ = select(DeliveryChange.id).where(
        DeliveryChange.shipment_id == shipment.id, DeliveryChange.state == ChangeState.REQUESTED
    )
    if await session.scalar(open_.limit(1)) is not None:
        sentence = "The carrier has not answered to the wish before; wait for its answer."
        raise Refused(Refusal(RefusalCode.STATE, sentence, ("shipmentId",)))


def takes(carrier: str, kind: DeliveryWish) -> bool:
    """Whether a carrier, or an aggregator, takes such a wish from us."""
    known = BY_CODE.get(carrier)
    return known is not None and known.intercepting is not None and kind.value in known.intercepting.kinds


async def _account(session: AsyncSession, shipment: Shipment, kind: DeliveryWish) -> UUID | None:
    """With which account the carrier is told: the merchant's with it, else the one by which the parcel is followed."""
    rows = await session.scalars(
        select(CarrierAccount)
        .where(CarrierAccount.merchant_id == shipment.merchant_id, CarrierAccount.disabled_at.is_(None))
        .order_by(CarrierAccount.carrier_code != shipment.carrier_code, CarrierAccount.id)
    )
    able = (
        row.id
        for row in rows
        if (row.carrier_code == shipment.carrier_code or row.id == shipment.account_id)
        and takes(row.carrier_code, kind)
    )
    return next(able, None)


async def _recipient(session: AsyncSession, vault: Vault, shipment: Shipment) -> dict[str, Any]:
    """Who receives, for a new address that names nobody."""
    order = await session.scalar(
        select(Order)
        .join(ShipmentOrder, ShipmentOrder.order_id == Order.id)
        .where(ShipmentOrder.shipment_id == shipment.id)
        .order_by(Order.id)
        .limit(1)
    )
    stored = orjson.loads((order.open(vault, "shipping_address") if order else None) or "{}")
    return {name: stored[name] for name in ("name", "phone") if stored.get(name)}


def _refuse(change: DeliveryChange, why: str, shipment: Shipment) -> None:
    change.state, change.reason = ChangeState.REFUSED, why
    others = (kind for kind in DeliveryWish if kind is not change.kind and takes(shipment.carrier_code, kind))
    other = next(others, None)
    change.next_step = OTHERWISE if other is None else INSTEAD[other.value]


def _job(change: DeliveryChange, now: datetime) -> Job:
    """Work at the carrier, one wish of a parcel at a time. The same wish again is the same wish."""
    return Job(
        merchant_id=change.merchant_id,
        kind=CHANGE,
        resource=change.typeid,
        arguments={"change": change.id.hex},
        reference=change.typeid,
        run_at=now,
        created_at=now,
    )


async def _tell(session: AsyncSession, shipment: Shipment, change: DeliveryChange, step: Step) -> None:
    shipment.updated_at = step.now
    flag_modified(shipment, "updated_at")  # a version of its own also within one tick of the clock
    told = {
        "status": shipment.status.name,
        "change": change.typeid,
        "wish": change.kind.name,
        "state": change.state.name,
    }
    fact = Fact(events.SHIPMENT_DELIVERY, shipment, step.now, None, told)
    await session.flush()
    await announce(session, await deliveries.follow(session, [fact], step.now), step.by, now=step.now)
