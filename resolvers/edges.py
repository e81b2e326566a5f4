"""The relations of the graph as batch functions: parent keys in, rows out, one statement each, however many parents.

The batch function is the truth; the aiodataloader around it (``loaders``) only gathers keys.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models.exports import Export
from db.models.messages import Job
from db.models.orders import Customer, Order, OrderLine
from db.models.partners import CarrierAccount, CarrierRow, Merchant, Partner
from db.models.shipments import Shipment, ShipmentOrder, TrackingEvent, UnmappedCode

Batch = Callable[[AsyncSession, Sequence[Any]], Awaitable[list[Any]]]


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """A relation. ``key`` is the parent's attribute that holds the key; ``batch`` answers in the order of the keys."""

    name: str
    key: str
    batch: Batch


def many(child: InstrumentedAttribute[Any], *, order_by: Sequence[Any], key: str = "id") -> Edge:
    """Rows that point at their parent: one list a parent."""
    model = child.class_

    async def batch(session: AsyncSession, keys: Sequence[Any]) -> list[Any]:
        rows = await session.scalars(select(model).where(child.in_(keys)).order_by(*order_by))
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in rows:
            found[getattr(row, child.key)].append(row)
        return [found[each] for each in keys]

    return Edge(f"{model.__tablename__}_by_{child.key}", key, batch)


def one(target: InstrumentedAttribute[Any], *, key: str) -> Edge:
    """The row a parent points at, or None."""
    model = target.class_

    async def batch(session: AsyncSession, keys: Sequence[Any]) -> list[Any]:
        rows = await session.scalars(select(model).where(target.in_({k for k in keys if k is not None})))
        found = {getattr(row, target.key): row for row in rows}
        return [found.get(each) for each in keys]

    return Edge(f"{model.__tablename__}_by_{target.key}", key, batch)


def through(
    near: InstrumentedAttribute[Any], far: InstrumentedAttribute[Any], target: Any, *, order_by: Sequence[Any]
) -> Edge:
    """Rows related by a table between: one list a parent."""

    async def batch(session: AsyncSession, keys: Sequence[Any]) -> list[Any]:
        rows = await session.execute(
            select(near, target).join(target, target.id == far).where(near.in_(keys)).order_by(*order_by),
        )
        found: dict[Any, list[Any]] = defaultdict(list)
        for parent, row in rows:
            found[parent].append(row)
        return [found[each] for each in keys]

    return Edge(f"{target.__tablename__}_by_{near.key}", "id", batch)


lines_of_order = many(OrderLine.order_id, order_by=(OrderLine.position,))
shipments_of_order = through(
    ShipmentOrder.order_id,
    ShipmentOrder.shipment_id,
    Shipment,
    order_by=(Shipment.created_at, Shipment.id),
)
orders_of_shipment = through(
    ShipmentOrder.shipment_id, ShipmentOrder.order_id, Order, order_by=(Order.placed_at, Order.id)
)
events_of_shipment = many(TrackingEvent.shipment_id, order_by=(TrackingEvent.occurred_at, TrackingEvent.id))
customer_of_order = one(Customer.id, key="customer_id")
merchant_of_row = one(Merchant.id, key="merchant_id")
order_of_line = one(Order.id, key="order_id")
carrier_of_row = one(CarrierRow.code, key="carrier_code")
account_of_shipment = one(CarrierAccount.id, key="account_id")
shipment_of_event = one(Shipment.id, key="shipment_id")
unmapped_of_carrier = many(UnmappedCode.carrier_code, order_by=(UnmappedCode.seen.desc(),), key="code")
partner_of_viewer = one(Partner.id, key="partner_id")

BY_PREFIX = {
    model.prefix: one(model.id, key="id")
    for model in (Order, OrderLine, Shipment, TrackingEvent, Customer, Merchant, CarrierAccount, Partner, Job, Export)
}
