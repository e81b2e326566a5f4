"""An ocean carrier's side of version 2: events by container or booking, subscriptions, signed notifications."""

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
from carriers.dcsa.signing import sign
from carriers.dcsa.tracking import CONTAINER
from db.enums import Classifier
from db.enums import TrackingStatus as S

KEYS = ("equipmentReference", "carrierBookingReference", "transportDocumentReference")
SUBSCRIPTION = "sandbox-subscription"

SAYS = {
    S.INFO_RECEIVED: ("SHIPMENT", "CONF"),
    S.PICKED_UP: ("EQUIPMENT", "PICK"),
    S.IN_TRANSIT: ("EQUIPMENT", "LOAD"),
    S.CUSTOMS: ("EQUIPMENT", "INSP"),
    S.EXCEPTION: ("SHIPMENT", "HOLD"),
    S.CANCELED: ("SHIPMENT", "VOID"),
    S.DELIVERED: ("EQUIPMENT", "STRP"),  # which no reader may take for a delivery
}
CLASSIFIERS = {Classifier.ACTUAL: "ACT", Classifier.ESTIMATED: "EST", Classifier.PLANNED: "PLN"}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """Plays the events and the subscriptions."""
    if incoming.headers.get("consumer-key") != "sandbox-consumer_key":
        return _error(incoming, 401, "Unauthorized", "The Consumer-Key is missing or wrong.")
    if incoming.path == "/v2/events" and incoming.method == "GET":
        number = next((incoming.query[key] for key in KEYS if incoming.query.get(key)), "")
        parcel = world.parcel(number)
        if parcel is None:
            return _error(incoming, 404, "Not Found", "No events for this reference.")
        return wire.json_reply([_event(parcel, scan) for scan in parcel.scans])
    if incoming.path == "/v2/event-subscriptions" and incoming.method == "POST":
        return _subscribe(incoming, world)
    return _error(incoming, 404, "Not Found", "No such resource.")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """A notification, signed over its very bytes."""
    request = wire.json_request("POST", subscription.callback_url, [_event(parcel, scan) for scan in scans])
    signature = {"Notification-Signature": sign(subscription.secret, request.body)}
    return Request(request.method, request.url, {**request.headers, **signature}, request.body)


def _subscribe(incoming: Incoming, world: SandboxWorld) -> Reply:
    try:
        told = wire.object_of(incoming.body)
        secret = base64.b64decode(wire.needed(told.get("secret"), "secret"), validate=True).decode()
        url = wire.needed(told.get("callbackUrl"), "callbackUrl")
    except (Unreadable, ValueError):
        return _error(incoming, 400, "Bad Request", "callbackUrl and a Base64 secret are required.")
    number = next((wire.word(told[key]) for key in KEYS if told.get(key)), "*")
    world.subscribe(number, SandboxSubscription(url, secret))
    return wire.json_reply({"subscriptionID": SUBSCRIPTION, "callbackUrl": url}, 201)


def _event(parcel: SandboxParcel, scan: Scan) -> dict[str, Any]:
    kind, code = SAYS.get(scan.meaning.status, ("SHIPMENT", "PENU"))
    at, number = scan.occurred_at.isoformat(), parcel.tracking_number
    told: dict[str, Any] = {
        "eventID": f"{number}-{code}-{at}",
        "eventCreatedDateTime": at,
        "eventType": kind,
        "eventClassifierCode": CLASSIFIERS[scan.classifier],
        "eventDateTime": at,
        f"{kind.lower()}EventTypeCode": code,
        "references": [{"referenceType": "EQ", "referenceValue": number}] if CONTAINER.fullmatch(number) else [],
    }
    if kind == "EQUIPMENT" and CONTAINER.fullmatch(number):
        told["equipmentReference"] = number
    if not CONTAINER.fullmatch(number):
        told["documentReferences"] = [{"documentReferenceType": "BKG", "documentReferenceValue": number}]
    return told | ({"eventLocation": _location(scan.place)} if scan.place else {})


def _location(place: Place) -> dict[str, Any]:
    address = {"city": place.city, "postCode": place.postal_code, "country": place.country}
    return {"locationName": place.text or place.city, "address": {name: text for name, text in address.items() if text}}


def _error(incoming: Incoming, status: int, text: str, why: str) -> Reply:
    told = {
        "httpMethod": incoming.method,
        "requestUri": incoming.path,
        "errors": [{"reason": text, "message": why}],
        "statusCode": status,
        "statusCodeText": text,
        "errorDateTime": incoming.received_at.isoformat(),
    }
    return wire.json_reply(told, status)


SANDBOX = Sandbox(answer=answer, push=push)
