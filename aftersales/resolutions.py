"""What a return brings its buyer: money, other goods, a repair. Each kind has its own module; here is when each begins, and
whether all of it is settled."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, exchanges, refunds, repairs
from aftersales.cases import Step
from aftersales.rules.returns import E
from db.case_enums import CaseKind, LineLogistics, RefundStatus, RefundTrigger, Resolution
from db.models.cases import Case
from db.models.refunds import Refund
from db.models.returns import Return, ReturnLine

Goods = tuple[Return, Sequence[ReturnLine]]
MONEY = frozenset({Resolution.REFUND, Resolution.STORE_CREDIT, Resolution.REFUND_WITHOUT_RETURN})


def needs_goods(rma: Return) -> bool:
    """Whether goods are to come back for it."""
    return rma.resolution not in {Resolution.RESEND, Resolution.REFUND_WITHOUT_RETURN}


OTHERS: Mapping[Resolution, Any] = {
    Resolution.EXCHANGE: exchanges,
    Resolution.RESEND: exchanges,
    Resolution.REPAIR: repairs,
}
"""What brings no money has a module with functions of the same names: ``prepare``, ``at`` and ``undone``."""


def trigger_of(trigger: RefundTrigger, *, is_express: bool) -> RefundTrigger:
    """What makes the money due: an express return waits for no more than the carrier's first scan."""
    soon = {RefundTrigger.APPROVAL, RefundTrigger.FIRST_SCAN}
    return RefundTrigger.FIRST_SCAN if is_express and trigger not in soon else trigger


async def prepare(
    session: AsyncSession, rma: Return, lines: Sequence[ReturnLine], extras: Mapping[str, Any], step: Step
) -> None:
    """What must stand beside the request itself: an exchange's new goods, a repair's description."""
    if rma.resolution in OTHERS:
        await OTHERS[rma.resolution].prepare(session, rma, lines, extras, step)


async def at(session: AsyncSession, goods: Goods, trigger: RefundTrigger, step: Step) -> None:
    """A milestone is reached: what the policy makes due by it begins, once however often it is reached."""
    rma, _ = goods
    if rma.resolution in OTHERS:
        await OTHERS[rma.resolution].at(session, goods, trigger, step)
    if rma.resolution in MONEY:  # also where it has just come to that
        await refunds.due(session, goods, trigger, step)


async def kept(session: AsyncSession, goods: Goods, step: Step) -> None:
    """The buyer keeps the goods: nothing comes back, and the money is due."""
    rma, lines = goods
    for line in lines:
        line.logistics = LineLogistics.KEPT
    await cases.move(session, rma, E.KEEP, step)
    await at(session, goods, RefundTrigger.INSPECTION, step)


async def undone(session: AsyncSession, rma: Return, step: Step) -> None:
    """Withdraws what had begun and is not done: refunds before any money moved, exchanges, repairs."""
    await refunds.withdraw(session, rma, step)
    if rma.resolution in OTHERS:
        await OTHERS[rma.resolution].undone(session, rma, step)


async def upheld(session: AsyncSession, goods: Goods, step: Step) -> None:
    """A ruling finds for the buyer after the goods were received: they stay received, and what was withheld is paid."""
    rma, lines = goods
    await cases.move(session, rma, E.RECEIVE, step)
    if rma.resolution in MONEY:
        await refunds.upheld(session, goods, step)
    else:
        await at(session, goods, RefundTrigger.INSPECTION, step)
    if all(line.disposition is not None or line.logistics in _NOTHING_CAME for line in lines):
        await cases.wind(session, rma, E.REMIND, step.now, step)


async def close(session: AsyncSession, rma: Return, step: Step) -> bool:
    """Completes a received return once every line has its disposition and everything under it has ended."""
    lines = await session.scalars(select(ReturnLine).where(ReturnLine.return_id == rma.id))
    dealt_with = all(line.disposition is not None or line.logistics in _NOTHING_CAME for line in lines)
    open_ = await session.scalar(
        select(Case.id).where(Case.parent_id == rma.id, Case.kind.in_(_MUST_END), Case.finalized_at.is_(None)).limit(1)
    )
    if not dealt_with or open_ is not None or rma.status != "received":
        return False
    await cases.move(session, rma, E.COMPLETE, replace(step, why=None))
    return True


async def settled(session: AsyncSession, refund: Refund, step: Step) -> None:
    """Money has moved: completes the return that it is for, if that was all that was missing. Both rows must be locked."""
    rma = await session.get(Case, refund.parent_id) if refund.parent_id else None
    if isinstance(rma, Return) and refund.status == RefundStatus.SUCCEEDED:
        await close(session, rma, replace(step, told={}))


_NOTHING_CAME = frozenset({LineLogistics.KEPT, LineLogistics.LOST})
_MUST_END = (CaseKind.REFUND, CaseKind.EXCHANGE, CaseKind.REPAIR)
