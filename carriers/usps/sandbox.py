"""USPS's side of the wire: tokens, and tracking in the newer shape with GMT beside local time, and its desk."""

import re
from datetime import UTC, datetime
from typing import Any

from carriers import wire
from carriers.carrier import Incoming, Place, Reply, Sandbox, SandboxParcel, SandboxWorld, Scan, Unreadable
from carriers.usps import sandbox_booking
from db.enums import TrackingStatus as S

TOKEN = "sandbox-usps-token"  # noqa: S105 the sandbox's own, opens nothing

# LOST has no event code.
CODES = {
    S.INFO_RECEIVED: ("89", "Pre-Shipment"),
    S.PICKED_UP: ("03", "Accepted"),
    S.IN_TRANSIT: ("10", "In Transit"),
    S.CUSTOMS: ("B2", "In Transit"),
    S.OUT_FOR_DELIVERY: ("DG", "Out for Delivery"),
    S.AVAILABLE_FOR_PICKUP: ("14", "Available for Pickup"),
    S.ATTEMPT_FAILED: ("52", "Delivery Attempt"),
    S.EXCEPTION: ("OH", "Alert"),
    S.DELIVERED: ("01", "Delivered"),
    S.RETURNING: ("28", "Alert"),
    S.RETURNED: ("29", "Delivered"),
    S.DISPOSED: ("DP", "Alert"),
    S.CANCELED: ("44", "Alert"),
}
OTHER = ("VX", "In Transit")


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """What USPS would answer."""
    if request.path == "/oauth2/v3/token":
        return _token(request)
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _refused(401, "401", "UNAUTHORIZED")
    tracked = re.fullmatch(r"/tracking/v3/tracking/([^/]+)", request.path)
    if not tracked or request.method != "GET":
        return sandbox_booking.answer(request, world) or _refused(404, "404", "NOT_FOUND")
    parcel = world.parcel(tracked[1])
    if parcel is None:
        detail = "The tracking number may be incorrect or the status update is not yet available."
        return _refused(400, "150002", detail)
    return wire.json_reply(_detail(parcel))


SANDBOX = Sandbox(answer)


def _token(request: Incoming) -> Reply:
    try:
        given = wire.object_of(request.body)
    except Unreadable:
        given = {}
    asked = {
        "client_id": "sandbox-client_id",
        "client_secret": "sandbox-client_secret",
        "grant_type": "client_credentials",
    }
    if given != asked:
        body = {"error": "invalid_client", "error_description": "Client authentication failed.", "error_uri": ""}
        return wire.json_reply(body, 401)
    return wire.json_reply({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 28799, "status": "approved"})


def _refused(status: int, code: str, detail: str) -> Reply:
    return sandbox_booking.refused(status, code, detail, "/tracking/v3")


def _detail(parcel: SandboxParcel) -> dict[str, Any]:
    last = parcel.scans[-1] if parcel.scans else None
    body: dict[str, Any] = {
        "trackingNumber": parcel.tracking_number,
        "mailClass": "Priority Mail<SUP>&reg;</SUP>",
        "status": last.description if last else "",
        "statusCategory": _codes(last)[1] if last else "Pre-Shipment",
        "trackingEvents": [_event(scan, parcel.signed_by) for scan in reversed(parcel.scans)],
    }
    if parcel.estimated_delivery_at:
        body["expectedDeliveryTimeStamp"] = _stamp(parcel.estimated_delivery_at)
    for prefix, country, place in (
        ("origin", "Country", parcel.origin),
        ("destination", "CountryCode", parcel.destination),
    ):
        body |= _place(prefix, country, place or Place())
    return body


def _event(scan: Scan, signed_by: str | None) -> dict[str, Any]:
    return {
        "eventType": scan.description,
        "eventTimestamp": _stamp(scan.occurred_at),
        "GMTTimestamp": f"{_stamp(scan.occurred_at.astimezone(UTC))}Z",
        "GMTOffset": _offset(scan.occurred_at),
        **_place("event", "Country", scan.place or Place()),
        "firm": None,
        "name": signed_by if scan.meaning.status is S.DELIVERED else None,
        "authorizedAgent": "false",
        "eventCode": _codes(scan)[0],
    }


def _codes(scan: Scan) -> tuple[str, str]:
    return CODES.get(scan.meaning.status, OTHER)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def _offset(moment: datetime) -> str:
    """The hour without a leading zero: "-7:00"."""
    text = moment.isoformat(timespec="seconds")[-6:]
    return text[0] + text[1:].removeprefix("0") if moment.utcoffset() else "+0:00"


def _place(prefix: str, country_key: str, place: Place) -> dict[str, str | None]:
    return {
        f"{prefix}City": place.city,
        f"{prefix}State": place.region,
        f"{prefix}ZIP": place.postal_code,
        f"{prefix}{country_key}": place.country,
    }
