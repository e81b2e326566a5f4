"""What all cases share: whose move it is, what the viewer may do, what is due, and how a case was known at a moment."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from aftersales import cases
from aftersales.cases import Step
from aftersales.refusals import Refusal, RefusalCode, Refused
from aftersales.rules.lives import LIVES
from db.case_enums import CaseKind
from db.enums import PartnerKind, Party, Subject
from db.ids import parse_typeid
from db.models.cases import Case
from db.models.log import Event, Seal
from resolvers import feed, live
from resolvers.context import Context, Info, Viewer
from resolvers.errors import BadUserInput, aware
from resolvers.feed import Change
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
) -> AsyncGenerator[Change, None]:
    """Changes of cases as they happen."""
    if subjects is not None and set(subjects) - set(SUBJECTS):
        raise BadUserInput("subjects must be cases: not ORDER or SHIPMENT.")
    return await live.followed(info, feed.readable(info.context.viewer, subjects or SUBJECTS), None, after)


async def own(context: Context, model: type[C], id_: str, expected: int | None = None) -> C:
    """The case to be changed, its row locked; a buyer's own only. Refused: NOT_FOUND, CONFLICT."""
    assert context.session
    parsed = parse_typeid(id_)
    if parsed is None or parsed[0] != model.prefix:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, f"No such {model.__name__.lower()}.", ("id",)))
    row = await cases.locked(context.session, model, parsed[1], expected)
    buyer: UUID | None = context.viewer.customer_id
    if buyer is not None and row.customer_id != buyer:
        raise Refused(Refusal(RefusalCode.NOT_FOUND, f"No such {model.__name__.lower()}.", ("id",)))
    return row


def step(context: Context, cause: str, why: str | None = None) -> Step:
    """Who moves a case by this call, when and why."""
    return Step(context.by(cause), context.clock(), why)
