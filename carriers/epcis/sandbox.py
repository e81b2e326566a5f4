"""A partner's repository: events by identifier, subscriptions to a named query, signed deliveries."""

from collections.abc import Iterable, Sequence
from typing import Any

from carriers import wire
from carriers.carrier import (
    Incoming,
    Reply,
    Request,
    Sandbox,
    SandboxParcel,
    SandboxSubscription,
    SandboxWorld,
    Scan,
    Unreadable,
)
from carriers.epcis.exchange import signature
from db.enums import TrackingStatus as S

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
QUERY = "sandbox-query_name"

SAYS = {
    S.INFO_RECEIVED: ("packing", "in_progress"),
    S.PICKED_UP: ("collecting", "in_progress"),
    S.IN_TRANSIT: ("shipping", "in_transit"),
    S.AVAILABLE_FOR_PICKUP: ("storing", "available"),
    S.EXCEPTION: ("inspecting", "damaged"),
    S.DELIVERED: ("retail_selling", "retail_sold"),
    S.RETURNING: ("shipping", "returned"),
    S.RETURNED: ("receiving", "returned"),
    S.DISPOSED: ("destroying", "destroyed"),
    S.CANCELED: ("void_shipping", "in_progress"),
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query and the subscription. An unknown number has no events, which is no error."""
    if incoming.headers.get("authorization") != "Bearer sandbox-access_token":
        return _problem(401, "SecurityException", "Unauthorised request")
    if incoming.path == "/events" and incoming.method == "GET":
        asked = [(epc, world.parcel(_number(epc))) for epc in incoming.query.get("MATCH_anyEPC", "").split("|")]
        return wire.json_reply(_document(event for epc, one in asked if one for event in _events(epc, one.scans)))
    if incoming.path == f"/queries/{QUERY}/subscriptions" and incoming.method == "POST":
        return _subscribe(incoming, world)
    return _problem(404, "NoSuchResourceException", "Resource not found")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """A delivery, signed over its very bytes."""
    request = wire.json_request("POST", subscription.callback_url, _document(_events(parcel.tracking_number, scans)))
    signed = {"GS1-Signature": signature(subscription.secret, request.body)}
    return Request(request.method, request.url, {**request.headers, **signed}, request.body)


def _subscribe(incoming: Incoming, world: SandboxWorld) -> Reply:
    try:
        told = wire.object_of(incoming.body)
        url, secret = wire.needed(told.get("dest"), "dest"), wire.needed(told.get("signatureToken"), "signatureToken")
    except Unreadable:
        return _problem(400, "ValidationException", "dest and signatureToken are required")
    world.subscribe("*", SandboxSubscription(url, secret))
    return Reply(201, b"", {"location": f"{incoming.path}/sandbox-subscription"})


def _number(epc: str) -> str:
    """Our script knows bare numbers; a bare SSCC is asked for by its Digital Link."""
    return epc.removeprefix("https://id.gs1.org/00/")


def _document(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    results = {"queryName": QUERY, "resultsBody": {"eventList": list(events)}}
    head = {"@context": CONTEXT, "type": "EPCISQueryDocument", "schemaVersion": "2.0"}
    return head | {"epcisBody": {"queryResults": results}}


def _events(epc: str, scans: Sequence[Scan]) -> Iterable[dict[str, Any]]:
    for scan in scans:
        step, disposition = SAYS.get(scan.meaning.status, ("other", "unknown"))
        told: dict[str, Any] = {
            "eventID": f"urn:sandbox:{epc}:{scan.occurred_at.isoformat()}:{step}",
            "type": "ObjectEvent",
            "eventTime": scan.occurred_at.isoformat(),
            "eventTimeZoneOffset": scan.occurred_at.isoformat()[-6:],
            "epcList": [epc],
            "action": "OBSERVE",
            "bizStep": step,
            "disposition": disposition,
        }
        yield told | ({"readPoint": {"id": scan.place.facility}} if scan.place and scan.place.facility else {})


def _problem(status: int, kind: str, title: str) -> Reply:
    return wire.json_reply({"type": f"epcisException:{kind}", "title": title, "status": status}, status)


SANDBOX = Sandbox(answer=answer, push=push)
