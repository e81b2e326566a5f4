"""The older short answer (expand=SUMMARY): one sentence a parcel, in the shape of the XML it once was."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from carriers import times, wire
from carriers.carrier import Place, ReadError, Reading, ReadShipment, Scan, Unreadable
from carriers.usps.statuses import of_summary

# Where neither an offset nor the state tells the zone we assume the clock of Washington, USPS's home.
HOME = ZoneInfo("America/New_York")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WHEN = re.compile(r"\b(\d{1,2}):(\d{2}) ([ap])m on (\w+) (\d{1,2}), (\d{4})(?: in ([^,.]+), ([A-Z]{2})\b ?(\d{5})?)?")


def read(message: dict[str, Any], received_at: datetime | None) -> Reading:
    """The sentence as one scan at the time it names (of its state), else now; an error in its place as an error."""
    shipments, errors = [], []
    for info in wire.dicts(wire.dig(message, "TrackResults", "TrackInfo"), "TrackResults.TrackInfo"):
        number = wire.word(info.get("@ID"))
        if not number:
            raise Unreadable("TrackInfo.@ID is missing")
        if isinstance(info.get("Error"), dict):
            code, text = wire.word(info["Error"].get("Number")), wire.word(info["Error"].get("Description"))
            errors.append(ReadError(code, text, number, not_found=True))
            continue
        scan = _scan(wire.word(info.get("TrackSummary")), received_at)
        shipments.append(ReadShipment(number, (scan,) if scan else ()))
    if not shipments and not errors:
        raise Unreadable("TrackResults.TrackInfo is missing")
    return Reading(tuple(shipments), errors=tuple(errors))


def _scan(text: str, received_at: datetime | None) -> Scan | None:
    if not text:
        return None
    found = _WHEN.search(text)
    if found is None or found[4] not in MONTHS:
        return Scan(received_at, of_summary(text), "TrackSummary", text) if received_at else None
    hour, minute, half, month, day, year, city, region, postal_code = found.groups()
    place = Place(city=city, region=region, postal_code=postal_code, country="US") if region else None
    clock = f"{int(hour) % 12 + (12 if half == 'p' else 0)}:{minute}"
    zone = times.zone_of("US", region) or HOME
    moment = times.local(f"{year}-{MONTHS.index(month) + 1}-{day} {clock}", zone, "TrackSummary")
    return Scan(moment, of_summary(text), "TrackSummary", text, place)
