"""The queue of deliveries: in order for each subject of an endpoint, tried by a schedule, leased by whoever sends.

Every function works in the caller's session. Of a subject only the first that waits is due (``next_at`` is set); it holds
the later ones until it arrives, is given up, or has failed for about 35 minutes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, delete, exists, literal, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.rules.webhooks import KEPT
from aftersales.webhook_telling import Told
from db.enums import DeliveryStatus
from db.ids import uuid7
from db.inserting import insert_into
from db.models.base import Moment
from db.models.log import Event, Seal
from db.models.messages import REPLAYS_KEPT
from db.models.webhooks import WebhookDelivery, WebhookEndpoint

LEASE = timedelta(seconds=5)
"""Whoever sends renews it as long as the attempt takes; whoever dies meanwhile, is followed by another after it."""

ENDPOINTS_AT_ONCE = 64
_WAITING: ColumnElement[Any] = literal_column(
    "'waiting'"
)  # written out: a parameter would not meet the index of what waits
_EARLIER = aliased(WebhookDelivery)  # made once: an alias copies all columns of its table


def row_of(endpoint: WebhookEndpoint, seal: Seal, event: Event, now: datetime) -> dict[str, Any]:
    """A delivery of an entry, to be inserted."""
    return {
        "id": uuid7(),
        "endpoint_id": endpoint.id,
        "position": seal.position,
        "number": seal.number,
        "kind": event.kind,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "subject_version": event.version,
        "status": DeliveryStatus.WAITING,
        "attempts": 0,
        "created_at": now,
    }


async def insert(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds deliveries that are not there yet. They wait until they are lined up."""
    if rows:
        await session.execute(insert_into(session, WebhookDelivery).on_conflict_do_nothing(), list(rows))


async def line_up(session: AsyncSession, now: datetime, *which: ColumnElement[bool]) -> int:
    """Makes due whatever waits behind nobody (of those ``which`` names, else of all). Gives how many."""
    one = WebhookDelivery
    lined = update(one).where(*_behind_nobody(now), *which).values(next_at=now)
    done: Any = await session.execute(lined, execution_options={"synchronize_session": False})
    return int(done.rowcount)


async def is_any_stranded(session: AsyncSession, now: datetime) -> bool:
    """Whether something waits behind nobody and is not due."""
    return bool(await session.scalar(select(exists().where(*_behind_nobody(now)))))


def _behind_nobody(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is not due and has nothing to wait for."""
    one, earlier = WebhookDelivery, _EARLIER
    is_held = exists().where(
        earlier.endpoint_id == one.endpoint_id,
        earlier.subject_id == one.subject_id,
        earlier.position < one.position,
        earlier.status == _WAITING,
        or_(earlier.released_at.is_(None), earlier.released_at > now),
    )
    return one.status == _WAITING, one.next_at.is_(None), ~is_held


async def endpoints_due(session: AsyncSession, now: datetime) -> list[WebhookEndpoint]:
    """The endpoints something is due for: those that did not fail last first, then by how long it waits."""
    one = WebhookDelivery
    first = (
        select(one.next_at)
        .where(one.endpoint_id == WebhookEndpoint.id, one.status == _WAITING, one.next_at.is_not(None))
        .order_by(one.next_at)
        .limit(1)
        .scalar_subquery()
    )
    due = select(WebhookEndpoint).where(WebhookEndpoint.disabled_at.is_(None), first <= now)
    return list(await session.scalars(due.order_by(WebhookEndpoint.failing_since.is_not(None), first)))


async def lease(session: AsyncSession, seats: Mapping[UUID, int], now: datetime) -> list[UUID]:
    """Takes what is due, at most so many of each endpoint: until the lease runs out nobody else sends them. An attempt is
    counted when it is written down: what died with its sender was none of the receiver's."""
    one, taken = WebhookDelivery, list[UUID]()
    for endpoint, free in seats.items():
        due = select(one.id).where(one.endpoint_id == endpoint, one.status == _WAITING, one.next_at <= now)
        due = due.order_by(one.next_at, one.position).limit(free).with_for_update(skip_locked=True)
        taken += await session.scalars(due)
    await renew(session, taken, now)
    return taken


async def renew(session: AsyncSession, ids: Sequence[UUID], now: datetime) -> None:
    """Keeps these for whoever sends them, for another lease from now."""
    if ids:
        one = WebhookDelivery
        mine = update(one).where(one.id.in_(ids), one.status == _WAITING).values(next_at=now + LEASE)
        await session.execute(mine, execution_options={"synchronize_session": False})


async def load(session: AsyncSession, ids: Sequence[UUID]) -> list[Told]:
    """What these deliveries tell."""
    one, before = WebhookDelivery, _EARLIER
    previous = (
        select(before.status)
        .where(
            before.endpoint_id == one.endpoint_id, before.subject_id == one.subject_id, before.position < one.position
        )
        .order_by(before.position.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(one, WebhookEndpoint, previous, Seal, Event)
        .join(WebhookEndpoint, WebhookEndpoint.id == one.endpoint_id)
        .outerjoin(Seal, Seal.position == one.position)
        .outerjoin(Event, Event.id == Seal.event_id)
        .where(one.id.in_(ids))
        .order_by(one.position)
    )
    return [
        Told(delivery, endpoint, status not in {None, DeliveryStatus.DELIVERED}, seal, event)
        for delivery, endpoint, status, seal, event in rows
    ]


async def old(session: AsyncSession, now: datetime, at_most: int) -> list[UUID]:
    """Deliveries that were queued 30 days ago, and those of deleted endpoints."""
    one, endpoint = WebhookDelivery, WebhookEndpoint
    end = case((endpoint.deleted_at.is_not(None), literal(now, Moment())), else_=literal(now - KEPT, Moment()))
    found = select(one.id).join(endpoint, endpoint.id == one.endpoint_id).where(one.created_at < end).limit(at_most)
    return list(await session.scalars(found))


async def bare(session: AsyncSession, now: datetime, at_most: int) -> list[UUID]:
    """Deleted endpoints that have no deliveries any more: not before the last key that named them is spent, since a call
    sent again is answered with its endpoint."""
    endpoint = WebhookEndpoint
    has_none = ~exists().where(WebhookDelivery.endpoint_id == endpoint.id)
    found = select(endpoint.id).where(endpoint.deleted_at < now - REPLAYS_KEPT, has_none).limit(at_most)
    return list(await session.scalars(found))


async def forget(session: AsyncSession, deliveries: Sequence[UUID], endpoints: Sequence[UUID]) -> None:
    """Drops these deliveries with their attempts, and these endpoints."""
    for model, ids in ((WebhookDelivery, deliveries), (WebhookEndpoint, endpoints)):
        if ids:
            gone = delete(model).where(model.id.in_(ids))
            await session.execute(gone, execution_options={"synchronize_session": False})
