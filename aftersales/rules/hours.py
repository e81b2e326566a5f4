"""Opening hours: read from the usual short form (``Mo-Fr 09:00-18:00,19:00-21:00; Sa 10:00-14:00``, ``24/7``), and asked."""

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = 24 * 60

Week = tuple[tuple[tuple[int, int], ...], ...]
"""Seven days from Monday, each with its openings in minutes of the day; one that ends beyond 1440 goes on after midnight."""

_RULE = re.compile(r"(?:(?P<days>[A-Za-z, -]+?)\s+)?(?P<times>\d\d:\d\d-\d\d:\d\d(?:\s*,\s*\d\d:\d\d-\d\d:\d\d)*|off)$")


def read(text: str) -> Week:
    """The week. A day named again is told anew; one that is not named is closed. ValueError for what cannot be meant."""
    if text.strip() in {"24/7", "00:00-24:00"}:
        return ((((0, DAY)),),) * 7
    week: list[tuple[tuple[int, int], ...]] = [()] * 7
    for part in filter(None, (each.strip() for each in text.split(";"))):
        rule = _RULE.match(part)
        if rule is None:
            raise ValueError(f"cannot be read at {part[:40]!r}; as in Mo-Fr 09:00-18:00; Sa 10:00-14:00")
        times = () if rule["times"] == "off" else tuple(_opening(each.strip()) for each in rule["times"].split(","))
        for day in _days(rule["days"]):
            week[day] = times
    return tuple(week)


def _days(text: str | None) -> set[int]:
    if not text:
        return set(range(7))
    found: set[int] = set()
    for part in text.split(","):
        ends = [each.strip().capitalize() for each in part.split("-")]
        if len(ends) > 2 or any(each not in DAYS for each in ends):
            raise ValueError(f"has no day {part.strip()!r}; days are {', '.join(DAYS)}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found |= {each % 7 for each in range(first, last + 1 if last >= first else last + 8)}
    return found


def _opening(text: str) -> tuple[int, int]:
    start, end = (_minute(each) for each in text.split("-"))
    if start >= DAY:
        raise ValueError(f"cannot open at {text}")
    return (start, end if end > start else end + DAY)


def _minute(text: str) -> int:
    hour, minute = int(text[:2]), int(text[3:])
    if hour * 60 + minute > DAY or minute > 59:
        raise ValueError(f"has no time {text}")
    return hour * 60 + minute


def is_open(week: Sequence[Sequence[Sequence[int]]], zone: str, at: datetime) -> bool:
    """Whether it is open at a moment, by its own clock."""
    here = at.astimezone(ZoneInfo(zone))
    minute, today = here.hour * 60 + here.minute, here.weekday()
    return any(start <= minute < end for start, end in week[today]) or any(
        minute + DAY < end for _, end in week[today - 1]
    )


def clock(minute: int) -> str:
    """A minute of the day as a clock shows it; 24:00 is the end of the day."""
    return f"{minute // 60:02}:{minute % 60:02}" if minute <= DAY else clock(minute - DAY)
