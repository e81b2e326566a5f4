"""Asks UPS to do otherwise with a parcel on its way: send it back, bring it elsewhere or another day, or keep it; and asks
what stands of that. Its Delivery Intercept API, second version, as UPS's own definition of it has them."""

from typing import Any
from urllib.parse import quote

from carriers import doors, wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Contact,
    Diversion,
    Intercepting,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
)
from carriers.intercepting import Inquiring, Outcome, Standing
from carriers.ups import tracking

BASE = "/api/deliveryintercept/v2"
ELIGIBILITY = f"{BASE}/eligibility/intercept"
# What UPS calls each wish: the end of its path, its type, and the feature of the answer that tells what stands.
CALLS = {
    "return": ("/return", "RS", "RTS"),
    "redirect": ("/redirect/address", "AA", "RD"),
    "leave_with": ("/redirect/address", "AA", "RD"),
    "hold": ("/willcall", "WC", "WC"),
    "reschedule": ("/reschedule", "FD", "FD"),
}
REASON = "AM"  # of UPS's list: the order was cancelled
OUR_CLIENT, BY_SHIPPER = "XOLT", "U"  # the only values that its headers take
LONGEST_ID, LONGEST_INSTRUCTIONS, LONGEST_NAME = 14, 254, 30
STATE = 2  # letters of a state's code
ELIGIBLE = "ELIGIBLE"


def request(wish: Diversion, ref: Ref, access: Access) -> Request:
    """The wish; its asker is the sender, whom UPS may call."""
    path, type_, _ = CALLS[wish.kind]
    if wish.asker is None or not ref.number:
        raise CannotAsk(f"for a {wish.kind} UPS must be told the tracking number and the sender")
    asker = {
        "name": wish.asker.name[:LONGEST_NAME],
        "telephone": wish.asker.phone,
        "emailAddress": wish.asker.email,
        "displayPhoneNumber": False,
    }
    body = {
        "requestType": type_,
        "specialInstructions": None,
        "requesterContactInfo": {name: value for name, value in asker.items() if value != ""},
        **_more(wish),
    }
    return wire.json_request("POST", _url(path, ref, access), body, _headers(ref, access))


def _more(wish: Diversion) -> dict[str, Any]:
    if wish.kind == "return":
        return {"reasonForReturn": REASON}
    if wish.kind == "reschedule":
        if wish.window is None:
            raise CannotAsk("for a reschedule UPS must be told the day")
        return {"deliveryDate": f"{wish.window.start:%Y%m%d}"}
    if wish.kind == "hold":
        return {}
    door = {"newDeliveryAddress": _door(wish.to)}
    return door | (
        {"specialInstructions": f"Leave with: {wish.leave_with}"[:LONGEST_INSTRUCTIONS]} if wish.leave_with else {}
    )


def _door(to: Contact | None) -> dict[str, Any]:
    if to is None or to.country != "US" or not (to.city and len(doors.state(to)) == STATE and to.postal_code):
        raise CannotAsk("UPS brings a parcel to another door with city, state and ZIP code, in the United States only")
    lines = doors.lines(to)
    return {
        "addressNickName": "New address",
        "addressInfo": {
            **{f"addressLine{place}": line for place, line in enumerate(lines, 1)},
            "city": to.city,
            "state": doors.state(to),
            "postalCode": to.postal_code,
            "countryCode": to.country,
        },
        "nameOrCompanyName": to.company or to.name,
        "contactName": to.name,
        "phoneNumber": to.phone,
    }


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


def ask(_wish: Diversion, ref: Ref, access: Access) -> Request:
    """What may be asked of the parcel now, from which follows what stands."""
    return wire.json_request("GET", _url("/eligibility/intercept", ref, access), None, _headers(ref, access))


def read_asked(reply: Reply, wish: Diversion, _ref: Ref) -> Standing | None:
    """A wish that can be changed or called off stands; one that can be made does not. Of anything else UPS does not say."""
    message = wire.object_of(reply.body)
    told = message.get("response")
    if not isinstance(told, dict) or told.get("success") is not True:
        raise Unreadable("UPS does not say what may be asked of the parcel")
    feature = CALLS[wish.kind][2]
    for each in wire.dicts(told.get("commonEligibilityMap"), "commonEligibilityMap"):
        if each.get("interceptFeature") == feature:
            value = each.get("eligibilityValue")
            if ELIGIBLE in (wire.dig(value, "modifyEligibility"), wire.dig(value, "cancelEligibility")):
                return Standing(Outcome.TAKEN)
            if wire.dig(value, "createEligibility") == ELIGIBLE:
                return None
    return Standing(Outcome.UNCLEAR, "UPS tells neither that the wish stands nor that it could be made.")


def _url(path: str, ref: Ref, access: Access) -> str:
    return f"{access.base_url}{BASE}{path}/{quote(ref.number, safe='')}"


def _headers(ref: Ref, access: Access) -> dict[str, str]:
    own = {"transId": ref.reference[-LONGEST_ID:], "platformType": OUR_CLIENT, "inquiryType": BY_SHIPPER}
    return {**tracking.headers(access), **own}


INTERCEPTING = Intercepting(frozenset(CALLS), request, read, asking=Inquiring(ask, read_asked))
