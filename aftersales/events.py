"""The catalogue of what can happen: every kind of entry in the log of facts, for partners to rely on, and who may read
what of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aftersales import case_events
from aftersales.kinds import BOTH, CUSTOMER, NOBODY_ELSE, Audience, Field, Kind
from db.enums import Subject


@dataclass(frozen=True, slots=True)
class Notice:
    """What webhooks tell beside the log: it has no position and no number, and is not in the feed. ``by_name`` says that
    an endpoint hears of it only when a topic names it or its subject; ``*`` alone does not take it."""

    name: str
    description: str
    fields: Mapping[str, str]
    by_name: bool = False


_NUMBER = Field("number", CUSTOMER, "The order number.")
_ORDER_STATUS = Field("status", CUSTOMER, "The order's status.")
_DELIVERED = Field("deliveredAt", CUSTOMER, "When the last outgoing parcel was delivered.")
_TOTAL = Field("total", CUSTOMER, "Amount and currency.")
_FLAGS = Field("flags", NOBODY_ELSE, "What is odd about the order.")
_PROMISED = Field("promisedDeliveryAt", BOTH, "When the promise ends (exclusive).")
_CARRIER = Field("carrier", BOTH, "The carrier's code.")
_TRACKING_NUMBER = Field("trackingNumber", BOTH, "The carrier's number on the parcel.")
_STATUS = Field("status", BOTH, "The parcel's status.")
_REASON = Field("reason", BOTH, "Why the status is as it is: party and cause.")
_ALERTS = Field("alerts", CUSTOMER, "What the buyer wants to know: kind, since, newEstimate, actions.")
_OTHER_CARRIER = Field("carrier", NOBODY_ELSE, "The carrier's code, before and after.")

_ORDER = (_NUMBER, _ORDER_STATUS, _TOTAL, _FLAGS, _PROMISED)
_PARCEL = (_CARRIER, _TRACKING_NUMBER, _STATUS, _PROMISED)
_SCANS = (_STATUS, _REASON)

ORDER_CREATED = Kind("order.created", Subject.ORDER, "An order came in.", _ORDER)
ORDER_CHANGED = Kind("order.changed", Subject.ORDER, "An order was amended by its merchant.", _ORDER)
ORDER_STATUS = Kind(
    "order.status_changed",
    Subject.ORDER,
    "Its parcels moved an order on: shipped, partially delivered, delivered.",
    (_NUMBER, _ORDER_STATUS, _DELIVERED),
)
ORDER_CANCELED = Kind("order.canceled", Subject.ORDER, "An order was cancelled by its merchant.", _ORDER)
SHIPMENT_REGISTERED = Kind("shipment.registered", Subject.SHIPMENT, "A parcel is followed from now on.", _PARCEL)
SHIPMENT_CHANGED = Kind(
    "shipment.changed", Subject.SHIPMENT, "What is known of a parcel besides its scans changed.", (*_PARCEL, _REASON)
)
SHIPMENT_SCANNED = Kind("shipment.scanned", Subject.SHIPMENT, "New scans came in; the status is as it was.", _SCANS)
SHIPMENT_STATUS = Kind(
    "shipment.status_changed", Subject.SHIPMENT, "New scans changed the status or its reason.", _SCANS
)
SHIPMENT_DELIVERED = Kind("shipment.delivered", Subject.SHIPMENT, "The parcel was delivered.", _SCANS)
SHIPMENT_ALERTED = Kind(
    "shipment.alerted",
    Subject.SHIPMENT,
    "Something the buyer wants to know: delay, stall, customs, collection.",
    (_STATUS, _ALERTS),
)
SHIPMENT_DELIVERY = Kind(
    "shipment.delivery_change",
    Subject.SHIPMENT,
    "Another time, door or place was wished for it, or its carrier answered to that.",
    (
        _STATUS,
        Field("change", BOTH, "Which wish (dch_...)."),
        Field("wish", BOTH, "What was wished."),
        Field("state", BOTH, "What became of it."),
    ),
)
SHIPMENT_STOPPED = Kind("shipment.tracking_stopped", Subject.SHIPMENT, "A parcel is not followed any more.", _PARCEL)
SHIPMENT_CARRIER_CORRECTED = Kind(
    "shipment.carrier_corrected",
    Subject.SHIPMENT,
    "The parcel turned out to be another carrier's.",
    (_OTHER_CARRIER, _TRACKING_NUMBER, _STATUS, _PROMISED),
)

CATALOGUE = {
    kind.name: kind
    for kind in (
        ORDER_CREATED,
        ORDER_CHANGED,
        ORDER_STATUS,
        ORDER_CANCELED,
        SHIPMENT_REGISTERED,
        SHIPMENT_CHANGED,
        SHIPMENT_SCANNED,
        SHIPMENT_STATUS,
        SHIPMENT_DELIVERED,
        SHIPMENT_ALERTED,
        SHIPMENT_DELIVERY,
        SHIPMENT_STOPPED,
        SHIPMENT_CARRIER_CORRECTED,
        *case_events.KINDS,
    )
}


LOG_HEAD = Notice(
    "log.head",
    "A head of the merchant's log was signed: keep it where we cannot reach it, and it is your witness.",
    {
        "merchantId": "Whose log.",
        "size": "How many entries it stands for.",
        "rootHash": "The root of the tree of so many entries, in hexadecimal.",
        "signedAt": "When it was signed (UTC).",
        "note": "The signed note, to be kept as it is.",
        "publicKey": "The verifier key. Trust the one you kept with your first head, not this one.",
    },
    by_name=True,
)
WEBHOOK_DISABLED = Notice(
    "webhook.disabled",
    "Another endpoint of yours is sent nothing any more: it answered 410, or for five days every attempt failed. What "
    "waits for it is kept.",
    {
        "endpointId": "Which endpoint.",
        "description": "Your own note on it.",
        "disabledAt": "Since when (UTC); null when it was enabled again meanwhile.",
        "disabledBecause": "GONE or FAILING; null when it was enabled again meanwhile.",
        "failingSince": "The first failure since its last success (UTC).",
    },
)
NOTICES = {notice.name: notice for notice in (LOG_HEAD, WEBHOOK_DISABLED)}
TOPICS = frozenset({*CATALOGUE, *NOTICES})
"""Everything a webhook endpoint may ask for by name."""


def told(kind: str, part: Mapping[str, Any] | None, audience: Audience) -> dict[str, Any] | None:
    """What an audience reads of a fact's ``before`` or ``after``: for others than the merchant, only fields that the
    catalogue opens to them; nothing of a kind it does not have."""
    if part is None or audience is Audience.MERCHANT:
        return None if part is None else dict(part)
    known = CATALOGUE.get(kind)
    opened = {field.name for field in known.fields if audience in field.also} if known else set()
    return {name: value for name, value in part.items() if name in opened} or None


def page() -> str:
    """The catalogue as a page for partners, in Markdown (docs/events.md)."""
    parts = [_HEADING]
    for kind in CATALOGUE.values():
        subject = kind.subject.name
        parts.append(f"## {kind.name}\n\n{kind.description} Subject {subject}, version {kind.version}.\n")
        rows = [f"| `{each.name}` | {_readers(each)} | {each.description} |" for each in kind.fields]
        parts.append("\n".join(["| field | who reads it | what it is |", "|---|---|---|", *rows, ""]))
    parts.append(_BESIDE)
    for notice in NOTICES.values():
        named = " Told only where a topic names it." if notice.by_name else ""
        parts.append(f"### {notice.name}\n\n{notice.description}{named}\n")
        rows = [f"| `{name}` | {description} |" for name, description in notice.fields.items()]
        parts.append("\n".join(["| field of `data` | what it is |", "|---|---|", *rows, ""]))
    return "\n".join(parts)


def _readers(field: Field) -> str:
    return ", ".join(each.value for each in Audience if each is Audience.MERCHANT or each in field.also)


_HEADING = """# What can happen

Every change is one entry of one log: the change feed (`changes`), timelines, webhooks and subscriptions tell the same
entries under the same numbers. An entry names its kind; `before` and `after` hold the fields below, of which each reader
sees those opened to them (a platform reads what the merchant it acts for reads). New kinds and fields are added at any
time: pass over what you do not know. A kind whose fields change their meaning raises its version.

This page is printed by `waybridge log events`.
"""

_BESIDE = """## Beside the log

Webhooks tell these too. They are no entries of the log: they have no position, stand in no feed, and a filter of carriers
or statuses does not hold them back. A carrier's endpoints are not told of them, except of their own.
"""
