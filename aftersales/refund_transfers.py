"""What the merchant's system says of the money of a refund: begun, moved, failed, taken back; in one transfer or several."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases, money_back, refunds
from aftersales.cases import Step
from aftersales.refusals import Amount, Refusal, RefusalCode, Refused, Transition
from aftersales.rules.refunds import LIFE, E
from db.case_enums import LineMoney, RefundStatus, Tender
from db.case_enums import TransferStatus as T
from db.models.base import from_minor
from db.models.refunds import Refund, RefundTransfer

MAY_BE: Mapping[T, Collection[T | None]] = {
    T.STARTED: {None, T.FAILED},
    T.SUCCEEDED: {None, T.STARTED, T.FAILED},
    T.FAILED: {None, T.STARTED},
    T.REVERSED: {T.SUCCEEDED},
}
"""What a transfer may have been before it is told to be so; None: it was not told of yet."""
BY_OUTCOME = {T.STARTED: E.START, T.SUCCEEDED: E.SUCCEED, T.FAILED: E.FAIL}


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one transfer. ``amount_minor`` None: what it was told to be, else all that is left."""

    outcome: T
    reference: str
    amount_minor: int | None = None
    tender: Tender | None = None
    reason: str | None = None


async def confirm(session: AsyncSession, refund: Refund, told: Told, step: Step) -> Refund:
    """Moves a refund by what became of a transfer. Refused: DUPLICATE (it was told already), STATE, POLICY (more than is
    left of the grant, with the numbers). The return's row and the refund's must be locked."""
    transfer = await _transfer(session, refund, told)
    step = replace(step, why=told.reason, told={"reference": told.reference})
    if told.outcome is T.REVERSED:
        return await _reverse(session, refund, step)
    if refund.is_terminal:
        LIFE.after(RefundStatus(refund.status), BY_OUTCOME[told.outcome])  # refuses, and says what is possible
    amount = told.amount_minor or (transfer.amount_minor if transfer else refund.left_minor)
    if amount > refund.left_minor:
        raise Refused(_too_much(refund, amount))
    _write(session, refund, transfer, replace(told, amount_minor=amount), step)
    if told.outcome is T.SUCCEEDED:
        if refund.order_id is not None:
            await money_back.paid(session, refund.order_id, amount)
        refund.paid_minor += amount
    await _move(session, refund, told.outcome, replace(step, told={**step.told, "paidMinor": refund.paid_minor}))
    if refund.status == RefundStatus.SUCCEEDED:
        await refunds.mark(session, refund, LineMoney.SETTLED)
    return refund


async def _move(session: AsyncSession, refund: Refund, outcome: T, step: Step) -> None:
    """A transfer that leaves something to be moved keeps the refund under way; what was promised stays promised."""
    if outcome is T.SUCCEEDED and refund.left_minor == 0:
        await cases.move(session, refund, E.SUCCEED, step)
        return
    event = E.FAIL if outcome is T.FAILED else E.RETRY if refund.status == RefundStatus.FAILED else E.START
    reached = RefundStatus.FAILED if event is E.FAIL else RefundStatus.PROCESSING
    if refund.status == reached:
        await cases.changed(session, refund, step)
        return
    await cases.move(session, refund, event, step)
    is_running = refund.breached_at is None and refund.promised_from != step.now
    if reached is RefundStatus.PROCESSING and is_running:
        await cases.wind(session, refund, E.REMIND, refund.promised_from, replace(step, told={}))


async def _reverse(session: AsyncSession, refund: Refund, step: Step) -> Refund:
    """All of a refund's money came back: whatever it was for may be granted anew."""
    await cases.move(session, refund, E.REVERSE, step)
    rows = await session.scalars(
        select(RefundTransfer).where(RefundTransfer.refund_id == refund.id, RefundTransfer.status == T.SUCCEEDED)
    )
    for row in rows:
        row.status, row.ended_at = T.REVERSED, step.now
    if refund.order_id is not None:
        await money_back.recovered(session, refund.order_id, refund.paid_minor)
    await refunds.mark(session, refund, LineMoney.WITHHELD)
    return refund


async def _transfer(session: AsyncSession, refund: Refund, told: Told) -> RefundTransfer | None:
    """The transfer of this reference, if it was told of before. Refused where it cannot become what is said now."""
    if told.amount_minor is not None and told.amount_minor <= 0:
        raise Refused(Refusal(RefusalCode.INVALID, "An amount is more than 0.", ("amount",)))
    row = await session.scalar(
        select(RefundTransfer).where(RefundTransfer.refund_id == refund.id, RefundTransfer.reference == told.reference)
    )
    was = row.status if row else None
    if was in MAY_BE[told.outcome]:
        return row
    if was is told.outcome:
        sentence = "This transfer was told to be so already; each transfer has a reference of its own."
        raise Refused(Refusal(RefusalCode.DUPLICATE, sentence, ("reference",)))
    if was is None:
        sentence = "No transfer of this reference moved money; name one that did."
        raise Refused(Refusal(RefusalCode.NOT_FOUND, sentence, ("reference",)))
    sentence = (
        f"This transfer {was.value}, so it cannot be {told.outcome.value} now; a further one has another reference."
    )
    ways = tuple(each.value for each, before in MAY_BE.items() if was in before)
    detail = Transition(was.value, told.outcome.value, ways)
    raise Refused(Refusal(RefusalCode.STATE, sentence, ("reference",), detail))


def _write(session: AsyncSession, refund: Refund, transfer: RefundTransfer | None, told: Told, step: Step) -> None:
    if transfer is None:
        transfer = RefundTransfer(
            merchant_id=refund.merchant_id,
            refund_id=refund.id,
            reference=told.reference,
            currency=refund.currency,
            started_at=step.now,
        )
        session.add(transfer)
    transfer.tender = told.tender or transfer.tender or refund.tender
    transfer.status, transfer.reason = told.outcome, told.reason
    transfer.amount_minor = told.amount_minor or refund.left_minor
    transfer.ended_at = None if told.outcome is T.STARTED else step.now


def _too_much(refund: Refund, minor: int) -> Refusal:
    granted, paid, asked = (
        from_minor(each, refund.currency).amount for each in (refund.amount_minor, refund.paid_minor, minor)
    )
    sentence = f"{granted} {refund.currency} were granted and {paid} of it has moved; {asked} more would be too much."
    return Refusal(RefusalCode.POLICY, sentence, ("amount",), Amount(refund.left_minor, minor, refund.currency))
