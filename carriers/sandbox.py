"""The carrier sandbox's world: which parcels there are, how far their journeys are, who wants to be told. Pure but for its
memory, which is bounded: what it has not been asked for longest is forgotten."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from carriers import magic
from carriers.carrier import Carrier, SandboxParcel, SandboxSubscription, Scan
from carriers.registry import BY_CODE
from carriers.scripts import UNKNOWN, Script, route
from carriers.wordings import asked_words, pushed_words
from db.enums import TrackingStatus as S

MOST_NUMBERS = 50_000
EVERY = "*"


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
        """When a carrier's clock showed this hour. Hours lie truly apart and the last ends on time, so a journey that is
        played fast began before it was first asked for, and nothing of it is ever in the future."""
        ends_at = self.began_at + timedelta(hours=self.script.lasts / self.speed)
        return (ends_at - timedelta(hours=self.script.lasts - hours)).replace(microsecond=0)


@dataclass(slots=True)
class Listener:
    """Someone who wants to be told of a number: how many of its scans were pushed, which failed how often, and when the
    next push may go."""

    subscription: SandboxSubscription
    told: int = 0
    failures: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A push to make: one new scan of a parcel as it stood then."""

    carrier: Carrier
    parcel: SandboxParcel
    scan: Scan
    listener: Listener


@dataclass(slots=True)
class Book:
    """All that the sandbox remembers, of all carriers. ``speed``: hours of a journey in one of ours, from 1 up.
    ``consoles`` are callbacks set by hand, as in a carrier's console, by carrier and address."""

    speed: float = 1
    journeys: OrderedDict[tuple[str, str], Journey] = field(default_factory=OrderedDict)
    listeners: OrderedDict[tuple[str, str], dict[str, Listener]] = field(default_factory=OrderedDict)
    consoles: dict[str, dict[str, SandboxSubscription]] = field(default_factory=dict)

    def begin(self, carrier: str, number: str, at: datetime, speed: float | None = None) -> None:
        """Begins a number's journey at a moment of its own rather than when it is first asked for."""
        found = magic.meant(number)
        if found is not None:
            self.journeys[carrier, number] = Journey(found[1], at.replace(microsecond=0), speed or self.speed)
            _forget(self.journeys)

    def advance(self, hours: float) -> None:
        """Lets hours of every journey pass at once, those that have not begun left out."""
        for key, journey in self.journeys.items():
            earlier = journey.began_at - timedelta(hours=hours / journey.speed)
            self.journeys[key] = replace(journey, began_at=earlier)

    def console(self, carrier: str, subscription: SandboxSubscription) -> None:
        """Sets a callback by hand. A carrier that can be subscribed to tells it of subscribed numbers, another of all."""
        kept = self.consoles.setdefault(carrier, {})
        kept[subscription.callback_url] = subscription
        while len(kept) > 100:
            del kept[next(iter(kept))]


@dataclass(slots=True)
class World:
    """One carrier's view of the book at a moment, as its sandbox asks for it."""

    now: datetime
    carrier: Carrier
    book: Book

    def parcel(self, number: str) -> SandboxParcel | None:
        """The parcel as far as it has come; None for a number that is not this carrier's, or unknown by its script."""
        return self._seen(number, asked_words(self.carrier))

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        """From now on every scan of the number is pushed, those that were made before included."""
        kept = self.book.listeners.setdefault((self.carrier.code, number), {})
        kept[subscription.callback_url] = Listener(subscription)
        while len(kept) > 100:
            del kept[next(iter(kept))]
        _forget(self.book.listeners)
        if number != EVERY:
            self._journey(number)

    def news(self) -> Iterator[Due]:
        """The next push to each listener, where there is one."""
        for (code, number), listeners in list(self.book.listeners.items()):
            if code == self.carrier.code and number != EVERY:
                yield from self._due(number, listeners)

    def _due(self, number: str, listeners: dict[str, Listener]) -> Iterator[Due]:
        parcel = self._seen(number, pushed_words(self.carrier))
        for listener in listeners.values() if parcel else ():
            waits = listener.not_before is not None and self.now < listener.not_before
            if parcel and listener.told < len(parcel.scans) and not waits:
                upto = listener.told + 1
                yield Due(self.carrier, replace(parcel, scans=parcel.scans[:upto]), parcel.scans[listener.told], listener)

    def _journey(self, number: str) -> Journey | None:
        found = magic.meant(number)
        if found is None or found[1] is UNKNOWN or not (self.carrier.is_aggregator or found[0] == self.carrier.code):
            return None
        key = (self.carrier.code, number)
        if key not in self.book.journeys:
            self.book.begin(*key, self.now)
        self.book.journeys.move_to_end(key)
        return self.book.journeys[key]

    def _seen(self, number: str, words: frozenset[S]) -> SandboxParcel | None:
        journey = self._journey(number)
        return None if journey is None else parcel_of(number, journey, words, self.now)


def parcel_of(number: str, journey: Journey, words: frozenset[S], now: datetime) -> SandboxParcel | None:
    """What a carrier that has these words would say of the parcel; None before its first scan."""
    owner = BY_CODE[(magic.meant(number) or ("", None))[0]]
    script, stops = journey.script, route(journey.script, owner.country)
    scans = []
    for step in script.steps:
        if step.hours <= journey.hours(now) and step.status in words:
            stop = stops[step.stop]
            text = step.zh if owner.country == "CN" else step.en
            scans.append(scan(step.status, journey.at(step.hours).astimezone(stop.zone), text, stop.place))
    return None
