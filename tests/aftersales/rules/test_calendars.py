"""Working time: it moves on with its start and its length, ends on a day that is worked, and keeps the place's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules import hours
from aftersales.rules.calendars import Calendar
from aftersales.rules.clocks import AT_BUYERS, DEFAULTS, Clocks, Unit, Wait

SHANGHAI, NEW_YORK, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
TICK = timedelta(microseconds=1)

zones = st.sampled_from([SHANGHAI, NEW_YORK, BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
moments = st.datetimes(datetime(2024, 12, 1), datetime(2028, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001 the zone is given beside
weeks = st.sampled_from(
    [None, *map(hours.read, ("24/7", "Mo-Fr 08:00-17:30", "Tu,Sa 10:00-12:00,13:00-19:00", "Fr 22:00-06:00"))]
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    start = draw(st.dates(date(2024, 12, 1), date(2028, 2, 1)))
    closure = (start, start + timedelta(days=draw(st.integers(0, 40))))
    told = draw(st.dictionaries(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.booleans(), max_size=5))
    country = draw(st.sampled_from(["CN", "US", "DE", "GB", "SA", "JP", None]))
    return Calendar(draw(zones), country, draw(weeks), told, (closure,))


def last_day(end: datetime, calendar: Calendar) -> date:
    return (end - TICK).astimezone(calendar.zone).date()


@given(calendars(), moments, st.integers(0, 30))
def test_days_end_with_the_last_one_which_is_worked(calendar: Calendar, start: datetime, days: int) -> None:
    end = calendar.end_of_days(start, days)

    first, last = start.astimezone(calendar.zone).date(), last_day(end, calendar)
    assert calendar.works(last)
    assert end.astimezone(calendar.zone).time().hour in {
        0,
        1,
    }  # midnight; where there is none, the first moment after it
    passed = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    if days:
        assert sum(map(calendar.works, passed)) == days
    else:
        assert last == first or not any(map(calendar.works, [first, *passed[:-1]]))


@given(calendars(), moments, st.integers(0, 120))
def test_hours_lie_within_the_openings_of_days_that_are_worked(
    calendar: Calendar, start: datetime, worked: int
) -> None:
    end = calendar.end_of_hours(start, worked)

    assert end - start >= timedelta(hours=worked)
    if worked:
        day = last_day(end, calendar)
        assert calendar.works(day) or calendar.works(day - timedelta(days=1))  # a night that began on the day before
    else:
        assert calendar.end_of_hours(end, 0) == end


@given(calendars(), moments, st.integers(0, 20), st.integers(0, 20), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_more_or_later_never_ends_sooner(
    calendar: Calendar, start: datetime, some: int, more: int, later: timedelta
) -> None:
    for ends in (calendar.end_of_days, calendar.end_of_hours):
        assert start <= ends(start, some) <= ends(start, some + more)
        assert ends(start, some) <= ends(start + later, some)


@given(calendars(), moments, st.integers(0, 20), st.integers(0, 20))
def test_a_wait_may_be_told_in_two_parts(calendar: Calendar, start: datetime, some: int, more: int) -> None:
    between = calendar.end_of_hours(start, some)

    assert calendar.end_of_hours(between, more) == calendar.end_of_hours(start, some + more) or more == 0 or some == 0


@given(calendars(), moments, st.integers(1, 20), st.dates(date(2024, 12, 1), date(2028, 1, 1)))
def test_a_day_that_is_closed_never_brings_an_end_nearer(
    calendar: Calendar, start: datetime, days: int, closed: date
) -> None:
    less = Calendar(
        calendar.zone, calendar.country, calendar.week, calendar.told, (*calendar.closures, (closed, closed))
    )

    assert less.end_of_days(start, days) >= calendar.end_of_days(start, days)


@pytest.mark.parametrize(
    ("calendar", "start", "days", "last"),
    [
        pytest.param(Calendar(SHANGHAI, "CN"), "2026-02-12T10:00+08:00", 3, "2026-02-24", id="over-spring-festival"),
        pytest.param(Calendar(SHANGHAI, "CN"), "2026-02-13T23:59+08:00", 1, "2026-02-14", id="a-worked-saturday"),
        pytest.param(Calendar(SHANGHAI, "CN"), "2026-09-30T00:00+08:00", 1, "2026-10-08", id="the-golden-week"),
        pytest.param(Calendar(SHANGHAI, "CN"), "2026-02-16T10:00+08:00", 0, "2026-02-24", id="none-from-a-holiday"),
        pytest.param(Calendar(SHANGHAI, "CN"), "2026-03-02T10:00+08:00", 0, "2026-03-02", id="none-from-a-day-worked"),
        pytest.param(Calendar(NEW_YORK, "US"), "2026-07-02T17:00-04:00", 1, "2026-07-06", id="kept-on-friday"),
        pytest.param(Calendar(NEW_YORK, "US"), "2026-11-25T17:00-05:00", 2, "2026-11-30", id="thanksgiving"),
        pytest.param(Calendar(BERLIN, "DE"), "2026-04-02T17:00+02:00", 1, "2026-04-07", id="easter"),
        pytest.param(Calendar(BERLIN, "DE"), "2026-03-27T17:00+01:00", 1, "2026-03-30", id="a-night-of-23-hours"),
        pytest.param(Calendar(ZoneInfo("Asia/Riyadh"), "SA"), "2026-03-05T10:00+03:00", 1, "2026-03-08", id="friday"),
        pytest.param(Calendar(ZoneInfo("UTC")), "2026-12-24T10:00+00:00", 2, "2026-12-28", id="nobody's-holidays"),
    ],
)
def test_working_days_by_the_calendars_that_ship(calendar: Calendar, start: str, days: int, last: str) -> None:
    assert last_day(calendar.end_of_days(datetime.fromisoformat(start), days), calendar) == date.fromisoformat(last)


def test_the_zone_decides_which_day_it_is() -> None:
    late = datetime(2026, 6, 1, 20, tzinfo=UTC)  # Tuesday in Shanghai, Monday in New York

    assert Calendar(SHANGHAI).end_of_days(late, 1) == datetime(2026, 6, 3, 16, tzinfo=UTC)
    assert Calendar(NEW_YORK).end_of_days(late, 1) == datetime(2026, 6, 3, 4, tzinfo=UTC)


def test_hours_run_over_a_night_a_weekend_and_a_change_of_clocks() -> None:
    calendar = Calendar(BERLIN, "DE", hours.read("Mo-Fr 08:00-16:00"))
    friday = datetime(2026, 3, 27, 13, tzinfo=UTC)  # 14:00, two hours before it closes

    assert calendar.end_of_hours(friday, 2) == datetime(2026, 3, 27, 15, tzinfo=UTC)
    assert calendar.end_of_hours(friday, 3) == datetime(2026, 3, 30, 7, tzinfo=UTC)  # summer time by then
    always = Calendar(BERLIN, None, hours.read("24/7"))
    assert always.end_of_hours(friday, 72) == friday + timedelta(hours=72)


def test_a_saturday_that_is_worked_has_the_hours_of_a_weekday() -> None:
    calendar = Calendar(SHANGHAI, "CN", hours.read("Mo-Fr 09:00-17:00"))

    end = calendar.end_of_hours(datetime(2026, 2, 14, 0, tzinfo=UTC), 2)  # Saturday, 8 in the morning

    assert end.astimezone(SHANGHAI) == datetime(2026, 2, 14, 11, tzinfo=SHANGHAI)


def test_what_is_told_goes_before_the_rows_and_a_closure_before_all() -> None:
    festival, saturday = date(2027, 2, 8), date(2027, 2, 13)
    calendar = Calendar(SHANGHAI, "CN", told={festival: False, saturday: True}, closures=((saturday, saturday),))

    assert Calendar(SHANGHAI, "CN").works(festival)  # not announced when this was written
    assert not calendar.works(festival)
    assert calendar.holiday(festival)
    assert not calendar.works(saturday)
    assert Calendar(SHANGHAI, "CN", told={saturday: True}).works(saturday)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (60, "1 minute"),
        (90, "90 seconds"),
        (86_400, "24 hours"),
        (48 * 3600, "2 days"),
        (36 * 3600, "36 hours"),
        ({"workingDays": 3}, "3 working days"),
        ({"workingDays": 1}, "1 working day"),
        ({"workingHours": 8}, "8 working hours"),
    ],
)
def test_a_wait_is_said_as_people_say_it(kept: int | dict[str, int], words: str) -> None:
    assert str(Wait.of(kept)) == words
    assert Wait.of(kept).kept() == kept


def test_clocks_end_by_their_unit() -> None:
    clocks = Clocks({"inspect_within": {"workingDays": 2}, "receive_within": 3600})
    friday = datetime(2026, 6, 5, 4, tzinfo=UTC)

    assert clocks.end("inspect_within", friday, Calendar(SHANGHAI, "CN")) == datetime(2026, 6, 9, 16, tzinfo=UTC)
    assert clocks.end("receive_within", friday) == friday + timedelta(hours=1)
    assert clocks.end("appeal_within", friday) == friday + timedelta(days=7)
    assert clocks.wait("appeal_within") == Wait(7 * 86_400, Unit.SECONDS)
    assert set(DEFAULTS) > AT_BUYERS
