"""Gathers the facts of order lines and asks the policy: what ``OrderLine.eligibility`` shows and what guards
``returnRequest`` is one and the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import policies
from aftersales.rules import eligibility as rules
from aftersales.rules.eligibility import Assessment, LineFacts
from aftersales.rules.policies import Policy
from db.case_enums import CaseKind, LineMoney, Resolution, ReturnReason, ReturnStatus
from db.enums import OrderStatus
from db.models.cases import Case
from db.models.orders import Order, OrderLine
from db.models.returns import ReturnLine
from db.session import standing

RECENT = timedelta(days=90)
FREES = (ReturnStatus.CANCELED, ReturnStatus.EXPIRED, ReturnStatus.DECLINED)
"""What a return in one of these statuses held may be asked for again, unless its money stands."""
STANDS = (LineMoney.DUE, LineMoney.SETTLED)


@dataclass(frozen=True, slots=True)
class LineWish:
    """Some of one line, as it is wished to come back."""

    order_line_id: UUID
    quantity: int = 1
    reason: ReturnReason = ReturnReason.NO_LONGER_WANTED
    is_opened: bool | None = None
    photos: int = 0


@dataclass(frozen=True, slots=True)
class Assessed:
    """A wish with its line, its order, the policy that decides and the answer."""

    wish: LineWish
    line: OrderLine
    order: Order
    policy: Policy
    answer: Assessment


async def assess(
    session: AsyncSession, wishes: Sequence[LineWish], resolution: Resolution, now: datetime, *, lock: bool = False
) -> list[Assessed | None]:
    """The answer for each wish, in a few statements however many; None: no such line. ``lock`` takes the orders' rows, in
    the order of their ids, so that two requests for one line come one after the other."""
    sold = await _sold(session, {wish.order_line_id for wish in wishes}, lock=lock)
    lines = {line.id: line for line, _ in sold}
    orders = {order.id: order for _, order in sold}
    coming = await coming_back(session, lines)
    recent = await _recent(session, {order.customer_id for order in orders.values()}, now)
    held = await policies.holding(session, {(order.merchant_id, order.country) for order in orders.values()}, now)
    wanted: dict[UUID, int] = {}
    answers: list[Assessed | None] = []
    for wish in wishes:
        line = lines.get(wish.order_line_id)
        order = orders.get(line.order_id) if line else None
        if line is None or order is None:
            answers.append(None)
            continue
        earlier = coming.get(line.id, 0) + wanted.get(line.id, 0)  # the same line twice in one request counts twice
        wanted[line.id] = wanted.get(line.id, 0) + wish.quantity
        policy = held[order.merchant_id, order.country]
        facts = facts_of(line, order, wish, resolution, (earlier, recent.get(order.customer_id, 0)))
        answers.append(Assessed(wish, line, order, policy, rules.assess(facts, policy, now)))
    return answers


def facts_of(
    line: OrderLine, order: Order, wish: LineWish, resolution: Resolution, counted: tuple[int, int]
) -> LineFacts:
    """What the checks see. ``counted``: how many are coming back already, and the buyer's returns of late."""
    return LineFacts(
        ordered=line.quantity,
        coming=counted[0],
        wanted=wish.quantity,
        reason=wish.reason,
        resolution=resolution,
        unit_minor=line.unit_price_minor,
        currency=line.currency,
        received_at=order.delivered_at,
        zone=order.zone,
        category=line.category,
        attributes={str(each["name"]).lower(): str(each["value"]).lower() for each in line.attributes},
        is_opened=wish.is_opened,
        is_canceled=order.status is OrderStatus.CANCELED,
        recent=counted[1],
        photos=wish.photos,
    )


_COMING = standing(
    select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
    .join(Case, Case.id == ReturnLine.return_id)
    .where(
        ReturnLine.order_line_id.in_(bindparam("lines", expanding=True)),
        or_(Case.status.not_in([each.value for each in FREES]), ReturnLine.money.in_(STANDS)),
    )
    .group_by(ReturnLine.order_line_id)
)
_SOLD = standing(
    select(OrderLine, Order)
    .join(Order, Order.id == OrderLine.order_id)
    .where(OrderLine.id.in_(bindparam("lines", expanding=True)))
    .order_by(Order.id)
)
_LOCKED = standing(_SOLD.with_for_update(of=Order).execution_options(populate_existing=True))
_RECENT = standing(
    select(Case.customer_id, func.count())
    .where(
        Case.kind == CaseKind.RETURN,
        Case.customer_id.in_(bindparam("customers", expanding=True)),
        Case.opened_at > bindparam("since"),
    )
    .group_by(Case.customer_id)
)


async def coming_back(session: AsyncSession, lines: Mapping[UUID, Any] | Collection[UUID]) -> dict[UUID, int]:
    """How many of each line are in returns that stand, have come back, or were paid for though their return ended without
    goods: no piece is paid for twice."""
    rows: Any = await session.execute(_COMING, {"lines": list(lines)})
    return {line: int(count) for line, count in rows}


async def _sold(session: AsyncSession, ids: Collection[UUID], *, lock: bool) -> list[tuple[OrderLine, Order]]:
    rows = await session.execute(_LOCKED if lock else _SOLD, {"lines": list(ids)})
    return [(line, order) for line, order in rows]


async def _recent(session: AsyncSession, customers: Collection[UUID], now: datetime) -> dict[UUID, int]:
    rows: Any = await session.execute(_RECENT, {"customers": list(customers), "since": now - RECENT})
    counted: dict[UUID, int] = dict(rows.all())
    return counted
