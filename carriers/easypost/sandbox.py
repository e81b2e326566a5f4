"""EasyPost's side of the wire: trackers, webhooks and signed events. A number it does not know gets a tracker too."""

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
from carriers.easypost.push import signature
from db.enums import TrackingStatus as S

# EasyPost has no words for PICKED_UP, CUSTOMS, ATTEMPT_FAILED, RETURNED, LOST and DISPOSED: they come as the nearest.
WORDS = {
    S.INFO_RECEIVED: "pre_transit",
    S.PICKED_UP: "in_transit",
    S.IN_TRANSIT: "in_transit",
    S.CUSTOMS: "in_transit",
    S.OUT_FOR_DELIVERY: "out_for_delivery",
    S.AVAILABLE_FOR_PICKUP: "available_for_pickup",
    S.ATTEMPT_FAILED: "failure",
    S.EXCEPTION: "failure",
    S.DELIVERED: "delivered",
    S.RETURNING: "return_to_sender",
    S.RETURNED: "return_to_sender",
    S.LOST: "failure",
    S.DISPOSED: "failure",
    S.CANCELED: "cancelled",
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """What EasyPost would answer."""
    if wire.basic_credentials(request) != ("sandbox-api_key", ""):
        return _refused(401, "APIKEY.INACTIVE", "This api key is no longer active.")
    try:
        body = wire.object_of(request.body) if request.body else {}
    except Unreadable:
        return _refused(400, "BAD_REQUEST", "The request could not be understood.")
    if request.method == "POST" and request.path == "/v2/trackers":
        return _tracker(wire.word(wire.dig(body, "tracker", "tracking_code")), world)
    if request.method == "POST" and request.path == "/v2/webhooks":
        return _webhook(body, world)
    return _refused(404, "NOT_FOUND", "The requested resource could not be found.")


def push(parcel: SandboxParcel, _: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """A signed ``tracker.updated`` with the whole tracker."""
    last = parcel.scans[-1].occurred_at
    event = {
        "description": "tracker.updated",
        "mode": "test",
        "previous_attributes": {"status": _word(parcel.scans[-2]) if len(parcel.scans) > 1 else "unknown"},
        "created_at": _stamp(last),
        "id": f"evt_{parcel.tracking_number}_{len(parcel.scans)}",
        "object": "Event",
        "result": _of(parcel, last),
    }
    request = wire.json_request("POST", subscription.callback_url, event)
    signed = signature(subscription.secret, request.body)
    return Request(request.method, request.url, {**request.headers, "x-hmac-signature": signed}, request.body)


SANDBOX = Sandbox(answer, push)


def _tracker(number: str, world: SandboxWorld) -> Reply:
    if not number:
        particular = {"field": "tracking_code", "message": "cannot be blank"}
        return _refused(422, "PARAMETER.REQUIRED", "Missing required parameter.", particular)
    return wire.json_reply(_of(world.parcel(number) or SandboxParcel(number, ()), world.now), 201)


def _webhook(body: dict[str, Any], world: SandboxWorld) -> Reply:
    url = wire.word(wire.dig(body, "webhook", "url"))
    if not url:
        particular = {"field": "url", "message": "cannot be blank"}
        return _refused(422, "PARAMETER.REQUIRED", "Missing required parameter.", particular)
    world.subscribe("*", SandboxSubscription(url, wire.word(wire.dig(body, "webhook", "webhook_secret"))))
    made = {"id": "hook_sandbox", "object": "Webhook", "mode": "test", "url": url, "disabled_at": None}
    return wire.json_reply(made, 201)


def _refused(status: int, code: str, message: str, *particulars: dict[str, str]) -> Reply:
    return wire.json_reply({"error": {"code": code, "message": message, "errors": list(particulars)}}, status)


def _of(parcel: SandboxParcel, now: datetime) -> dict[str, Any]:
    estimate = parcel.estimated_delivery_at
    return {
        "id": f"trk_{parcel.tracking_number}",
        "object": "Tracker",
        "mode": "test",
        "tracking_code": parcel.tracking_number,
        "status": _word(parcel.scans[-1]) if parcel.scans else "unknown",
        "status_detail": "status_update" if parcel.scans else "unknown",
        "updated_at": _stamp(now),
        "signed_by": parcel.signed_by,
        "weight": None,
        "est_delivery_date": _stamp(estimate) if estimate else None,
        "tracking_details": [_detail(scan) for scan in parcel.scans],
        "carrier_detail": {
            "object": "CarrierDetail",
            "service": "Ground",
            "origin_tracking_location": _location(parcel.origin),
            "destination_tracking_location": _location(parcel.destination),
        },
        "is_return": False,
    }


def _detail(scan: Scan) -> dict[str, Any]:
    return {
        "object": "TrackingDetail",
        "message": scan.description,
        "description": scan.description,
        "status": _word(scan),
        "status_detail": "status_update",
        "datetime": _stamp(scan.occurred_at),
        "carrier_code": scan.raw_code,
        "tracking_location": _location(scan.place),
    }


def _word(scan: Scan) -> str:
    return WORDS.get(scan.meaning.status, "unknown")


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _location(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    where = {"city": place.city, "state": place.region, "zip": place.postal_code, "country": place.country}
    return {"object": "TrackingLocation", **where}
