"""When a carrier's courier can be asked for at a door, by what its bounds say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from carriers.booking import Bounds

Slot = tuple[datetime, datetime]


def slots(bounds: Bounds, zone: ZoneInfo, now: datetime) -> Iterator[Slot]:
    """The windows from now on, one after another (UTC): none before the notice, none today after the cut-off, none beyond
    the carrier's longest. Hours are the door's own; a window ends when the carrier closes at the latest."""
    here = now.astimezone(zone)
    soonest = here + timedelta(minutes=bounds.notice_minutes)
    for ahead in range(bounds.longest_days + 1):
        if ahead == 0 and here.time() >= bounds.cut_off:
            continue
        day = here.date() + timedelta(days=ahead)
        start = datetime.combine(day, bounds.opens, zone)
        closes = datetime.combine(day, bounds.closes, zone)
        while start < closes:
            end = min(start + timedelta(minutes=bounds.window_minutes), closes)
            if start >= soonest:
                yield start.astimezone(UTC), end.astimezone(UTC)
            start = end
