"""What keeps goods from travelling with a carrier: forbidden, too heavy, too large, a door out of its zone, a time at which it
does not come. Each with what to do instead, told in the plan, at the slots and before anything is booked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aftersales.refusals import CarrierRejected, Refusal, RefusalCode
from aftersales.rules import goods as forbidden_goods
from aftersales.rules import slots
from aftersales.rules.calendars import Calendar
from aftersales.rules.goods import Goods
from aftersales.rules.slots import Slot
from carriers.booking import Bounds

ONLY_BY_AIR = frozenset({"LITHIUM_BATTERIES"})
"""Grounds that keep goods from the air alone."""

Size = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A no and its next step, in sentences for people."""

    code: RefusalCode
    because: str
    next_step: str

    def refusal(self, *field: str, carrier: str | None = None) -> Refusal:
        """As a mutation tells it: of a carrier, or (None) of all of them."""
        no = CarrierRejected(carrier, None, self.code is RefusalCode.OUT_OF_HOURS) if carrier else None
        return Refusal(self.code, f"{self.because} {self.next_step}", field, no)


@dataclass(frozen=True, slots=True)
class Load:
    """What a courier is to take: the whole weight in grams, the size of one parcel in millimetres where it is known."""

    grams: int
    size_mm: Size | None = None
    parcels: int = 1


def of_goods(items: Iterable[Goods]) -> Hindrance | None:
    """Goods that nobody may carry; None: none is known among them."""
    for item in items:
        for found in forbidden_goods.forbidden(item):
            if found.ground.code not in ONLY_BY_AIR:
                because = f"{found.ground.sentence} ({found.word!r}: {found.ground.source}.)"
                return Hindrance(
                    RefusalCode.FORBIDDEN_GOODS,
                    because,
                    "Leave them with the buyer (method KEEP_ITEM), or send the rest alone.",
                )
    return None


def of_load(bounds: Bounds, load: Load) -> Hindrance | None:
    """A parcel beyond what the carrier takes."""
    each = -(-load.grams // max(load.parcels, 1))
    if load.parcels > bounds.most_parcels:
        no = f"It takes {bounds.most_parcels} parcels at most; these are {load.parcels}."
        return Hindrance(RefusalCode.TOO_HEAVY, no, "Book them in several pickups.")
    if each > bounds.most_grams:
        no = f"It takes {bounds.most_grams} g at most; this is {each} g."
        return Hindrance(
            RefusalCode.TOO_HEAVY, no, "Make several parcels of it, or take another carrier of returnPlan."
        )
    no = _too_large(bounds, load.size_mm) if load.size_mm else ""
    return (
        Hindrance(RefusalCode.TOO_LARGE, no, "Pack it smaller, or take another carrier of returnPlan.") if no else None
    )


def of_door(bounds: Bounds, country: str) -> Hindrance | None:
    """A door where no courier of it comes."""
    if not bounds.countries or country in bounds.countries:
        return None
    no = f"It does not collect in {country or 'an unknown country'}: in {', '.join(sorted(bounds.countries))} only."
    return Hindrance(RefusalCode.OUT_OF_ZONE, no, "Take another carrier of returnPlan, or another address.")


def of_window(bounds: Bounds, window: Slot, calendar: Calendar, now: datetime) -> Hindrance | None:
    """A time at which no courier of it comes: before its notice, after the cut-off of the day, on a day off, beyond its
    days or its hours, which are the door's own. With the next window that can be had."""
    no = next(_faults(bounds, window, calendar, now), None)
    return None if no is None else Hindrance(RefusalCode.OUT_OF_HOURS, no, slots.again(bounds, calendar, window, now))


def _faults(bounds: Bounds, window: Slot, calendar: Calendar, now: datetime) -> Iterator[str]:
    start, end = (moment.astimezone(calendar.zone) for moment in window)
    here = now.astimezone(calendar.zone)
    if start < here + timedelta(minutes=bounds.notice_minutes):
        yield f"It needs {bounds.notice_minutes} minutes of notice."
    if start.date() == here.date() and here.time() >= bounds.cut_off:
        yield f"For today it had to be asked before {bounds.cut_off:%H:%M}."
    if start.date() > here.date() + timedelta(days=bounds.longest_days):
        yield f"It is booked {bounds.longest_days} days ahead at most."
    if off := slots.absence(bounds, calendar, start.date()):
        yield off
    if start.time() < bounds.opens or end > datetime.combine(start.date(), bounds.closes, calendar.zone):
        yield f"It comes from {bounds.opens:%H:%M} to {bounds.closes:%H:%M} at the door."


def _too_large(bounds: Bounds, size_mm: Size) -> str:
    longest, *others = sorted(size_mm, reverse=True)
    girth = longest + 2 * sum(others)
    if bounds.longest_mm and longest > bounds.longest_mm:
        return f"Its longest side may be {bounds.longest_mm} mm; this is {longest} mm."
    if bounds.girth_mm and girth > bounds.girth_mm:
        return f"Its girth may be {bounds.girth_mm} mm; this is {girth} mm."
    return ""
