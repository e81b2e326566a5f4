"""Repairs: asked for with the return, begun when the goods come, led through the workshop in its own words.

What ends a repair and lets its return go on stands in ``case_ends``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases
from aftersales.cases import Step
from aftersales.log import By
from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from aftersales.rules.repairs import LIFE, E
from db.case_enums import Disposition, LineLogistics, RefundTrigger, Resolution
from db.case_enums import RepairStatus as S
from db.enums import Party
from db.ids import typeid
from db.models.base import Money, to_minor
from db.models.cases import Case
from db.models.repairs import Repair, RepairStep
from db.models.returns import Return, ReturnLine
from db.vault import Vault

Goods = tuple[Return, Sequence[ReturnLine]]
RETURN = By(Party.WAYBRIDGE, "return")  # in whose name a return moves what is under it
OF_BUYERS = frozenset({E.ACCEPT_QUOTE, E.DECLINE_QUOTE})
"""What a buyer says; the rest is the workshop's."""


@dataclass(frozen=True, slots=True)
class RepairWish:
    """What is wrong, in the buyer's words, and with which device; ``vault`` seals the words."""

    symptom: str
    vault: Vault
    serial_number: str | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """A spare device that the buyer has meanwhile."""

    serial_number: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What happened in the workshop; None: nothing of that kind. ``event`` moves the repair, ``words`` name the step."""

    event: E | None = None
    words: str | None = None
    quote: Money | None = None
    loan: Loan | None = None
    is_loan_back: bool = False


async def prepare(
    session: AsyncSession, rma: Return, _lines: Sequence[ReturnLine], extras: Mapping[str, Any], step: Step
) -> None:
    """The repair, REQUESTED. Refused where nobody says what is wrong."""
    wish: RepairWish | None = extras.get("repair")
    if wish is None or not wish.symptom.strip():
        raise Refused(Refusal(RefusalCode.INVALID, "Say what is wrong with it.", ("repair", "symptom")))
    repair = Repair(
        merchant_id=rma.merchant_id,
        number="",
        parent_id=rma.id,
        order_id=rma.order_id,
        customer_id=rma.customer_id,
        policy=rma.policy,
        serial_number=wish.serial_number,
        currency=rma.currency,
    )
    repair.seal(wish.vault, symptom=wish.symptom)
    await cases.opened(session, repair, replace(step, why=None, told=told(repair)))


async def at(session: AsyncSession, goods: Goods, trigger: RefundTrigger, step: Step) -> None:
    """A milestone of the return: approved, on its way in, with the workshop. What was lost on its way in becomes money. The
    return's row must be locked."""
    rma, lines = goods
    repair = await of_return(session, rma)
    if repair is None or repair.is_terminal:
        return
    by = replace(step, by=RETURN, why=None, told=told(repair))
    if trigger is RefundTrigger.APPROVAL and repair.status == S.REQUESTED:
        await cases.move(session, repair, E.APPROVE, by)
    elif trigger is RefundTrigger.FIRST_SCAN and repair.status == S.APPROVED:
        await cases.move(session, repair, E.SEND_IN, by)
    elif trigger in {RefundTrigger.RECEIPT, RefundTrigger.INSPECTION} and repair.status in {S.APPROVED, S.INBOUND}:
        if all(line.logistics is LineLogistics.LOST for line in lines):
            await cases.move(session, repair, E.GIVE_UP, by)
            rma.resolution = Resolution.REFUND
            return
        await cases.move(session, repair, E.RECEIVE, by)
        for line in lines:
            line.disposition = line.disposition or Disposition.REPAIR


async def undone(session: AsyncSession, rma: Return, step: Step) -> None:
    """The return is called off: so is its repair. The return's row must be locked."""
    repair = await of_return(session, rma)
    if repair is not None and not repair.is_terminal:
        await cases.move(session, repair, E.CANCEL, replace(step, by=RETURN, told=told(repair)))


async def update(session: AsyncSession, repair: Repair, wish: Update, step: Step) -> Repair:
    """What the workshop says, or the buyer of its quote. Refused where that is not theirs to say, and a quote without a price.
    Rows of return and repair must be locked."""
    if step.by.party is Party.BUYER and (wish.event not in OF_BUYERS or replace(wish, event=None) != Update()):
        raise Refused(Refusal(RefusalCode.POLICY, "A buyer accepts or declines the quote.", ("event",)))
    if wish.event is not None:
        LIFE.after(S(repair.status), wish.event, finalized=repair.is_terminal)
    _quote(repair, wish)
    _loan(repair, wish, step)
    if wish.words is not None:
        await _step(session, repair, wish.words, step)
    shown = replace(step, told=told(repair) | ({"step": wish.words} if wish.words else {}))
    if wish.event is None:
        await cases.changed(session, repair, shown)
    else:
        await cases.move(session, repair, wish.event, shown)
    return repair


async def of_return(session: AsyncSession, rma: Return) -> Repair | None:
    """A return's latest repair, locked. The return's row must be locked."""
    found: Repair | None = await session.scalar(
        select(Repair)
        .where(Repair.parent_id == rma.id)
        .order_by(Repair.id.desc())
        .limit(1)
        .with_for_update(of=Case)
        .execution_options(populate_existing=True)
    )
    return found


def told(repair: Repair) -> dict[str, Any]:
    """What the log tells of a repair."""
    loan = repair.loan_serial and {
        "serialNumber": repair.loan_serial,
        "dueAt": repair.loan_due_at.isoformat() if repair.loan_due_at else None,
        "backAt": repair.loan_back_at.isoformat() if repair.loan_back_at else None,
    }
    return {
        "return": typeid(Return.prefix, repair.parent_id) if repair.parent_id else None,
        "quoteMinor": repair.quote_minor,
        "currency": repair.currency,
        "loan": loan,
        "trackingNumber": repair.tracking_number,
    }


def _quote(repair: Repair, wish: Update) -> None:
    if (wish.event is E.QUOTE) is not (wish.quote is not None):
        raise Refused(Refusal(RefusalCode.INVALID, "A price comes with the event QUOTE, and only with it.", ("quote",)))
    if wish.quote is None:
        return
    if wish.quote.currency != repair.currency or wish.quote.amount < 0:
        no = f"The price is in {repair.currency}, and not below 0."
        raise Refused(Refusal(RefusalCode.INVALID, no, ("quote",)))
    repair.quote_minor = to_minor(*wish.quote)


def _loan(repair: Repair, wish: Update, step: Step) -> None:
    if wish.loan is not None:
        if repair.loan_serial is not None and repair.loan_back_at is None:
            no = "A spare device is out already; it must come back first (loanReturned)."
            raise Refused(Refusal(RefusalCode.STATE, no, ("loan",), Transition("lent", "lent", ("returned",))))
        if not 1 <= len(wish.loan.serial_number.strip()) <= 100:
            raise Refused(Refusal(RefusalCode.INVALID, "1 to 100 characters.", ("loan", "serialNumber")))
        repair.loan_serial, repair.loan_due_at, repair.loan_back_at = wish.loan.serial_number, wish.loan.due_at, None
    if wish.is_loan_back:
        if repair.loan_serial is None or repair.loan_back_at is not None:
            no = "No spare device is out."
            tried = Transition("not_lent" if repair.loan_serial is None else "returned", "returned", ("lent",))
            raise Refused(Refusal(RefusalCode.STATE, no, ("loanReturned",), tried))
        repair.loan_back_at = step.now


async def _step(session: AsyncSession, repair: Repair, words: str, step: Step) -> None:
    if not 1 <= len(words.strip()) <= 200:
        raise Refused(Refusal(RefusalCode.INVALID, "A step has 1 to 200 characters.", ("step",)))
    count = await session.scalar(select(func.count(RepairStep.id)).where(RepairStep.repair_id == repair.id))
    session.add(
        RepairStep(
            merchant_id=repair.merchant_id,
            repair_id=repair.id,
            position=int(count or 0),
            words=words.strip(),
            by=step.by.party,
            at=step.now,
        )
    )
