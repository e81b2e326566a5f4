"""A life as a table: every state with the events that lead on from it. Who may and what time does are two more tables,
keyed by event and by state, so that the life itself stays a picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from aftersales.refusals import Refusal, RefusalCode, Refused, Transition
from db.enums import Party

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Clock(Generic[E]):
    """What time does: ``event`` happens when ``within`` (a word of the policy's clocks) has passed. ``waits``: who is waited
    for meanwhile, where it is not the state's own party. ``after``: the case's moment before which it does not begin."""

    event: E
    within: str
    waits: Party | None = None
    after: str | None = None


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
            raise Refused(self._no(state, event, {} if finalized and state not in self.final else self.table[state]))
        return way

    def standing(self, state: str, wanted: str | None = None) -> Transition:
        """A state that does not allow something besides its events, as a refusal tells it."""
        ways = self.table[type(self.start)(state)].values()
        return Transition(state, wanted, tuple(dict.fromkeys(each.value for each in ways)))

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

    def _no(self, state: S, event: E, ways: Mapping[E, S]) -> Refusal:
        was, tried, possible = (word.replace("_", " ") for word in (state.value, event.value, ", ".join(ways)))
        wanted = {row[event].value for row in self.table.values() if event in row}
        reachable = tuple(dict.fromkeys(each.value for each in ways.values()))
        detail = Transition(state.value, wanted.pop() if len(wanted) == 1 else None, reachable)
        sentence = (
            f"This {self.name} is {was}, so {tried} is not possible; what can happen now: {possible or 'nothing more'}."
        )
        return Refusal(RefusalCode.STATE, sentence, (), detail)
