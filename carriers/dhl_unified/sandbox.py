"""DHL's side: the query, the subscription with its activation, and pushes, in the shapes of its samples."""

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
from carriers.dhl_unified.subscribing import HEADER, SUBSCRIPTIONS
from db.enums import TrackingStatus as S

IDENTITY = "sub-sandbox"

# DHL has five codes; the rest it says in words.
SAYS = {
    S.INFO_RECEIVED: ("pre-transit", "Shipment information received"),
    S.PICKED_UP: ("transit", "Shipment picked up"),
    S.IN_TRANSIT: ("transit", "Processed at DHL facility"),
    S.CUSTOMS: ("transit", "Customs status updated"),
    S.OUT_FOR_DELIVERY: ("transit", "Shipment is out for delivery"),
    S.AVAILABLE_FOR_PICKUP: ("transit", "Shipment ready for collection"),
    S.ATTEMPT_FAILED: ("transit", "Delivery attempt; recipient was absent"),
    S.EXCEPTION: ("failure", "Delivery not possible"),
    S.DELIVERED: ("delivered", "Delivered"),
    S.RETURNING: ("transit", "Shipment is being returned"),
    S.RETURNED: ("failure", "Shipment returned to shipper"),
    S.LOST: ("failure", "Shipment lost"),
    S.CANCELED: ("failure", "Shipment cancelled"),
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query, the subscription and its activation."""
    if incoming.headers.get("dhl-api-key") != "sandbox-api_key":
        return _problem(401, "Unauthorized", "Invalid or missing DHL-API-Key.")
    if incoming.path == "/track/shipments" and incoming.method == "GET":
        return _track(incoming.query.get("trackingNumber", ""), world)
    if incoming.path == SUBSCRIPTIONS and incoming.method == "POST":
        return _subscribe(incoming, world)
    if incoming.path == f"{SUBSCRIPTIONS}/{IDENTITY}" and incoming.method == "POST":
        return Reply(204)
    return _problem(404, "Not Found", "No such resource.")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """News of one parcel, with the header that was asked for."""
    body = {
        "scope": "subscription.push",
        "self": f"https://api-eu.dhl.com{SUBSCRIPTIONS}/{IDENTITY}",
        "shipments": [_shipment(parcel, scans)],
    }
    header = subscription.extras.get("header", HEADER)
    return wire.json_request("POST", subscription.callback_url, body, {header: subscription.secret})


def _track(number: str, world: SandboxWorld) -> Reply:
    parcel = world.parcel(number)
    if parcel is None:
        return _problem(404, "No result found", "No shipment with given tracking number found.", f"/shipment/{number}")
    return wire.json_reply({"shipments": [_shipment(parcel, parcel.scans)]})


def _subscribe(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Lives at once: the validation that DHL sends before is left out, as the sandbox pushes news only."""
    try:
        hook = wire.dig(wire.object_of(incoming.body), "hook")
    except Unreadable:
        hook = None
    uri, proof = wire.word(wire.dig(hook, "uri")), wire.dig(hook, "authentication")
    if not uri:
        return _problem(400, "Bad Request", "hook.uri is required.")
    extras = {"header": wire.word(wire.dig(proof, "header")) or HEADER}
    world.subscribe("*", SandboxSubscription(uri, wire.word(wire.dig(proof, "token")), extras))
    return wire.json_reply({"subscriptionId": IDENTITY}, 202)


def _shipment(parcel: SandboxParcel, scans: Sequence[Scan]) -> dict[str, Any]:
    events = [_event(scan) for scan in reversed(scans)]
    told: dict[str, Any] = {"id": parcel.tracking_number, "service": "express", "events": events}
    if events:
        told["status"] = events[0]
    for name, place in (("origin", parcel.origin), ("destination", parcel.destination)):
        if place:
            told[name] = _location(place)
    if parcel.estimated_delivery_at:
        told["estimatedTimeOfDelivery"] = parcel.estimated_delivery_at.isoformat()
    if parcel.signed_by:
        told["details"] = {"proofOfDelivery": {"signed": {"@type": "Person", "name": parcel.signed_by}}}
    return told


def _event(scan: Scan) -> dict[str, Any]:
    code, text = SAYS.get(scan.meaning.status, ("unknown", "Status unknown"))
    told: dict[str, Any] = {"timestamp": scan.occurred_at.isoformat(), "statusCode": code, "status": text}
    return told | ({"location": _location(scan.place)} if scan.place else {})


def _location(place: Place) -> dict[str, Any]:
    address = {
        "countryCode": place.country,
        "postalCode": place.postal_code,
        "addressLocality": place.city or place.text,
    }
    return {"address": {name: value for name, value in address.items() if value}}


def _problem(status: int, title: str, detail: str, instance: str = "") -> Reply:
    told = {"title": title, "detail": detail, "status": status} | ({"instance": instance} if instance else {})
    return wire.json_reply(told, status)


SANDBOX = Sandbox(answer=answer, push=push)
