"""Refunds: one by id, the sum of one before it is granted, what may go back of an order, and transfers confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from aftersales import eligibility, refund_transfers, refund_workings, resolutions, returns
from aftersales.refund_transfers import Told
from aftersales.refund_workings import Sum
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.rules.money import Step
from db.case_enums import RefundStep, Resolution, Tender, TransferStatus
from db.ids import parse_typeid, typeid
from db.models.base import Money, from_minor, to_minor
from db.models.orders import Order
from db.models.refunds import OrderMoney, Refund
from db.models.returns import Return, ReturnLine
from resolvers import edges
from resolvers.cases import found, own, step
from resolvers.context import Info
from resolvers.errors import BadUserInput, LimitExceeded
from resolvers.inputs import short
from resolvers.order_sync import MoneyInput
from resolvers.return_changes import MOST_LINES, ReturnLineInput, line_wish


@strawberry.input(description="What became of a transfer of money.")
class RefundTransferConfirmInput:
    refund_id: strawberry.ID = strawberry.field(description="The refund's id (rfd_...).")
    outcome: TransferStatus = strawberry.field(description="What became of it.")
    reference: str = strawberry.field(
        description="Your name of the transfer, one for each; at most 200 characters. A refund of REVERSED money names one "
        "that succeeded, and is reversed as a whole."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="What it moves; all that is left of the refund unless given."
    )
    tender: Tender | None = strawberry.field(default=None, description="In what form; the refund's unless given.")
    reason: str | None = strawberry.field(default=None, description="Why it failed or came back.")
    expected_version: int | None = strawberry.field(default=None, description="CONFLICT when it is at another by now.")


@strawberry.input(description="Goods that might come back: lines of one buyer's orders, in one currency.")
class RefundPreviewInput:
    lines: list[ReturnLineInput] = strawberry.field(description="What would come back; at most 100.")
    resolution: Resolution = strawberry.field(default=Resolution.REFUND, description="What the buyer wishes for.")


@dataclass(frozen=True, slots=True)
class SumStep:
    """A step of a sum, as partners see it."""

    kind: RefundStep
    label: str
    amount: Money
    return_line_id: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go back, and how it comes to that."""

    amount: Money
    steps: list[SumStep]
    trigger: Any
    tender: Tender


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """What may go back of an order, and has. ``id`` is the order's."""

    id: UUID
    due: Money
    granted: Money
    paid: Money
    left: Money


async def refund(info: Info, id: strawberry.ID) -> Refund | None:
    """One refund."""
    return await found(info, Refund, id)


async def preview(
    info: Info, return_id: strawberry.ID | None = None, input: RefundPreviewInput | None = None
) -> Preview | None:
    """What would go back for a return, or for goods that are in none yet."""
    info.context.viewer.must("returns:read")
    if (return_id is None) == (input is None):
        raise BadUserInput("Give either returnId or input.")
    if input is not None:
        return await _of_wishes(info, input)
    parsed = parse_typeid(return_id or "")
    if parsed is None or parsed[0] != Return.prefix:
        return None
    shown: Preview | None = await info.context.load(preview_of_return, parsed[1])
    return shown


async def _of_wishes(info: Info, input: RefundPreviewInput) -> Preview | None:
    if not 1 <= len(input.lines) <= MOST_LINES:
        raise LimitExceeded("input.lines", MOST_LINES, len(input.lines))
    try:
        wishes = [line_wish(index, each) for index, each in enumerate(input.lines)]
    except Refused:
        return None  # an id that never was
    async with info.context.store.reading(info.context.viewer.reach) as session:
        answers = await eligibility.assess(session, wishes, input.resolution, info.context.clock())
        assessed = [each for each in answers if each is not None]
        if len(assessed) < len(answers):
            return None
        if any(each.wish.quantity < 1 for each in assessed) or len({each.line.currency for each in assessed}) > 1:
            raise BadUserInput("Each quantity is 1 or more, and all lines are in one currency.")
        goods = refund_workings.imagined(assessed, input.resolution)
        policy = assessed[0].policy
        return _shown(goods[0], await refund_workings.sums(session, goods, goods[1], policy))


async def _previews(session: Any, keys: Sequence[UUID]) -> list[Preview | None]:
    shown: dict[UUID, Preview | None] = {}
    for rma in await session.scalars(select(Return).where(Return.id.in_(keys))):
        lines = await returns.lines_of(session, rma)
        sums = await refund_workings.open_sums(session, (rma, lines)) if rma.resolution in resolutions.MONEY else []
        shown[rma.id] = _shown(rma, sums) if sums and not rma.is_terminal else None
    return [shown.get(key) for key in keys]


preview_of_return = edges.Edge("preview_of_return", "id", _previews)


def _shown(rma: Return, sums: Sequence[Sum]) -> Preview:
    steps = [_step(each, rma.currency) for sum_ in sums for each in sum_.working.steps]
    amount = from_minor(sum(sum_.working.amount_minor for sum_ in sums), rma.currency)
    tender = Tender.STORE_CREDIT if rma.resolution is Resolution.STORE_CREDIT else Tender.ORIGINAL
    return Preview(amount, steps, rma.trigger, tender)


def _step(given: Step, currency: str) -> SumStep:
    line = typeid(ReturnLine.prefix, given.line) if given.line else None
    return SumStep(given.kind, given.label, from_minor(given.minor, currency), line)


def steps(root: Refund) -> list[SumStep]:
    """How a refund came to its amount, as it was granted."""
    return [
        SumStep(RefundStep[each["kind"]], each["label"], from_minor(each["minor"], root.currency), each["line"])
        for each in root.working
    ]


async def latest(root: Return, info: Info) -> Refund | None:
    """The refund of a return: the latest of those that stand, else the latest."""
    rows: list[Refund] = await info.context.load(edges.refunds_of_return, root.id)
    standing = [each for each in rows if each.status not in refund_workings.OVER]
    return next(iter(reversed(standing or rows)), None)


async def money_back(root: Order, info: Info) -> MoneyBack:
    """An order's account; one of which nothing was granted yet owes its total."""
    row: OrderMoney | None = await info.context.load(edges.money_of_order, root.id)
    added, granted, paid = (row.added_minor, row.granted_minor, row.paid_minor) if row else (0, 0, 0)
    due = max(root.total_minor + added, granted)
    shown = [from_minor(minor, root.currency) for minor in (due, granted, paid, due - granted)]
    return MoneyBack(root.id, *shown)


async def confirm(info: Info, input: RefundTransferConfirmInput) -> Refund:
    """What the merchant's system says of a transfer. The return is locked before its refund."""
    context = info.context
    session = context.session
    assert session
    by = step(context, "refundTransferConfirm")
    with inside("input"):
        told = _told(input)
        row = await own(context, Refund, input.refund_id, input.expected_version, field="refundId")
        amount = _minor(input.amount, row.currency)
        row = await refund_transfers.confirm(session, row, Told(**{**told, "amount_minor": amount}), by)
        await resolutions.settled(session, row, by)
        return row


def _told(input: RefundTransferConfirmInput) -> dict[str, Any]:
    reference = input.reference.strip()
    if not reference:
        raise Refused(Refusal(RefusalCode.INVALID, "A transfer has a reference.", ("reference",)))
    short(reference, "reference", 200)
    short(input.reason, "reason", 500)
    return {"outcome": input.outcome, "reference": reference, "tender": input.tender, "reason": input.reason}


def _minor(given: MoneyInput | None, currency: str) -> int | None:
    """An amount in the refund's currency. Refused: another currency, more decimals than it has, or no number."""
    if given is None:
        return None
    if given.currency.strip().upper() != currency:
        raise Refused(Refusal(RefusalCode.INVALID, f"The refund is in {currency}.", ("amount", "currency")))
    try:
        return to_minor(Decimal(given.amount), currency)
    except (ValueError, ArithmeticError) as no:
        sentence = f"An amount in {currency} has at most so many decimals as the currency."
        raise Refused(Refusal(RefusalCode.INVALID, sentence, ("amount", "amount"))) from no
