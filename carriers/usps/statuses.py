"""USPS's event codes (its Publication 199) and the categories of a status; the rows are in statuses.csv."""

from carriers import vocabulary
from carriers.carrier import Meaning
from carriers.table import Table, kept_beside
from db.enums import DeliveryMode, TrackingReason, TrackingStatus

S, R = TrackingStatus, TrackingReason

# Words that USPS needs beside the shared ones: where its text names the cause, claims get it.
WORDS = {
    "weather": Meaning(S.EXCEPTION, reason=R.WEATHER, action_required=True),
    "delayed": Meaning(S.EXCEPTION, reason=R.CARRIER_DELAY, action_required=True),
    "seized": Meaning(S.EXCEPTION, reason=R.SECURITY, action_required=True),
    "misrouted": Meaning(S.IN_TRANSIT, reason=R.CARRIER_MISROUTED),
    "unclaimed": Meaning(S.RETURNING, reason=R.RECIPIENT_UNCLAIMED),
    "improper_documents": Meaning(S.RETURNING, reason=R.SHIPPER_DOCUMENTS),
    "retrieved_from_locker": Meaning(S.DELIVERED, delivery_mode=DeliveryMode.LOCKER),
    "disposed": Meaning(S.DISPOSED, reason=R.OTHER),
}

# What the older short answer says in words only.
SUMMARIES = {
    "in possession of your item": "03",
    "was delivered": "01",
}


TABLE = Table(kept_beside(__package__, lambda _, word: WORDS.get(word) or vocabulary.meaning(word)))


def of_summary(text: str) -> Meaning:
    """What a summary sentence says; UNKNOWN unless it holds a phrase we know."""
    code = next((code for phrase, code in SUMMARIES.items() if phrase in text), None)
    return TABLE.meaning("event", code)
