"""Orders: one by id or number, pages with filters, and the parts of one that are not plain columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import strawberry
from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, or_, select

from aftersales.rules import masks
from db.enums import OrderFlag, OrderStatus, TrackingStatus
from db.ids import parse_typeid
from db.models.orders import Customer, Order
from db.models.shipments import Shipment, ShipmentOrder, TrackingEvent
from resolvers import edges
from resolvers.context import Info
from resolvers.errors import BadUserInput, aware
from resolvers.pages import Asked, Page, Sort, page

SORTS = {
    "PLACED_AT_DESC": Sort("PLACED_AT_DESC", Order.placed_at, Order.id),
    "PLACED_AT_ASC": Sort("PLACED_AT_ASC", Order.placed_at, Order.id, descending=False),
    "UPDATED_AT_DESC": Sort("UPDATED_AT_DESC", Order.updated_at, Order.id),
    "UPDATED_AT_ASC": Sort("UPDATED_AT_ASC", Order.updated_at, Order.id, descending=False),
}


@strawberry.input(description="Which orders. Conditions given together must all hold.")
class OrderFilter:
    status: list[OrderStatus] | None = strawberry.field(default=None, description="One of these statuses.")
    flags: list[OrderFlag] | None = strawberry.field(default=None, description="At least one of these oddities.")
    carrier: str | None = strawberry.field(default=None, description="A parcel of the order travels with this carrier.")
    updated_since: datetime | None = strawberry.field(default=None, description="Changed at this moment or later.")
    placed_since: datetime | None = strawberry.field(default=None, description="Placed at this moment or later.")
    placed_before: datetime | None = strawberry.field(default=None, description="Placed before this moment.")
    delayed: bool | None = strawberry.field(
        default=None,
        description="Whether a parcel of it is, or was delivered, after its promise. A promised day is kept until it ends.",
    )
    needs_action: bool | None = strawberry.field(default=None, description="Whether somebody must act.")
    search: str | None = strawberry.field(
        default=None,
        description="Beginning of an order number, external id or tracking number; 2 to 60 characters.",
    )


async def order(info: Info, id: strawberry.ID | None = None, number: str | None = None) -> Order | None:
    """By id or by number. A number that several of a platform's merchants use asks for the header."""
    info.context.viewer.must("orders:read")
    if (id is None) == (number is None):
        raise BadUserInput("Give either id or number.")
    if id is not None:
        parsed = parse_typeid(id)
        found: Order | None = None
        if parsed is not None and parsed[0] == Order.prefix:
            found = await info.context.load(edges.BY_PREFIX[Order.prefix], parsed[1])
        return found
    async with info.context.store.reading(info.context.viewer.reach) as session:
        rows = list(await session.scalars(select(Order).where(Order.number == number).limit(2)))
    found_by_number: Order | None = only(rows, "order number")
    return found_by_number


def only(rows: list[Any], what: str) -> Any:
    """The one row, or None; several are a question only the header answers."""
    if len(rows) > 1:
        raise BadUserInput(f"Several merchants use this {what}; name one with the Waybridge-Merchant header.")
    return rows[0] if rows else None


async def orders(info: Info, asked: Asked, filter: OrderFilter | None, sort: str) -> Page:
    """A page of orders."""
    info.context.viewer.must("orders:read")
    statement = select(Order)
    if filter is not None:
        statement = _filtered(statement, filter, info.context.clock())
    return await page(info.context.store, info.context.viewer.reach, statement, SORTS[sort], asked)


def _filtered(statement: Select[Any], wish: OrderFilter, now: datetime) -> Select[Any]:
    rules: list[ColumnElement[bool] | None] = [
        Order.status.in_(wish.status) if wish.status else None,
        _flagged(wish.flags) if wish.flags else None,
        _with_parcel(Shipment.carrier_code == wish.carrier.lower()) if wish.carrier else None,
        Order.updated_at >= aware(wish.updated_since, "updatedSince") if wish.updated_since else None,
        Order.placed_at >= aware(wish.placed_since, "placedSince") if wish.placed_since else None,
        Order.placed_at < aware(wish.placed_before, "placedBefore") if wish.placed_before else None,
        Order.needs_action.is_(wish.needs_action) if wish.needs_action is not None else None,
        search(wish.search) if wish.search is not None else None,
    ]
    if wish.delayed is not None:
        rules.append(_with_parcel(late(now)) if wish.delayed else ~_with_parcel(late(now)))
    return statement.where(*(rule for rule in rules if rule is not None))


def late(now: datetime) -> ColumnElement[bool]:
    """A shipment past its promise: delivered after it, or not delivered and it is over. The promise is exclusive: it
    is the first moment after the promised day."""
    return and_(
        Shipment.promised_delivery_at <= func.coalesce(Shipment.delivered_at, now, type_=Shipment.delivered_at.type),
        Shipment.status != TrackingStatus.CANCELED,
    )


def _with_parcel(rule: ColumnElement[bool]) -> ColumnElement[bool]:
    """The merchant is named at every step, though the keys imply it: SQLite would else try each merchant of a platform
    for every order."""
    return exists().where(
        ShipmentOrder.merchant_id == Order.merchant_id,
        ShipmentOrder.order_id == Order.id,
        Shipment.merchant_id == Order.merchant_id,
        Shipment.id == ShipmentOrder.shipment_id,
        rule,
    )


def _flagged(flags: list[OrderFlag]) -> ColumnElement[bool]:
    return or_(*(cast(Order.flags, String).contains(f'"{flag.value}"') for flag in flags))


def needle(text: str) -> str:
    """A search text, trimmed; BAD_USER_INPUT when it is too short to find or too long to be a number."""
    trimmed = text.strip()
    if not 2 <= len(trimmed) <= 60:
        raise BadUserInput("search needs 2 to 60 characters.")
    return trimmed


def search(text: str) -> ColumnElement[bool]:
    """The beginning of any of an order's numbers."""
    term = needle(text)
    return or_(
        Order.number.startswith(term, autoescape=True),
        Order.external_id.startswith(term, autoescape=True),
        _with_parcel(Shipment.tracking_number.startswith(term.upper(), autoescape=True)),
    )


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address as shown to this viewer."""

    name: str | None
    phone: str | None
    country: str | None
    region: str | None
    region_code: str | None
    city: str | None
    district: str | None
    street: list[str]
    unit: str | None
    postal_code: str | None


async def shipping_address(root: Any, info: Info) -> PostalAddress:
    """Where the order goes. Name, phone and unit are masked unless the viewer may see them."""
    text = await info.context.reveal(root, "shipping_address")
    return postal_address(orjson.loads(text or "{}"), clear=info.context.viewer.sees_personal)


def postal_address(stored: Mapping[str, Any], *, clear: bool) -> PostalAddress:
    """A stored address; not ``clear``: name, phone and unit masked."""
    street = stored.get("street") or []
    return PostalAddress(
        name=_shown(stored.get("name"), masks.mask_name, clear=clear),
        phone=_shown(stored.get("phone"), masks.mask_phone, clear=clear),
        country=stored.get("country"),
        region=stored.get("region"),
        region_code=stored.get("regionCode"),
        city=stored.get("city"),
        district=stored.get("district"),
        street=[str(_shown(line, masks.mask_street, clear=clear)) for line in street],
        unit=_shown(stored.get("unit"), masks.mask_unit, clear=clear),
        postal_code=stored.get("postalCode"),
    )


def _shown(text: str | None, mask: Any, *, clear: bool) -> str | None:
    return text if text is None or clear else mask(text)


async def customer_name(root: Customer, info: Info) -> str | None:
    """Masked unless the viewer may see it."""
    return _shown(await info.context.reveal(root, "name"), masks.mask_name, clear=info.context.viewer.sees_personal)


async def customer_phone(root: Customer, info: Info) -> str | None:
    """Masked unless the viewer may see it."""
    return _shown(await info.context.reveal(root, "phone"), masks.mask_phone, clear=info.context.viewer.sees_personal)


async def customer_email(root: Customer, info: Info) -> str | None:
    """Masked unless the viewer may see it: first letter and domain stay."""
    text = await info.context.reveal(root, "email")
    if text is None or info.context.viewer.sees_personal:
        return text
    name, _, domain = text.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


async def journey(root: Order, info: Info) -> list[TrackingEvent]:
    """Every scan of every parcel, oldest first."""
    info.context.viewer.must("shipments:read")
    parcels: list[Shipment] = await info.context.load(edges.shipments_of_order, root.id)
    lists = await info.context.loaders[edges.events_of_shipment].load_many([parcel.id for parcel in parcels])
    return sorted((event for events in lists for event in events), key=lambda e: (e.occurred_at, e.id))
