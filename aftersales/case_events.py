"""The catalogue's kinds of cases: one for each event of each life, with the fields that all of them tell."""

from collections.abc import Mapping

from aftersales.kinds import BOTH, CUSTOMER, NOBODY_ELSE, Audience, Field, Kind
from aftersales.rules.lives import LIVES
from db.case_enums import CaseKind
from db.enums import Subject
from db.models.cases import TOLD_CARRIERS

_WORDS: Mapping[CaseKind, Mapping[str, tuple[str, str]]] = {
    CaseKind.RETURN: {
        "ask": ("info_asked", "The merchant asked the buyer something."),
        "answer": ("info_given", "The buyer answered."),
        "approve": ("approved", "The goods may come back."),
        "decline": ("declined", "The merchant declined; the buyer may appeal until the deadline."),
        "cancel": ("canceled", "Cancelled before the goods travelled, with its pickup and its label."),
        "expire": ("expired", "Nobody acted in time."),
        "ship_back": ("shipped_back", "The carrier scanned the goods for the first time."),
        "revive": ("revived", "A scan came after it had expired: it goes on."),
        "receive_part": ("partially_received", "The warehouse received some of it."),
        "receive": ("received", "The warehouse received it, or its clock says so."),
        "lose": ("lost", "The goods were lost on their way back; the money follows the policy."),
        "keep": ("kept", "The buyer keeps the goods."),
        "inspect": ("inspected", "The goods were inspected, or the clock took them as described."),
        "complete": ("completed", "Every line is dealt with and the money is settled."),
        "dispute": ("disputed", "A side appealed."),
        "uphold": ("upheld", "The ruling: the return goes on."),
        "settle": ("settled", "The ruling: it ends here, as agreed."),
        "reject": ("rejected", "The ruling: declined for good."),
        "finalize": ("finalized", "The time to appeal is over."),
        "remind": ("breached", "A promise of it was not kept; it is still due."),
    },
    CaseKind.PICKUP: {
        "accept": ("accepted", "The carrier took the booking."),
        "assign": ("courier_assigned", "The carrier named its courier."),
        "pick_up": ("picked_up", "The courier has the goods."),
        "settle": ("settled", "The carrier settled its weight and price."),
        "reject": ("rejected", "The carrier will not come."),
        "fail": ("failed", "The courier did not get the goods, or nobody came."),
        "rebook": ("rebooked", "The same carrier comes again."),
        "supersede": ("superseded", "Another carrier comes instead."),
        "reschedule": ("rescheduled", "It comes at another time."),
        "cancel": ("canceled", "Nobody comes any more."),
        "expire": ("expired", "It was never collected."),
        "revive": ("revived", "The carrier took up a cancelled booking again: another attempt."),
    },
    CaseKind.REFUND: {
        "start": ("processing", "The money is being transferred."),
        "succeed": ("succeeded", "The merchant confirmed the transfer."),
        "fail": ("failed", "The transfer failed; it is still due."),
        "retry": ("retried", "The transfer is tried again."),
        "cancel": ("canceled", "It was withdrawn before any money moved."),
        "reverse": ("reversed", "The money was taken back."),
        "remind": ("breached", "The promised moment passed without the money; it is still due."),
    },
    CaseKind.EXCHANGE: {
        "await": ("awaiting_return", "The buyer sends the old goods first."),
        "charge": ("awaiting_payment", "The buyer owes the difference."),
        "advance": ("advanced", "The new goods go out before the old ones came."),
        "release": ("released", "The new goods may go out."),
        "ship": ("shipped", "The new goods are on their way."),
        "lose": ("lost", "The new goods did not arrive; they are to be sent again."),
        "deliver": ("delivered", "The buyer has the new goods."),
        "owe": ("owed", "The old goods never came; the buyer owes for them."),
        "complete": ("completed", "Done."),
        "convert": ("converted_to_refund", "The buyer gets the money instead."),
        "cancel": ("canceled", "Called off."),
        "remind": ("breached", "A promise of it was not kept; it is still due."),
    },
    CaseKind.REPAIR: {
        "approve": ("approved", "The workshop takes it."),
        "decline": ("declined", "The workshop does not take it."),
        "cancel": ("canceled", "Called off before it arrived."),
        "send_in": ("sent_in", "It is on its way to the workshop."),
        "receive": ("received", "The workshop has it."),
        "diagnose": ("diagnosed", "The workshop knows what is broken."),
        "quote": ("quoted", "The workshop named its price."),
        "accept_quote": ("quote_accepted", "The buyer accepted the price."),
        "decline_quote": ("quote_declined", "The buyer declined the price; the goods go back."),
        "start": ("started", "The workshop is at it."),
        "give_up": ("unrepairable", "It cannot be repaired, or was lost; an exchange or a refund follows."),
        "send_back": ("sent_back", "It is on its way to the buyer."),
        "complete": ("completed", "The buyer has it back."),
        "remind": ("breached", "A promise of it was not kept; it is still due."),
    },
}


def _fields(kind: CaseKind) -> tuple[Field, ...]:
    all_ = BOTH if kind in TOLD_CARRIERS else CUSTOMER
    return (
        Field("number", all_, "Its number."),
        Field("status", all_, "Its status."),
        Field("waitingOn", all_, "Whose move it is."),
        Field("deadlineAt", all_, "Until when."),
        Field("onDeadline", all_, "What happens then by itself."),
        Field("finalizedAt", all_, "When it ended for good."),
        Field("why", CUSTOMER, "The reason given."),
        *(Field(name, also, told) for name, also, told in _OWN.get(kind, ())),
    )


_Own = tuple[str, frozenset[Audience], str]
_OWN: Mapping[CaseKind, tuple[_Own, ...]] = {
    CaseKind.RETURN: (
        ("resolution", CUSTOMER, "What the buyer is to get."),
        ("reason", CUSTOMER, "Why the goods come back."),
        ("method", CUSTOMER, "How the goods begin their way back."),
        ("carrier", CUSTOMER, "The carrier of the way back."),
        ("trackingNumber", CUSTOMER, "The number of the way back."),
        (
            "lines",
            CUSTOMER,
            "Of each line (rln_...): quantity, condition, disposition, received, damaged, wrong, missing.",
        ),
        ("decision", CUSTOMER, "What was decided."),
        ("policy", NOBODY_ELSE, "The policy's code and version that decided."),
        ("label", CUSTOMER, "Its label (lbl_...): id, state, carrier."),
        (
            "customs",
            CUSTOMER,
            "Where a customs border is crossed: from, to, isWaiting, and what is missing of each line (rln_...).",
        ),
        ("consolidation", CUSTOMER, "The parcel in which a hub sent the goods on: carrier, trackingNumber, to."),
        ("failover", CUSTOMER, "Why another carrier or way was taken: from, to, because."),
    ),
    CaseKind.PICKUP: (
        ("return", CUSTOMER, "The return it belongs to (ret_...)."),
        ("carrier", BOTH, "The carrier."),
        ("confirmation", BOTH, "The carrier's number of the booking."),
        ("trackingNumber", BOTH, "The parcel's number."),
        ("windowStart", BOTH, "From when the courier comes."),
        ("windowEnd", BOTH, "Until when."),
        ("attempt", BOTH, "Which visit it is, from 1."),
        ("rawCode", BOTH, "The carrier's own code."),
        ("feeMinor", NOBODY_ELSE, "The fee in the currency's smallest unit."),
        ("settledGrams", BOTH, "The weight as the carrier settled it."),
        ("replacedBy", CUSTOMER, "The pickup that comes instead (pck_...)."),
    ),
    CaseKind.REFUND: (
        ("return", CUSTOMER, "The return it belongs to (ret_...)."),
        ("purpose", CUSTOMER, "What the money goes back for."),
        ("tender", CUSTOMER, "In what form."),
        ("amountMinor", CUSTOMER, "The amount in the currency's smallest unit."),
        ("shippingMinor", CUSTOMER, "What of it is for the way out, in the smallest unit."),
        ("paidMinor", CUSTOMER, "What transfers have moved by now, in the smallest unit."),
        ("lines", CUSTOMER, "Of each line it pays for (rln_...): id, quantity, amountMinor."),
        ("currency", CUSTOMER, "The currency (ISO 4217)."),
        ("trigger", CUSTOMER, "What made it due."),
        ("reference", NOBODY_ELSE, "The merchant's reference of the transfer."),
    ),
    CaseKind.EXCHANGE: (
        ("return", CUSTOMER, "The return it belongs to (ret_...)."),
        ("sku", CUSTOMER, "The new goods."),
        ("differenceMinor", CUSTOMER, "What the buyer owes (more than 0) or gets back, in the smallest unit."),
        ("currency", CUSTOMER, "The currency (ISO 4217)."),
        ("paidMinor", CUSTOMER, "What the buyer paid of the difference, in the smallest unit."),
        ("receivableMinor", CUSTOMER, "What the buyer owes for goods that never came, in the smallest unit."),
        ("trackingNumber", CUSTOMER, "The new goods' parcel."),
    ),
    CaseKind.REPAIR: (
        ("return", CUSTOMER, "The return it belongs to (ret_...)."),
        ("step", CUSTOMER, "The workshop's own step."),
        ("quoteMinor", CUSTOMER, "The price in the currency's smallest unit."),
        ("currency", CUSTOMER, "The currency (ISO 4217)."),
        ("loan", CUSTOMER, "The spare device on loan: serialNumber, dueAt, backAt."),
        ("trackingNumber", CUSTOMER, "The parcel back to the buyer."),
    ),
}


def _kind(case: CaseKind, word: str, description: str) -> Kind:
    return Kind(f"{case.value}.{word}", Subject(case.value), description, _fields(case))


OPENED = {case: _kind(case, "requested", f"A {case.value} was asked for.") for case in LIVES}
MOVED = {
    case: {event: _kind(case, word, description) for event, (word, description) in _WORDS[case].items()}
    for case in LIVES
}
REWOUND = {case: _kind(case, "deadline_changed", "Its deadline is another one now.") for case in LIVES}
CHANGED = {case: _kind(case, "changed", "Something of it changed besides its status.") for case in LIVES}

KINDS = tuple(kind for case in LIVES for kind in (OPENED[case], *MOVED[case].values(), REWOUND[case], CHANGED[case]))
