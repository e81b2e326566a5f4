from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.promises import day_of, end_of, is_late, late_by

NEW_YORK, SHANGHAI = ZoneInfo("America/New_York"), ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 11, 22), SHANGHAI, datetime(2026, 11, 22, 16, tzinfo=UTC)),
        (date(2026, 3, 7), NEW_YORK, datetime(2026, 3, 8, 5, tzinfo=UTC)),  # the night before the clocks go forward
        (date(2026, 3, 8), NEW_YORK, datetime(2026, 3, 9, 4, tzinfo=UTC)),  # a day of 23 hours
        (date(2026, 11, 1), NEW_YORK, datetime(2026, 11, 2, 5, tzinfo=UTC)),  # a day of 25 hours
        (date(2026, 12, 31), ZoneInfo("UTC"), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_promised_day_ends_at_the_recipients_midnight(day: date, zone: ZoneInfo, end: datetime) -> None:
    assert end_of(day, zone) == end
    assert end_of(day, zone).tzinfo is UTC


@given(
    st.dates(date(2000, 1, 1), date(2037, 12, 30)),
    st.sampled_from(["Asia/Shanghai", "America/Sao_Paulo", "Africa/Cairo"]),
)
def test_the_last_moment_of_a_day_is_in_it_and_its_end_is_not(day: date, zone: str) -> None:
    end = end_of(day, ZoneInfo(zone))
    assert day_of(end - timedelta(microseconds=1), ZoneInfo(zone)) == day
    assert day_of(end, ZoneInfo(zone)) == day + timedelta(days=1)


def test_delivery_before_the_end_keeps_the_promise() -> None:
    end = end_of(date(2026, 11, 22), SHANGHAI)
    second = timedelta(seconds=1)
    assert not is_late(end, end - second, end + timedelta(days=9))
    assert is_late(end, end, end)
    assert is_late(end, None, end)
    assert not is_late(end, None, end - second)
    assert not is_late(None, None, end)


def test_lateness_grows_until_delivery_and_is_never_negative() -> None:
    end = end_of(date(2026, 11, 22), SHANGHAI)
    hour = timedelta(hours=1)
    assert late_by(end, None, end + 3 * hour) == 3 * hour
    assert late_by(end, end + hour, end + 3 * hour) == hour
    assert late_by(end, end - hour, end + 3 * hour) == timedelta(0)
    assert late_by(None, None, end) == timedelta(0)
