"""A life as a table: every state with the events that lead on from it. Who may and what time does are two more tables,
keyed by event and by state, so that the life itself stays a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.enums import Party

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Clock(Generic[E]):
    """What time does: ``event`` happens when ``within`` (a word of the policy's clocks) has passed."""

    event: E
    within: str


@dataclass(frozen=True, slots=True)
class Transition:
    """What was tried: the state it was in, and the events that it allows instead."""

    from_: str
    event: str
    allowed: tuple[str, ...]


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """One life. ``table`` is total: a final state has a row too, mostly an empty one; what a final state still allows
    revives it. ``finalizing`` are events that end a life in a state that others leave again (a window that closed).
    ``commands`` are the mutations that stand for events; ``waiting`` says whose move it is; the first clock of a state
    starts on entering it, the others when their fact becomes known."""

    name: str
    start: S
    table: Mapping[S, Mapping[E, S]]
    final: frozenset[S]
    who: Mapping[E, frozenset[Party]]
    waiting: Mapping[S, Party]
    clocks: Mapping[S, tuple[Clock[E], ...]]
    commands: Mapping[E, str] = field(default_factory=dict)
    finalizing: frozenset[E] = frozenset()

    def after(self, state: S, event: E, *, finalized: bool = False) -> S:
        """The state that an event leads to. Refused (STATE) where the table has no such way, or the life has ended and
        the event does not revive it."""
        way = self.table[state].get(event)
        if way is None or (finalized and state not in self.final):
            ways = () if finalized and state not in self.final else tuple(e.value for e in self.table[state])
            raise Refused(_no(self.name, Transition(state.value, event.value, ways)))
        return way

    def ends(self, event: E, state: S) -> bool:
        """Whether arriving in a state by an event ends the life."""
        return state in self.final or event in self.finalizing

    def allowed(self, state: S, party: Party, *, finalized: bool = False) -> tuple[str, ...]:
        """The mutations that a party may call now, in the order of the table."""
        if finalized and state not in self.final:
            return ()
        events = [event for event in self.table[state] if party in self.who[event] and event in self.commands]
        return tuple(dict.fromkeys(self.commands[event] for event in events))

    def clock(self, state: S, event: E | None = None) -> Clock[E] | None:
        """The clock that starts on entering a state, or the one of a named event."""
        clocks = self.clocks.get(state, ())
        if event is None:
            return clocks[0] if clocks else None
        return next((clock for clock in clocks if clock.event is event), None)


def _no(name: str, tried: Transition) -> Refusal:
    state, event = (word.upper().replace("_", " ").lower() for word in (tried.from_, tried.event))
    ways = ", ".join(word.replace("_", " ") for word in tried.allowed) or "nothing more"
    return Refusal(
        RefusalCode.STATE,
        f"This {name} is {state}, so {event} is not possible; what can happen now: {ways}.",
        (),
        tried,
    )
