"""What all cases share: whose move it is, what the viewer may do, what is due, and how a case was known at a moment."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import cases
from aftersales.cases import Step
from aftersales.refusals import Refused, inside
from aftersales.rules.clocks import Clocks
from aftersales.rules.lives import LIVES
from db.case_enums import CaseKind
from db.enums import PartnerKind, Party, Subject
from db.ids import parse_typeid
from db.models.cases import Case
from db.models.log import Event, Seal
from db.vault import Vault
from resolvers import edges, feed, live
from resolvers.context import Context, Info, Viewer
from resolvers.errors import BadUserInput, aware
from resolvers.inputs import no_such
from resolvers.pages import Asked, Page, Sort, page

C = TypeVar("C", bound=Case)
SUBJECTS = tuple(Subject(kind.value) for kind in CaseKind)
KINDS_SHOWN = tuple(LIVES)
BY_DEADLINE = Sort("DEADLINE_AT_ASC", Case.deadline_at, Case.id, descending=False)


def party_of(viewer: Viewer) -> Party:
    """In whose name this viewer acts."""
    return Party.BUYER if viewer.kind is None else Party[viewer.kind.name]


def status_name(root: Case) -> str:
    """The status, whatever the kind."""
    return root.status.upper()


def on_deadline(root: Case) -> str | None:
    """What happens by itself at the deadline."""
    return root.on_deadline.upper() if root.on_deadline else None


def deadline_within(root: Case) -> str | None:
    """How long the clock that runs is."""
    word = cases.running(root)
    return None if word is None else str(Clocks.of(root.policy).wait(word))


def allowed_actions(root: Case, info: Info) -> list[str]:
    """The mutations that this viewer may call on it now, by its life and by the viewer's scopes."""
    viewer = info.context.viewer
    if viewer.kind is PartnerKind.CARRIER or "returns:write" not in viewer.scopes:
        return []
    life = LIVES[root.kind]
    return list(life.allowed(type(life.start)(root.status), party_of(viewer), finalized=root.is_terminal))


async def deadlines(info: Info, before: datetime, asked: Asked, kinds: Sequence[CaseKind] | None) -> Page:
    """Cases whose clock runs out before a moment, the next first."""
    info.context.viewer.must("returns:read")
    statement = select(Case).where(Case.deadline_at < aware(before, "before"), Case.kind.in_(kinds or KINDS_SHOWN))
    return await page(info.context.store, info.context.viewer.reach, statement, BY_DEADLINE, asked)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A case as it was known at a moment: what the log had told of it by then."""

    at: datetime
    version: int
    status: str
    known: dict[str, Any]
    position: str


async def as_of(root: Case, info: Info, at: datetime) -> Snapshot | None:
    """Folded from the log: every entry recorded by then lays its fields over those before. None: not known yet. What an
    entry does not open to this viewer is left out."""
    viewer = info.context.viewer
    moment = aware(at, "at")
    assert moment is not None
    async with info.context.store.reading(viewer.reach) as session:
        rows = await session.execute(
            select(Seal, Event)
            .join(Event, Event.id == Seal.event_id)
            .where(
                Event.subject == Subject(root.kind.value),
                Event.subject_id == root.id,
                Event.merchant_id == root.merchant_id,
                Event.recorded_at <= moment,
            )
            .order_by(Event.version)
        )
        changes = [feed.change_of(viewer, info.context.store.vault, seal, event) for seal, event in rows]
    if not changes:
        return None
    known: dict[str, Any] = {}
    for change in changes:
        known |= change.after or {}
    last = changes[-1]
    return Snapshot(moment, last.subject_version, str(known.get("status", "")), known, last.position)


async def updated(
    info: Info, subjects: list[Subject] | None = None, after: str | None = None
) -> AsyncGenerator[feed.Change, None]:
    """Changes of cases as they happen."""
    if subjects is not None and set(subjects) - set(SUBJECTS):
        raise BadUserInput("subjects must be cases: not ORDER or SHIPMENT.")
    return await live.followed(info, feed.readable(info.context.viewer, subjects or SUBJECTS), None, after)


async def found(info: Info, model: type[C], id_: str) -> C | None:
    """One case by its id, or null."""
    info.context.viewer.must("returns:read")
    parsed = parse_typeid(id_)
    if parsed is None or parsed[0] != model.prefix:
        return None
    row: C | None = await info.context.load(edges.BY_PREFIX[model.prefix], parsed[1])
    return row


async def own(context: Context, model: type[C], id_: str, expected: int | None = None, field: str = "id") -> C:
    """The case to be changed, locked after the return that it is under; a buyer's own only. Refused: NOT_FOUND,
    CONFLICT."""
    assert context.session
    key = _key(model, id_, field)
    await cases.hold_parent(context.session, key)
    with at_field(field):
        return _of_viewer(context, await cases.locked(context.session, model, key, expected))


async def seen(context: Context, model: type[C], id_: str) -> C:
    """The case as it stands, not locked yet: for what must be locked before it. Refused: NOT_FOUND."""
    assert context.session
    row = await context.session.get(model, _key(model, id_, "id"))
    if row is None:
        raise _no_such(model, "id")
    return _of_viewer(context, row)


@dataclass(frozen=True, slots=True)
class Change(Generic[C]):
    """A case that a mutation changes: its row locked, and who moves it."""

    session: AsyncSession
    vault: Vault
    row: C
    step: Step


class Ref(Protocol):
    """Which case, and the version on which its caller decides."""

    id: strawberry.ID
    expected_version: int | None


@asynccontextmanager
async def changing(
    info: Info, model: type[C], wish: Ref, cause: str, why: str | None = None
) -> AsyncIterator[Change[C]]:
    """The case of a mutation's input; what is refused within is told with its place in the input."""
    context = info.context
    assert context.session
    with inside("input"):
        row = await own(context, model, wish.id, wish.expected_version)
        yield Change(context.session, context.store.vault, row, step(context, cause, why))


def _key(model: type[C], id_: str, field: str) -> UUID:
    parsed = parse_typeid(id_)
    if parsed is None or parsed[0] != model.prefix:
        raise _no_such(model, field)
    return parsed[1]


def _of_viewer(context: Context, row: C) -> C:
    buyer = context.viewer.customer_id
    if buyer is not None and row.customer_id != buyer:
        raise _no_such(type(row), "id")
    return row


def _no_such(model: type[Case], field: str) -> Refused:
    return no_such(model.__name__.lower(), (field,))


@contextmanager
def at_field(field: str) -> Iterator[None]:
    """A refusal of an id is told at the field that names it."""
    try:
        yield
    except Refused as no:
        told = (replace(each, field=(field,)) if each.field == ("id",) else each for each in no.refusals)
        raise Refused(*told) from no


def step(context: Context, cause: str, why: str | None = None) -> Step:
    """Who moves a case by this call, when and why."""
    return Step(context.by(cause), context.clock(), why)
