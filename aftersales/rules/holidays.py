"""Public holidays by country, of rows that ship (``tables/calendars.json``): rules that hold every year, and years as a
government announced them. A country without rows has weekends only; so has, beside what its rules fix, China beyond its
last announced year (the moon's calendar and the moved weekends are announced each November)."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

DAY = timedelta(days=1)
WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKEND = frozenset({5, 6})

_EASTER = re.compile(r"(easter|orthodox)([+-]\d+)$")
_NTH = re.compile(r"(-?\d) ([A-Z]{2}) (\d\d)$")
_NOT_BEFORE = re.compile(r"([A-Z]{2})>=(\d\d)-(\d\d)$")


def weekend(country: str | None) -> frozenset[int]:
    """The days of the week (Monday is 0) that are not worked in a country."""
    rows = (row for row in _table()["weekends"] if country in row["countries"])
    return next((frozenset(WEEK.index(day) for day in row["days"]) for row in rows), WEEKEND)


def is_known(country: str | None, year: int) -> bool:
    """Whether all holidays of a country's year are in the rows, not its weekends and fixed days alone."""
    row = _table()["countries"].get(country)
    return row is not None and ("years" not in row or any(each["year"] == year for each in row["years"]))


def source(country: str | None, year: int) -> str:
    """The law or the announcement that a country's days of a year come from; empty: there are none."""
    row = _table()["countries"].get(country, {})
    announced = (each["source"] for each in row.get("years", ()) if each["year"] == year)
    return str(next(announced, row.get("source", "")))


@cache
def closed(country: str | None, year: int) -> Mapping[date, str]:
    """The days of a year on which a country does not work, weekends aside, by name."""
    row = _table()["countries"].get(country)
    if row is None:
        return {}
    announced = [each for each in row.get("years", ()) if each["year"] == year]
    if announced:
        return {day: name for each in announced for name, *ends in each["closed"] for day in _days(*ends)}
    found = {day: name for near in (year - 1, year, year + 1) for day, name in _by_rule(row["rules"], near).items()}
    return {day: name for day, name in sorted(found.items()) if day.year == year}


@cache
def worked(country: str | None, year: int) -> frozenset[date]:
    """The days of a country's weekends that a government made working days."""
    years = _table()["countries"].get(country, {}).get("years", ())
    return frozenset(date.fromisoformat(day) for each in years if each["year"] == year for day in each["worked"])


def easter(year: int, *, orthodox: bool = False) -> date:
    """Easter Sunday of the western churches, or of the eastern ones (by today's calendar; 1900 to 2099)."""
    if orthodox:  # Meeus: the Julian Easter, thirteen days behind in these centuries
        d = (19 * (year % 19) + 15) % 30
        e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
        return date(year, (d + e + 114) // 31, (d + e + 114) % 31 + 1) + 13 * DAY
    a, b, c = year % 19, year // 100, year % 100  # Meeus, Jones and Butcher
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    ell = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * ell) // 451
    return date(year, (h + ell - 7 * m + 114) // 31, (h + ell - 7 * m + 114) % 31 + 1)


def _by_rule(rules: list[Mapping[str, Any]], year: int) -> dict[date, str]:
    holding = [
        rule
        for rule in rules
        if rule.get("from", 0) <= year <= rule.get("until", year)
        and year % rule.get("every", 1) == 0
        and year not in rule.get("except", ())
    ]
    on = [(rule, _day(rule["on"], year)) for rule in holding]
    days = {day: str(rule["name"]) for rule, day in on}
    for rule, day in on:
        kept = _moved(rule.get("moved"), day, days)
        days.setdefault(kept, f"{rule['name']} (in lieu)")
    return days


def _moved(how: str | None, day: date, taken: Mapping[date, str]) -> date:
    """The day off that stands for a holiday on a weekend; the holiday stays one too."""
    if how == "sunday_before":
        return day - DAY if day.weekday() == 6 else day
    if how == "nearest":
        return day + {5: -DAY, 6: DAY}.get(day.weekday(), 0 * DAY)
    if how == "next" and day.weekday() in WEEKEND:
        while day.weekday() in WEEKEND or day in taken:
            day += DAY
    return day


def _day(on: str, year: int) -> date:
    """A rule's day: ``05-01``, ``easter+39``, ``orthodox-2``, ``3 MO 01`` (third Monday of January; -1 the last) or
    ``SA>=06-20`` (the first Saturday not before)."""
    if found := _EASTER.match(on):
        return easter(year, orthodox=found[1] == "orthodox") + int(found[2]) * DAY
    if found := _NTH.match(on):
        nth, weekday, month = int(found[1]), WEEK.index(found[2]), int(found[3])
        start = date(year, month, 1) if nth > 0 else date(year + month // 12, month % 12 + 1, 1)
        return _not_before(start, weekday) + 7 * (nth - 1 if nth > 0 else nth) * DAY
    if found := _NOT_BEFORE.match(on):
        return _not_before(date(year, int(found[2]), int(found[3])), WEEK.index(found[1]))
    return date.fromisoformat(f"{year}-{on}")


def _not_before(day: date, weekday: int) -> date:
    return day + (weekday - day.weekday()) % 7 * DAY


def _days(first: str, last: str) -> Iterator[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return (start + n * DAY for n in range((end - start).days + 1))


@cache
def _table() -> dict[str, Any]:
    text = resources.files("aftersales.rules").joinpath("tables/calendars.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
