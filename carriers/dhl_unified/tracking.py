"""Asks DHL where a parcel is, and reads shipments as the query and the push both carry them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from carriers import times, wire
from carriers.carrier import Access, Parcel, Place, ReadError, Reading, ReadShipment, Reply, Request, Scan, Unreadable
from carriers.dhl_unified import statuses
from db.enums import Direction

GRAMS = {"kg": 1000, "g": 1, "lb": 453.59237, "lbs": 453.59237}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """One number a call. The recipient's postal code, where known, opens more detail of parcels in some countries."""
    [parcel] = parcels
    query = {"trackingNumber": parcel.tracking_number, "language": access.locale}
    if parcel.postal_code:
        query["recipientPostalCode"] = parcel.postal_code
    headers = {"DHL-API-Key": access.credential("api_key"), "Accept": "application/json"}
    return Request("GET", f"{access.base_url}/track/shipments?{urlencode(query)}", headers)


def read(reply: Reply) -> Reading:
    """An answer: shipments (one number may name one of each of several DHL services), or a problem."""
    if reply.status >= 400:
        return Reading(errors=(_named(wire.refused(reply), reply.body),))
    told = wire.object_of(reply.body)
    if "shipments" in told:
        return Reading(shipments=shipments(told, reply.received_at))
    return read_error(reply.body)


def read_error(body: bytes) -> Reading:
    """A problem document; the number is taken from its ``instance``."""
    told = wire.object_of(body)
    if not (wire.word(told.get("title")) or wire.word(told.get("detail"))):
        raise Unreadable("neither shipments nor a problem")
    return Reading(errors=(_named(wire.problem(told), body),))


def _named(error: ReadError, body: bytes) -> ReadError:
    try:
        path = wire.word(wire.object_of(body).get("instance"))
    except Unreadable:
        return error
    number = path.rpartition("/shipment/")[2] if "/shipment/" in path else ""
    return replace(error, tracking_number=number or None)


def shipments(told: dict[str, Any], received_at: datetime | None) -> tuple[ReadShipment, ...]:
    """Every shipment of a message. ``received_at`` stands in where DHL gives no time at all."""
    return tuple(_shipment(each, received_at) for each in wire.objects(told.get("shipments"), "shipments"))


def _shipment(told: dict[str, Any], received_at: datetime | None) -> ReadShipment:
    status = wire.dig(told, "status")
    events = wire.objects(told.get("events"), "shipments[].events")
    if not events and isinstance(status, dict):
        events = [status]
    details = wire.dig(told, "details")
    weight = wire.dig(details, "weight")
    destination = _place(told.get("destination"))
    return ReadShipment(
        tracking_number=wire.needed(told.get("id"), "shipments[].id"),
        scans=times.oldest_first(_scan(each, _zone(each, status), received_at) for each in events),
        direction=Direction.REVERSE if told.get("returnFlag") is True else Direction.FORWARD,
        service=wire.word(told.get("service")) or None,
        estimated_delivery_at=_estimate(told, destination),
        pieces=wire.count(wire.dig(details, "totalNumberOfPieces")),
        weight_grams=wire.grams(wire.dig(weight, "value"), GRAMS.get(wire.word(wire.dig(weight, "unitText")).lower())),
        signed_by=wire.word(wire.dig(details, "proofOfDelivery", "signed", "name")) or None,
        origin=_place(told.get("origin")),
        destination=destination,
    )


def _scan(told: dict[str, Any], zone: tzinfo, received_at: datetime | None) -> Scan:
    code = wire.word(told.get("statusCode")).lower()
    status, description = wire.word(told.get("status")), wire.word(told.get("description"))
    given = told.get("timestamp")
    moment = times.local(given, zone, "timestamp") if given else received_at
    if moment is None:
        raise Unreadable("an event without a timestamp, and no time of receipt")
    pieces = told.get("pieceIds")
    return Scan(
        occurred_at=moment,
        meaning=statuses.meaning(code, f"{status} {description}"),
        raw_code=code or status,
        description=description or status,
        place=_place(told.get("location")),
        piece=wire.word(pieces[0]) or None if isinstance(pieces, list) and len(pieces) == 1 else None,
    )


def _zone(event: dict[str, Any], status: Any) -> tzinfo:
    """Where an event's naive time is told. The status often repeats its event, sometimes with the zone the event
    lacks: then that one. Else the zone of the event's country; UTC is assumed where that has none or several."""
    given, repeated = wire.word(event.get("timestamp")), wire.word(wire.dig(status, "timestamp"))
    zone = times.main_zone(_country(event.get("location"))) or UTC
    if given and repeated.startswith(given):
        return times.local(repeated, zone, "status.timestamp").tzinfo or zone
    return zone


def _estimate(told: dict[str, Any], destination: Place | None) -> datetime | None:
    given = told.get("estimatedTimeOfDelivery")
    zone = times.main_zone(destination.country) if destination else None
    return times.until(given, zone or UTC, "estimatedTimeOfDelivery") if given else None


def _place(told: Any) -> Place | None:
    address = wire.dig(told, "address")
    text, code = wire.word(wire.dig(address, "addressLocality")), wire.word(wire.dig(address, "postalCode"))
    place = Place(text=text or None, postal_code=code or None, country=_country(told))
    return None if place == Place() else place


def _country(told: Any) -> str | None:
    code = wire.word(wire.dig(told, "address", "countryCode")).upper()
    return code if len(code) == 2 and code.isalpha() else None
