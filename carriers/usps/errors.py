"""USPS's errors, pickup confirmations and token, and telling messages apart."""

from typing import Any

from carriers import wire
from carriers.carrier import Access, ReadError, Reading, ReadPickup, Request, Unreadable
from db.enums import PickupStatus

# "No status update yet", in four wordings; they come with HTTP 400. The same call may succeed later.
NOT_FOUND = frozenset({"150001", "150002", "150003", "150009"})
RETRYABLE = frozenset({*NOT_FOUND, "429", "500", "503"})


def of(message: dict[str, Any]) -> tuple[ReadError, ...]:
    """The refusals of a call: one for each inner error, else the outer one; or OAuth's."""
    error = message.get("error")
    if isinstance(error, str) and error:
        return (ReadError(wire.word(error), wire.word(message.get("error_description"))),)
    inner = wire.dicts(wire.dig(error, "errors"), "error.errors")
    outer_code, outer_text = wire.word(wire.dig(error, "code")), wire.word(wire.dig(error, "message"))
    found = [
        _error(
            wire.word(each.get("code")) or outer_code,
            wire.word(each.get("detail")) or wire.word(each.get("title")) or outer_text,
        )
        for each in inner
    ] or [_error(outer_code, outer_text)]
    if not all(each.code or each.message for each in found):
        raise Unreadable("error has neither code nor message")
    return tuple(found)


def _error(code: str, message: str) -> ReadError:
    return ReadError(code, message, not_found=code in NOT_FOUND, retryable=code in RETRYABLE)


def read_error(body: bytes) -> Reading:
    """An answer that is an error."""
    return Reading(errors=of(wire.object_of(body)))


def read_pickup(body: bytes) -> Reading:
    """A pickup's confirmation. USPS writes no status code: the field that tells is the raw code."""
    message = wire.object_of(body)
    number = wire.word(message.get("confirmationNumber"))
    if not number:
        return Reading(errors=of(message))
    return Reading(pickups=(ReadPickup(number, PickupStatus.ACCEPTED, "confirmationNumber", confirmation=number),))


def token_request(access: Access) -> Request:
    """Client credentials, as JSON."""
    body = {
        "client_id": access.credential("client_id"),
        "client_secret": access.credential("client_secret"),
        "grant_type": "client_credentials",
    }
    return wire.json_request("POST", f"{access.base_url}/oauth2/v3/token", body)


def recognise(body: bytes) -> str:
    """By the keys that only this kind has."""
    message = wire.object_of(body)
    if {"TrackResults", "trackingEvents", "statusCategory", "statusSummary"} & message.keys():
        return "track"
    if "confirmationNumber" in message:
        return "pickup"
    if "error" in message:
        return "error"
    raise Unreadable("neither tracking, a pickup, nor an error of USPS")
