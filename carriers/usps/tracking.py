"""USPS Tracking v3: local times that pretend to be UTC, and an unknown number that is a 400 of its own code."""

import html
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import quote

from carriers import times, wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Parcel,
    Place,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Unreadable,
)
from carriers.times import US_STATE_ZONES, zone_of
from carriers.usps import errors, summary
from carriers.usps.statuses import TABLE
from db.enums import TrackingStatus

QUARTER = timedelta(minutes=15)
ANSWER = ("trackingEvents", "statusCategory", "statusSummary")


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """Asks after one parcel, with every event."""
    if len(parcels) != 1:
        raise CannotAsk("USPS answers for one number at a time")
    number = quote(parcels[0].tracking_number, safe="")
    url = f"{access.base_url}/tracking/v3/tracking/{number}?expand=DETAIL"
    return Request("GET", url, {"authorization": f"Bearer {access.token}", "accept": "application/json"})


def read(reply: Reply) -> Reading:
    """A detailed answer, the older short one, or an error."""
    message = wire.object_of(reply.body)
    if "TrackResults" in message:
        return summary.read(message, reply.received_at)
    if not any(name in message for name in ANSWER):
        return Reading(errors=errors.of(message))
    return Reading((_shipment(message, reply.received_at),))


def _shipment(message: dict[str, Any], received_at: datetime | None) -> ReadShipment:
    number = wire.word(message.get("trackingNumber"))
    if not number:
        raise Unreadable("trackingNumber is missing")
    events = list(reversed(wire.dicts(message.get("trackingEvents"), "trackingEvents")))
    destination = _place(message, "destination", "CountryCode")
    return ReadShipment(
        tracking_number=number,
        scans=_scans(events, message, received_at),
        service=_plain(message.get("mailClass")) or None,
        estimated_delivery_at=_estimate(message, destination),
        signed_by=_signer(events),
        origin=_place(message, "origin", "Country"),
        destination=destination,
    )


def _scans(events: list[dict[str, Any]], message: dict[str, Any], received_at: datetime | None) -> tuple[Scan, ...]:
    """Oldest first; without events the category of the status is one scan, known since now."""
    scans = [_scan(event) for event in events]
    if scans:
        return times.in_order(scans)
    category = wire.word(message.get("statusCategory"))
    if not category or received_at is None:
        return ()
    return (Scan(received_at, TABLE.meaning("category", category), category, _plain(message.get("status"))),)


def _scan(event: dict[str, Any]) -> Scan:
    code = wire.word(event.get("eventCode"))
    place = _place(event, "event", "Country")
    return Scan(
        occurred_at=_moment(event, place),
        meaning=TABLE.meaning("event", code),
        raw_code=code,
        description=_plain(event.get("eventType")),
        place=place,
    )


def _moment(event: dict[str, Any], place: Place | None) -> datetime:
    """``eventTimestamp`` is local time, whatever its Z says. Newer answers give the offset, or GMT to compare with."""
    local = times.local(_unmarked(event.get("eventTimestamp")), UTC, "eventTimestamp")
    offset = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})", wire.word(event.get("GMTOffset")))
    if offset:
        hours, minutes = int(offset[2]) % 24, int(offset[3]) % 60
        ahead = timedelta(hours=hours, minutes=minutes)
        return local.replace(tzinfo=timezone(-ahead if offset[1] == "-" else ahead))
    if gmt := wire.word(event.get("GMTTimestamp")):
        # Only one of the two may have a fraction of a second; offsets are quarters of an hour.
        ahead = QUARTER * round((local - times.local(gmt, UTC, "GMTTimestamp")) / QUARTER)
        if abs(ahead) <= timedelta(hours=14):
            return local.replace(tzinfo=timezone(ahead))
    return local.replace(tzinfo=zone(place))


def _unmarked(value: Any) -> str:
    """A local time without the Z it may wrongly carry."""
    return wire.word(value).removesuffix("Z")


def zone(place: Place | None) -> tzinfo:
    """The zone of a place, or of USPS's home."""
    return (place and zone_of(place.country, place.region)) or summary.HOME


def _place(found: dict[str, Any], prefix: str, country_key: str) -> Place | None:
    """Domestic places carry no country; a state of the United States tells it."""
    names = ("City", "State", "ZIP", country_key)
    city, region, postal_code, country = (wire.word(found.get(prefix + name)) for name in names)
    is_code = len(country) == 2
    if not country and region in US_STATE_ZONES:
        country, is_code = "US", True
    if not any((city, region, postal_code, country)):
        return None
    return Place(
        text=None if is_code else country or None,
        city=city or None,
        region=region or None,
        postal_code=postal_code or None,
        country=country if is_code else None,
    )


def _signer(events: list[dict[str, Any]]) -> str | None:
    """The name on the newest delivery."""
    for event in reversed(events):
        delivered = TABLE.meaning("event", wire.word(event.get("eventCode"))).status is TrackingStatus.DELIVERED
        if delivered and (name := wire.word(event.get("name"))):
            return name
    return None


def _estimate(message: dict[str, Any], destination: Place | None) -> datetime | None:
    names = ("expectedDeliveryTimeStamp", "predictedDeliveryTimeStamp", "predictedDeliveryDate")
    text = next((text for text in (wire.word(message.get(name)) for name in names) if text), None)
    return times.until(_unmarked(text), zone(destination), "the expected delivery") if text else None


def _plain(value: Any) -> str:
    """Text without HTML: "Priority Mail<SUP>&reg;</SUP>" is Priority Mail®."""
    return html.unescape(re.sub(r"<[^<>]*>", "", wire.word(value))).strip()
