"""The log as partners read it: the change feed, from a position on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Select, func

from aftersales import events, log, positions
from aftersales.attribution import Actor, Cause, actor_of, cause_of
from aftersales.kinds import Audience
from aftersales.rules.entries import PREFIXES
from db.enums import Subject
from db.ids import typeid
from db.models.log import Event, Seal
from db.vault import Vault
from resolvers.context import Info, Viewer
from resolvers.edges import BY_PREFIX
from resolvers.errors import BadUserInput, Forbidden
from resolvers.pages import Asked

SCOPES: Mapping[Subject, str] = {
    Subject.ORDER: "orders:read",
    Subject.SHIPMENT: "shipments:read",
    Subject.RETURN: "returns:read",
    Subject.PICKUP: "returns:read",
    Subject.REFUND: "returns:read",
    Subject.EXCHANGE: "returns:read",
    Subject.REPAIR: "returns:read",
    Subject.CLAIM: "claims:read",
    Subject.TICKET: "orders:read",
}
"""What a credential must be allowed, to see a subject's changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log, as its viewer may read it."""

    position: str
    number: int
    subject: Subject
    subject_uuid: UUID
    subject_version: int
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    actor: Actor
    cause: Cause
    occurred_at: datetime
    recorded_at: datetime


class ByPosition:
    """The order of every page of the log."""

    @staticmethod
    def cursor(row: Change) -> str:
        """A change's position is its cursor."""
        return row.position


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the log; reads like a ``pages.Page``."""

    rows: Sequence[Change]
    has_next: bool
    has_previous: bool
    counted: Select[Any]
    info: Info
    sort: type[ByPosition] = ByPosition

    async def count(self) -> int:
        """All changes within reach, counted now."""
        async with self.info.context.store.reading(self.info.context.viewer.reach) as session:
            return await session.scalar(self.counted) or 0


async def changes(
    info: Info, first: int = 100, after: str | None = None, subjects: list[Subject] | None = None
) -> Changes:
    """Sealed entries in the order of their positions, from a position on (exclusive)."""
    size, start = stretch(info.context.store.vault, first, after)
    wanted = readable(info.context.viewer, subjects)
    statement = log.after(start)
    if len(wanted) < len(Subject):
        statement = statement.where(Event.subject.in_(sorted(wanted)))
    async with info.context.store.reading(info.context.viewer.reach) as session:
        rows = [(seal, event) for seal, event in await session.execute(statement.limit(size + 1))]
    everything = (
        log.after(0)
        .where(Event.subject.in_(sorted(wanted)))
        .with_only_columns(func.count(Seal.position))
        .order_by(None)
    )
    return page(info, rows, Asked(first, after), everything)


def readable(viewer: Viewer, subjects: Sequence[Subject] | None = None) -> frozenset[Subject]:
    """The subjects (of those named, or of all) whose changes the viewer may see; Forbidden when there is none."""
    named = list(Subject) if subjects is None else subjects
    allowed = frozenset(subject for subject in named if SCOPES[subject] in viewer.scopes)
    if not allowed:
        lacking = " or ".join(sorted({SCOPES[subject] for subject in named})) or "any subject to read"
        raise Forbidden(f"This credential lacks the scope {lacking}.")
    return allowed


def change_of(viewer: Viewer, vault: Vault, seal: Seal, event: Event) -> Change:
    """The entry as this viewer may read it."""
    audience = audience_of(viewer)
    return Change(
        position=positions.text_of(vault, seal.position),
        number=seal.number,
        subject=event.subject,
        subject_uuid=event.subject_id,
        subject_version=event.version,
        kind=event.kind,
        before=events.told(event.kind, event.payload["before"], audience),
        after=events.told(event.kind, event.payload["after"], audience),
        actor=actor_of(event, audience),
        cause=cause_of(event, audience),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def audience_of(viewer: Viewer) -> Audience:
    """As who the viewer reads."""
    if viewer.reach.customer_id is not None:
        return Audience.CUSTOMER
    return Audience.CARRIER if viewer.reach.carrier_code is not None else Audience.MERCHANT


def subject_id(root: Change) -> strawberry.ID:
    """The global id of what changed, also where it is beyond reach by now."""
    return strawberry.ID(typeid(PREFIXES[root.subject], root.subject_uuid))


async def node(root: Change, info: Info) -> object | None:
    """What changed, as it is now."""
    edge = BY_PREFIX.get(PREFIXES[root.subject])
    found: object | None = None if edge is None else await info.context.load(edge, root.subject_uuid)
    return found


def stretch(vault: Vault, first: int, after: str | None) -> tuple[int, int]:
    """How many, from which position on."""
    size = Asked(first).size()
    if after is None:
        return size, 0
    try:
        return size, positions.position_of(vault, after)
    except positions.NotAPosition:
        raise BadUserInput("after is not a position of this log.") from None


def page(info: Info, rows: Sequence[tuple[Seal, Event]], asked: Asked, counted: Select[Any]) -> Changes:
    """A page of what was read: one entry more than asked for tells that others follow."""
    context = info.context
    shown = [change_of(context.viewer, context.store.vault, seal, event) for seal, event in rows[: asked.size()]]
    return Changes(shown, len(rows) > asked.size(), asked.after is not None, counted, info)
