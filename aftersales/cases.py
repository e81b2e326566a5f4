"""The one way a case moves: its life's table says where, its clocks until when, and the log of facts that it happened.

Nothing else writes a case's status, deadline or end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import calendars, case_events
from aftersales.log import By, Fact, announce
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.clocks import Clocks
from aftersales.rules.lives import LIVES
from db.ids import ALPHABET
from db.models.cases import Case

C = TypeVar("C", bound=Case)

REMIND = "remind"  # every life's word for a promise that was not kept
NUMBER_LETTERS = 10  # 50 random bits: two of a million numbers are equal once in two thousand merchants
PREFIXES = {"return": "RMA", "pickup": "PU", "refund": "RF", "exchange": "EX", "repair": "RP"}


@dataclass(frozen=True, slots=True)
class Step:
    """Who moves a case, when, and why. ``told`` are further fields of the fact (see ``case_events``): ids, words, whole
    numbers; never personal data."""

    by: By
    now: datetime
    why: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)


def number_of(kind: str, id_: UUID) -> str:
    """The number that people read, from the random bits of the id: no two requests wait for one counter."""
    value = id_.int & ((1 << 62) - 1)
    letters = (ALPHABET[(value >> 5 * place) & 31] for place in range(NUMBER_LETTERS))
    return f"{PREFIXES[kind]}-{''.join(letters).upper()}"


async def opened(session: AsyncSession, case: C, step: Step) -> C:
    """Adds a case in the first state of its life and tells it. The caller has filled what is its own."""
    life = LIVES[case.kind]
    case.version = 0  # each fact told of it counts one
    case.number = case.number or number_of(case.kind.value, case.id)
    case.status = life.start.value
    case.opened_at = case.updated_at = step.now
    case.waiting_on = life.waiting.get(life.start)
    await _wind(session, case, None, step.now)
    session.add(case)
    await _tell(session, case, case_events.OPENED[case.kind], None, step)
    return case


async def move(session: AsyncSession, case: C, event: Any, step: Step) -> C:
    """Moves a case (its row locked) by an event of its life. Refused where the life has no such way from here or the
    party may not go it."""
    life = LIVES[case.kind]
    if step.by.party not in life.who[event]:
        raise Refused(_not_theirs(case, step))
    before = shown(case)
    state = type(life.start)(case.status)
    status = life.after(state, event, finalized=case.is_terminal)
    case.status = status.value
    case.updated_at = step.now
    case.finalized_at = step.now if life.ends(event, status) else None
    case.waiting_on = None if case.is_terminal else life.waiting.get(status)
    ran_out = case.deadline_at is not None and case.deadline_at <= step.now
    if status is state and case.on_deadline == event.value and ran_out:
        case.breached_at, case.breaches = case.breached_at or step.now, case.breaches + 1
    again = event if event.value == REMIND else None  # what was promised is reminded of until it is done
    await _wind(session, case, again, step.now)
    await _tell(session, case, case_events.MOVED[case.kind][event.value], before, step)
    return case


async def wind(session: AsyncSession, case: Case, event: Any, start: datetime, step: Step) -> None:
    """Starts the clock of a named event, because a fact became known (goods delivered, money due); tells the new
    deadline."""
    before = shown(case)
    await _wind(session, case, event, start)
    case.updated_at = step.now
    await _tell(session, case, case_events.REWOUND[case.kind], before, step)


def running(case: Case) -> str | None:
    """The word of the clock that runs; None: none does."""
    life = LIVES[case.kind]
    clocks = () if case.on_deadline is None else life.clocks.get(type(life.start)(case.status), ())
    return next((each.within for each in clocks if each.event.value == case.on_deadline), None)


async def runs_on(session: AsyncSession, case: Case, step: Step) -> bool:
    """Whether a clock of working time that seems to have run out goes on, since days were closed after it began: the new
    deadline is told. The row must be locked."""
    word = running(case)
    if word is None or case.clock_from is None or not Clocks.of(case.policy).wait(word).is_working:
        return False
    end = await _end(session, case, word, case.clock_from)
    if end <= step.now:
        return False
    before, case.deadline_at = shown(case), end
    await changed(session, case, step, before)
    return True


async def changed(session: AsyncSession, case: Case, step: Step, before: Mapping[str, Any] | None = None) -> None:
    """Tells that something of a case changed besides its state; ``step.told`` says what."""
    case.updated_at = step.now
    await _tell(session, case, case_events.CHANGED[case.kind], before, step)


async def locked(session: AsyncSession, model: type[C], id_: UUID, expected: int | None = None) -> C:
    """The case, its row locked. Refused: NOT_FOUND, or CONFLICT where it is not of the expected version any more."""
    # both of its rows: PostgreSQL reads anew, after a wait, only what it locks, and the other would be as it was before
    row = await session.scalar(
        select(model).where(model.id == id_).with_for_update(), execution_options={"populate_existing": True}
    )
    if row is None:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, f"No such {model.__name__.lower()}.", ("id",)))
    if expected is not None and row.version != expected:
        raise Refused(
            Refusal(
                RefusalCode.CONFLICT,
                f"It is version {row.version} and {row.status.replace('_', ' ')} by now; read it again and decide anew.",
                ("expectedVersion",),
            )
        )
    return row


async def hold_parent(session: AsyncSession, id_: UUID) -> None:
    """Locks the return that a case is under, if any: it comes before what is under it, everywhere."""
    parent = select(Case.parent_id).where(Case.id == id_).scalar_subquery()
    await session.execute(select(Case.id).where(Case.id == parent).with_for_update(of=Case))


def shown(case: Case) -> dict[str, Any]:
    """What the log tells of every case."""
    return {
        "number": case.number,
        "status": case.status.upper(),
        "waitingOn": case.waiting_on.name if case.waiting_on else None,
        "deadlineAt": case.deadline_at.isoformat() if case.deadline_at else None,
        "onDeadline": case.on_deadline.upper() if case.on_deadline else None,
        "finalizedAt": case.finalized_at.isoformat() if case.finalized_at else None,
    }


async def _wind(session: AsyncSession, case: Case, event: Any, start: datetime) -> None:
    life = LIVES[case.kind]
    clock = None if case.is_terminal else life.clock(type(life.start)(case.status), event)
    if clock and clock.after:
        start = max(start, getattr(case, clock.after))
    case.waiting_on = (clock and clock.waits) or case.waiting_on
    case.on_deadline = clock.event.value if clock else None
    case.clock_from = start if clock else None
    case.deadline_at = await _end(session, case, clock.within, start) if clock else None


async def _end(session: AsyncSession, case: Case, word: str, start: datetime) -> datetime:
    """When a clock ends; the calendar is read for one of working time only."""
    wait = Clocks.of(case.policy).wait(word)
    with session.no_autoflush:  # what is half changed by now is written with the fact that tells it
        return wait.end(start, await calendars.of_case(session, case, word) if wait.is_working else None)


async def _tell(session: AsyncSession, case: Case, kind: Any, before: Mapping[str, Any] | None, step: Step) -> None:
    case.version += 1
    after = shown(case) | ({"why": step.why} if step.why else {}) | dict(step.told)
    fact = Fact(kind, case, step.now, before=dict(before) if before else None, after=after)
    await announce(session, [fact], step.by, now=step.now)


def _not_theirs(case: Case, step: Step) -> Refusal:
    who = step.by.party.value
    return Refusal(RefusalCode.POLICY, f"A {who} may not do that with a {case.kind.value}.", ())
