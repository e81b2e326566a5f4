"""From the log to the queue: every sealed entry becomes one delivery for each endpoint that is told of it, in the
transaction that moves the reader on. It tails the log by position, so nothing is missed and nothing is queued twice."""

from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import log, webhook_queue, webhook_telling
from db.inserting import insert_into
from db.models.log import Event, Seal
from db.models.webhooks import LogReader, WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store

READER = "webhooks"
ENTRIES_AT_ONCE = 200


async def fan_out(store: Store, now: datetime, at_most: int = ENTRIES_AT_ONCE) -> int:
    """One pass. Gives how many entries were read; 0 also while another worker reads."""
    async with store.reading(EVERYTHING) as session:
        if not await _is_behind(session):
            return 0
    async with store.writing(EVERYTHING, patient=True) as session:
        reader = await _reader(session)
        return 0 if reader is None else await _read_on(session, reader, now, at_most)


async def _is_behind(session: AsyncSession) -> bool:
    at = func.coalesce(select(LogReader.position).where(LogReader.name == READER).scalar_subquery(), 0)
    return bool(await session.scalar(select(exists().where(Seal.position > at))))


async def _reader(session: AsyncSession) -> int | None:
    """Where we are, locked; None while another worker has it."""
    locked = select(LogReader.position).where(LogReader.name == READER).with_for_update(skip_locked=True)
    position: int | None = await session.scalar(locked)
    if position is None:
        first = insert_into(session, LogReader).values(name=READER, position=0).on_conflict_do_nothing()
        position = await session.scalar(first.returning(LogReader.position))
    return position


async def _read_on(session: AsyncSession, start: int, now: datetime, at_most: int) -> int:
    """Entries are read before endpoints: an endpoint that was there before an entry is then always seen."""
    rows = [(seal, event) for seal, event in await session.execute(log.after(start).limit(at_most))]
    if not rows:
        return 0
    await queue(session, rows, now)
    last = rows[-1][0].position
    if len(rows) == at_most:
        last = await _skip(session, last)
    await session.execute(update(LogReader).where(LogReader.name == READER).values(position=last))
    return len(rows)


async def _skip(session: AsyncSession, last: int) -> int:
    """Where nobody is told of anything, a long log need not be read."""
    newest = await session.scalar(select(func.max(Seal.position)))
    is_heard = await session.scalar(select(exists().where(WebhookEndpoint.disabled_at.is_(None))))
    return last if is_heard or newest is None else newest


async def queue(session: AsyncSession, rows: list[tuple[Seal, Event]], now: datetime) -> int:
    """Queues these entries for whoever is told of them. Gives how many deliveries that makes."""
    facts = [event for _, event in rows]
    endpoints = await webhook_telling.listeners(session, facts) if facts else []
    if not endpoints:
        return 0
    standing = await webhook_telling.standing(session, endpoints, facts)
    made = [
        webhook_queue.row_of(endpoint, seal, event, now)
        for seal, event in rows
        for endpoint in endpoints
        if webhook_telling.is_told(endpoint, event, standing)
    ]
    await webhook_queue.insert(session, made)
    if made:
        told = {each["endpoint_id"] for each in made}
        one = WebhookDelivery
        await webhook_queue.line_up(session, now, one.endpoint_id.in_(told), one.position >= rows[0][0].position)
    return len(made)
