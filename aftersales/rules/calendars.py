"""Working time: how long a wait told in working days or hours lasts by the calendar of a place. Pure: the days come with
the calendar, and the moment is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftersales.rules import holidays
from aftersales.rules.hours import Week
from aftersales.rules.promises import day_of, end_of

DAY = timedelta(days=1)
OFFICE = ((9 * 60, 18 * 60),)
"""The minutes of a working day where a place has told no hours of its own."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a place. ``country``: whose holidays, weekends and moved working days hold there; None: nobody's, so
    Saturdays and Sundays alone are closed. ``week`` are the openings that the place told: a day of the week without any is
    closed, and a Saturday with some is worked. ``told`` are days that go before the rows that ship (True: worked);
    ``closures`` are the place's own, first and last day, and go before all else. Days are those of the zone."""

    zone: ZoneInfo
    country: str | None = None
    week: Week | None = None
    told: Mapping[date, bool] = field(default_factory=dict)
    closures: tuple[tuple[date, date], ...] = ()

    def works(self, day: date) -> bool:
        """Whether the place works on a day."""
        if any(first <= day <= last for first, last in self.closures):
            return False
        if day in self.told:
            return self.told[day]
        if day in holidays.worked(self.country, day.year):
            return True
        return day not in holidays.closed(self.country, day.year) and self._by_week(day)

    def holiday(self, day: date) -> str | None:
        """What the country does not work for on a day; None: it is no holiday."""
        if day in self.told:
            return None if self.told[day] else "a public holiday"
        return holidays.closed(self.country, day.year).get(day)

    def end_of_days(self, start: datetime, days: int) -> datetime:
        """When so many working days have passed (UTC): at the end of the last one. The day of the start does not count,
        however early it was; no days: the end of that day, or of the first one worked after it."""
        day = day_of(start, self.zone) + (DAY if days else timedelta(0))
        left = max(days, 1)
        while left := left - self.works(day):
            day += DAY
        return end_of(day, self.zone)

    def end_of_hours(self, start: datetime, hours: int) -> datetime:
        """When so many hours within the openings of working days have passed (UTC); no hours: at once, or when it opens."""
        left, day = timedelta(hours=hours), day_of(start, self.zone) - DAY  # yesterday's may go on after midnight
        while True:
            for opens, closes in self._openings(day):
                begins = max(opens, start)
                if begins < closes and begins + left <= closes:
                    return begins + left
                if begins < closes:
                    left, start = left - (closes - begins), closes
            day += DAY

    def _by_week(self, day: date) -> bool:
        if self.week is not None:
            return bool(self.week[day.weekday()])
        return day.weekday() not in holidays.weekend(self.country)

    def _openings(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """A working day's openings in UTC; a weekend day that is worked has those of the first day that has some."""
        if not self.works(day):
            return
        week = self.week or (OFFICE,) * 7
        midnight = datetime.combine(day, time(), self.zone)
        for opens, closes in week[day.weekday()] or next(filter(None, week), OFFICE):
            first, last = ((midnight + timedelta(minutes=each)).astimezone(UTC) for each in (opens, closes))
            yield first, last
