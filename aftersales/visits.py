"""When the courier of a pickup that is booked can come instead: by its carrier's bounds and its door's calendar."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import calendars
from aftersales.rules import hindrances, slots
from aftersales.rules.calendars import Calendar
from aftersales.rules.hindrances import Hindrance
from aftersales.rules.slots import Slot
from carriers.booking import Bounds
from carriers.registry import BY_CODE
from db.models.pickups import Pickup
from db.vault import Vault


async def hindrance(
    session: AsyncSession, vault: Vault, pickup: Pickup, window: Slot, now: datetime
) -> Hindrance | None:
    """Why its carrier does not come in a window; None: it does. The merchant's key must be at hand."""
    bounds = _bounds(pickup)
    return hindrances.of_window(bounds, window, await _calendar(session, vault, pickup, bounds), now)


async def coming(session: AsyncSession, vault: Vault, pickup: Pickup, start: datetime) -> datetime:
    """The same time on the first day, that of the start or a later one, on which its carrier comes. The merchant's key must
    be at hand."""
    bounds = _bounds(pickup)
    calendar = await _calendar(session, vault, pickup, bounds)
    ahead = (start + timedelta(days=n) for n in range(bounds.longest_days + 1))
    days = (each for each in ahead if not slots.absence(bounds, calendar, each.astimezone(calendar.zone).date()))
    return next(days, start)


def _bounds(pickup: Pickup) -> Bounds:
    carrier = BY_CODE.get(pickup.carrier_code or "")
    return carrier.booking.bounds if carrier and carrier.booking else Bounds()


async def _calendar(session: AsyncSession, vault: Vault, pickup: Pickup, bounds: Bounds) -> Calendar:
    if bounds.on_holidays:
        return Calendar(ZoneInfo(pickup.zone))
    country = orjson.loads(pickup.open(vault, "address") or "{}").get("country")
    return await calendars.of_place(session, country, pickup.zone)
