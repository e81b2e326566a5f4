"""When a courier can come, asked of the carrier itself: only within what we know of it, and only for the next days."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from aftersales import failing
from aftersales.access import Opened
from aftersales.quoting import Live, Silent
from aftersales.rules import slots
from aftersales.rules.calendars import Calendar
from aftersales.rules.slots import Slot
from carriers.booking import Contact
from carriers.carrier import Carrier

DAYS = 3
"""So many days are asked about, all at once: a carrier answers for one."""

SHORTEST = timedelta(minutes=30)
"""What is left of a window is offered from so much on."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The windows in which a courier can come (UTC), whether the carrier said so, and the days that it did not answer
    for."""

    windows: Sequence[Slot]
    asked_at: datetime | None = None
    silent: Silent | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """Where the courier is to come, by which calendar, seen from when."""

    contact: Contact
    calendar: Calendar
    now: datetime


async def offered(live: Live, carrier: Carrier, account: Opened, door: Door) -> Offered:
    """What our own bounds and the carrier's answer have in common, day by day. Without any answer our bounds alone, and
    why. Must be outside any transaction."""
    assert carrier.booking
    ours = list(slots.slots(carrier.booking.bounds, door.calendar, door.now))
    days = sorted({start.astimezone(door.calendar.zone).date() for start, _ in ours})[:DAYS]
    heard = await asyncio.gather(*(_day(live, (carrier, account), door, day) for day in days))
    silent = next((each for each in heard if isinstance(each, Silent)), None)
    theirs = [slot for each in heard if not isinstance(each, Silent) for slot in each]
    if not heard or all(isinstance(each, Silent) for each in heard):
        return Offered(ours, None, silent)
    return Offered(list(shared(ours, theirs)), live.caller.clock(), silent)


async def _day(live: Live, who: tuple[Carrier, Opened], door: Door, day: date) -> list[Slot] | Silent:
    carrier, account = who
    assert carrier.booking
    assert carrier.booking.timing
    timing = carrier.booking.timing
    try:
        async with asyncio.timeout(live.seconds * 1.5):  # a bearer may have to be had first
            build = partial(timing.request, door.contact, day)
            reply = await live.caller.call(account, build, within=live.seconds)
        told = timing.read(reply, door.contact, day)
    except TimeoutError:
        return Silent(carrier.code, "CARRIER_TIMEOUT", failing.SLOW)
    except failing.EXPECTED as no:
        return Silent(carrier.code, *failing.words(no))
    free = (each.window for each in told if each.is_free)
    return [(each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in free]


def shared(ours: Iterable[Slot], theirs: Iterable[Slot]) -> Iterator[Slot]:
    """What windows of ours and of theirs have in common, in order; too little of it is left out."""
    them = sorted(set(theirs))
    for start, end in ours:
        for begins, ends in them:
            first, last = max(start, begins), min(end, ends)
            if last - first >= SHORTEST:
                yield first, last
