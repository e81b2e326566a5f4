"""What became of a call, in the words partners see at a shipment: never a carrier's or a library's own."""

from datetime import datetime
from typing import Any

from aftersales.calling import QuotaSpent
from carriers.carrier import CannotAsk, Unreadable
from carriers.http import CarrierError, Failure

EXPECTED = (CarrierError, CannotAsk, Unreadable, QuotaSpent)
"""What a call may end with; anything else is a bug of ours."""

SLOW = "The carrier did not answer in time."
_SENTENCES = {
    Failure.TIMEOUT: SLOW,
    Failure.REFUSED: "The carrier could not be reached.",
    Failure.STATUS: "The carrier answered with a failure of its own.",
    Failure.TOO_LARGE: "The carrier's answer was too large.",
    Failure.OPEN: "The carrier is not asked for a moment, since it failed repeatedly.",
}


def shown(error: Exception, now: datetime) -> dict[str, Any]:
    """Code, sentence and moment of a failed call."""
    code, message = words(error)
    return {"code": code, "message": message, "at": now.isoformat(), "notFound": False}


def words(error: Exception) -> tuple[str, str]:
    """The code and the sentence of it."""
    match error:
        case CarrierError():
            return f"CARRIER_{error.kind.name}", _SENTENCES[error.kind]
        case CannotAsk():
            return "CANNOT_ASK", str(error)
        case QuotaSpent():
            return "QUOTA", "The account's calls of the day are used up."
        case Unreadable():
            return "UNREADABLE", "The carrier's answer could not be read."
        case _:
            return "INTERNAL", "We failed; it is being looked at."
