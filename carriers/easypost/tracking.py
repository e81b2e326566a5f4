"""EasyPost trackers: asking creates one, and what it returns (or a push holds) is read here."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    CannotAsk,
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
from carriers.easypost import errors
from carriers.easypost.statuses import TABLE
from db.enums import Direction

OUNCE_GRAMS = 28.349523125

# Our codes of carriers in EasyPost's spelling; without one EasyPost guesses from the number.
NAMES = {"fedex": "FedEx", "ups": "UPS", "usps": "USPS", "dhl_express": "DHLExpress"}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Creates the tracker of one parcel; EasyPost answers a known one with what it has."""
    if len(parcels) != 1:
        raise CannotAsk("one tracker is asked for at a time")
    tracker = {"tracking_code": parcels[0].tracking_number}
    if name := NAMES.get(parcels[0].carrier):
        tracker["carrier"] = name
    return wire.json_request("POST", f"{access.base_url}/v2/trackers", {"tracker": tracker}, headers(access))


def headers(access: Access) -> dict[str, str]:
    """HTTP Basic with the API key as the user."""
    return {"authorization": wire.basic(access.credential("api_key"))}


def read(reply: Reply) -> Reading:
    """A tracker, a list of trackers, or an error."""
    message = wire.object_of(reply.body)
    if message.get("object") == "Tracker":
        return of_trackers([message], reply.received_at)
    if "trackers" in message:
        return of_trackers(wire.dicts(message["trackers"], "trackers"), reply.received_at)
    return Reading(errors=errors.of(message))


def of_trackers(trackers: Sequence[dict[str, Any]], received_at: datetime | None) -> Reading:
    """What trackers say. One that knows nothing yet is also an error: the number is not found (yet)."""
    shipments = tuple(_shipment(tracker, received_at) for tracker in trackers)
    unknown = tuple(
        ReadError("unknown", "no information yet", shipment.tracking_number, not_found=True, retryable=True)
        for shipment, tracker in zip(shipments, trackers, strict=True)
        if tracker.get("status") == "unknown" and not shipment.scans
    )
    return Reading(shipments, errors=unknown)


def _shipment(tracker: dict[str, Any], received_at: datetime | None) -> ReadShipment:
    number = wire.word(tracker.get("tracking_code"))
    if not number:
        raise Unreadable("tracking_code is missing")
    detail = tracker.get("carrier_detail")
    estimate = wire.word(tracker.get("est_delivery_date"))
    return ReadShipment(
        tracking_number=number,
        scans=_scans(tracker, received_at),
        direction=Direction.REVERSE if tracker.get("is_return") is True else Direction.FORWARD,
        service=wire.word(wire.dig(detail, "service")) or None,
        estimated_delivery_at=times.until(estimate, UTC, "est_delivery_date") if estimate else None,
        weight_grams=wire.grams(tracker.get("weight"), OUNCE_GRAMS),
        signed_by=wire.word(tracker.get("signed_by")) or None,
        origin=_place(wire.dig(detail, "origin_tracking_location")),
        destination=_place(wire.dig(detail, "destination_tracking_location")),
    )


def _scans(tracker: dict[str, Any], received_at: datetime | None) -> tuple[Scan, ...]:
    """Oldest first; without details the tracker's status is one scan at the time it was updated, else now."""
    details = wire.dicts(tracker.get("tracking_details"), "tracking_details")
    if details:
        return times.in_order(map(_scan, details))
    status, updated = wire.word(tracker.get("status")), wire.word(tracker.get("updated_at"))
    moment = times.local(updated, UTC, "updated_at") if updated else received_at
    if status in {"", "unknown"} or moment is None:
        return ()
    return (Scan(moment, TABLE.meaning("tracker", status), status),)


def _scan(detail: dict[str, Any]) -> Scan:
    """Times are UTC; older answers leave the Z out."""
    status = wire.word(detail.get("status"))
    return Scan(
        occurred_at=times.local(detail.get("datetime"), UTC, "datetime"),
        meaning=TABLE.meaning("tracker", status),
        raw_code=status,
        description=wire.word(detail.get("message")) or wire.word(detail.get("description")),
        place=_place(detail.get("tracking_location")),
    )


def _place(location: Any) -> Place | None:
    names = ("city", "state", "zip", "country")
    city, region, postal_code, country = (wire.word(wire.dig(location, name)) or None for name in names)
    place = Place(city=city, region=region, postal_code=postal_code, country=country)
    return None if place == Place() else place
