"""What another policy would have decided: the checks asked again over past orders and past requests, under what holds and
under the other version. Nothing is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import eligibility, policies
from aftersales.eligibility import LineWish
from aftersales.rules import eligibility as rules
from aftersales.rules.policies import Policy
from db.case_enums import Resolution, Verdict
from db.models.orders import Order, OrderLine
from db.models.returns import Return, ReturnLine

MOST_ORDERS = 1000
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Changed:
    """A line whose verdict would be another: of an order as it stands, or of a request that was made (``return_id``).
    ``refusals`` are the sentences of the new version's no."""

    order_id: UUID
    order_number: str
    order_line_id: UUID
    sku: str
    before: Verdict
    after: Verdict
    value_minor: int
    currency: str
    return_id: UUID | None
    refusals: tuple[str, ...]


@dataclass(slots=True)
class Simulated:
    """How many lines get which verdict, before and after; those that change (``shown`` of them at most 100), and what is at
    stake with them, in the smallest unit by currency."""

    orders: int = 0
    requests: int = 0
    before: Counter[Verdict] = field(default_factory=Counter)
    after: Counter[Verdict] = field(default_factory=Counter)
    changed: int = 0
    shown: list[Changed] = field(default_factory=list)
    stake_minor: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Asked:
    order: Order
    line: OrderLine
    wish: LineWish
    resolution: Resolution
    at: datetime
    counted: tuple[int, int]
    return_id: UUID | None = None


async def simulate(session: AsyncSession, merchant_id: UUID, new: Policy, last: int, now: datetime) -> Simulated:
    """Asks for every line of the last orders as if it were wished back now, because it is no longer wanted; and again for
    each line of the last as many returns, as it was asked for then, under what held then. ``new`` counts only for
    buyers it would be for: a policy for all gives way to one of a country."""
    asked = [*await _lines(session, merchant_id, last, now), *await _wishes(session, merchant_id, last)]
    told = Simulated(orders=len({each.order.id for each in asked if each.return_id is None}))
    told.requests = len({each.return_id for each in asked if each.return_id})
    versions = await policies.published(session, {merchant_id})
    for each in asked:
        _compare(told, each, policies.chosen(versions, (merchant_id, each.order.country), each.at), new)
    return told


def _compare(told: Simulated, each: _Asked, old: Policy, new: Policy) -> None:
    facts = eligibility.facts_of(each.line, each.order, each.wish, each.resolution, each.counted)
    before = rules.assess(facts, old, each.at)
    after = rules.assess(facts, new, each.at) if _is_for(new, old, each.order.country) else before
    told.before[before.verdict] += 1
    told.after[after.verdict] += 1
    if before.verdict is after.verdict:
        return
    value = each.line.unit_price_minor * each.wish.quantity
    told.changed += 1
    told.stake_minor[each.line.currency] += value
    if len(told.shown) < MOST_SHOWN:
        told.shown.append(
            Changed(
                order_id=each.order.id,
                order_number=each.order.number,
                order_line_id=each.line.id,
                sku=each.line.sku,
                before=before.verdict,
                after=after.verdict,
                value_minor=value,
                currency=each.line.currency,
                return_id=each.return_id,
                refusals=tuple(no.message for no in after.refusals),
            )
        )


def _is_for(new: Policy, old: Policy, country: str | None) -> bool:
    """Whether the new version would decide for buyers of a country: none nearer is the merchant's own."""
    near = policies.places(country)
    is_own = old.code not in {seed.code for seed in policies.seeds()}
    return new.country in near and not (is_own and near.index(old.country) < near.index(new.country))


async def _lines(session: AsyncSession, merchant_id: UUID, last: int, now: datetime) -> list[_Asked]:
    newest = select(Order).where(Order.merchant_id == merchant_id).order_by(Order.placed_at.desc(), Order.id.desc())
    orders = {row.id: row for row in await session.scalars(newest.limit(last))}
    lines: list[OrderLine] = []
    for ids in _parts([*orders]):
        wanted = select(OrderLine).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.order_id, OrderLine.position)
        lines += await session.scalars(wanted)
    coming: dict[UUID, int] = {}
    for ids in _parts([line.id for line in lines]):
        coming |= await eligibility.coming_back(session, ids)
    return [
        _Asked(
            order=orders[line.order_id],
            line=line,
            wish=LineWish(line.id, max(line.quantity - coming.get(line.id, 0), 1)),
            resolution=Resolution.REFUND,
            at=now,
            counted=(coming.get(line.id, 0), 0),
        )
        for line in lines
    ]


async def _wishes(session: AsyncSession, merchant_id: UUID, last: int) -> list[_Asked]:
    """As they were asked for; what else was coming back then is not looked up again."""
    newest = select(Return).where(Return.merchant_id == merchant_id).order_by(Return.opened_at.desc(), Return.id.desc())
    returns = {row.id: row for row in await session.scalars(newest.limit(last))}
    asked = []
    for ids in _parts([*returns]):
        rows = await session.execute(
            select(ReturnLine, OrderLine, Order)
            .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
            .join(Order, Order.id == OrderLine.order_id)
            .where(ReturnLine.return_id.in_(ids))
            .order_by(ReturnLine.return_id, ReturnLine.position)
        )
        for wished, line, order in rows:
            rma = returns[wished.return_id]
            wish = LineWish(line.id, wished.quantity, wished.reason)
            asked.append(_Asked(order, line, wish, rma.resolution, rma.opened_at, (0, 0), rma.id))
    return asked


def _parts(ids: Sequence[UUID], most: int = 500) -> list[Sequence[UUID]]:
    return [ids[start : start + most] for start in range(0, len(ids), most)]
