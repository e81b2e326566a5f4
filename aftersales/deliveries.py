"""What its shipments make of an order: how far it has come, when it was delivered, whether somebody must act."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from aftersales.log import Fact
from db.enums import Direction, OrderStatus, TrackingStatus
from db.models.orders import Order
from db.models.shipments import Shipment, ShipmentOrder

CLOSED = frozenset({OrderStatus.CANCELED, OrderStatus.COMPLETED})
COLUMNS = ("status", "delivered_at", "promised_delivery_at", "needs_action", "updated_at")


@dataclass(frozen=True, slots=True)
class Leg:
    """What an order needs to know of one of its shipments."""

    direction: Direction
    status: TrackingStatus
    picked_up_at: datetime | None
    delivered_at: datetime | None
    promised_delivery_at: datetime | None
    action_required: bool


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whose order a shipment carries (the first, when several), for a fact's reach."""

    order_id: UUID
    customer_id: UUID


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


async def follow(session: AsyncSession, shipments: Collection[UUID], now: datetime) -> Mapping[UUID, Buyer]:
    """Brings the shipments' orders up to date (locked in the order of their ids) and says whose they are. An order's
    version is not raised: what follows from scans is told by the shipment's fact."""
    rows = await session.execute(
        select(ShipmentOrder.shipment_id, ShipmentOrder.order_id)
        .where(ShipmentOrder.shipment_id.in_(shipments))
        .order_by(ShipmentOrder.order_id)
    )
    links = [(shipment, order) for shipment, order in rows]
    if not links:
        return {}
    orders = {order.id: order for order in await _locked(session, {order for _, order in links})}
    legs = await _legs(session, orders)
    changes = []
    for order in orders.values():
        values = outcome(order, legs.get(order.id, ()))
        if any(getattr(order, column) != value for column, value in values.items()):
            changes.append(_taken_over(order, values | {"updated_at": now}))
    if changes:
        table: Any = Order.__table__
        to_row = update(table).where(table.c.id == bindparam("b_id"))
        statement = to_row.values({column: bindparam(f"b_{column}") for column in COLUMNS})
        await session.execute(statement, changes, execution_options={"reached": True})
    return {shipment: Buyer(order, orders[order].customer_id) for shipment, order in reversed(links) if order in orders}


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
        .where(ShipmentOrder.order_id.in_(orders))
    )
    legs: dict[UUID, list[Leg]] = {}
    for order, *columns in rows:
        legs.setdefault(order, []).append(Leg(*columns))
    return legs


def _taken_over(order: Order, values: dict[str, Any]) -> dict[str, Any]:
    for column, value in values.items():
        set_committed_value(order, column, value)
    return {"b_id": order.id} | {f"b_{column}": value for column, value in values.items()}


def told_to(fact: Fact, buyers: Mapping[UUID, Buyer]) -> Fact:
    """The shipment's fact, within the reach of the buyer whose order it carries."""
    buyer = buyers.get(fact.row.id)
    return fact if buyer is None else replace(fact, order_id=buyer.order_id, customer_id=buyer.customer_id)
