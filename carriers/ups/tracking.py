"""UPS Track v1: one number a call; every package of every shipment is read, the order of activities is not trusted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

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
from carriers.ups import activities
from carriers.ups.statuses import meaning

NOT_FOUND = "TW0001"
RETRYABLE = frozenset({"10004"})
GRAMS = {"LBS": 453.59237, "KGS": 1000.0}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Asks after one parcel."""
    if len(parcels) != 1:
        raise CannotAsk("UPS answers for one number at a time")
    locale = "zh_CN" if access.locale == "zh" else "en_US"
    number = quote(parcels[0].tracking_number, safe="")
    url = f"{access.base_url}/api/track/v1/details/{number}?locale={locale}&returnSignature=false"
    return Request("GET", url, headers(access))


def headers(access: Access) -> dict[str, str]:
    """The bearer, our id of the call (32 characters at most) and our name."""
    return {
        "authorization": f"Bearer {access.token}",
        "transId": access.nonce.replace("-", "")[:32],
        "transactionSrc": "waybridge",
    }


def read(reply: Reply) -> Reading:
    """An answer to a query. An unknown number comes as a 200 with a warning and no package."""
    message = wire.object_of(reply.body)
    if "trackResponse" not in message:
        return Reading(errors=errors_of(message))
    shipments, errors = [], []
    for shipment in wire.dicts(wire.dig(message, "trackResponse", "shipment"), "trackResponse.shipment"):
        asked = wire.word(shipment.get("inquiryNumber"))
        packages = wire.dicts(shipment.get("package"), "package")
        shipments += [_package(package, asked, reply.received_at) for package in packages]
        if not packages:
            warnings = wire.dicts(shipment.get("warnings"), "warnings")
            errors += [_error(warning, asked or None) for warning in warnings]
    if not shipments and not errors:
        raise Unreadable("trackResponse has neither a package nor a warning")
    return Reading(tuple(shipments), errors=tuple(errors))


def read_error(body: bytes) -> Reading:
    """Any answer that holds errors, be it a 200 with warnings."""
    return wire.only_errors(read(Reply(200, body)))


def errors_of(message: dict[str, Any]) -> tuple[ReadError, ...]:
    """The refusals of a whole call; older answers leave the outer object out."""
    listed = wire.dig(message, "response", "errors") or message.get("errors")
    found = wire.dicts(listed, "response.errors")
    if not found:
        raise Unreadable("neither trackResponse nor response.errors")
    return tuple(_error(each, None) for each in found)


def _error(error: dict[str, Any], number: str | None) -> ReadError:
    code, message = wire.word(error.get("code")), wire.word(error.get("message"))
    if not code and not message:
        raise Unreadable("an error without code and message")
    return ReadError(code, message, number, not_found=code == NOT_FOUND, retryable=code in RETRYABLE)


def _package(package: dict[str, Any], asked: str, received_at: datetime | None) -> ReadShipment:
    number = wire.word(package.get("trackingNumber")) or asked
    if not number:
        raise Unreadable("package.trackingNumber is missing")
    ends = {wire.word(e.get("type")): e.get("address") for e in _dicts(package, "packageAddress")}
    destination = activities.place(ends.get("DESTINATION"))
    others = [wire.word(each.get("number")) for each in _dicts(package, "alternateTrackingNumber")]
    references = [wire.word(each.get("number")) for each in _dicts(package, "referenceNumber")]
    return ReadShipment(
        tracking_number=number,
        scans=_scans(package, received_at),
        reference=next((each for each in references if each), None),
        service=wire.word(wire.dig(package, "service", "description")) or None,
        estimated_delivery_at=_estimate(package, destination),
        pieces=wire.count(package.get("packageCount")),
        weight_grams=_grams(package.get("weight")),
        signed_by=wire.word(wire.dig(package, "deliveryInformation", "receivedBy")) or None,
        origin=activities.place(ends.get("ORIGIN")),
        destination=destination,
        linked_numbers=tuple(dict.fromkeys(each for each in others if each and each != number)),
    )


def _dicts(package: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return wire.dicts(package.get(name), f"package.{name}")


def _scans(package: dict[str, Any], received_at: datetime | None) -> tuple[Scan, ...]:
    """Oldest first. ``currentStatus`` may be stale: it counts only where there is no activity at all."""
    listed = [_scan(activity) for activity in reversed(_dicts(package, "activity"))]
    if listed:
        return times.in_order(listed)
    current = package.get("currentStatus")
    parts = activities.codes(current, "statusCode")
    if not any(parts) or received_at is None:
        return ()
    return (Scan(received_at, meaning(*parts), activities.raw(parts), wire.word(wire.dig(current, "description"))),)


def _scan(activity: dict[str, Any]) -> Scan:
    location = activity.get("location")
    place = activities.place(wire.dig(location, "address"), wire.word(wire.dig(location, "slic")))
    parts = activities.codes(activity.get("status"), "statusCode")
    names = ("date", "time", "gmtDate", "gmtTime", "gmtOffset")
    return Scan(
        occurred_at=activities.Clock(*(wire.word(activity.get(name)) for name in names)).moment(place),
        meaning=meaning(*parts),
        raw_code=activities.raw(parts),
        description=wire.word(wire.dig(activity, "status", "description")),
        place=place,
    )


def _estimate(package: dict[str, Any], destination: Place | None) -> datetime | None:
    """The rescheduled date before the scheduled one, at the end of its window; "DEL" is a delivery that happened."""
    dates = {wire.word(each.get("type")): wire.word(each.get("date")) for each in _dicts(package, "deliveryDate")}
    date = dates.get("RDD") or dates.get("SDD")
    if not date:
        return None
    window = package.get("deliveryTime")
    end = wire.word(wire.dig(window, "endTime")) if wire.dig(window, "type") in {"EDW", "CMT", "EOD"} else ""
    return times.until(f"{date} {end}", activities.zone(destination), "package.deliveryDate")


def _grams(weight: Any) -> int | None:
    unit = wire.word(wire.dig(weight, "unitOfMeasurement"))
    return wire.grams(wire.dig(weight, "weight"), GRAMS.get(unit))
