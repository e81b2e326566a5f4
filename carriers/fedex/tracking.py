"""FedEx Track v1: up to thirty numbers a call, several shipments under one number, errors inside a 200."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from carriers import times, wire
from carriers.carrier import (
    Access,
    Meaning,
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
from carriers.fedex.statuses import TABLE
from db.enums import Direction, TrackingReason, TrackingStatus

# Where neither the text nor the place tells the zone we assume the clock of Memphis, FedEx's home.
HOME = ZoneInfo("America/Chicago")

NOT_FOUND = frozenset({"TRACKING.TRACKINGNUMBER.NOTFOUND", "TRACKING.DATA.NOTFOUND"})
RETRYABLE = frozenset({"INTERNAL.SERVER.ERROR", "SERVICE.UNAVAILABLE.ERROR", "NOT.AUTHORIZED.ERROR"})
GRAMS = {"LB": 453.59237, "KG": 1000.0}
_DELAYS = {
    "WEATHER": TrackingReason.WEATHER,
    "OPERATIONAL": TrackingReason.CARRIER_DELAY,
    "CLEARANCE": TrackingReason.CUSTOMS_HELD,
}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Asks after all parcels in one call, with every scan."""
    body = {
        "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": p.tracking_number}} for p in parcels],
        "includeDetailedScans": True,
    }
    return wire.json_request("POST", f"{access.base_url}/track/v1/trackingnumbers", body, headers(access))


def headers(access: Access) -> dict[str, str]:
    """The bearer, the language and our id of the call."""
    locale = "zh_CN" if access.locale == "zh" else "en_US"
    return {
        "authorization": f"Bearer {access.token}",
        "x-locale": locale,
        "x-customer-transaction-id": access.nonce,
    }


def read(reply: Reply) -> Reading:
    """An answer to a query."""
    return read_body(reply.body, reply.received_at)


def read_body(body: bytes, received_at: datetime | None) -> Reading:
    """An answer or a push; they have one shape. A result with scans and an error says both."""
    message = wire.object_of(body)
    if "output" not in message:
        return Reading(errors=errors_of(message))
    output = message["output"]
    if not isinstance(output, dict) or (output and "completeTrackResults" not in output):
        raise Unreadable("output.completeTrackResults is missing")
    shipments, errors = [], []
    for asked in wire.dicts(output.get("completeTrackResults"), "completeTrackResults"):
        number = wire.word(asked.get("trackingNumber"))
        for result in wire.dicts(asked.get("trackResults"), "trackResults"):
            shipment = _shipment(result, number, received_at)
            if result.get("error") is not None:
                errors.append(_error(result["error"], shipment.tracking_number))
            if shipment.scans or result.get("error") is None:
                shipments.append(shipment)
    return Reading(tuple(shipments), errors=tuple(errors))


def read_error(body: bytes) -> Reading:
    """Any answer that holds errors, be it a 200 with some numbers refused; or a collection of such answers by call and
    status, as the API description keeps its examples."""
    answers = collected(wire.object_of(body))
    if answers:
        return Reading(errors=tuple(error for each in answers for error in errors_of(each)))
    return wire.only_errors(read_body(body, None))


def collected(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers of a collection; none where it is an answer itself."""
    if "errors" in message or "output" in message:
        return []
    return [each for each in message.values() if isinstance(each, dict) and "errors" in each]


def errors_of(message: dict[str, Any]) -> tuple[ReadError, ...]:
    """The refusals of a whole call."""
    found = wire.dicts(message.get("errors"), "errors")
    if not found:
        raise Unreadable("neither output nor errors")
    return tuple(_error(each, None) for each in found)


def _error(error: Any, number: str | None) -> ReadError:
    code = wire.word(wire.dig(error, "code"))
    message = wire.word(wire.dig(error, "message"))
    if not code and not message:
        raise Unreadable("an error without code and message")
    return ReadError(code, message, number, not_found=code in NOT_FOUND, retryable=code in RETRYABLE)


def _shipment(result: dict[str, Any], asked: str, received_at: datetime | None) -> ReadShipment:
    own = wire.word(wire.dig(result, "trackingNumberInfo", "trackingNumber"))
    if not own and not asked:
        raise Unreadable("trackResults without a tracking number")
    destination = _place(_address(result, "destinationLocation"))
    return ReadShipment(
        tracking_number=own or asked,
        scans=_scans(result, received_at),
        direction=Direction.REVERSE if result.get("returnDetail") else Direction.FORWARD,
        unique_id=wire.word(wire.dig(result, "trackingNumberInfo", "trackingNumberUniqueId")) or None,
        reference=_reference(result),
        service=wire.word(wire.dig(result, "serviceDetail", "description")) or None,
        estimated_delivery_at=_estimate(result, destination),
        pieces=wire.count(wire.dig(result, "packageDetails", "count")),
        weight_grams=_grams(wire.dig(result, "packageDetails", "weightAndDimensions", "weight")),
        signed_by=wire.word(wire.dig(result, "deliveryDetails", "signedByName"))
        or wire.word(wire.dig(result, "deliveryDetails", "receivedByName"))
        or None,
        origin=_place(_address(result, "originLocation")),
        destination=destination,
        linked_numbers=(asked,) if asked and own and asked != own else (),
    )


def _scans(result: dict[str, Any], received_at: datetime | None) -> tuple[Scan, ...]:
    """Listed newest first; told oldest first. Without any, the latest status is one scan, known since now."""
    events = [_scan(event) for event in reversed(wire.dicts(result.get("scanEvents"), "scanEvents"))]
    if events:
        return times.in_order(events)
    latest = wire.dig(result, "latestStatusDetail")
    code = wire.word(wire.dig(latest, "code"))
    if not code or received_at is None:
        return ()
    text = wire.word(wire.dig(latest, "description")) or wire.word(wire.dig(latest, "statusByLocale"))
    return (Scan(received_at, TABLE.meaning("scan", code), code, text, _place(wire.dig(latest, "scanLocation"))),)


def _scan(event: dict[str, Any]) -> Scan:
    code = wire.word(event.get("eventType"))
    place = _place(event.get("scanLocation"), wire.word(event.get("locationId")))
    said = [wire.word(event.get("eventDescription")), wire.word(event.get("exceptionDescription"))]
    return Scan(
        occurred_at=times.local(event.get("date"), _zone(place), "scanEvents.date"),
        meaning=_reasoned(TABLE.meaning("scan", code), event),
        raw_code=code,
        description=": ".join(dict.fromkeys(text for text in said if text)),
        place=place,
    )


def _reasoned(meaning: Meaning, event: dict[str, Any]) -> Meaning:
    """An exception's own reason, where FedEx names the kind of delay."""
    reason = _DELAYS.get(wire.word(wire.dig(event, "delayDetail", "type")))
    return replace(meaning, reason=reason) if reason and meaning.status is TrackingStatus.EXCEPTION else meaning


def _zone(place: Place | None) -> tzinfo:
    return (place and times.zone_of(place.country, place.region)) or HOME


def _address(result: dict[str, Any], name: str) -> Any:
    return wire.dig(result, name, "locationContactAndAddress", "address")


def _place(address: Any, facility: str = "") -> Place | None:
    names = ("city", "stateOrProvinceCode", "postalCode", "countryCode")
    city, region, postal_code, country = (wire.word(wire.dig(address, name)) or None for name in names)
    if not any((city, region, postal_code, country, facility)):
        return None
    return Place(facility=facility or None, city=city, region=region, postal_code=postal_code, country=country)


def _reference(result: dict[str, Any]) -> str | None:
    """The shipper's own reference; its value is a text or a list of texts."""
    identifiers = wire.dicts(wire.dig(result, "additionalTrackingInfo", "packageIdentifiers"), "packageIdentifiers")
    for each in identifiers:
        if each.get("type") in {"SHIPPER_REFERENCE", "CUSTOMER_REFERENCE"}:
            values = each.get("values")
            return wire.word(values[0] if isinstance(values, list) and values else each.get("value")) or None
    return None


def _estimate(result: dict[str, Any], destination: Place | None) -> datetime | None:
    listed = wire.dicts(result.get("dateAndTimes"), "dateAndTimes")
    named = [wire.word(each.get("dateTime")) for each in listed if each.get("type") == "ESTIMATED_DELIVERY"]
    window = wire.word(wire.dig(result, "estimatedDeliveryTimeWindow", "window", "ends"))
    text = next((each for each in [*named, window] if each), "")
    return times.until(text, _zone(destination), "the estimated delivery") if text else None


def _grams(weights: Any) -> int | None:
    """The first of the same weight in several units that we know."""
    listed = wire.dicts(weights, "weight")
    known = (wire.grams(each.get("value"), GRAMS.get(wire.word(each.get("unit")))) for each in listed)
    return next((weight for weight in known if weight), None)
