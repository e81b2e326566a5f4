"""The timeline of an order, a parcel or a case: the log, as far as it is about one of them. A page of orders with their timelines
is one statement."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from db.case_enums import CaseKind
from db.enums import Subject
from db.models.cases import Case
from db.models.log import Event, Seal
from db.models.orders import Order
from db.models.returns import ReturnOrder
from db.models.shipments import Shipment, ShipmentOrder
from resolvers import feed
from resolvers.context import Info
from resolvers.edges import Edge
from resolvers.pages import Asked


@dataclass(frozen=True, slots=True)
class _Line:
    """Whose timeline, and which stretch of it."""

    parent: UUID
    size: int
    start: int
    subjects: frozenset[Subject]


async def timeline(root: Any, info: Info, first: int = 50, after: str | None = None) -> feed.Changes:
    """What happened to an order, its parcels and its cases; to a case and those under it; or to one parcel: oldest
    first."""
    size, start = feed.stretch(info.context.store.vault, first, after)
    line = _Line(root.id, size, start, feed.readable(info.context.viewer))
    links, edge = _WHOSE[Order if isinstance(root, Order) else Case if isinstance(root, Case) else Shipment]
    counted = _within(links([root.id]), line).with_only_columns(func.count(Seal.position))
    return feed.page(info, await info.context.load(edge, line), Asked(first, after), counted)


def _of_orders(ids: Sequence[UUID]) -> Any:
    own = select(Order.id.label("parent"), Order.id.label("subject_id")).where(Order.id.in_(ids))
    parcels = select(ShipmentOrder.order_id, ShipmentOrder.shipment_id).where(ShipmentOrder.order_id.in_(ids))
    returns = select(ReturnOrder.order_id, ReturnOrder.return_id).where(ReturnOrder.order_id.in_(ids))
    others = select(Case.order_id, Case.id).where(Case.order_id.in_(ids), Case.kind != CaseKind.RETURN)
    return union_all(own, parcels, returns, others).subquery()


def _of_cases(ids: Sequence[UUID]) -> Any:
    own = select(Case.id.label("parent"), Case.id.label("subject_id")).where(Case.id.in_(ids))
    under = select(Case.parent_id, Case.id).where(Case.parent_id.in_(ids))
    return union_all(own, under).subquery()


def _of_shipments(ids: Sequence[UUID]) -> Any:
    return select(Shipment.id.label("parent"), Shipment.id.label("subject_id")).where(Shipment.id.in_(ids)).subquery()


def _within(links: Any, line: _Line) -> Select[Any]:
    place = func.row_number().over(partition_by=links.c.parent, order_by=Seal.position).label("place")
    return (
        select(links.c.parent, Seal.position, place)
        .join(Event, Event.subject_id == links.c.subject_id)
        .join(Seal, Seal.event_id == Event.id)
        .where(Seal.position > line.start, Event.subject.in_(sorted(line.subjects)))
    )


def _timeline(name: str, links: Callable[[Sequence[UUID]], Any]) -> Edge:
    async def batch(session: AsyncSession, keys: Sequence[_Line]) -> list[Any]:
        alike: dict[tuple[Any, ...], list[_Line]] = defaultdict(list)
        for key in keys:
            alike[key.size, key.start, key.subjects].append(key)
        found: dict[_Line, list[tuple[Seal, Event]]] = defaultdict(list)
        for lines in alike.values():
            placed = _within(links([line.parent for line in lines]), lines[0]).subquery()
            rows = await session.execute(
                select(placed.c.parent, Seal, Event)
                .join(Seal, Seal.position == placed.c.position)
                .join(Event, Event.id == Seal.event_id)
                .where(placed.c.place <= lines[0].size + 1)
                .order_by(Seal.position)
            )
            by_parent = {line.parent: line for line in lines}
            for parent, seal, event in rows:
                found[by_parent[parent]].append((seal, event))
        return [found[key] for key in keys]

    return Edge(name, "id", batch)


of_order = _timeline("timeline_of_order", _of_orders)
of_shipment = _timeline("timeline_of_shipment", _of_shipments)
of_case = _timeline("timeline_of_case", _of_cases)
_WHOSE = {Order: (_of_orders, of_order), Shipment: (_of_shipments, of_shipment), Case: (_of_cases, of_case)}
