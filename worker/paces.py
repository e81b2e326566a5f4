"""How soon a carrier is asked again after a parcel: by its status and age, more slowly the longer nothing happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aftersales.rules.shipments import FINAL
from db.enums import TrackingStatus as S

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

FINAL_FOR = 3 * DAY  # corrections and the way back show within it
SILENT_FOR = 60 * DAY  # then nobody will hear of it any more by asking
SAFETY = 12 * HOUR  # where the carrier tells us by itself
FIRST_RETRY, LONGEST_RETRY = 5 * MINUTE, 12 * HOUR

# Age of the last thing that happened -> how soon to ask again; the last row holds for all beyond.
_BY_STATUS: dict[S, tuple[tuple[timedelta, timedelta], ...]] = {
    S.OUT_FOR_DELIVERY: ((12 * HOUR, 20 * MINUTE), (DAY, HOUR), (SILENT_FOR, 6 * HOUR)),
    S.PICKED_UP: ((DAY, HOUR), (3 * DAY, 3 * HOUR), (SILENT_FOR, 6 * HOUR)),
    S.IN_TRANSIT: ((DAY, HOUR), (3 * DAY, 3 * HOUR), (SILENT_FOR, 6 * HOUR)),
    S.RETURNING: ((3 * DAY, 3 * HOUR), (SILENT_FOR, 6 * HOUR)),
    S.ATTEMPT_FAILED: ((DAY, HOUR), (SILENT_FOR, 3 * HOUR)),
    S.AVAILABLE_FOR_PICKUP: ((SILENT_FOR, 3 * HOUR),),
    S.CUSTOMS: ((3 * DAY, 3 * HOUR), (SILENT_FOR, 6 * HOUR)),
    S.EXCEPTION: ((DAY, 2 * HOUR), (SILENT_FOR, 6 * HOUR)),
    S.LOST: ((SILENT_FOR, 12 * HOUR),),
}
_WAITING = ((6 * HOUR, 30 * MINUTE), (2 * DAY, 2 * HOUR), (7 * DAY, 6 * HOUR), (SILENT_FOR, 12 * HOUR))


@dataclass(frozen=True, slots=True)
class Followed:
    """A parcel as its pace sees it. ``since`` is the last thing that happened, else its registration; ``is_told``: its
    carrier pushes to us and does."""

    status: S
    since: datetime
    failures: int = 0
    is_told: bool = False


def next_poll(parcel: Followed, now: datetime, no_oftener: timedelta, jitter: float = 0.5) -> datetime | None:
    """When to ask again; None: not any more. ``jitter`` (0 to 1) spreads parcels by a tenth either way."""
    age = now - parcel.since
    if (parcel.status in FINAL and age > FINAL_FOR) or age > SILENT_FOR:
        return None
    if parcel.failures:
        wait = min(FIRST_RETRY * (1 << min(parcel.failures - 1, 10)), LONGEST_RETRY)
    elif parcel.status in FINAL or parcel.is_told:
        wait = SAFETY
    else:
        steps = _BY_STATUS.get(parcel.status, _WAITING)
        wait = next((pace for limit, pace in steps if age <= limit), steps[-1][1])
    return now + max(wait * (0.9 + 0.2 * jitter), no_oftener)
