"""Ways back planned before anything is booked; prices side by side; when a courier can come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import planning, policies, returns, tariffs
from aftersales.planning import Ask, Plan
from aftersales.planning_facts import region
from aftersales.rules import pricing, slots
from aftersales.rules.planning import WEIGHTS, Route
from aftersales.rules.pricing import Lane, Parcel, Price
from carriers.registry import BY_CODE
from db.ids import parse_typeid, typeid
from db.models.base import Money, from_minor
from db.models.orders import Order, OrderLine
from db.models.partners import CarrierRow
from db.models.points import DropOffPoint
from db.models.returns import Return
from db.models.warehouses import Warehouse
from db.reach import Reach
from resolvers.context import Info
from resolvers.errors import BadUserInput, LimitExceeded
from resolvers.inputs import optional
from resolvers.points import GeoInput, position

MOST_LINES = 100
HEAVIEST = 1_000_000


@strawberry.input(description="Length, width and height in millimetres.")
class SizeInput:
    length_mm: int = strawberry.field(description="Length.")
    width_mm: int = strawberry.field(description="Width.")
    height_mm: int = strawberry.field(description="Height.")


@strawberry.input(description="Some of one line of an order.")
class PlanLineInput:
    order_line_id: strawberry.ID = strawberry.field(description="The line's id (oln_...).")
    quantity: int = strawberry.field(default=1, description="How many of it.")


@strawberry.input(description="What is to come back: a return, or lines of one order.")
class ReturnPlanInput:
    return_id: strawberry.ID | None = optional("A return (ret_...).")
    lines: list[PlanLineInput] | None = optional("Lines of one order, at most 100.")
    near: GeoInput | None = optional("Where the goods are; without it no points are offered.")
    size: SizeInput | None = optional("The parcel's size, for carriers' limits and volumetric weight.")


@strawberry.input(description="A parcel and its way.")
class QuoteInput:
    from_country: str = strawberry.field(description="From this country (ISO 3166-1 alpha-2).")
    to_country: str = strawberry.field(description="To this country.")
    from_region: str | None = optional("From this region, by name or code.")
    to_region: str | None = optional("To this region.")
    weight_grams: int = strawberry.field(description="The weight in grams, 1 to 1,000,000.")
    size: SizeInput | None = optional("The size, for volumetric weight.")
    door_pickup: bool = strawberry.field(default=False, description="Whether a courier collects it at the door.")


@strawberry.input(description="Whose courier, and where.")
class PickupSlotsInput:
    carrier: str = strawberry.field(description="The carrier's code.")
    country: str = strawberry.field(description="The door's country (ISO 3166-1 alpha-2).")
    zone: str | None = optional("The door's IANA zone; the carrier's own unless given.")


@dataclass(frozen=True, slots=True)
class Part:
    """What one consideration brought, of what it could."""

    name: str
    points: float
    of: int


@dataclass(frozen=True, slots=True)
class Quote:
    """One carrier's price."""

    carrier: CarrierRow
    service: str
    price: Money
    billed_grams: int
    days: int
    source: str
    list_source: str


@dataclass(frozen=True, slots=True)
class Slots:
    """When a carrier can come, or why it cannot."""

    windows: list["SlotWindow"]
    because: str | None = None


@dataclass(frozen=True, slots=True)
class SlotWindow:
    """A window, in UTC."""

    start: Any
    end: Any
    zone: str


async def plan(info: Info, input: ReturnPlanInput) -> Plan:
    """The routes, the best first. A buyer's own goods only; accounts and warehouses are read for the merchant."""
    viewer, now = info.context.viewer, info.context.clock()
    viewer.must("returns:read")
    if (input.return_id is None) == (not input.lines):
        raise BadUserInput("Give either returnId or lines.")
    async with info.context.store.reading(viewer.reach) as session:
        ask = await (_of_lines(session, input.lines or [], now) if input.lines else _of_return(info, session, input))
    ask = replace(ask, position=position(input.near) if input.near else None, size_mm=_size(input.size))
    async with info.context.store.reading(Reach(merchant_id=ask.merchant_id)) as session:
        return await planning.planned(session, ask, now)


async def _of_return(info: Info, session: AsyncSession, input: ReturnPlanInput) -> Ask:
    parsed = parse_typeid(input.return_id or "")
    rma = await session.get(Return, parsed[1]) if parsed and parsed[0] == Return.prefix else None
    if rma is None:
        raise BadUserInput("No such return.")
    origin = orjson.loads(await info.context.reveal(rma, "origin") or "{}")
    return await planning.of_return(session, rma, await returns.lines_of(session, rma), origin)


async def _of_lines(session: AsyncSession, wished: Sequence[PlanLineInput], now: Any) -> Ask:
    if len(wished) > MOST_LINES:
        raise LimitExceeded("input.lines", MOST_LINES, len(wished))
    ids = [parsed[1] for each in wished if (parsed := parse_typeid(each.order_line_id))]
    lines = {row.id: row for row in await session.scalars(select(OrderLine).where(OrderLine.id.in_(ids)))}
    orders = {row.order_id for row in lines.values()}
    order = await session.get(Order, next(iter(orders))) if len(orders) == 1 and len(lines) == len(wished) else None
    if order is None:
        raise BadUserInput("No such lines of one order; see Order.lines.")
    if any(not 1 <= each.quantity <= lines[id_].quantity for each, id_ in zip(wished, ids, strict=True)):
        raise BadUserInput("A quantity is 1 to what was ordered.")
    where = order.merchant_id, order.country
    held = (await policies.holding(session, [where], now))[where]
    return Ask(
        merchant_id=order.merchant_id,
        country=order.country or "",
        region=order.region,
        zone=order.zone,
        items=tuple(planning.item_of(lines[id_], each.quantity) for each, id_ in zip(wished, ids, strict=True)),
        methods=frozenset(held.methods),
        trigger=held.trigger,
        clocks=held.clocks,
    )


def _size(given: SizeInput | None) -> tuple[int, int, int] | None:
    if given is None:
        return None
    size = (given.length_mm, given.width_mm, given.height_mm)
    if not all(1 <= each <= 20_000 for each in size):
        raise BadUserInput("A side is 1 to 20,000 mm.")
    return size


def fee(root: Route) -> Money | None:
    """By list."""
    return None if root.fee_minor is None or root.currency is None else from_minor(root.fee_minor, root.currency)


def parts(root: Route) -> list[Part]:
    """What the score is made of."""
    return [Part(name, points, WEIGHTS[name]) for name, points in root.parts.items()]


def warehouse_id(root: Route) -> strawberry.ID | None:
    """The warehouse's id."""
    return strawberry.ID(typeid(Warehouse.prefix, UUID(root.warehouse_id))) if root.warehouse_id else None


def point_key(root: Route) -> UUID | None:
    """The point's key."""
    parsed = parse_typeid(root.point_id or "")
    return parsed[1] if parsed and parsed[0] == DropOffPoint.prefix else None


async def quotes(info: Info, input: QuoteInput) -> list[Quote]:
    """Every carrier's cheapest price by list, the cheapest first."""
    info.context.viewer.must("shipments:read")
    if not 1 <= input.weight_grams <= HEAVIEST:
        raise LimitExceeded("input.weightGrams", HEAVIEST, input.weight_grams)
    parcel = Parcel(input.weight_grams, _size(input.size))
    start, end = input.from_country.upper(), input.to_country.upper()
    lane = Lane(start, end, region(start, input.from_region), region(end, input.to_region))
    async with info.context.store.reading(info.context.viewer.reach) as session:
        rates = await tariffs.rates(session, lane.from_country, info.context.clock().date())
        rows = {row.code: row for row in await session.scalars(select(CarrierRow))}
    found = [
        _quote(rows[code], price)
        for code in sorted({rate.carrier for rate in rates} & set(rows))
        if (price := pricing.cheapest([r for r in rates if r.carrier == code], lane, parcel, at_door=input.door_pickup))
    ]
    return sorted(found, key=lambda each: (each.price.currency, each.price.amount, each.carrier.code))


def _quote(row: CarrierRow, price: Price) -> Quote:
    rate = price.rate
    money = from_minor(price.minor, rate.currency)
    return Quote(row, rate.service, money, price.billed_grams, rate.days, "TARIFF", rate.source)


def pickup_slots(info: Info, input: PickupSlotsInput) -> Slots:
    """The windows by the carrier's bounds."""
    info.context.viewer.must("returns:read")
    carrier = BY_CODE.get(input.carrier.lower())
    if carrier is None or carrier.booking is None:
        return Slots([], "We cannot book this carrier; see Carrier.capabilities.")
    try:
        zone = ZoneInfo(input.zone or carrier.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadUserInput("zone must be an IANA zone, as Asia/Shanghai.") from None
    bounds = carrier.booking.bounds
    if bounds.countries and input.country.upper() not in bounds.countries:
        return Slots([], f"It collects in {', '.join(sorted(bounds.countries))} only.")
    windows = slots.slots(bounds, zone, info.context.clock())
    return Slots([SlotWindow(start, end, zone.key) for start, end in windows])
