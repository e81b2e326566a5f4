"""A promised day is kept until its end where the recipient lives."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment after the day, in UTC: midnight of the next, also where clocks change in that night."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The calendar day it was there at that (aware) moment."""
    return moment.astimezone(zone).date()


def is_late(promised_until: datetime | None, delivered_at: datetime | None, now: datetime) -> bool:
    """Whether a promise was broken: delivery, or without one the present, is not before its (exclusive) end."""
    return promised_until is not None and (delivered_at or now) >= promised_until


def late_by(promised_until: datetime | None, delivered_at: datetime | None, now: datetime) -> timedelta:
    """By how much a promise is broken; zero while it is kept."""
    if promised_until is None or not is_late(promised_until, delivered_at, now):
        return timedelta(0)
    return (delivered_at or now) - promised_until
