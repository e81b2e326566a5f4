"""One activity as UPS writes it, in the query's answer and (with other names) in the push: codes, clock, place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from carriers import times, wire
from carriers.carrier import Place
from carriers.times import zone_of

# Where neither GMT nor the place tells the zone we assume the clock of Atlanta, UPS's home.
HOME = ZoneInfo("America/New_York")
QUARTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment in UPS's parts: local date and time, perhaps GMT and an offset; any of them may be blank."""

    date: str
    time: str
    gmt_date: str = ""
    gmt_time: str = ""
    gmt_offset: str = ""

    def moment(self, place: Place | None) -> datetime:
        """Local time with its offset: local against GMT, else the offset given, else the zone of the place."""
        if self.gmt_date and self.gmt_time:
            gmt = _at(self.gmt_date, self.gmt_time, UTC)
            local = _at(self.date, self.time, UTC)
            ahead = local - gmt
            if abs(ahead) <= timedelta(hours=14) and not ahead % QUARTER:
                return local.replace(tzinfo=timezone(ahead))
            return gmt
        return _at(self.date, self.time, _offset(self.gmt_offset) or zone(place))


def zone(place: Place | None) -> tzinfo:
    """The zone of a place, or of UPS's home."""
    return (place and zone_of(place.country, place.region)) or HOME


def _at(date: str, time: str, where: tzinfo) -> datetime:
    """UPS drops a time's leading zero ("74700") and sometimes writes colons."""
    clock = time.replace(":", "")
    return times.local(f"{date} {clock.zfill(6)}" if clock else date, where, "an activity's time")


def _offset(text: str) -> tzinfo | None:
    try:
        return times.offset_of(text)
    except ValueError:
        return None


def codes(status: Any, third: str) -> tuple[str, str, str]:
    """Type, activity code and status code; the third has another name in the push."""
    return wire.word(wire.dig(status, "type")), wire.word(wire.dig(status, "code")), wire.word(wire.dig(status, third))


def raw(parts: tuple[str, str, str]) -> str:
    """The three codes in one text: "D/F4/011"."""
    return "/".join(part for part in parts if part)


def place(address: Any, facility: str = "") -> Place | None:
    """An address without its street."""
    found: Mapping[str, Any] = address if isinstance(address, dict) else {}
    country = wire.word(found.get("countryCode")) or wire.word(found.get("country"))
    named = Place(
        facility=facility or None,
        city=wire.word(found.get("city")) or None,
        region=wire.word(found.get("stateProvince")) or None,
        postal_code=wire.word(found.get("postalCode")) or None,
        country=country.upper() if len(country) == 2 else None,
    )
    return None if named == Place() else named
