"""Moments as people write them: 2026-05-01, 2026-05-01T08:00+08:00, or a span such as 90d, 12h, 30m."""

import re
from datetime import UTC, datetime, timedelta

from cli.console import Problem

_SPAN = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def before(text: str, now: datetime, place: str) -> datetime:
    """That moment, or so long ago."""
    span = _span(text)
    return now - span if span is not None else _moment(text, place)


def after(text: str, now: datetime, place: str) -> datetime:
    """That moment, or in so long. Problem when it is past."""
    span = _span(text)
    moment = now + span if span is not None else _moment(text, place)
    if moment <= now:
        raise Problem(place, f"{text} is past")
    return moment


def _span(text: str) -> timedelta | None:
    found = _SPAN.fullmatch(text)
    return None if found is None else timedelta(**{_UNITS[found[2]]: int(found[1])})


def _moment(text: str, place: str) -> datetime:
    """Without a zone it is UTC: a server's own zone is nobody's intention."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(place, f"{text!r} is neither a date such as 2026-05-01T08:00Z nor a span such as 7d") from None
