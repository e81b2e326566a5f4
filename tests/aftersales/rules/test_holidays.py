"""The table of holidays against another list of them, and against the announcements it was made of."""

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from aftersales.rules import holidays

TABLE: dict[str, Any] = json.loads(
    resources.files("aftersales.rules").joinpath("tables/calendars.json").read_text("utf-8")
)
ELSEWHERE = json.loads(Path(__file__).with_name("holidays_elsewhere.json").read_text("utf-8"))["days"]
"""What another list, made by other people of other sources, has of the same countries. Kept as a file: the package itself
asks for an older version of what we run."""

YEARS = (2025, 2026, 2027)
NOT_OURS = {("BG", 2025), ("BG", 2026), ("HU", 2025), ("HU", 2026), ("LV", 2025), ("LV", 2026), ("CN", 2027)}
"""Single days that governments moved, of which our rows say that they are not in them; China before it announced."""


@pytest.mark.parametrize("country", sorted(TABLE["countries"]))
@pytest.mark.parametrize("year", YEARS)
def test_the_weekdays_off_are_those_of_another_list(country: str, year: int) -> None:
    theirs = {day for day in map(date.fromisoformat, ELSEWHERE[country]) if day.year == year}
    ours = {day for day in holidays.closed(country, year) if day.weekday() < 5}

    if (country, year) in NOT_OURS:
        assert ours < theirs
    else:
        assert ours == theirs


@pytest.mark.parametrize(("year", "days"), [(2025, 28), (2026, 33)])
def test_china_works_weekends_for_its_long_holidays(year: int, days: int) -> None:
    worked, closed = holidays.worked("CN", year), holidays.closed("CN", year)

    assert all(day.weekday() >= 5 for day in worked)
    assert not worked & set(closed)
    assert len(closed) == days
    assert sum(day.weekday() < 5 for day in closed) - len(worked) == 13  # as many as the law gives; the rest is moved


def test_every_row_has_its_source_and_every_year_that_is_announced_its_own() -> None:
    for row in TABLE["countries"].values():
        assert row["source"]
        assert all(each["source"] and each["closed"] for each in row.get("years", ()))
    assert {"CN", "US", "GB", "DE", "FR", "NL", "ES", "IT"} <= set(TABLE["countries"])


@pytest.mark.parametrize(
    ("day", "name"),
    [("2026-02-16", "Spring Festival"), ("2026-10-07", "National Day"), ("2025-10-06", "National Day and Mid-Autumn")],
)
def test_chinas_holidays_have_their_names(day: str, name: str) -> None:
    on = date.fromisoformat(day)
    assert holidays.closed("CN", on.year)[on].startswith(name)


def test_beyond_the_last_announced_year_china_has_its_fixed_days_and_says_so() -> None:
    assert [holidays.is_known("CN", year) for year in (2024, 2025, 2026, 2027)] == [False, True, True, False]
    assert {f"{day:%m-%d}" for day in holidays.closed("CN", 2027)} == {
        "01-01",
        "05-01",
        "05-02",
        "10-01",
        "10-02",
        "10-03",
    }
    assert not holidays.worked("CN", 2027)
    assert holidays.is_known("DE", 2040)
    assert not holidays.is_known("JP", 2026)
    assert holidays.closed("JP", 2026) == {}


@pytest.mark.parametrize(
    ("year", "western", "eastern"),
    [(2024, "03-31", "05-05"), (2025, "04-20", "04-20"), (2026, "04-05", "04-12"), (2038, "04-25", "04-25")],
)
def test_easter_is_where_the_churches_keep_it(year: int, western: str, eastern: str) -> None:
    assert f"{holidays.easter(year):%m-%d}" == western
    assert f"{holidays.easter(year, orthodox=True):%m-%d}" == eastern


def test_a_holiday_on_a_weekend_is_kept_as_its_country_keeps_it() -> None:
    assert date(2026, 7, 3) in holidays.closed("US", 2026)  # Saturday: on Friday
    assert date(2027, 12, 31) in holidays.closed("US", 2027)  # next year's first day is a Saturday
    assert {date(2027, 12, 27), date(2027, 12, 28)} <= set(holidays.closed("GB", 2027))  # Saturday and Sunday
    assert date(2025, 4, 26) in holidays.closed("NL", 2025)
    assert holidays.weekend("SA") == {4, 5}
