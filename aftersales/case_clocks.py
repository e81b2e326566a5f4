"""What time alone does to cases: each clock of each life that has run out does what its table says."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import bookings, case_ends, cases, customs, exchanges, refunds, return_goods, returns, ways
from aftersales.cases import Step
from aftersales.log import By
from aftersales.rules.lives import LIVES
from aftersales.rules.returns import E as ReturnEvent
from db.case_enums import CaseKind
from db.enums import Party
from db.models.cases import Case
from db.vault import Vault

PUT_OFF = timedelta(minutes=10)

Doing = Callable[[AsyncSession, Vault, Any, Step], Awaitable[object]]


async def _approve(session: AsyncSession, vault: Vault, rma: Any, step: Step) -> object:
    return await returns.approve(session, vault, rma, step)


async def _receive(session: AsyncSession, _vault: Vault, rma: Any, step: Step) -> object:
    return await return_goods.receive_by_clock(session, rma, step)


async def _inspect(session: AsyncSession, _vault: Vault, rma: Any, step: Step) -> object:
    return await return_goods.inspect_by_clock(session, rma, step)


async def _lose(session: AsyncSession, _vault: Vault, rma: Any, step: Step) -> object:
    return await return_goods.lose(session, rma, step)


def _alone(do: Callable[[AsyncSession, Any, Step], Awaitable[object]]) -> Doing:
    """What needs no vault."""

    async def doing(session: AsyncSession, _vault: Vault, case: Any, step: Step) -> object:
        return await do(session, case, step)

    return doing


async def _expire(session: AsyncSession, vault: Vault, rma: Any, step: Step) -> object:
    if customs.is_waiting(rma):
        await ways.by_oneself(session, vault, (rma, await returns.lines_of(session, rma)), step)
        return rma
    await cases.move(session, rma, ReturnEvent.EXPIRE, step)
    await refunds.withdraw(session, rma, step)
    return rma


DOING: Mapping[tuple[CaseKind, str], Doing] = {
    (CaseKind.RETURN, "approve"): _approve,
    (CaseKind.RETURN, "expire"): _expire,
    (CaseKind.RETURN, "receive"): _receive,
    (CaseKind.RETURN, "inspect"): _inspect,
    (CaseKind.RETURN, "lose"): _lose,
    (CaseKind.PICKUP, "fail"): bookings.missed,
    (CaseKind.EXCHANGE, "convert"): _alone(case_ends.undecided),
    (CaseKind.EXCHANGE, "complete"): _alone(case_ends.complete),
    (CaseKind.EXCHANGE, "owe"): _alone(exchanges.owe),
    (CaseKind.EXCHANGE, "remind"): _alone(case_ends.not_shipped),
    (CaseKind.REPAIR, "approve"): _alone(case_ends.not_begun),
    (CaseKind.REPAIR, "cancel"): _alone(case_ends.not_begun),
}
"""Where a clock does more than move the case."""


async def due(session: AsyncSession, now: datetime, at_most: int) -> list[tuple[UUID, UUID]]:
    """The cases whose clock has run out, with their merchants, the most overdue first."""
    rows: Any = await session.execute(
        select(Case.id, Case.merchant_id)
        .where(Case.deadline_at <= now, Case.kind.in_(list(LIVES)))
        .order_by(Case.deadline_at)
        .limit(at_most)
    )
    return [(id_, merchant) for id_, merchant in rows]


async def put_off(session: AsyncSession, id_: UUID, now: datetime) -> None:
    """A clock that failed runs another ten minutes, so that the cases behind it come to their turn."""
    later = update(Case).where(Case.id == id_, Case.deadline_at <= now).values(deadline_at=now + PUT_OFF)
    await session.execute(later, execution_options={"synchronize_session": False})


async def strike(session: AsyncSession, vault: Vault, id_: UUID, now: datetime) -> bool:
    """Does what time does to one case, if its clock has still run out once its row is locked. The merchant's key must be
    at hand. Gives whether it did."""
    await cases.hold_parent(session, id_)
    case = await session.scalar(
        select(Case).where(Case.id == id_).with_for_update(of=Case), execution_options={"populate_existing": True}
    )
    if case is None or case.deadline_at is None or case.deadline_at > now or case.on_deadline is None:
        return False
    step = Step(By(Party.WAYBRIDGE, "clock", reference=case.on_deadline), now)
    if await cases.runs_on(session, case, step):
        return False
    doing = DOING.get((case.kind, case.on_deadline))
    if doing is None:
        event = next(each for each in LIVES[case.kind].who if each.value == case.on_deadline)
        await cases.move(session, case, event, step)
    else:
        await doing(session, vault, case, step)
    return True
