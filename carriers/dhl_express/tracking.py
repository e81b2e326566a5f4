"""Asks MyDHL where a shipment is, and reads its answer, its pickup bookings and its errors."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from babel.core import get_global

from carriers import times, wire
from carriers.carrier import Access, Parcel, Place, ReadError, Reading, ReadShipment, Reply, Request, Scan, Unreadable
from carriers.dhl_express.statuses import TABLE

# A unit's grams, by the answer's system of units.
GRAMS = {"metric": 1000.0, "imperial": 453.59237}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """One number a call, every scan of every piece, each with its offset (which comes only when asked for)."""
    [parcel] = parcels
    query = urlencode(
        {"trackingView": "all-checkpoints", "levelOfDetail": "all", "requestGMTOffsetPerEvent": "true"},
    )
    headers = {
        "Authorization": wire.basic(access.credential("api_key"), access.credential("api_secret")),
        "Accept": "application/json",
        "Message-Reference": access.nonce,
    }
    number = quote(parcel.tracking_number, safe="")
    return Request("GET", f"{access.base_url}/shipments/{number}/tracking?{query}", headers)


def read(reply: Reply) -> Reading:
    """An answer: shipments, or a problem."""
    if reply.status >= 400:
        return Reading(errors=(_named(wire.refused(reply), reply.body),))
    told = wire.object_of(reply.body)
    if "shipments" not in told:
        return read_error(reply.body)
    return Reading(shipments=tuple(_shipment(each) for each in wire.objects(told["shipments"], "shipments")))


def read_error(body: bytes) -> Reading:
    """A problem document, or a collection of them by operation (how the API description keeps its examples)."""
    told = wire.object_of(body)
    if "title" in told or "detail" in told:
        return Reading(errors=(_problem(told),))
    problems = collected(told)
    if not problems:
        raise Unreadable("neither shipments nor a problem")
    return Reading(errors=tuple(_problem(each) for each in problems))


def collected(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The problems of a collection: lists of them, by operation."""
    listed = (one for each in told.values() if isinstance(each, list) for one in each)
    return [one for one in listed if isinstance(one, dict) and "detail" in one]


def _problem(told: dict[str, Any]) -> ReadError:
    error = wire.problem(told)
    more = told.get("additionalDetails")
    details = "; ".join(filter(None, map(wire.word, more))) if isinstance(more, list) else ""
    found = re.search(r"/shipments/(\w+)/tracking", wire.word(told.get("instance")))
    message = f"{error.message}: {details}" if details else error.message
    return replace(error, message=message, tracking_number=found.group(1) if found else None)


def _named(error: ReadError, body: bytes) -> ReadError:
    try:
        told = wire.object_of(body)
    except Unreadable:
        return error
    return replace(_problem({**told, "status": error.code}), code=error.code)


def _shipment(told: dict[str, Any]) -> ReadShipment:
    receiver, metric = wire.dig(told, "receiverDetails"), wire.word(told.get("unitOfMeasurements")) or "metric"
    scans = list(_scans(wire.objects(told.get("events"), "shipments[].events"), None))
    seen = {_mark(scan) for scan in scans}
    for piece in wire.objects(told.get("pieces"), "shipments[].pieces"):
        number = wire.word(piece.get("trackingNumber")) or None
        found = _scans(wire.objects(piece.get("events"), "shipments[].pieces[].events"), number)
        # Every piece repeats the shipment's scans; only what it says beyond them is its own.
        scans += [scan for scan in found if _mark(scan) not in seen]
    due, area = told.get("estimatedDeliveryDate"), _area(receiver)
    return ReadShipment(
        tracking_number=wire.needed(told.get("shipmentTrackingNumber"), "shipments[].shipmentTrackingNumber"),
        scans=times.oldest_first(scans),
        service=wire.word(told.get("productCode")) or None,
        estimated_delivery_at=times.until(due, _zone(area), "estimatedDeliveryDate") if due else None,
        pieces=wire.count(told.get("numberOfPieces")),
        weight_grams=wire.grams(told.get("totalWeight"), GRAMS.get(metric)),
        signed_by=next((by for each in reversed(_listed(told)) if (by := wire.word(each.get("signedBy")))), None),
        origin=_place(_area(wire.dig(told, "shipperDetails"))),
        destination=_place(area),
    )


def _listed(told: dict[str, Any]) -> list[dict[str, Any]]:
    return wire.objects(told.get("events"), "shipments[].events")


def _mark(scan: Scan) -> tuple[datetime, str, Place | None]:
    return scan.occurred_at, scan.raw_code, scan.place


def _scans(events: Iterable[dict[str, Any]], piece: str | None) -> Iterable[Scan]:
    for told in events:
        area, code = _area(told), wire.word(told.get("typeCode"))
        moment = f"{wire.needed(told.get('date'), 'events[].date')}T{wire.needed(told.get('time'), 'events[].time')}"
        yield Scan(
            occurred_at=times.local(moment + wire.word(told.get("GMTOffset")), _zone(area), "events[].date and time"),
            meaning=TABLE.meaning("express", code),
            raw_code=code,
            description=wire.word(told.get("description")),
            place=_place(area),
            piece=piece,
        )


def _area(told: Any) -> tuple[str, str, str]:
    """Code, city and country of the service area: "SYD", "SYDNEY", "AU"."""
    areas = wire.objects(wire.dig(told, "serviceArea"), "serviceArea")
    area = areas[0] if areas else {}
    city, _, country = wire.word(area.get("description")).rpartition("-")
    return wire.word(area.get("code")), city, country if re.fullmatch("[A-Z]{2}", country) else ""


def _place(area: tuple[str, str, str]) -> Place | None:
    code, city, country = area
    if not (code or city or country):
        return None
    text = f"{city}-{country}" if country else city
    return Place(text=text or None, facility=code or None, city=city or None, country=country or None)


@cache
def _zone(area: tuple[str, str, str]) -> tzinfo:
    """Local time of a service area, for answers without offsets: the zone named after its city (Australia/Sydney),
    else its country's. UTC is assumed where neither is known."""
    _, city, country = area
    named = city.title().replace(" ", "_")
    for zone, territory in get_global("zone_territories").items():
        if territory == country and named and zone.rpartition("/")[2] == named:
            return ZoneInfo(zone)
    return times.main_zone(country) or UTC
