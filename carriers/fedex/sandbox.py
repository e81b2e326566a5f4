"""FedEx's side of the wire: tokens, tracking with per-number errors inside a 200, signed pushes, and its desk."""

import base64
from collections.abc import Sequence
from typing import Any

from carriers import wire
from carriers.carrier import (
    Incoming,
    Place,
    Reply,
    Request,
    Sandbox,
    SandboxParcel,
    SandboxSubscription,
    SandboxWorld,
    Scan,
    Unreadable,
)
from carriers.fedex import sandbox_booking
from carriers.fedex.push import signature
from carriers.fedex.sandbox_booking import refused as _refused
from db.enums import TrackingStatus as S

TOKEN = "sandbox-fedex-token"  # noqa: S105 the sandbox's own, opens nothing

# CUSTOMS, ATTEMPT_FAILED, RETURNING, LOST and DISPOSED have no FedEx code that we map.
CODES = {
    S.INFO_RECEIVED: "OC",
    S.PICKED_UP: "PU",
    S.IN_TRANSIT: "IT",
    S.OUT_FOR_DELIVERY: "OD",
    S.AVAILABLE_FOR_PICKUP: "HL",
    S.EXCEPTION: "SE",
    S.DELIVERED: "DL",
    S.RETURNED: "RS",
    S.CANCELED: "CA",
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """What FedEx would answer."""
    if request.path == "/oauth/token":
        return _token(request)
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _refused(401, "NOT.AUTHORIZED.ERROR", "Access token expired. Please modify your request and try again.")
    if request.path != "/track/v1/trackingnumbers" or request.method != "POST":
        gone = _refused(404, "NOT.FOUND.ERROR", "The resource you requested is no longer available.")
        return sandbox_booking.answer(request, world) or gone
    try:
        asked = wire.dicts(wire.object_of(request.body).get("trackingInfo"), "trackingInfo")
    except Unreadable:
        return _refused(400, "INVALID.INPUT.EXCEPTION", "Invalid field value in the input")
    numbers = [wire.word(wire.dig(each, "trackingNumberInfo", "trackingNumber")) for each in asked]
    if not numbers or not all(numbers):
        return _refused(400, "TRACKING.TRACKINGNUMBER.EMPTY", "Please provide tracking number.")
    results = [_complete(number, world.parcel(number)) for number in numbers]
    return wire.json_reply({"transactionId": "sandbox", "output": {"completeTrackResults": results}})


def push(parcel: SandboxParcel, _: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """A signed push of the whole parcel, as FedEx sends it: shaped like the tracking answer."""
    body = {"output": {"completeTrackResults": [_complete(parcel.tracking_number, parcel)]}}
    request = wire.json_request("POST", subscription.callback_url, body)
    signed = base64.b64encode(signature(subscription.secret, request.body)).decode()
    return Request(request.method, request.url, {**request.headers, "fdx-signature": signed}, request.body)


SANDBOX = Sandbox(answer, push)


def _token(request: Incoming) -> Reply:
    try:
        form = wire.form_of(request.body)
    except Unreadable:
        form = {}
    good = {"client_id": "sandbox-client_id", "client_secret": "sandbox-client_secret"}
    if any(form.get(name) != value for name, value in {**good, "grant_type": "client_credentials"}.items()):
        return _refused(401, "NOT.AUTHORIZED.ERROR", "The given client credentials were not valid.")
    return wire.json_reply({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3599, "scope": "CXS"})


def _complete(number: str, parcel: SandboxParcel | None) -> dict[str, Any]:
    info = {"trackingNumber": number, "trackingNumberUniqueId": "", "carrierCode": ""}
    if parcel is None:
        message = "Tracking number cannot be found. Please correct the tracking number and try again."
        error = {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND", "message": message}
        return {"trackingNumber": number, "trackResults": [{"trackingNumberInfo": info, "error": error}]}
    events = [_event(scan) for scan in reversed(parcel.scans)]
    info |= {"trackingNumberUniqueId": f"1~{number}~FDEG", "carrierCode": "FDXG"}
    result: dict[str, Any] = {"trackingNumberInfo": info, "scanEvents": events}
    if parcel.estimated_delivery_at:
        moment = parcel.estimated_delivery_at.isoformat()
        result["dateAndTimes"] = [{"type": "ESTIMATED_DELIVERY", "dateTime": moment}]
    if parcel.signed_by:
        result["deliveryDetails"] = {"signedByName": parcel.signed_by}
    for name, place in (("originLocation", parcel.origin), ("destinationLocation", parcel.destination)):
        if place:
            result[name] = {"locationContactAndAddress": {"address": _address(place)}}
    return {"trackingNumber": number, "trackResults": [result]}


def _event(scan: Scan) -> dict[str, Any]:
    return {
        "date": scan.occurred_at.isoformat(timespec="seconds"),
        "eventType": CODES.get(scan.meaning.status, "PM"),
        "eventDescription": scan.description,
        "scanLocation": _address(scan.place or Place()),
    }


def _address(place: Place) -> dict[str, str]:
    named = {
        "city": place.city,
        "stateOrProvinceCode": place.region,
        "postalCode": place.postal_code,
        "countryCode": place.country,
    }
    return {name: value for name, value in named.items() if value}
