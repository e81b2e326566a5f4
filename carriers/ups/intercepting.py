"""Asks UPS to send a parcel that is on its way back to its sender."""

from urllib.parse import quote

from carriers import wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Contact,
    Intercepting,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.ups import tracking
from carriers.ups.booking_labels import sent

RETURN = "/api/deliveryintercept/v1/return"
REASON = "AM"  # of UPS's list, as in its example


def request(_kind: str, ref: Ref, to: Contact | None, _window: Window | None, access: Access) -> Request:
    """The wish; ``to`` is the sender, whom UPS may call."""
    if to is None or not ref.number:
        raise CannotAsk("for a return UPS must be told the tracking number and the sender")
    asker = {"name": to.name, "telephone": to.phone, "emailAddress": to.email, "displayPhoneNumber": False}
    body = {
        "requestType": "RS",
        "requesterContactInfo": {name: value for name, value in asker.items() if value != ""},
        "reasonForReturn": REASON,
    }
    return sent("POST", f"{RETURN}/{quote(ref.number, safe='')}", body, access, ref.reference)


def read(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals, which also come with a 200: ``success`` tells, and errors have other names then."""
    message = wire.object_of(reply.body)
    if message.get("success") is True:
        return ()
    if message.get("success") is not False:
        return tracking.errors_of(message)
    found = [
        ReadError(wire.word(each.get("errorCode")), wire.word(each.get("errorMessage")))
        for each in wire.dicts(message.get("errors"), "errors")
    ]
    if not found:
        raise Unreadable("success is false without an error")
    return tuple(found)


INTERCEPTING = Intercepting(frozenset({"return"}), request, read)
