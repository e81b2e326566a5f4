"""Asks an ocean carrier for events and reads them, of version 2 (a bare list) and 3 (under ``events``)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from carriers import times, wire
from carriers.carrier import (
    Access,
    Parcel,
    Place,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Unreadable,
)
from carriers.dcsa import references, statuses
from db.enums import Classifier

CONTAINER = re.compile(r"[A-Z]{4}\d{7}")


def base(access: Access) -> str:
    """The ocean carrier's own address: the account's, unless the environment has one."""
    return access.base_url or access.credential("base_url")


def headers(access: Access) -> dict[str, str]:
    """The carrier's application key, and a bearer where it wants one too."""
    bearer = access.token or access.credentials.get("access_token", "")
    told = {"Consumer-Key": access.credential("consumer_key"), "API-Version": "2"}
    return told | ({"Authorization": f"Bearer {bearer}"} if bearer else {})


def key_of(number: str) -> str:
    """The query parameter of a number: a container by its form (ISO 6346), anything else is a booking."""
    return "equipmentReference" if CONTAINER.fullmatch(number) else "carrierBookingReference"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """One container or booking a call, in pages as large as they come."""
    [parcel] = parcels
    query = urlencode({key_of(parcel.tracking_number): parcel.tracking_number, "limit": "1000"})
    return Request("GET", f"{base(access)}/v2/events?{query}", {**headers(access), "Accept": "application/json"})


def read(reply: Reply) -> Reading:
    """An answer: events, or the standard's error object."""
    if reply.status >= 400:
        return Reading(errors=(_refused(reply),))
    return read_events(reply.body)


def read_events(body: bytes) -> Reading:
    """Events of either version, by the number they belong to. An event that names no number (a vessel's schedule) is
    of no shipment and left out."""
    told = wire.json_of(body)
    if isinstance(told, dict) and "events" not in told:
        if "errors" in told or "statusCode" in told:
            return Reading(errors=(_error(told, 0),))
        raise Unreadable("neither events nor errors")
    events = wire.objects(told.get("events") if isinstance(told, dict) else told, "events")
    read = [(references.named(event), _scan(event)) for event in events]
    found = times.by_number((number, scan) for named, scan in read for number in named.subjects)
    return Reading(shipments=tuple(_linked(each, [named for named, _ in read]) for each in found))


def _linked(shipment: ReadShipment, every: Iterable[references.Named]) -> ReadShipment:
    own = shipment.tracking_number
    others = (number for named in every if own in named.subjects for number in named.every if number != own)
    return replace(shipment, linked_numbers=tuple(dict.fromkeys(others)))


def _scan(told: dict[str, Any]) -> Scan:
    head = told["eventClassification"] if isinstance(told.get("eventClassification"), dict) else told
    kind = wire.needed(head.get("eventTypeCode") or head.get("eventType"), "eventType")
    code = wire.needed(head.get(f"{kind.lower()}EventTypeCode"), "the event's type code")
    remark = wire.word(told.get("changeRemark")) or wire.word(told.get("reason"))
    text = statuses.TEXTS.get((kind, code), "")
    return Scan(
        # The standard demands an offset; UTC is assumed where a carrier forgets it.
        occurred_at=times.local(told.get("eventDateTime"), UTC, "eventDateTime"),
        meaning=statuses.meaning(kind, code, wire.word(told.get("delayReasonCode"))),
        raw_code=code,
        description=": ".join(filter(None, (text, remark))),
        place=_place(told),
        classifier=statuses.CLASSIFIERS.get(wire.word(head.get("eventClassifierCode")), Classifier.PLANNED),
        event_id=wire.word(told.get("eventID")) or None,
    )


def _place(told: dict[str, Any]) -> Place | None:
    call = wire.dig(told, "transportCall")
    sources = [each for each in (told.get("eventLocation"), wire.dig(call, "location"), call) if isinstance(each, dict)]
    first = {name: wire.word(next((each[name] for each in sources if each.get(name)), None)) for name in _NAMES}
    address: dict[str, Any] = next((each["address"] for each in sources if isinstance(each.get("address"), dict)), {})
    point = next((each["geoCoordinate"] for each in sources if isinstance(each.get("geoCoordinate"), dict)), first)
    country = first["UNLocationCode"][:2] or wire.word(address.get("countryCode"))
    place = Place(
        text=first["locationName"] or first["UNLocationCode"] or None,
        facility=first["facilityCode"] or None,
        city=wire.word(address.get("city")) or None,
        postal_code=wire.word(address.get("postCode")) or None,
        country=country if re.fullmatch("[A-Z]{2}", country) else None,
        latitude=_degrees(point.get("latitude"), 90),
        longitude=_degrees(point.get("longitude"), 180),
    )
    return None if place == Place() else place


_NAMES = ("locationName", "UNLocationCode", "facilityCode", "latitude", "longitude")


def _degrees(value: Any, limit: int) -> float | None:
    text = wire.word(value)
    found = float(text) if re.fullmatch(r"-?\d{1,3}(\.\d{1,20})?", text) else None
    return found if found is not None and abs(found) <= limit else None


def _refused(reply: Reply) -> ReadError:
    try:
        return _error(wire.object_of(reply.body), reply.status)
    except Unreadable:
        return wire.problem({}, reply.status)


def _error(told: dict[str, Any], status: int) -> ReadError:
    listed = wire.objects(told.get("errors"), "errors")
    reasons = [wire.word(each.get("message")) or wire.word(each.get("errorCodeMessage")) for each in listed]
    message = "; ".join(filter(None, reasons)) or wire.word(told.get("statusCodeText"))
    return wire.problem({"status": told.get("statusCode"), "detail": message}, status)
