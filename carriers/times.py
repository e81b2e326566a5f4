"""Carriers' clocks: local texts with and without a zone, epochs, offsets; always to aware datetimes.

The result keeps the local offset, so a partner sees the carrier's own clock; the store keeps UTC beside it.
"""

import re
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import get_global

from carriers.carrier import ReadShipment, Scan, Unreadable

BEIJING = ZoneInfo("Asia/Shanghai")

# The zone most people of a state keep; border counties differ (IANA tz database, "northamerica").
US_STATE_ZONES = {
    **dict.fromkeys(
        [
            "CT",
            "DC",
            "DE",
            "FL",
            "GA",
            "IN",
            "KY",
            "MA",
            "MD",
            "ME",
            "MI",
            "NC",
            "NH",
            "NJ",
            "NY",
            "OH",
            "PA",
            "RI",
            "SC",
            "VA",
            "VT",
            "WV",
        ],
        "America/New_York",
    ),
    **dict.fromkeys(
        ["AL", "AR", "IA", "IL", "KS", "LA", "MN", "MO", "MS", "ND", "NE", "OK", "SD", "TN", "TX", "WI"],
        "America/Chicago",
    ),
    **dict.fromkeys(["CO", "ID", "MT", "NM", "UT", "WY"], "America/Denver"),
    **dict.fromkeys(["CA", "NV", "OR", "WA"], "America/Los_Angeles"),
    "AZ": "America/Phoenix",
    "AK": "America/Anchorage",
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
    "GU": "Pacific/Guam",
}


@cache
def zone_of(country: str | None, region: str | None = None) -> ZoneInfo | None:
    """The zone of a place: by state in the United States, elsewhere where a country has only one zone; else None."""
    if country == "US":
        name = US_STATE_ZONES.get((region or "").upper())
        return ZoneInfo(name) if name else None
    if country == "CN":
        return BEIJING
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    return ZoneInfo(zones[0]) if len(zones) == 1 else None


def local(value: object, zone: tzinfo, where: str) -> datetime:
    """A carrier's date and time from any JSON value: ISO 8601, with a space or a T, slashes, unpadded parts, with
    seconds or without, with an offset or (then in ``zone``) without. A bare date is its midnight. Unreadable for
    anything else, naming ``where`` and never the content."""
    found = _SHAPE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Unreadable(f"{where} is not a date and time")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    micro = int(((fraction or "0") + "000000")[:6])
    try:
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micro)  # noqa: DTZ001 the zone is joined below
        return _kept(naive.replace(tzinfo=offset_of(offset) if offset else zone))
    except (ValueError, OverflowError):
        raise Unreadable(f"{where} is not a date and time") from None


_SHAPE = re.compile(
    r"(\d{4})[-/]?(\d{1,2})[-/]?(\d{1,2})"
    r"(?:[T\s]+(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?\s*(Z|[+-]\d{2}[:.]?\d{0,2})?)?",
    re.ASCII,
)


def _kept(moment: datetime) -> datetime:
    """The moment, if it can be told in every zone: OverflowError for the first and last years of the calendar."""
    if not MINYEAR < moment.year < MAXYEAR:
        raise OverflowError
    return moment


def beijing(moment: datetime) -> str:
    """An aware moment as Chinese carriers write it: by Beijing's clock, with seconds, without its offset."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def until(value: object, zone: tzinfo, where: str) -> datetime:
    """As ``local``, for an estimate: a bare date lasts until its last second."""
    moment = local(value, zone, where)
    found = _SHAPE.fullmatch(str(value).strip())
    return moment.replace(hour=23, minute=59, second=59) if found and found[4] is None else moment


def offset_of(text: str) -> timezone:
    """An offset such as Z, +08:00, -0500, -04.00 or +01. ValueError for anything else."""
    if text == "Z":
        return timezone(timedelta(0))
    found = re.fullmatch(r"([+-])(\d{2})[:.]?(\d{2})?", text)
    if found is None:
        raise ValueError(text)
    sign, hours, minutes = found.groups()
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-size if sign == "-" else size)


def epoch_millis(value: object, zone: tzinfo, where: str) -> datetime:
    """Milliseconds since 1970, a number or its text, shown in ``zone``. Unreadable names ``where``."""
    try:
        whole = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        if whole is not None:
            return _kept(datetime.fromtimestamp(whole / 1000, zone))
    except (ValueError, OverflowError, OSError):
        pass
    raise Unreadable(f"{where} is not a time in milliseconds")


def millis(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware moment, without a float's rounding."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def in_order(scans: Iterable[Scan]) -> tuple[Scan, ...]:
    """The scans as they happened, exact repeats dropped; scans of one second keep the order given."""
    return tuple(sorted(dict.fromkeys(scans), key=lambda scan: scan.occurred_at))


def oldest_first(scans: Iterable[Scan]) -> tuple[Scan, ...]:
    """As ``in_order``, of a carrier's list that runs either way: it is turned round when it runs newest first."""
    kept = list(scans)
    return in_order(reversed(kept) if kept and kept[0].occurred_at > kept[-1].occurred_at else kept)


def by_number(told: Iterable[tuple[str, Scan]]) -> tuple[ReadShipment, ...]:
    """One shipment for each tracking number, in order of appearance, its scans oldest first."""
    scans: dict[str, list[Scan]] = {}
    for number, scan in told:
        scans.setdefault(number, []).append(scan)
    return tuple(ReadShipment(number, oldest_first(each)) for number, each in scans.items())


# Where a country keeps several zones, the one of nearly all its people (CLDR supplemental data, "primaryZones").
PRIMARY_ZONES = {
    "CL": "America/Santiago",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def main_zone(country: str | None) -> ZoneInfo | None:
    """The zone of a country: its only one, or the one that nearly all of it keeps; None where there is neither."""
    primary = PRIMARY_ZONES.get(country or "")
    return ZoneInfo(primary) if primary else zone_of(country)
