"""UPS pickup answers, the token, and telling messages apart."""

from typing import Any

from carriers import wire
from carriers.carrier import Access, Reading, ReadPickup, Request, Unreadable
from carriers.ups import tracking
from db.enums import PickupStatus as P

# OnCallStatusCode as UPS's Pickup API documents it; 008 (invalid order status) stays UNKNOWN.
ON_CALL = {
    "001": P.ACCEPTED,
    "002": P.COURIER_ASSIGNED,
    "003": P.PICKED_UP,
    "004": P.FAILED,
    "005": P.COURIER_ASSIGNED,
    "007": P.CANCELED,
    "012": P.REQUESTED,
}
ANSWERS = ("PickupPendingStatusResponse", "PickupCreationResponse", "PickupCancelResponse")


def read_pickup(body: bytes) -> Reading:
    """A pickup made, asked after, or cancelled. A cancellation does not repeat the number."""
    message = wire.object_of(body)
    name = next((each for each in ANSWERS if isinstance(message.get(each), dict)), None)
    if name is None:
        return Reading(errors=tracking.errors_of(message))
    answer = message[name]
    if name == "PickupPendingStatusResponse":
        pending = wire.dicts(answer.get("PendingStatus"), "PendingStatus")
        return Reading(pickups=tuple(_pending(each) for each in pending))
    code = wire.word(wire.dig(answer, "Response", "ResponseStatus", "Code"))
    number = wire.word(answer.get("PRN")) or None
    if code != "1" or (name == "PickupCreationResponse" and number is None):
        raise Unreadable(f"{name} has no success code or no PRN")
    status = P.ACCEPTED if name == "PickupCreationResponse" else P.CANCELED
    return Reading(pickups=(ReadPickup(number, status, code, confirmation=number),))


def _pending(pending: dict[str, Any]) -> ReadPickup:
    code, number = wire.word(pending.get("OnCallStatusCode")), wire.word(pending.get("PRN"))
    reference = wire.word(pending.get("ReferenceNumber")) or number
    if not reference:
        raise Unreadable("PendingStatus.PRN is missing")
    text = wire.word(pending.get("PickupStatusMessage"))
    return ReadPickup(reference, ON_CALL.get(code, P.UNKNOWN), code, confirmation=number or None, reason=text)


def token_request(access: Access) -> Request:
    """Client credentials, as HTTP Basic."""
    authorization = wire.basic(access.credential("client_id"), access.credential("client_secret"))
    url = f"{access.base_url}/security/v1/oauth/token"
    return wire.form_request(url, {"grant_type": "client_credentials"}, {"authorization": authorization})


def recognise(body: bytes) -> str:
    """By the outermost key."""
    message = wire.object_of(body)
    if "trackResponse" in message:
        return "track"
    if "activityStatus" in message:
        return "push"
    if any(name in message for name in ANSWERS):
        return "pickup"
    if "response" in message or "errors" in message:
        return "error"
    raise Unreadable("neither tracking, a push, a pickup, nor an error of UPS")
