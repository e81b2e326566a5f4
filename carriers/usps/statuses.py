"""USPS's event codes (its Publication 199) and the categories of a status; the rows are in statuses.csv."""

import csv
from importlib import resources

from carriers import vocabulary
from carriers.carrier import Code, Meaning
from carriers.table import Table
from db.enums import Confidence, DeliveryMode, TrackingReason, TrackingStatus

S, R = TrackingStatus, TrackingReason

# Words that USPS needs beside the shared ones: where its text names the cause, claims get it.
WORDS = {
    "weather": Meaning(S.EXCEPTION, reason=R.WEATHER),
    "holiday": Meaning(S.EXCEPTION, reason=R.OTHER),
    "delayed": Meaning(S.EXCEPTION, reason=R.CARRIER_DELAY),
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


def _rows() -> list[Code]:
    text = resources.files(__package__).joinpath("statuses.csv").read_text("utf-8")
    return [
        Code(
            row["namespace"],
            row["code"],
            row["text"],
            WORDS.get(row["word"]) or vocabulary.meaning(row["word"]),
            Confidence(row["confidence"]),
        )
        for row in csv.DictReader(text.splitlines())
    ]


TABLE = Table(_rows())


def of_summary(text: str) -> Meaning:
    """What a summary sentence says; UNKNOWN unless it holds a phrase we know."""
    code = next((code for phrase, code in SUMMARIES.items() if phrase in text), None)
    return TABLE.meaning("event", code)
