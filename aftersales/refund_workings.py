"""What would go back for a return as things stand: the facts of its lines, its orders and what was given before, worked out.
The same sum is shown before and granted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import policies
from aftersales.eligibility import Assessed
from aftersales.rules import money
from aftersales.rules.money import Account, Back, Sold, Working
from aftersales.rules.policies import Policy
from db.case_enums import (
    Condition,
    LineLogistics,
    LineMoney,
    RefundPurpose,
    RefundStatus,
    RefundTrigger,
    Resolution,
    ReturnReason,
)
from db.case_enums import ReturnMethod as Method
from db.models.orders import Order, OrderLine
from db.models.policies import ReturnPolicy
from db.models.refunds import OrderMoney, Refund, RefundLine
from db.models.returns import Return, ReturnLine

Goods = tuple[Return, Sequence[ReturnLine]]
BUYERS_FAULT, UPHELD = "buyersFault", "upheld"
"""What an inspection may say of a line: the buyer damaged it; a ruling found for the buyer."""
OVER = (RefundStatus.CANCELED.value, RefundStatus.REVERSED.value)
"""A refund in one of these gives nothing."""
UNPAID_WAYS = frozenset({Method.SHIP_YOURSELF, Method.KEEP_ITEM})
"""Ways back that cost the merchant nothing, so that no fee is taken for them."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The working for what comes back of one order; ``order`` is None for goods without one."""

    order: Order | None
    lines: tuple[ReturnLine, ...]
    working: Working


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sums of a return are worked out of, by id: orders, their lines, pieces and shipping given back before, what
    may still go back; the pieces of the return's own lines that were paid for (``done``), and the fee that was taken."""

    orders: Mapping[UUID, Order]
    sold: Mapping[UUID, Sequence[OrderLine]]
    given: Mapping[UUID, int]
    shipping: Mapping[UUID, int]
    left: Mapping[UUID, int]
    done: Mapping[UUID, int]
    fee_given: int

    def account(self, order_id: UUID | None, *, returns_shipping: bool) -> Account:
        """One order as its money sees it."""
        order = self.orders.get(order_id) if order_id else None
        if order is None:
            return Account()
        sold = self.sold.get(order.id, ())
        return Account(
            total_minor=order.total_minor,
            sold=[Sold(each.id, each.quantity, each.unit_price_minor) for each in sold],
            given={each.id: self.given.get(each.id, 0) for each in sold},
            shipping_given=self.shipping.get(order.id, 0),
            returns_shipping=returns_shipping,
            left_minor=self.left[order.id],
        )


async def sums(session: AsyncSession, goods: Goods, chosen: Sequence[ReturnLine], policy: Policy) -> list[Sum]:
    """One sum an order, in the order of their ids, for the chosen lines of a return. What was counted and judged by now is
    taken as it is, what was not yet as if it came in order."""
    rma, lines = goods
    facts = await _facts(session, rma, chosen)
    fee = max(_fee(rma, lines, policy) - facts.fee_given, 0)
    found = []
    for order_id in sorted({line.order_id for line in chosen}, key=str):
        mine = tuple(line for line in chosen if line.order_id == order_id)
        reasons = {line.reason for line in lines if line.order_id == order_id}
        account = facts.account(order_id, returns_shipping=reasons <= policy.shipping_for)
        working = money.worked_out(account, [_back(line, policy, facts.done.get(line.id, 0)) for line in mine], fee)
        fee -= working.fee_minor
        found.append(Sum(facts.orders.get(order_id) if order_id else None, mine, working))
    return found


async def open_sums(session: AsyncSession, goods: Goods) -> list[Sum]:
    """What is still to be granted for a return, all of it, as things stand."""
    rma, lines = goods
    chosen = [line for line in lines if line.money is LineMoney.NOT_DUE]
    return await sums(session, goods, chosen, await policy_of(session, rma)) if chosen else []


def imagined(assessed: Sequence[Assessed], resolution: Resolution) -> Goods:
    """A return as it would be if these wishes were granted; it is never stored."""
    first = assessed[0]
    keeps = resolution is Resolution.REFUND_WITHOUT_RETURN
    rma = Return(
        merchant_id=first.order.merchant_id,
        currency=first.line.currency,
        resolution=resolution,
        trigger=first.policy.trigger,
        method=Method.KEEP_ITEM if keeps else None,
    )
    lines = [
        ReturnLine(
            merchant_id=rma.merchant_id,
            return_id=rma.id,
            position=position,
            order_id=each.order.id,
            order_line_id=each.line.id,
            sku=each.line.sku,
            title=each.line.title,
            quantity=each.wish.quantity,
            reason=each.wish.reason,
            paid_minor=each.line.unit_price_minor,
            currency=each.line.currency,
            **dict.fromkeys(("received", "damaged", "wrong", "missing"), 0),
            condition=Condition.PENDING,
            logistics=LineLogistics.NONE,
        )
        for position, each in enumerate(assessed)
    ]
    return rma, lines


def ready(rma: Return, lines: Sequence[ReturnLine]) -> list[ReturnLine]:
    """The lines whose money is due by what is known of them: by approval or scan all, by receipt those that were counted,
    by inspection those that were judged. What is lost or kept is due at once."""
    return [line for line in lines if line.money is LineMoney.NOT_DUE and _is_known(rma.trigger, line)]


def left_of(line: ReturnLine) -> int:
    """How many of a line the warehouse still waits for."""
    return line.quantity - line.received - line.damaged - line.wrong - line.missing


def withheld(line: ReturnLine, policy: Policy) -> int:
    """How many pieces are not paid for: other goods than were sold, what never came though it was not lost on the way, and
    what the buyer damaged, if the inspection says so. A reason that says the same is no fault of the buyer's."""
    found = line.inspection or {}
    if line.logistics is LineLogistics.KEPT or found.get(UPHELD):
        return 0
    if line.logistics is LineLogistics.LOST:
        return 0 if policy.refund_lost else line.missing
    wrong = line.wrong or (line.received if line.condition is Condition.WRONG_ITEM else 0)
    missing = line.missing or (line.received if line.condition is Condition.MISSING else 0)
    damaged = line.damaged or (line.received if line.condition is Condition.DAMAGED else 0)
    spoiled = found.get(BUYERS_FAULT) is True
    out = 0 if line.reason is ReturnReason.WRONG_ITEM else wrong
    out += 0 if line.reason is ReturnReason.MISSING_PARTS else missing
    return min(out + (damaged if spoiled else 0), line.quantity)


async def policy_of(session: AsyncSession, rma: Return) -> Policy:
    """The version that decides a return: the one that held when it was asked for."""
    ref = rma.policy or {}
    row = await session.scalar(
        select(ReturnPolicy).where(
            ReturnPolicy.merchant_id == rma.merchant_id,
            ReturnPolicy.code == ref.get("code"),
            ReturnPolicy.version == ref.get("version"),
            ReturnPolicy.effective_at <= rma.opened_at,
        )
    )
    if row is not None:
        return policies.of(row)
    named = (each for each in policies.seeds() if (each.code, each.version) == (ref.get("code"), ref.get("version")))
    return next(named, None) or policies.statutory(None, rma.opened_at.date())


def _is_known(trigger: RefundTrigger, line: ReturnLine) -> bool:
    if line.logistics in GONE or trigger in {RefundTrigger.APPROVAL, RefundTrigger.FIRST_SCAN}:
        return True
    return left_of(line) == 0 if trigger is RefundTrigger.RECEIPT else line.disposition is not None


def _back(line: ReturnLine, policy: Policy, done: int) -> Back:
    out = min(withheld(line, policy), line.quantity - done)
    percent = policy.restocking_percent if policy.is_charged(line.reason) else 0
    return Back(line.id, line.title, line.order_line_id, line.paid_minor, line.quantity - done - out, out, percent)


def _fee(rma: Return, lines: Sequence[ReturnLine], policy: Policy) -> int:
    """What the buyer owes for the way back, once a return: where every reason is theirs to pay for."""
    if rma.method in UNPAID_WAYS or not all(policy.is_charged(line.reason) for line in lines):
        return 0
    return policy.fee_minor.get(rma.currency, 0)


async def _facts(session: AsyncSession, rma: Return, lines: Sequence[ReturnLine]) -> Facts:
    ids = {line.order_id for line in lines if line.order_id is not None}
    orders = {row.id: row for row in await session.scalars(select(Order).where(Order.id.in_(ids)))}
    sold: dict[UUID, list[OrderLine]] = {}
    for row in await session.scalars(select(OrderLine).where(OrderLine.order_id.in_(ids)).order_by(OrderLine.position)):
        sold.setdefault(row.order_id, []).append(row)
    stands = Refund.status.not_in(OVER)
    pieces: Any = await session.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(RefundLine.order_line_id.in_([each.id for rows in sold.values() for each in rows]), stands)
        .group_by(RefundLine.order_line_id)
    )
    done: Any = await session.execute(
        select(RefundLine.return_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(RefundLine.return_line_id.in_([line.id for line in lines]), stands)
        .group_by(RefundLine.return_line_id)
    )
    shipping: Any = await session.execute(
        select(Refund.order_id, func.sum(Refund.shipping_minor))
        .where(Refund.order_id.in_(ids), Refund.purpose == RefundPurpose.RETURN, stands)
        .group_by(Refund.order_id)
    )
    fees: Any = await session.scalar(
        select(func.sum(Refund.fee_minor)).where(Refund.parent_id == rma.id, stands, Refund.fee_minor > 0)
    )
    left = {order.id: order.total_minor for order in orders.values()}
    for account in await session.scalars(select(OrderMoney).where(OrderMoney.order_id.in_(ids))):
        taken = account.granted_minor - account.added_minor
        left[account.order_id] = max(left[account.order_id] - taken, 0)
    return Facts(
        orders=orders,
        sold=sold,
        given={line: int(count) for line, count in pieces},
        shipping={order: int(minor) for order, minor in shipping},
        left=left,
        done={line: int(count) for line, count in done},
        fee_given=int(fees or 0),
    )


GONE = frozenset({LineLogistics.LOST, LineLogistics.KEPT})
