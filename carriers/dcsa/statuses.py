"""The event codes of DCSA's Track & Trace. SHIPMENT events are paper work and mostly say nothing of the goods; that
a container was stripped or dropped may be a delivery or not, so both stay UNKNOWN."""

from dataclasses import replace

from carriers import table
from carriers.carrier import Meaning
from db.enums import Classifier, Confidence, TrackingReason

_ROWS = {
    "SHIPMENT": (
        ("RECE", "Received", "info"),
        ("DRFT", "Drafted", "info"),
        ("PENA", "Pending approval", "info"),
        ("PENU", "Pending update", "info"),
        ("REJE", "Rejected", "exception"),
        ("APPR", "Approved", "info"),
        ("ISSU", "Issued", "info"),
        ("SURR", "Surrendered", "info"),
        ("SUBM", "Submitted", "info"),
        ("VOID", "Void", "cancelled"),
        ("CONF", "Confirmed", "order_accepted"),
        ("REQS", "Requested", "info"),
        ("CMPL", "Completed", "info"),
        ("HOLD", "On hold", "exception"),
        ("RELS", "Released", "info"),
    ),
    "TRANSPORT": (("ARRI", "Arrived", "in_transit"), ("DEPA", "Departed", "in_transit")),
    "EQUIPMENT": (
        ("LOAD", "Loaded", "in_transit"),
        ("DISC", "Discharged", "in_transit"),
        ("GTIN", "Gate in", "in_transit"),
        ("GTOT", "Gate out", "in_transit"),
        ("STUF", "Stuffed", "in_transit"),
        ("STRP", "Stripped", "delivered?"),
        ("PICK", "Pick-up", "picked_up"),
        ("DROP", "Drop-off", "delivered?"),
        ("INSP", "Inspected", "customs"),
        ("RSEA", "Resealed", "info"),
        ("RMVD", "Removed", "info"),
    ),
    "IOT": (("DETC", "Detected", "telemetry"),),
    "REEFER": (("MEAS", "Measured", "telemetry"),),
    "eventClassifierCode": (("PLN/REQ/EST/ACT", "Planned, requested, estimated, actual: no status", "-"),),
}

TABLE = table.Table(row for namespace, rows in _ROWS.items() for row in table.codes(namespace, rows, Confidence.MEDIUM))

TEXTS = {(row.namespace, row.code): row.meaning_text for row in TABLE.rows}

# Only ACT happened. Requests and whatever is not known count as plans.
CLASSIFIERS = {"ACT": Classifier.ACTUAL, "EST": Classifier.ESTIMATED}

# Of the delay reasons (SMDG's list) only the one that a sample explains.
_DELAYS = {"WEA": TrackingReason.WEATHER}


def meaning(kind: str, code: str, delay: str) -> Meaning:
    """What an event says, with the cause of a delay where one is given."""
    said = TABLE.meaning(kind, code)
    return replace(said, reason=_DELAYS[delay]) if said.has_status and delay in _DELAYS else said
