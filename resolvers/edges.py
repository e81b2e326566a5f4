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

from db.models.cases import Case
from db.models.consolidations import Consolidation
from db.models.deliveries import DeliveryChange
from db.models.exchanges import Exchange, ExchangeItem
from db.models.exports import Export
from db.models.green import ReusePoints
from db.models.labels import ReturnLabel
from db.models.messages import Job
from db.models.orders import Customer, Order, OrderLine
from db.models.partners import CarrierAccount, CarrierRow, Merchant, Partner
from db.models.pickups import Pickup, PickupAttempt
from db.models.points import DropOffPoint
from db.models.policies import ReturnPolicy
from db.models.refunds import OrderMoney, Refund, RefundLine, RefundTransfer
from db.models.repairs import Repair, RepairStep
from db.models.returns import CaseShipment, Return, ReturnLine, ReturnOrder
from db.models.shipments import Shipment, ShipmentOrder, TrackingEvent, UnmappedCode
from db.models.warehouses import Warehouse
from resolvers.made import Children

Batch = Callable[[AsyncSession, Sequence[Any]], Awaitable[list[Any]]]


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """A relation. ``key`` is the parent's attribute that holds the key; ``batch`` answers in the order of the keys.
    ``children`` where its rows are known by a column alone."""

    name: str
    key: str
    batch: Batch
    children: Children | None = None


def many(child: InstrumentedAttribute[Any], *, order_by: Sequence[Any], key: str = "id") -> Edge:
    """Rows that point at their parent: one list a parent."""
    model = child.class_

    async def batch(session: AsyncSession, keys: Sequence[Any]) -> list[Any]:
        rows = await session.scalars(select(model).where(child.in_(keys)).order_by(*order_by))
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in rows:
            found[getattr(row, child.key)].append(row)
        return [found[each] for each in keys]

    plain = all(isinstance(each, InstrumentedAttribute) for each in order_by)
    children = Children(child, tuple(each.key for each in order_by)) if plain else None
    return Edge(f"{model.__tablename__}_by_{child.key}", key, batch, children)


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
changes_of_shipment = many(DeliveryChange.shipment_id, order_by=(DeliveryChange.created_at, DeliveryChange.id))
customer_of_order = one(Customer.id, key="customer_id")
merchant_of_row = one(Merchant.id, key="merchant_id")
order_of_line = one(Order.id, key="order_id")
carrier_of_row = one(CarrierRow.code, key="carrier_code")
account_of_shipment = one(CarrierAccount.id, key="account_id")
shipment_of_event = one(Shipment.id, key="shipment_id")
unmapped_of_carrier = many(UnmappedCode.carrier_code, order_by=(UnmappedCode.seen.desc(),), key="code")
order_of_case = one(Order.id, key="order_id")
lines_of_return = many(ReturnLine.return_id, order_by=(ReturnLine.position,))
order_line_of_return_line = one(OrderLine.id, key="order_line_id")
orders_of_return = through(ReturnOrder.return_id, ReturnOrder.order_id, Order, order_by=(Order.placed_at, Order.id))
returns_of_order = through(ReturnOrder.order_id, ReturnOrder.return_id, Return, order_by=(Return.opened_at, Return.id))
shipments_of_case = through(
    CaseShipment.case_id, CaseShipment.shipment_id, Shipment, order_by=(Shipment.created_at, Shipment.id)
)
cases_of_shipment = through(CaseShipment.shipment_id, CaseShipment.case_id, Case, order_by=(Case.opened_at, Case.id))
pickups_of_return = many(Pickup.parent_id, order_by=(Pickup.opened_at, Pickup.id))
exchanges_of_return = many(Exchange.parent_id, order_by=(Exchange.opened_at, Exchange.id))
items_of_exchange = many(ExchangeItem.exchange_id, order_by=(ExchangeItem.position,))
repairs_of_return = many(Repair.parent_id, order_by=(Repair.opened_at, Repair.id))
steps_of_repair = many(RepairStep.repair_id, order_by=(RepairStep.position,))
attempts_of_pickup = many(PickupAttempt.pickup_id, order_by=(PickupAttempt.number,))
point_of_return = one(DropOffPoint.id, key="point_id")
points_of_return = one(ReusePoints.return_id, key="id")
points_of_customer = many(ReusePoints.customer_id, order_by=(ReusePoints.granted_at, ReusePoints.id))
warehouse_of_return = one(Warehouse.id, key="warehouse_id")
warehouses_of_merchant = many(Warehouse.merchant_id, order_by=(Warehouse.code,), key="merchant_id")
lines_of_consolidation = many(ReturnLine.consolidation_id, order_by=(ReturnLine.id,))
consolidation_by_id = one(Consolidation.id, key="id")
hub_of_consolidation = one(Warehouse.id, key="hub_id")
shipment_of_consolidation = one(Shipment.id, key="shipment_id")
labels_of_return = many(ReturnLabel.return_id, order_by=(ReturnLabel.created_at, ReturnLabel.id))
return_of_case = one(Return.id, key="parent_id")
refunds_of_return = many(Refund.parent_id, order_by=(Refund.opened_at, Refund.id))
refunds_of_order = many(Refund.order_id, order_by=(Refund.opened_at, Refund.id))
lines_of_refund = many(RefundLine.refund_id, order_by=(RefundLine.position,))
transfers_of_refund = many(RefundTransfer.refund_id, order_by=(RefundTransfer.started_at, RefundTransfer.id))
return_line_of_refund_line = one(ReturnLine.id, key="return_line_id")
money_of_order = one(OrderMoney.order_id, key="id")
cases_of_order = many(Case.order_id, order_by=(Case.opened_at, Case.id))
partner_of_viewer = one(Partner.id, key="partner_id")

BY_PREFIX = {
    model.prefix: one(model.id, key="id")
    for model in (
        *(Order, OrderLine, Shipment, TrackingEvent, Customer, Merchant, CarrierAccount, Partner, Job, Export),
        *(Return, ReturnLine, ReturnPolicy, DropOffPoint, Warehouse, Exchange, Repair, Pickup, Refund, Consolidation),
    )
}
