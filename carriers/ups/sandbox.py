"""UPS's side of the wire: tokens, tracking, Track Alert subscriptions and pushes, and its desk."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
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
from carriers.ups import sandbox_booking
from carriers.ups.sandbox_booking import refused as _refused
from db.enums import TrackingStatus as S

TOKEN = "sandbox-ups-token"  # noqa: S105 the sandbox's own, opens nothing
AGENT = "UPSPubSubTrackingService"

CODES = {
    S.INFO_RECEIVED: ("M", "MP", "003"),
    S.PICKED_UP: ("P", "PU", "038"),
    S.IN_TRANSIT: ("I", "DP", "005"),
    S.CUSTOMS: ("X", "ER", "012"),
    S.OUT_FOR_DELIVERY: ("I", "OT", "021"),
    S.AVAILABLE_FOR_PICKUP: ("D", "ZP", "161"),
    S.ATTEMPT_FAILED: ("X", "48", "060"),
    S.EXCEPTION: ("X", "CC", "046"),
    S.DELIVERED: ("D", "F4", "011"),
    S.RETURNING: ("X", "UF", "035"),
    S.RETURNED: ("RS", "DL", "034"),
    S.LOST: ("X", "GJ", "013"),
    S.DISPOSED: ("X", "HB", "149"),
    S.CANCELED: ("MV", "VP", "007"),
}
UPDATE = ("U", "", "")


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """What UPS would answer."""
    if request.path == "/security/v1/oauth/token":
        return _token(request)
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _refused(401, "250002", "Invalid Authentication Information.")
    tracked = re.fullmatch(r"/api/track/v1/details/([^/]+)", request.path)
    if tracked and request.method == "GET":
        return _details(tracked[1], world)
    if request.method == "POST" and re.fullmatch(r"/api/track/v[12]/subscription/\w+/package", request.path):
        return _subscribe(request, world)
    return sandbox_booking.answer(request, world) or _refused(404, "404", "The requested resource was not found.")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """The newest activity, proven by the credential (version 1) or, where one was fetched, by our bearer (version 2)."""
    scan = scans[-1]
    kind, activity, status = _codes(scan)
    place = scan.place or Place()
    gmt = scan.occurred_at.astimezone(UTC)
    body = {
        "trackingNumber": parcel.tracking_number,
        "localActivityDate": f"{scan.occurred_at:%Y%m%d}",
        "localActivityTime": f"{scan.occurred_at:%H%M%S}",
        "activityLocation": _address(place, "country"),
        "activityStatus": {
            "type": kind,
            "code": activity,
            "description": scan.description,
            "descriptionCode": status,
        },
        "scheduledDeliveryDate": _date(parcel.estimated_delivery_at),
        "gmtActivityDate": f"{gmt:%Y%m%d}",
        "gmtActivityTime": f"{gmt:%H%M%S}",
        **({"receivedBy": parcel.signed_by} if parcel.signed_by else {}),
    }
    headers = {"user-agent": AGENT, "credential": subscription.secret}
    if token := subscription.extras.get("token"):
        client = subscription.extras.get("client_id", "")
        headers = {"user-agent": AGENT, "authorization": f"Bearer {token}", "x-api-key": client}
    return wire.json_request("POST", subscription.callback_url, body, headers)


SANDBOX = Sandbox(answer, push)


def _token(request: Incoming) -> Reply:
    if wire.basic_credentials(request) != ("sandbox-client_id", "sandbox-client_secret"):
        return _refused(401, "10401", "ClientId is Invalid")
    if b"grant_type=client_credentials" not in request.body:
        return _refused(400, "10400", "Invalid/Missing Grant Type")
    granted = {"token_type": "Bearer", "access_token": TOKEN, "expires_in": "14399", "status": "approved"}
    return wire.json_reply(granted)


def _details(number: str, world: SandboxWorld) -> Reply:
    if not re.fullmatch(r"[0-9A-Za-z]{7,34}", number):
        return _refused(400, "TV1002", "Invalid inquiry number")
    parcel = world.parcel(number)
    if parcel is None:
        warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
        return wire.json_reply({"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}})
    package: dict[str, Any] = {
        "trackingNumber": number,
        "activity": [_activity(scan) for scan in reversed(parcel.scans)],
        "packageCount": 1,
    }
    if parcel.estimated_delivery_at:
        package["deliveryDate"] = [{"type": "SDD", "date": _date(parcel.estimated_delivery_at)}]
        package["deliveryTime"] = {"type": "CMT", "endTime": f"{parcel.estimated_delivery_at:%H%M%S}"}
    if parcel.signed_by:
        package["deliveryInformation"] = {"receivedBy": parcel.signed_by}
    ends = (("ORIGIN", parcel.origin), ("DESTINATION", parcel.destination))
    package["packageAddress"] = [{"type": t, "address": _address(p, "countryCode")} for t, p in ends if p]
    return wire.json_reply({"trackResponse": {"shipment": [{"inquiryNumber": number, "package": [package]}]}})


def _subscribe(request: Incoming, world: SandboxWorld) -> Reply:
    try:
        body = wire.object_of(request.body)
    except Unreadable:
        body = {}
    if not body.get("locale"):
        return _refused(400, "VSS300", "Locale is required. The Subscription request has been rejected.")
    listed = body.get("trackingNumberList")
    numbers = [str(number) for number in listed] if isinstance(listed, list) else []
    good = [number for number in numbers if re.fullmatch(r"[0-9A-Za-z]{7,34}", number)]
    callback = wire.word(wire.dig(body, "destination", "url"))
    secret = wire.word(wire.dig(body, "destination", "credential"))
    for number in good:
        world.subscribe(number, SandboxSubscription(callback, secret))
    bad = [number for number in numbers if number not in good]
    return wire.json_reply({"validTrackingNumbers": good, **({"invalidTrackingNumbers": bad} if bad else {})})


def _activity(scan: Scan) -> dict[str, Any]:
    kind, activity, status = _codes(scan)
    gmt = scan.occurred_at.astimezone(UTC)
    return {
        "location": {"address": _address(scan.place or Place(), "countryCode"), "slic": ""},
        "status": {"type": kind, "code": activity, "statusCode": status, "description": scan.description},
        "date": f"{scan.occurred_at:%Y%m%d}",
        "time": f"{scan.occurred_at:%H%M%S}",
        "gmtDate": f"{gmt:%Y%m%d}",
        "gmtTime": f"{gmt:%H:%M:%S}",
        "gmtOffset": _offset(scan.occurred_at),
    }


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:] if moment.utcoffset() else "+00:00"


def _codes(scan: Scan) -> tuple[str, str, str]:
    return CODES.get(scan.meaning.status, UPDATE)


def _date(moment: datetime | None) -> str:
    return f"{moment:%Y%m%d}" if moment else ""


def _address(place: Place, country: str) -> dict[str, str]:
    named = {
        "city": place.city,
        "stateProvince": place.region,
        "postalCode": place.postal_code,
        country: place.country,
    }
    return {name: value for name, value in named.items() if value}
