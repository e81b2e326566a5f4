"""The carrier sandbox's world: which parcels there are, how far they have come, who wants to be told. Pure but for its
memory, which is bounded: what nobody asked for longest is forgotten."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from carriers import magic
from carriers.carrier import (
    Carrier,
    Meaning,
    Request,
    Sandbox,
    SandboxBooking,
    SandboxParcel,
    SandboxSubscription,
    Scan,
)
from carriers.desk import Counter, Desk, picked_up_at, states
from carriers.registry import BY_CODE, CARRIERS
from carriers.scripts import SCRIPTS, UNKNOWN, Script, route
from carriers.wordings import asked_words, pushed_words
from db.enums import TrackingStatus as S

MOST_NUMBERS, MOST_CALLBACKS, TRIES = 10_000, 50, 5
EVERY, CONSOLE, BOOKING = "*", "console", "booking:"
SIGNERS = {"CN": "本人签收"}

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Journey:
    """A script being played: since when, and how many hours of it pass in one of ours."""

    script: Script
    began_at: datetime
    speed: float

    def hours(self, now: datetime) -> float:
        """How many hours of the journey have passed."""
        return (now - self.began_at) / timedelta(hours=1) * self.speed

    def at(self, hours: float) -> datetime:
        """What the carrier's clock showed at this hour. Hours lie truly apart and the last ends on time: a journey that
        is played fast began long before it was asked for, so that nothing of it is ever in the future."""
        left = timedelta(hours=self.script.lasts - hours)
        return (self.began_at + timedelta(hours=self.script.lasts / self.speed) - left).replace(microsecond=0)


@dataclass(slots=True)
class Told:
    """How many scans of a number were pushed to one address, how often the next one failed, and when it may go again."""

    scans: int = 0
    failures: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A push to make: one new scan of a parcel, or one new state of a booking, as it stood then. ``told`` is to be kept
    up to date."""

    parcel: SandboxParcel | SandboxBooking
    subscription: SandboxSubscription
    told: Told

    def request(self, sandbox: Sandbox) -> Request:
        """What the carrier sends."""
        if isinstance(self.parcel, SandboxBooking):
            assert sandbox.push_booking
            return sandbox.push_booking(self.parcel, self.subscription)
        assert sandbox.push
        return sandbox.push(self.parcel, self.parcel.scans[-1:], self.subscription)

    def done(self) -> None:
        """It was acknowledged, or will not be tried again."""
        self.told.scans, self.told.failures, self.told.not_before = self.told.scans + 1, 0, None

    def failed(self, now: datetime) -> None:
        """It was not acknowledged: again after 1, 2, 4 and 8 seconds, then given up."""
        self.told.failures += 1
        self.told.not_before = now + timedelta(seconds=2 ** (self.told.failures - 1))
        if self.told.failures >= TRIES:
            self.done()


@dataclass(slots=True)
class Book:
    """All that the sandbox remembers of all carriers, by carrier and number. ``speed``: hours of a journey that pass in
    one of ours, from 1 up."""

    speed: float = 1
    journeys: OrderedDict[tuple[str, str], Journey] = field(default_factory=OrderedDict)
    callbacks: OrderedDict[tuple[str, str], OrderedDict[str, SandboxSubscription]] = field(default_factory=OrderedDict)
    told: OrderedDict[tuple[str, str, str], Told] = field(default_factory=OrderedDict)
    desks: dict[str, Desk] = field(default_factory=dict)

    def desk(self, carrier: str) -> Desk:
        """A carrier's bookings."""
        return self.desks.setdefault(carrier, Desk(carrier))

    def begin(self, carrier: str, number: str, at: datetime, speed: float | None = None) -> None:
        """Begins a number's journey at a moment of its own rather than when it is first asked for."""
        found = magic.meant(number)
        if found is not None:
            _keep(self.journeys, (carrier, number), Journey(found[1], at, speed or self.speed), MOST_NUMBERS)

    def advance(self, hours: float) -> None:
        """Lets hours of every journey that has begun pass at once."""
        for key, journey in self.journeys.items():
            earlier = journey.began_at - timedelta(hours=hours / journey.speed)
            self.journeys[key] = replace(journey, began_at=earlier)
        for desk in self.desks.values():
            desk.advance(timedelta(hours=hours / self.speed))

    def call_back(self, carrier: str, number: str, subscription: SandboxSubscription) -> None:
        """Keeps who wants to be told of a number, of EVERY number, or of what the carrier's CONSOLE is set to."""
        known = self.callbacks.get((carrier, number), OrderedDict())
        _keep(known, subscription.callback_url, subscription, MOST_CALLBACKS)
        _keep(self.callbacks, (carrier, number), known, MOST_NUMBERS)

    def listeners(self, carrier: Carrier, number: str) -> list[SandboxSubscription]:
        """Who is told of a number. A subscription without an address goes to the console's, and so does every number of
        a carrier that takes no subscriptions."""
        nobody: OrderedDict[str, SandboxSubscription] = OrderedDict()
        own, every, consoles = (self.callbacks.get((carrier.code, key), nobody) for key in (number, EVERY, CONSOLE))
        found = every | (consoles if "" in own or not carrier.subscribing else nobody) | own
        return [subscription for url, subscription in found.items() if url]


@dataclass(slots=True)
class World:
    """One carrier's view of the book at a moment, as its sandbox asks for it."""

    now: datetime
    carrier: Carrier
    book: Book

    def parcel(self, number: str) -> SandboxParcel | None:
        """The parcel as far as it has come; None for a number that is not the carrier's, or not known to it by script."""
        journey = self._journey(number)
        return None if journey is None else parcel_of(number, journey, asked_words(self.carrier), self.now)

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        """From now on every scan of the number is pushed, those made before included."""
        self.book.call_back(self.carrier.code, number, subscription)
        self._journey(number)

    def news(self) -> Iterator[Due]:
        """The next push of each number to each who listens, where one may go now."""
        for code, number in list(self.book.journeys):
            listeners = self.book.listeners(self.carrier, number) if code == self.carrier.code else []
            journey = self.book.journeys[code, number]
            parcel = parcel_of(number, journey, pushed_words(self.carrier), self.now) if listeners else None
            for subscription in listeners if parcel else ():
                told = self._told(number, subscription.callback_url)
                if parcel and told.scans < len(parcel.scans) and (told.not_before or self.now) <= self.now:
                    yield Due(_upto(parcel, told.scans + 1), subscription, told)

        yield from self._booking_news()

    @property
    def desk(self) -> Counter:
        """The carrier's bookings. One that does not promise one booking for each reference makes as many as it is sent."""
        keeps = self.carrier.booking is None or self.carrier.booking.same_reference_same_booking
        return Counter(self.book.desk(self.carrier.code), self.now, self.book.speed, is_forgetful=not keeps)

    def _booking_news(self) -> Iterator[Due]:
        if self.carrier.sandbox is None or self.carrier.sandbox.push_booking is None:
            return
        for reference, entry in list(self.desk.desk.entries.items()):
            key = BOOKING + reference
            stood = list(states(entry, self.now, self.book.speed))
            for subscription in self.book.listeners(self.carrier, key):
                told = self._told(f"{key}/{entry.attempt}", subscription.callback_url)
                if told.scans < len(stood) and (told.not_before or self.now) <= self.now:
                    _, status, reason = stood[told.scans]
                    yield Due(replace(self.desk.stands(entry), status=status, reason=reason), subscription, told)

    def _told(self, number: str, url: str) -> Told:
        key = (self.carrier.code, number, url)
        return self.book.told[key] if key in self.book.told else _keep(self.book.told, key, Told(), MOST_NUMBERS)

    def _journey(self, number: str) -> Journey | None:
        found = magic.meant(number)
        if found is None or found[1] is UNKNOWN or not _is_its(self.carrier, found[0]):
            return None
        key = (self.carrier.code, number)
        if key not in self.book.journeys:
            began_at = self._began_at(number)
            if began_at is None:
                return None
            self.book.begin(*key, began_at)
        self.book.journeys.move_to_end(key)
        return self.book.journeys[key]

    def _began_at(self, number: str) -> datetime | None:
        """When a number's journey began: that of a booking when its goods were picked up (a script's second hour), any
        other when it is first asked for. None: not yet."""
        entry = next((found for each in self.book.desks.values() if (found := each.find(number))), None)
        if entry is None:
            return self.now
        had_it = picked_up_at(entry, self.now, self.book.speed)
        return None if had_it is None else had_it - timedelta(hours=2 / self.book.speed)


def parcel_of(number: str, journey: Journey, words: frozenset[S], now: datetime) -> SandboxParcel | None:
    """What a carrier that has these words would say of the parcel by now; None before its first scan."""
    owner = BY_CODE[(magic.meant(number) or ("", None))[0]]
    script, stops = journey.script, route(journey.script, owner.country)
    scans = tuple(
        Scan(
            occurred_at=journey.at(step.hours).astimezone(stops[step.stop].zone),
            meaning=Meaning(step.status),
            raw_code="",
            description=step.zh if owner.country == "CN" else step.en,
            place=stops[step.stop].place,
        )
        for step in script.steps
        if step.hours <= journey.hours(now) and step.status in words
    )
    is_signed = scans and scans[-1].meaning.status is S.DELIVERED
    return (
        SandboxParcel(
            tracking_number=number,
            scans=scans,
            estimated_delivery_at=journey.at(script.arrives).astimezone(stops[-1].zone) if script.arrives else None,
            signed_by=SIGNERS.get(owner.country, "Front desk") if is_signed else None,
            origin=stops[0].place,
            destination=stops[-1].place,
        )
        if scans
        else None
    )


def playable(carrier: Carrier) -> Iterator[Script]:
    """The scripts whose statuses the carrier has words for, and the ways to fail."""
    words = asked_words(carrier)
    return (script for script in SCRIPTS.values() if not script.steps or script.needs <= words)


def numbers() -> Iterator[tuple[str, Carrier, Script]]:
    """A magic number of each script that each carrier can play; an aggregator follows any of them."""
    for carrier in CARRIERS:
        if carrier.code in magic.FORMS:
            yield from ((magic.number(carrier.code, script), carrier, script) for script in playable(carrier))


def _is_its(carrier: Carrier, owner: str) -> bool:
    return owner == carrier.code or (carrier.is_aggregator and owner in BY_CODE)


def _upto(parcel: SandboxParcel, count: int) -> SandboxParcel:
    is_last = count == len(parcel.scans)
    return replace(parcel, scans=parcel.scans[:count], signed_by=parcel.signed_by if is_last else None)


def _keep(kept: "OrderedDict[K, V]", key: K, value: V, at_most: int) -> V:
    """Keeps the newest ``at_most``."""
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > at_most:
        kept.popitem(last=False)
    return value
