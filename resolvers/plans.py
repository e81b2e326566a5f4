"""Ways back planned before anything is booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import plan_asks, plan_quotes, planning, policies, returns
from aftersales.plan_asks import Ask
from aftersales.planning import Plan
from aftersales.quoting import Silent
from aftersales.rules.planning import WEIGHTS, Route
from aftersales.rules.pricing import PriceSource
from db.ids import parse_typeid, typeid
from db.models.base import Money, from_minor
from db.models.orders import Order, OrderLine
from db.models.returns import Return
from db.models.warehouses import Warehouse
from db.reach import Reach
from resolvers.context import Info
from resolvers.errors import BadUserInput, LimitExceeded
from resolvers.inputs import SizeInput, optional, size_of
from resolvers.points import GeoInput, position

MOST_LINES = 100


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


@dataclass(frozen=True, slots=True)
class Part:
    """What one consideration brought, of what it could."""

    name: str
    points: float
    of: int


async def plan(info: Info, input: ReturnPlanInput) -> Plan:
    """The routes, the best first. A buyer's own goods only; accounts and warehouses are read for the merchant."""
    viewer, now = info.context.viewer, info.context.clock()
    viewer.must("returns:read")
    if (input.return_id is None) == (not input.lines):
        raise BadUserInput("Give either returnId or lines.")
    store = info.context.store
    async with store.reading(viewer.reach) as session:
        ask, origin = await (
            _of_lines(info, session, input.lines or []) if input.lines else _of_return(info, session, input)
        )
    near, size = position(input.near) if input.near else ask.position, size_of(input.size) or ask.size_mm
    ask = replace(ask, position=near, size_mm=size)
    is_guess = viewer.customer_id is not None and input.size is not None  # each size would be asked of every carrier
    silent = () if is_guess else await _asked(info, ask, origin)
    async with store.reading(Reach(merchant_id=ask.merchant_id)) as session:
        return replace(await planning.planned(session, ask, now), silent=silent)


async def _asked(info: Info, ask: Ask, origin: Mapping[str, Any]) -> tuple[Silent, ...]:
    """Asks the merchant's carriers for their prices, which the plan then goes by. Gives who was silent."""
    context = info.context
    if context.live is None:
        return ()
    await context.store.keys_of(ask.merchant_id)
    async with context.store.reading(Reach(merchant_id=ask.merchant_id)) as session:
        asked = await plan_quotes.of_plan(session, context.store.vault, ask, origin)
    return (await plan_quotes.heard(context.store, context.live, asked, context.clock()))[1].silent


async def _of_return(info: Info, session: AsyncSession, input: ReturnPlanInput) -> tuple[Ask, Mapping[str, Any]]:
    parsed = parse_typeid(input.return_id or "")
    rma = await session.get(Return, parsed[1]) if parsed and parsed[0] == Return.prefix else None
    if rma is None:
        raise BadUserInput("No such return.")
    origin = orjson.loads(await info.context.reveal(rma, "origin") or "{}")
    return await plan_asks.of_return(session, rma, await returns.lines_of(session, rma), origin), origin


async def _of_lines(
    info: Info, session: AsyncSession, wished: Sequence[PlanLineInput]
) -> tuple[Ask, Mapping[str, Any]]:
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
    held = (await policies.holding(session, [where], info.context.clock()))[where]
    origin = orjson.loads(await info.context.reveal(order, "shipping_address") or "{}")
    ask = Ask(
        merchant_id=order.merchant_id,
        country=order.country or "",
        region=order.region,
        zone=order.zone,
        postal_code=origin.get("postalCode") or "",
        items=tuple(plan_asks.item_of(lines[id_], each.quantity) for each, id_ in zip(wished, ids, strict=True)),
        methods=frozenset(held.methods),
        trigger=held.trigger,
        clocks=held.clocks,
        currency=lines[ids[0]].currency,
    )
    return ask, origin


def fee(root: Route) -> Money | None:
    """As its carrier says, or by list."""
    return None if root.fee_minor is None or root.currency is None else from_minor(root.fee_minor, root.currency)


def fee_source(root: Route) -> PriceSource | None:
    """Who says the price."""
    if root.fee_minor is None:
        return None
    return PriceSource.TARIFF if root.quoted_at is None else PriceSource.CARRIER


def parts(root: Route) -> list[Part]:
    """What the score is made of."""
    return [Part(name, points, WEIGHTS[name]) for name, points in root.parts.items()]


def warehouse_id(root: Route) -> strawberry.ID | None:
    """The warehouse's id."""
    return strawberry.ID(typeid(Warehouse.prefix, UUID(root.warehouse_id))) if root.warehouse_id else None


def point_key(root: Route) -> UUID | None:
    """The point's key."""
    return root.point_key
