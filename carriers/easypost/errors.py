"""EasyPost's two shapes of error, its pickups, and telling messages apart."""

from typing import Any

from carriers import wire
from carriers.carrier import ReadError, Reading, ReadPickup, Unreadable
from carriers.easypost.statuses import PICKUPS
from db.enums import PickupStatus

NOT_FOUND = frozenset({"NOT_FOUND", "TRACKER.NOT_FOUND"})
RETRYABLE = frozenset({"RATE_LIMITED", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"})


def of(message: dict[str, Any]) -> tuple[ReadError, ...]:
    """One refusal; its particulars are objects of field and message, or plain texts. Logs keep the answer under
    ``body``."""
    error = wire.dig(message, "error") or wire.dig(message, "body", "error")
    code, text = wire.word(wire.dig(error, "code")), wire.word(wire.dig(error, "message"))
    if not code and not text:
        raise Unreadable("error has neither code nor message")
    listed = wire.dig(error, "errors")
    particulars = [_particular(each) for each in listed] if isinstance(listed, list) else []
    whole = " ".join(part for part in (text, "; ".join(each for each in particulars if each)) if part)
    return (ReadError(code, whole, not_found=code in NOT_FOUND, retryable=code in RETRYABLE),)


def _particular(each: Any) -> str:
    if not isinstance(each, dict):
        return wire.word(each)
    return " ".join(part for part in (wire.word(each.get("field")), wire.word(each.get("message"))) if part)


def read_error(body: bytes) -> Reading:
    """An answer that is an error."""
    return Reading(errors=of(wire.object_of(body)))


def read_pickup(body: bytes) -> Reading:
    """A pickup as created, bought or cancelled; our reference when EasyPost repeats it, else its id."""
    message = wire.object_of(body)
    if message.get("object") != "Pickup":
        return Reading(errors=of(message))
    reference = wire.word(message.get("reference")) or wire.word(message.get("id"))
    if not reference:
        raise Unreadable("id is missing")
    status = wire.word(message.get("status"))
    known = PICKUPS.get(status, PickupStatus.UNKNOWN)
    confirmation = wire.word(message.get("confirmation")) or None
    return Reading(pickups=(ReadPickup(reference, known, status, confirmation=confirmation),))


def recognise(body: bytes) -> str:
    """By the name of the object."""
    message = wire.object_of(body)
    kinds = {"Event": "push", "Tracker": "track", "Pickup": "pickup"}
    kind = kinds.get(wire.word(message.get("object")))
    if kind:
        return kind
    if "trackers" in message:
        return "track"
    if wire.dig(message, "error") or wire.dig(message, "body", "error"):
        return "error"
    raise Unreadable("neither a tracker, an event, a pickup, nor an error of EasyPost")
