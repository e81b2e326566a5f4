"""The carrier sandbox's desk: bookings taken, couriers sent, parcels weighed, as the last four digits of the sender's phone
ask for. Pure but for its memory, which is bounded."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from carriers import magic, scripts
from carriers.booking import Fee, Order, SandboxBooking, Window
from carriers.diversions import Diversions
from carriers.intercepting import Outcome, SandboxDiversion
from carriers.readings import Courier
from carriers.scripts import Script
from db.enums import PickupStatus as S

MOST_BOOKINGS = 20_000
COURIER = Courier("Li Wei", "13800138000")
PRICE = Decimal(12)  # for what was told; more for what was weighed


@dataclass(frozen=True, slots=True)
class Scenario:
    """What becomes of a booking: (hours after it was taken, status, reason), and again of each later attempt in
    ``again``. ``number_after`` is when the waybill number is known; ``heavier`` how much more the parcel weighs than was
    told; ``way`` the journey of the parcel once it was picked up; ``refused`` the reason why nothing is taken."""

    code: str
    name: str
    summary: str
    steps: tuple[tuple[float, S, str], ...]
    again: tuple[tuple[float, S, str], ...] = ()
    number_after: float = 0
    heavier: int = 1
    way: Script = scripts.DELIVERED
    refused: str = ""


_TAKEN = ((0.0, S.ACCEPTED, ""), (1.0, S.COURIER_ASSIGNED, ""))
_COLLECTED = (*_TAKEN, (3.0, S.PICKED_UP, ""), (6.0, S.SETTLED, ""))
_LATE = (_TAKEN[0], (480.0, S.PICKED_UP, ""), (486.0, S.SETTLED, ""))
_NOBODY_CAME = (*_TAKEN, (5.0, S.FAILED, "no courier came"))
_NOT_READY = (*_TAKEN, (3.0, S.FAILED, "nobody at home"))

USUAL = Scenario("", "usual", "collected and settled", _COLLECTED, _COLLECTED)
SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        scenario.code: scenario
        for scenario in (
            Scenario("0001", "no-show", "the courier does not come, each time", _NOBODY_CAME, _NOBODY_CAME),
            Scenario(
                "0002", "zone-refused", "the carrier does not collect there", (), refused="out of the service area"
            ),
            Scenario("0003", "slow-number", "the waybill number comes late", _COLLECTED, _COLLECTED, number_after=2),
            Scenario("0004", "weight", "weighed three times what was told", _COLLECTED, _COLLECTED, heavier=3),
            Scenario("0005", "lost", "lost on the way back", _COLLECTED, _COLLECTED, way=scripts.LOST),
            Scenario("0006", "second-try", "nobody at home, then collected", _NOT_READY, _COLLECTED),
            Scenario(
                "0007",
                "withdrawn",
                "taken, then given back by the carrier",
                (*_TAKEN, (2.0, S.REJECTED, "no capacity")),
            ),
            Scenario(
                "0008",
                "revived",
                "cancelled by the carrier, then taken up again",
                (
                    *_TAKEN,
                    (2.0, S.CANCELED, "cancelled by mistake"),
                    (3.0, S.REQUESTED, "revived"),
                    *((h + 3, s, r) for h, s, r in _COLLECTED),
                ),
            ),
            Scenario("0009", "silent", "taken, then nothing more is heard", _TAKEN[:1]),
            Scenario(
                "0010", "on-the-road", "collected, still on its way", _COLLECTED, _COLLECTED, way=scripts.IN_TRANSIT
            ),
            Scenario("0011", "unsettled", "collected, never weighed", _COLLECTED[:-1], _COLLECTED[:-1]),
            Scenario("0012", "late", "handed over after twenty days", _LATE, _LATE),
        )
    }
)
"""By the last four digits of the sender's phone; any other phone: USUAL."""


@dataclass(slots=True)
class Entry:
    """One booking as the desk keeps it. ``began_at`` is when its present attempt began."""

    order: Order
    scenario: Scenario
    confirmation: str
    number: str
    booked_at: datetime
    began_at: datetime
    attempt: int = 1
    canceled_at: datetime | None = None


@dataclass(slots=True)
class Desk:
    """All bookings of one carrier's sandbox, by our reference; further ones of the same have a number behind it."""

    carrier: str
    entries: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    diversions: Diversions = field(default_factory=Diversions)

    def book(self, order: Order, now: datetime, *, anew: bool = False) -> tuple[Entry | None, str]:
        """The booking of this reference, made now unless there is one; or None and why nothing is taken. ``anew``: one more
        whatever there is, as a carrier makes that takes no notice of references."""
        known = self.entries.get(order.reference)
        if known is not None and not anew:
            return known, ""
        scenario = SCENARIOS.get(order.sender.phone[-4:], USUAL)
        if scenario.refused:
            return None, scenario.refused
        serial = len(self.entries) + 1
        owner = order.carrier if order.carrier in magic.FORMS else self.carrier
        number = order.number or (magic.number(owner, scenario.way, serial % 100_000) if owner in magic.FORMS else "")
        confirmation = f"{self.carrier.upper()[:2]}{serial:010d}"
        entry = Entry(order, scenario, confirmation, number, now, now, _attempt(order.reference))
        self.entries[order.reference if known is None else f"{order.reference}#{serial}"] = entry
        while len(self.entries) > MOST_BOOKINGS:
            self.entries.popitem(last=False)
        return entry, ""

    def find(self, key: str) -> Entry | None:
        """By our reference, the confirmation or the waybill number."""
        found = self.entries.get(key)
        return found or next((e for e in self.entries.values() if key in {e.confirmation, e.number} - {""}), None)

    def reschedule(self, entry: Entry, window: Window, now: datetime) -> None:
        """Another time: another attempt."""
        entry.order = replace(entry.order, window=window)
        entry.began_at, entry.attempt, entry.canceled_at = now, entry.attempt + 1, None

    def advance(self, by: timedelta) -> None:
        """Lets time pass for every booking."""
        for entry in self.entries.values():
            entry.booked_at, entry.began_at = entry.booked_at - by, entry.began_at - by
            entry.canceled_at = entry.canceled_at - by if entry.canceled_at else None
        self.diversions.advance(by)


def _attempt(reference: str) -> int:
    """Which visit a booking is: a later one of ours is told by its reference, "-2"."""
    tail = reference.rpartition("-")[2]
    return int(tail) if tail != reference and tail.isdecimal() else 1


def stands(entry: Entry, now: datetime, speed: float) -> SandboxBooking:
    """The booking as it is by now."""
    history = list(states(entry, now, speed))
    status, reason = history[-1][1:]
    came = any(each is S.COURIER_ASSIGNED for _, each, _ in history)
    settled = status is S.SETTLED
    grams = entry.order.weight_grams * entry.scenario.heavier
    return SandboxBooking(
        order=entry.order,
        confirmation=entry.confirmation,
        number=entry.number if _hours(entry.booked_at, now, speed) >= entry.scenario.number_after else "",
        status=status,
        courier=COURIER if came else None,
        pickup_code="4711" if came else "",
        fee=Fee(PRICE * (entry.scenario.heavier if settled else 1), entry.order.currency),
        settled_grams=grams if settled else None,
        reason=reason,
        scenario=entry.scenario.name,
        booked_at=entry.booked_at,
    )


def states(entry: Entry, now: datetime, speed: float) -> Iterator[tuple[float, S, str]]:
    """What has happened to the present attempt, oldest first; at least that it was asked for."""
    yield 0.0, S.REQUESTED, ""
    steps = entry.scenario.again if entry.attempt > 1 and entry.scenario.again else entry.scenario.steps
    passed = _hours(entry.began_at, now, speed)
    ended = None if entry.canceled_at is None else (entry.canceled_at - entry.began_at) / timedelta(hours=1) * speed
    until = passed if ended is None else min(passed, ended)
    yield from ((hours, status, reason) for hours, status, reason in steps if hours <= until)
    if ended is not None:
        yield ended, S.CANCELED, "cancelled by the sender"


def picked_up_at(entry: Entry, now: datetime, speed: float) -> datetime | None:
    """When the courier got the goods, if so."""
    hours = next((h for h, status, _ in states(entry, now, speed) if status is S.PICKED_UP), None)
    return None if hours is None else entry.began_at + timedelta(hours=hours / speed)


def _hours(since: datetime, now: datetime, speed: float) -> float:
    return (now - since) / timedelta(hours=1) * speed


@dataclass(frozen=True, slots=True)
class Counter:
    """A desk at a moment, as a carrier's sandbox asks it. Bookings are found by our reference, the confirmation or the
    waybill number. ``is_forgetful``: one reference sent twice is two bookings, with two couriers."""

    desk: Desk
    now: datetime
    speed: float = 1
    is_forgetful: bool = False

    def take(self, order: Order) -> tuple[SandboxBooking | None, str]:
        """Takes a booking, or gives the one of this reference where the carrier keeps one for each; None and the reason
        where nothing is taken."""
        entry, reason = self.desk.book(order, self.now, anew=self.is_forgetful)
        return (None if entry is None else self.stands(entry)), reason

    def booking(self, key: str) -> SandboxBooking | None:
        """The booking as it is by now; None: there is none."""
        entry = self.desk.find(key)
        return None if entry is None else self.stands(entry)

    def cancel(self, key: str) -> SandboxBooking | None:
        """Cancels what was not picked up yet; what was stays, and its status tells. None: there is none."""
        entry = self.desk.find(key)
        if entry is not None and picked_up_at(entry, self.now, self.speed) is None:
            entry.canceled_at = self.now
        return None if entry is None else self.stands(entry)

    def reschedule(self, key: str, window: Window) -> SandboxBooking | None:
        """Another time: another attempt. None: there is none."""
        entry = self.desk.find(key)
        if entry is not None:
            self.desk.reschedule(entry, window, self.now)
        return None if entry is None else self.stands(entry)

    def divert(self, number: str, kind: str, reference: str) -> SandboxDiversion | None:
        """Takes a wish for a parcel, or gives the one of this reference. None: another stands."""
        return self.desk.diversions.divert(number, SandboxDiversion(reference, kind, self.now, Outcome.TAKEN))

    def diversion(self, number: str) -> SandboxDiversion | None:
        """What was wished of a parcel, as it is by now; None: nothing."""
        return self.desk.diversions.stands(number, self.now, self.speed)

    def stands(self, entry: Entry) -> SandboxBooking:
        """The booking as it is by now."""
        return stands(entry, self.now, self.speed)
