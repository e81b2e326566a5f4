"""What a buyer or a merchant wishes of a parcel on its way.

Nothing here calls a carrier: a wish that one takes is a job, done after the commit (``worker.deliveries``); one that none
takes is refused at once, with the reason and the next step. The parcel's row is locked before the wish's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from aftersales import deliveries, delivery_wishes, events
from aftersales.cases import Step
from aftersales.delivery_wishes import ACTIONS, Account
from aftersales.log import Fact, announce
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from db.models.deliveries import ChangeState, DeliveryChange, DeliveryWish
from db.models.messages import Job
from db.models.orders import Order
from db.models.partners import CarrierAccount
from db.models.points import DropOffPoint
from db.models.shipments import Shipment, ShipmentOrder
from db.vault import Vault

CHANGE, FOLLOW = "delivery.change", "delivery.follow"
LOOKED_AT_AFTER = tuple(timedelta(hours=hours) for hours in (0.5, 1, 2, 4, 8, 16, *(24,) * 14))
"""When a wish is looked at again, each after the one before; then it stays as it is."""
OTHERWISE = "CONTACT_CARRIER"
ANSWERS = (ChangeState.ACCEPTED, ChangeState.REFUSED, ChangeState.UNCONFIRMED)
UNANSWERED = Transition(ChangeState.REQUESTED.value, None, tuple(each.value for each in ANSWERS))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wished. ``to`` is an address as partners tell it; ``leave_with`` a neighbour's name or a place."""

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
    door = None if wish.to is None else delivery_wishes.door(wish.to, shipment)
    accounts = await accounts_of(session, shipment.merchant_id)
    account = delivery_wishes.account_for(shipment, accounts, wish.kind)
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
    if door is not None or wish.leave_with is not None:
        known = await _recipient(session, vault, shipment)
        told = {"to": _whole(known, door), "leaveWith": wish.leave_with}
        change.seal(vault, wish=orjson.dumps({name: value for name, value in told.items() if value}).decode())
    session.add(change)
    if account is None:
        _refuse(change, shipment, delivery_wishes.why_not(shipment, wish.kind), accounts)
    elif wish.point_id is not None:
        _refuse(
            change, shipment, f"{shipment.carrier_code} keeps a parcel at a point of its own choice only.", accounts
        )
        change.next_step = ACTIONS[DeliveryWish.HOLD]  # without a point
    else:
        session.add_all((_job(CHANGE, change, step.now), follow_up(change, 0, step.now)))
    await tell(session, shipment, change, step)
    return change


async def accounts_of(session: AsyncSession, merchant_id: UUID) -> Sequence[Account]:
    """The merchant's accounts that are in use."""
    rows = await session.execute(
        select(CarrierAccount.id, CarrierAccount.carrier_code).where(
            CarrierAccount.merchant_id == merchant_id, CarrierAccount.disabled_at.is_(None)
        )
    )
    return [(id_, code) for id_, code in rows]


def follow_up(change: DeliveryChange, times: int, now: datetime) -> Job:
    """The job that sees what it came to; ``times``: how often it was looked at before."""
    found = _job(FOLLOW, change, now + LOOKED_AT_AFTER[times])
    found.arguments = {**found.arguments, "times": times}
    return found


def _job(kind: str, change: DeliveryChange, run_at: datetime) -> Job:
    """Work at the carrier, one call of a wish at a time: it is followed when it was told."""
    return Job(
        merchant_id=change.merchant_id,
        kind=kind,
        resource=change.typeid,
        arguments={"change": change.id.hex},
        reference=change.typeid,
        run_at=run_at,
        created_at=change.updated_at,
    )


async def tell(session: AsyncSession, shipment: Shipment, change: DeliveryChange, step: Step) -> None:
    """Announces how the wish stands. The parcel's row must be locked."""
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


async def _demand(session: AsyncSession, shipment: Shipment, wish: Wish, now: datetime) -> None:
    if not delivery_wishes.is_on_its_way(shipment):
        sentence = "Only a parcel on its way to the buyer is brought otherwise."
        raise Refused(
            Refusal(RefusalCode.STATE, sentence, ("shipmentId",), Transition(shipment.status.value, None, ()))
        )
    if wish.window is not None:
        delivery_wishes.demand_window(wish.window, shipment.zone, now)
    if wish.point_id is not None:
        point = await session.get(DropOffPoint, wish.point_id)
        if point is None or point.carrier_code != shipment.carrier_code or point.closed_at is not None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "The carrier has no such point.", ("pointId",)))
    open_ = select(DeliveryChange.id).where(
        DeliveryChange.shipment_id == shipment.id, DeliveryChange.state == ChangeState.REQUESTED
    )
    if await session.scalar(open_.limit(1)) is not None:
        sentence = "The carrier has not answered to the wish before; wait for its answer."
        raise Refused(Refusal(RefusalCode.STATE, sentence, ("shipmentId",), UNANSWERED))


def _refuse(change: DeliveryChange, shipment: Shipment, why: str, accounts: Sequence[Account]) -> None:
    """Says no, why, and what to do instead: the first other wish that its carrier takes, else to speak with it."""
    change.state, change.reason = ChangeState.REFUSED, why
    others = (kind for kind in delivery_wishes.possible(shipment, accounts) if kind is not change.kind)
    other = next((kind for kind in others if kind is not DeliveryWish.RETURN), None)  # nobody offers the goods' loss
    change.next_step = OTHERWISE if other is None else ACTIONS[other]


async def _recipient(session: AsyncSession, vault: Vault, shipment: Shipment) -> dict[str, Any]:
    """Who receives and where, by the order; nothing where the parcel has none."""
    order = await session.scalar(
        select(Order)
        .join(ShipmentOrder, ShipmentOrder.order_id == Order.id)
        .where(ShipmentOrder.shipment_id == shipment.id)
        .order_by(Order.id)
        .limit(1)
    )
    stored: dict[str, Any] = orjson.loads((order.open(vault, "shipping_address") if order else None) or "{}")
    return stored


def _whole(known: Mapping[str, Any], door: Mapping[str, Any] | None) -> dict[str, Any]:
    """The new door, with who receives there as before unless told; without one the door it goes to anyway."""
    who = {name: known[name] for name in ("name", "phone") if known.get(name)}
    return dict(known) if door is None else who | dict(door)
