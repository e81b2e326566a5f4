"""When a carrier's courier can be asked for at a door, by what its bounds say and by the calendar there."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from aftersales.rules.calendars import Calendar
from carriers.booking import Bounds

Slot = tuple[datetime, datetime]
SHOWN_DAYS = 14
WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def slots(bounds: Bounds, calendar: Calendar, now: datetime) -> Iterator[Slot]:
    """The windows from now on, one after another (UTC): none before the notice, none today after the cut-off, none on a day
    on which no courier comes, none beyond the carrier's longest. Hours are the door's own; a window ends when the carrier
    closes at the latest."""
    zone = calendar.zone
    here = now.astimezone(zone)
    soonest = here + timedelta(minutes=bounds.notice_minutes)
    for ahead in range(bounds.longest_days + 1):
        day = here.date() + timedelta(days=ahead)
        if (ahead == 0 and here.time() >= bounds.cut_off) or absence(bounds, calendar, day):
            continue
        start = datetime.combine(day, bounds.opens, zone)
        closes = datetime.combine(day, bounds.closes, zone)
        while start < closes:
            end = min(start + timedelta(minutes=bounds.window_minutes), closes)
            if start >= soonest:
                yield start.astimezone(UTC), end.astimezone(UTC)
            start = end


def days_off(bounds: Bounds, calendar: Calendar, now: datetime) -> Iterator[tuple[date, str]]:
    """Of the next two weeks the days on which no courier comes, and why."""
    today = now.astimezone(calendar.zone).date()
    for ahead in range(min(bounds.longest_days, SHOWN_DAYS) + 1):
        day = today + timedelta(days=ahead)
        if because := absence(bounds, calendar, day):
            yield day, because


def absence(bounds: Bounds, calendar: Calendar, day: date) -> str | None:
    """Why no courier comes on a day of the door's, as a sentence; None: one comes."""
    if day.weekday() not in bounds.days:
        return f"Its couriers do not come on {WEEKDAYS[day.weekday()]}."
    holiday = None if bounds.on_holidays else calendar.holiday(day)
    return f"Its couriers do not come on holidays; {day} is {holiday}." if holiday else None


def again(bounds: Bounds, calendar: Calendar, window: Slot, now: datetime) -> str:
    """The next window that can be had instead of one that cannot, as a sentence."""
    every = list(slots(bounds, calendar, now))
    found = next((each for each in every if each[0] >= window[0]), every[0] if every else None)
    if found is None:
        return "Take another carrier of returnPlan."
    start, end = (moment.astimezone(calendar.zone) for moment in found)
    return f"The next window is {start:%Y-%m-%d %H:%M} to {end:%H:%M} ({calendar.zone.key}); pickupSlots has more."
