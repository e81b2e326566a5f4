"""Repairs: their parts that are not plain columns, and what the workshop and the buyer say of them."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from aftersales import case_ends, outward
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.repairs import OF_BUYERS, Loan, Update
from aftersales.rules import masks
from aftersales.rules.repairs import LIFE, E
from db.case_enums import RepairStatus
from db.models.repairs import Repair
from db.models.returns import Return
from db.models.shipments import Shipment
from resolvers import edges
from resolvers.cases import found, own, seen, step
from resolvers.context import Context, Info
from resolvers.errors import aware
from resolvers.inputs import optional, short
from resolvers.order_sync import MoneyInput
from resolvers.return_wishes import ExchangeWishInput, exchange_wish, money

EVENTS = tuple(event for event in E if event in LIFE.commands)
"""What may be said of a repair; the rest follows from its return and from time."""


@strawberry.input(description="A spare device that the buyer has meanwhile.")
class LoanInput:
    serial_number: str = strawberry.field(description="Its serial number.")
    due_at: datetime | None = optional("When it is to be back.")


@strawberry.input(description="What happened to a repair; a step alone moves nothing.")
class RepairUpdateInput:
    id: strawberry.ID = strawberry.field(description="The repair's id (rep_...).")
    event: str | None = optional(
        "RECEIVE, DIAGNOSE, QUOTE, ACCEPT_QUOTE, DECLINE_QUOTE (the last two by the buyer, too), START, GIVE_UP, SEND_BACK "
        "or COMPLETE."
    )
    step: str | None = optional("What the workshop did, in its own words, at most 200 characters.")
    reason: str | None = optional("Why; the buyer reads it.")
    quote: MoneyInput | None = optional("The price, with QUOTE.")
    loan: LoanInput | None = optional("A spare device lent to the buyer.")
    loan_returned: bool = strawberry.field(default=False, description="The spare device is back.")
    carrier: str | None = optional("With SEND_BACK: the carrier's code.")
    tracking_number: str | None = optional("With SEND_BACK: the parcel's number; its delivery completes the repair.")
    exchange: ExchangeWishInput | None = optional("With GIVE_UP: other goods instead; a refund unless given.")
    expected_version: int | None = optional("Refused with CONFLICT when the repair is at another version by now.")


@dataclass(frozen=True, slots=True)
class LoanShown:
    """A spare device as partners see it."""

    serial_number: str
    due_at: datetime | None
    returned_at: datetime | None


async def repair(info: Info, id: strawberry.ID) -> Repair | None:
    """One repair."""
    return await found(info, Repair, id)


async def repair_of_return(root: Return, info: Info) -> Repair | None:
    """A return's repair, the latest."""
    rows: list[Repair] = await info.context.load(edges.repairs_of_return, root.id)
    return rows[-1] if rows else None


async def symptom(root: Repair, info: Info) -> str | None:
    """The buyer's words; phones masked unless the viewer may see them."""
    text = await info.context.reveal(root, "symptom")
    return text if text is None or info.context.viewer.sees_personal else masks.mask_text(text)


def loan(root: Repair) -> LoanShown | None:
    """The spare device."""
    return LoanShown(root.loan_serial, root.loan_due_at, root.loan_back_at) if root.loan_serial else None


async def update(info: Info, input: RepairUpdateInput) -> Repair:
    """What the workshop did, or the buyer's answer to its price."""
    context = info.context
    assert context.session
    by = step(context, "repairUpdate", input.reason)
    with inside("input"):
        short(input.reason, "reason")
        wish = _wish(input)
        _fits(input, wish.event)
        if context.viewer.customer_id is not None and wish.event not in OF_BUYERS:
            raise _no(RefusalCode.POLICY, "A buyer accepts or declines the quote.", "event")
        parcel = await _parcel(context, input) if wish.event is E.SEND_BACK else None
        row = await own(context, Repair, input.id, input.expected_version)
        if parcel is not None:
            row.carrier_code, row.tracking_number = parcel.carrier_code, parcel.tracking_number
        instead = exchange_wish(context, input.exchange) if input.exchange else None
        await case_ends.worked_on(context.session, row, wish, instead, by)
        if parcel is not None:
            await case_ends.repair_travels(context.session, row, parcel, by)
        return row


def _wish(given: RepairUpdateInput) -> Update:
    word = (given.event or "").strip().lower()
    event = next((each for each in EVENTS if each.value == word), None)
    if word and event is None:
        known = ", ".join(each.name for each in EVENTS)
        raise _no(RefusalCode.INVALID, f"An event of a repair is one of {known}.", "event")
    wish = Update(
        event=event,
        words=given.step,
        quote=money(given.quote, "quote") if given.quote else None,
        loan=Loan(given.loan.serial_number.strip(), aware(given.loan.due_at, "loan.dueAt")) if given.loan else None,
        is_loan_back=given.loan_returned,
    )
    if wish == Update():
        raise _no(RefusalCode.INVALID, "Say what happened: an event, a step, or a spare device.", "event")
    return wish


def _fits(given: RepairUpdateInput, event: E | None) -> None:
    if (given.carrier is None) is not (given.tracking_number is None):
        raise _no(RefusalCode.INVALID, "Carrier and tracking number go together.", "trackingNumber")
    if given.tracking_number is not None and event is not E.SEND_BACK:
        raise _no(RefusalCode.INVALID, "A tracking number goes with SEND_BACK.", "trackingNumber")
    if given.exchange is not None and event is not E.GIVE_UP:
        raise _no(RefusalCode.INVALID, "Other goods go with GIVE_UP.", "exchange")


async def _parcel(context: Context, given: RepairUpdateInput) -> Shipment | None:
    """The parcel back to the buyer; None: they collect it."""
    assert context.session
    if given.carrier is None or given.tracking_number is None:
        return None
    before = await seen(context, Repair, given.id)
    LIFE.after(RepairStatus(before.status), E.SEND_BACK, finalized=before.is_terminal)
    named = (given.carrier.strip().lower(), given.tracking_number)
    return await outward.parcel(context.session, context.store.vault, before, named, step(context, "repairUpdate"))


def _no(code: RefusalCode, sentence: str, field: str) -> Refused:
    return Refused(Refusal(code, sentence, (field,)))
