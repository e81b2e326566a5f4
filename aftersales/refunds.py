"""Refunds: granted when a milestone makes money due, moved by the merchant's system, which confirms each transfer.

Rows are locked in one order: the return, its refunds, then the orders' money (``money_back``)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, money_back, policies, refund_workings
from aftersales.cases import Step
from aftersales.log import By
from aftersales.refund_workings import Goods, Sum
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules import money
from aftersales.rules.money import Share
from aftersales.rules.policies import Policy
from aftersales.rules.refunds import E
from db.case_enums import LineMoney, RefundPurpose, RefundStatus, RefundStep, RefundTrigger, Resolution, Tender
from db.enums import Party
from db.ids import typeid
from db.models.orders import Order
from db.models.pickups import Pickup
from db.models.refunds import Refund, RefundLine
from db.models.returns import Return, ReturnLine

MILESTONES = tuple(RefundTrigger)
"""In the order in which they are reached."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Money that is to go back. ``order`` bounds it (None: goods without an order). ``steps`` add up to the amount.
    ``since`` is when the promise began to run, ``policy`` the case's (code, version and clocks)."""

    merchant_id: UUID
    purpose: RefundPurpose
    currency: str
    steps: Sequence[money.Step]
    order: Order | None
    rma: Return | None = None
    customer_id: UUID | None = None
    shares: Sequence[Share] = ()
    tender: Tender = Tender.ORIGINAL
    policy: dict[str, Any] | None = None
    since: datetime | None = None
    shipping_minor: int = 0
    fee_minor: int = 0


async def grant(session: AsyncSession, wish: Grant, step: Step) -> Refund:
    """The refund, PENDING, its promise running. Refused (POLICY, with the numbers) where more would go back of the order
    than is due, or for goods without one than they are worth. The return's row, if any, must be locked."""
    amount = sum(each.minor for each in wish.steps)
    if wish.order is not None:
        await money_back.granted(session, wish.order, amount)
    elif wish.rma is not None:
        await money_back.granted_without_order(session, wish.rma, amount)
    refund = Refund(
        merchant_id=wish.merchant_id,
        number="",
        parent_id=wish.rma.id if wish.rma else None,
        order_id=wish.order.id if wish.order else None,
        customer_id=wish.customer_id,
        policy=wish.policy,
        purpose=wish.purpose,
        tender=wish.tender,
        trigger=wish.rma.trigger if wish.rma and wish.purpose is RefundPurpose.RETURN else None,
        amount_minor=amount,
        shipping_minor=wish.shipping_minor,
        fee_minor=wish.fee_minor,
        currency=wish.currency,
        working=[_kept(each) for each in wish.steps],
        promised_from=wish.since or step.now,
    )
    paid_for = [share for share in wish.shares if share.back.pieces]
    await cases.opened(session, refund, replace(step, why=None, told=_told(refund) | {"lines": _shown(paid_for)}))
    session.add_all(_line(refund, position, share) for position, share in enumerate(paid_for))
    if refund.promised_from != step.now:
        await cases.wind(session, refund, E.REMIND, refund.promised_from, replace(step, why=None, told={}))
    return refund


async def due(session: AsyncSession, goods: Goods, milestone: RefundTrigger, step: Step) -> list[Refund]:
    """Grants what a milestone makes due: the lines of which enough is known and that were not granted before, so it may be
    called however often. The return's row must be locked."""
    rma, lines = goods
    chosen = refund_workings.ready(rma, lines)
    if not chosen or MILESTONES.index(milestone) < MILESTONES.index(rma.trigger):
        return []
    return await granted(session, goods, chosen, step)


async def granted(session: AsyncSession, goods: Goods, chosen: Sequence[ReturnLine], step: Step) -> list[Refund]:
    """Grants these lines of a return whatever its policy waits for: the goods are kept, an exchange became a refund. The
    return's row must be locked."""
    rma, lines = goods
    policy = await refund_workings.policy_of(session, rma)
    ids = {line.order_id for line in chosen if line.order_id is not None}
    for order in await session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)):
        await money_back.opened(session, order)  # locks it: what was given before is read after
    since = await _promised_from(session, rma, step)
    by = replace(step, by=By(Party.WAYBRIDGE, "policy", None, step.by.reference), told={})
    refunds = []
    waits = any(line.money is LineMoney.NOT_DUE and line not in chosen for line in lines)
    for each in await refund_workings.sums(session, goods, chosen, policy):
        if waits and each.working.fee_minor and not each.working.amount_minor:
            continue  # the fee takes all of it, and would be taken of the rest once more: both at once, then
        for line, share in zip(each.lines, each.working.shares, strict=True):
            line.money = LineMoney.WITHHELD if share.back.pieces == 0 else LineMoney.DUE
            if line.money is LineMoney.DUE and each.working.amount_minor == 0:
                line.money = LineMoney.SETTLED
        if each.working.amount_minor:
            refunds.append(await grant(session, _of_return(rma, each, policy, since), by))
    return refunds


async def withdraw(session: AsyncSession, rma: Return, step: Step) -> None:
    """Takes back what was granted for a return and of which nothing moves or has moved. The return's row must be locked."""
    by = replace(step, by=By(Party.WAYBRIDGE, step.by.cause, None, step.by.reference))
    for refund in await of_return(session, rma):
        if refund.status != RefundStatus.PROCESSING and refund.paid_minor == 0:
            await cases.move(session, refund, E.CANCEL, replace(by, told=_told(refund)))
            if refund.order_id is not None:
                await money_back.withdrawn(session, refund.order_id, refund.amount_minor)
            await mark(session, refund, LineMoney.NOT_DUE)


async def demand_unmoved(session: AsyncSession, rma: Return) -> None:
    """Refused (POLICY) where money for a return moves or has moved: it cannot be called off as if nothing had happened. The
    return's row must be locked."""
    moves = or_(Refund.status == RefundStatus.PROCESSING.value, Refund.paid_minor > 0)
    stands = Refund.status != RefundStatus.REVERSED.value
    if await session.scalar(select(Refund.id).where(Refund.parent_id == rma.id, moves, stands).limit(1)):
        sentence = "Its money is on its way to the buyer already; send the goods back, or take the money back first."
        raise Refused(Refusal(RefusalCode.POLICY, sentence, ("id",)))


async def upheld(session: AsyncSession, goods: Goods, step: Step) -> list[Refund]:
    """A ruling finds for the buyer after the goods were received: what was withheld is granted. The return's row must be
    locked."""
    rma, lines = goods
    policy = await refund_workings.policy_of(session, rma)
    owed = [line for line in lines if line.money is not LineMoney.NOT_DUE and refund_workings.withheld(line, policy)]
    for line in owed:
        line.money = LineMoney.NOT_DUE
        line.inspection = {**(line.inspection or {}), refund_workings.UPHELD: True}
    return await granted(session, goods, [line for line in lines if line.money is LineMoney.NOT_DUE], step)


async def compensate(session: AsyncSession, order: Order, step: Step) -> Refund | None:
    """What the policy owes for a delivery that failed without a word to the recipient: so many per cent of the order, once
    an order, beside whatever goes back for goods. None: the policy owes nothing, or it was granted before. The order's row
    must be locked."""
    held = await policies.holding(session, [(order.merchant_id, order.country)], step.now)
    policy = held[order.merchant_id, order.country]
    minor = money.percent(order.total_minor, policy.failed_delivery_percent)
    of_it = (Refund.order_id == order.id, Refund.purpose == RefundPurpose.COMPENSATION)
    if minor == 0 or await session.scalar(select(func.count()).select_from(Refund).where(*of_it)):
        return None
    await money_back.added(session, order, minor)
    label = f"{policy.failed_delivery_percent} % of the order, since a delivery failed without a word"
    wish = Grant(
        merchant_id=order.merchant_id,
        purpose=RefundPurpose.COMPENSATION,
        currency=order.currency,
        steps=[money.Step(RefundStep.COMPENSATION, label, minor)],
        order=order,
        customer_id=order.customer_id,
        policy=policy.ref(),
    )
    return await grant(session, wish, replace(step, by=By(Party.WAYBRIDGE, "policy", None, step.by.reference)))


async def of_return(session: AsyncSession, rma: Return) -> list[Refund]:
    """A return's refunds that have not ended, locked, the oldest first. The return's row must be locked."""
    rows = await session.scalars(
        select(Refund)
        .where(Refund.parent_id == rma.id, Refund.finalized_at.is_(None))
        .order_by(Refund.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


async def mark(session: AsyncSession, refund: Refund, state: LineMoney) -> None:
    """Sets the money of the lines that a refund is for. The return's row must be locked."""
    lines = await session.scalars(
        select(ReturnLine)
        .join(RefundLine, RefundLine.return_line_id == ReturnLine.id)
        .where(RefundLine.refund_id == refund.id)
    )
    for line in lines:
        line.money = state


def _of_return(rma: Return, sum_: Sum, policy: Policy, since: datetime) -> Grant:
    kept = dict(rma.policy or policy.ref())
    if rma.is_express:
        kept["clocks"] = {**kept.get("clocks", {}), "refund_within": policy.express_within}
    return Grant(
        merchant_id=rma.merchant_id,
        purpose=RefundPurpose.RETURN,
        currency=rma.currency,
        steps=sum_.working.steps,
        order=sum_.order,
        rma=rma,
        customer_id=rma.customer_id,
        shares=sum_.working.shares,
        tender=Tender.STORE_CREDIT if rma.resolution is Resolution.STORE_CREDIT else Tender.ORIGINAL,
        policy=kept,
        since=since,
        shipping_minor=sum_.working.shipping_minor,
        fee_minor=sum_.working.fee_minor,
    )


async def _promised_from(session: AsyncSession, rma: Return, step: Step) -> datetime:
    """When the promise begins to run: at the pickup of an express return, else now."""
    if not rma.is_express:
        return step.now
    picked = await session.scalar(
        select(func.min(Pickup.picked_up_at)).where(Pickup.parent_id == rma.id, Pickup.picked_up_at.is_not(None))
    )
    return picked or step.now


def _line(refund: Refund, position: int, share: Share) -> RefundLine:
    return RefundLine(
        merchant_id=refund.merchant_id,
        refund_id=refund.id,
        position=position,
        return_line_id=share.back.id,
        order_line_id=share.back.line,
        quantity=share.back.pieces,
        amount_minor=share.minor,
        currency=refund.currency,
    )


def _kept(step: money.Step) -> dict[str, Any]:
    line = typeid(ReturnLine.prefix, step.line) if step.line else None
    return {"kind": step.kind.name, "label": step.label, "minor": step.minor, "line": line}


def _shown(shares: Sequence[Share]) -> list[dict[str, Any]]:
    return [
        {"id": typeid(ReturnLine.prefix, each.back.id), "quantity": each.back.pieces, "amountMinor": each.minor}
        for each in shares
    ]


def _told(refund: Refund) -> dict[str, Any]:
    return {
        "return": typeid(Return.prefix, refund.parent_id) if refund.parent_id else None,
        "purpose": refund.purpose.name,
        "tender": refund.tender.name,
        "amountMinor": refund.amount_minor,
        "shippingMinor": refund.shipping_minor,
        "currency": refund.currency,
        "trigger": refund.trigger.name if refund.trigger else None,
    }
