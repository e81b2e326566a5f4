"""What its shipments make of an order: how far it has come, when it was delivered, whether somebody must act."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from aftersales import events
from aftersales.log import Fact
from db.enums import Direction, OrderStatus, TrackingStatus
from db.models.orders import Order
from db.models.shipments import Shipment, ShipmentOrder

CLOSED = frozenset({OrderStatus.CANCELED, OrderStatus.COMPLETED})
COLUMNS = ("status", "delivered_at", "promised_delivery_at", "needs_action", "updated_at", "version")


@dataclass(frozen=True, slots=True)
class Leg:
    """What an order needs to know of one of its shipments."""

    direction: Direction
    status: TrackingStatus
    picked_up_at: datetime | None
    delivered_at: datetime | None
    promised_delivery_at: datetime | None
    action_required: bool


def outcome(order: Order, legs: Iterable[Leg]) -> dict[str, Any]:
    """The columns that follow from the way out. Shipments that were cancelled do not count; an order without any
    stays as it is."""
    out = [leg for leg in legs if leg.direction is Direction.FORWARD and leg.status is not TrackingStatus.CANCELED]
    if order.status in CLOSED or not out:
        return {}
    arrivals = [leg.delivered_at for leg in out if leg.delivered_at]
    promises = [leg.promised_delivery_at for leg in out if leg.promised_delivery_at]
    complete = len(arrivals) == len(out)
    return {
        "status": _status(order.status, out, len(arrivals)),
        "delivered_at": max(arrivals) if complete else None,
        "promised_delivery_at": max(promises) if promises else order.promised_delivery_at,
        "needs_action": bool(order.problems) or any(leg.action_required for leg in out),
    }


def _status(present: OrderStatus, out: list[Leg], arrived: int) -> OrderStatus:
    if arrived:
        return OrderStatus.DELIVERED if arrived == len(out) else OrderStatus.PARTIALLY_DELIVERED
    return OrderStatus.SHIPPED if any(leg.picked_up_at for leg in out) else present


async def follow(session: AsyncSession, facts: Sequence[Fact], now: datetime) -> list[Fact]:
    """Brings the orders of these facts' shipments up to date (locked in the order of their ids). Gives the facts to
    announce: those given, within the reach of the buyer whose order the shipment carries, and one for each order
    whose status or delivery changed by them."""
    rows = await session.execute(
        select(ShipmentOrder.shipment_id, ShipmentOrder.order_id)
        .where(ShipmentOrder.shipment_id.in_([fact.row.id for fact in facts]))
        .order_by(ShipmentOrder.order_id)
    )
    links = [(shipment, order) for shipment, order in rows]
    if not links:
        return list(facts)
    orders = {order.id: order for order in await _locked(session, {order for _, order in links})}
    legs = await _legs(session, orders)
    changes, followed = [], []
    for order in orders.values():
        values = outcome(order, legs.get(order.id, ()))
        if any(getattr(order, column) != value for column, value in values.items()):
            before = _shown(order)
            values |= {"updated_at": now, "version": order.version}
            if (order.status, order.delivered_at) != (values["status"], values["delivered_at"]):
                values["version"] += 1
                followed.append((order, before))
            changes.append(_taken_over(order, values))
    if changes:
        table: Any = Order.__table__
        to_row = update(table).where(table.c.id == bindparam("b_id"))
        statement = to_row.values({column: bindparam(f"b_{column}") for column in COLUMNS})
        await session.execute(statement, changes, execution_options={"reached": True})
    buyers = {shipment: orders[order] for shipment, order in reversed(links) if order in orders}
    told = [_told_to(fact, buyers.get(fact.row.id)) for fact in facts]
    return [*told, *(Fact(events.ORDER_STATUS, order, now, before, _shown(order)) for order, before in followed)]


def _shown(order: Order) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status.name,
        "deliveredAt": order.delivered_at.isoformat() if order.delivered_at else None,
    }


async def _locked(session: AsyncSession, ids: Collection[UUID]) -> list[Order]:
    wanted = select(Order).where(Order.id.in_(ids)).order_by(Order.id).with_for_update()
    return list(await session.scalars(wanted.execution_options(populate_existing=True)))


async def _legs(session: AsyncSession, orders: Collection[UUID]) -> dict[UUID, list[Leg]]:
    rows: Any = await session.execute(
        select(
            ShipmentOrder.order_id,
            Shipment.direction,
            Shipment.status,
            Shipment.picked_up_at,
            Shipment.delivered_at,
            Shipment.promised_delivery_at,
            Shipment.action_required,
        )
        .join(Shipment, Shipment.id == ShipmentOrder.shipment_id)
        .where(ShipmentOrder.order_id.in_(orders), Shipment.is_of_case.is_(False))  # an exchange's are no part of it
    )
    legs: dict[UUID, list[Leg]] = {}
    for order, *columns in rows:
        legs.setdefault(order, []).append(Leg(*columns))
    return legs


def _taken_over(order: Order, values: dict[str, Any]) -> dict[str, Any]:
    for column, value in values.items():
        set_committed_value(order, column, value)
    return {"b_id": order.id} | {f"b_{column}": value for column, value in values.items()}


def _told_to(fact: Fact, order: Order | None) -> Fact:
    return fact if order is None else replace(fact, order_id=order.id, customer_id=order.customer_id)
