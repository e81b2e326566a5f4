"""FedEx pickup answers, the token, and telling messages apart."""

from carriers import wire
from carriers.carrier import Access, Reading, ReadPickup, Request, Unreadable
from carriers.fedex import tracking
from db.enums import PickupStatus


def read_pickup(body: bytes) -> Reading:
    """A confirmation of a pickup made, changed or cancelled. FedEx writes no status code: the field that tells
    is the raw code."""
    message = wire.object_of(body)
    output = message.get("output")
    if output is None:
        return Reading(errors=tracking.errors_of(message))
    number = wire.word(wire.dig(output, "pickupConfirmationCode"))
    if not number:
        raise Unreadable("output.pickupConfirmationCode is missing")
    canceled = bool(wire.word(wire.dig(output, "cancelConfirmationMessage")))
    status = PickupStatus.CANCELED if canceled else PickupStatus.ACCEPTED
    raw = "cancelConfirmationMessage" if canceled else "pickupConfirmationCode"
    return Reading(pickups=(ReadPickup(number, status, raw, confirmation=number),))


def token_request(access: Access) -> Request:
    """Client credentials, in the form's fields. The tracking project often has a key pair of its own."""
    fields = {
        "grant_type": "client_credentials",
        "client_id": access.credential("client_id"),
        "client_secret": access.credential("client_secret"),
    }
    return wire.form_request(f"{access.base_url}/oauth/token", fields)


def recognise(body: bytes) -> str:
    """A push looks like a tracking answer and is read the same way, so it is called "track"."""
    message = wire.object_of(body)
    output = message.get("output")
    if isinstance(output, dict) and "pickupConfirmationCode" in output:
        return "pickup"
    if isinstance(output, dict) and ("completeTrackResults" in output or not output):
        return "track"
    if "errors" in message or tracking.collected(message):
        return "error"
    raise Unreadable("neither tracking, a pickup, nor an error of FedEx")
