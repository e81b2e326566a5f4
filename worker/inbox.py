"""Reads what carriers told us, oldest first. A message that cannot be taken in never holds up another."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from aftersales import hearing, messages
from aftersales.hearing import Message
from carriers.carrier import Carrier, Unreadable
from carriers.registry import BY_CODE
from db.away import is_away
from db.enums import InboxState
from db.models.messages import Inbox
from db.reach import EVERYTHING
from db.session import Store
from db.vault import CannotOpen, Sealed

LEASE = timedelta(seconds=10)  # a batch takes a second at most; what a killed worker held waits no longer than this
TRIES = 5
KEPT = timedelta(days=30)
LONGEST_PROBLEM = 200

UNREADABLE = Counter("waybridge_carrier_messages_unreadable", "Carriers' messages nobody could read.", ["carrier"])
log = structlog.get_logger("worker.inbox")


async def take(store: Store, now: datetime, at_most: int = 50, carriers: Mapping[str, Carrier] = BY_CODE) -> int:
    """One batch: leased, read outside any transaction, taken in with one. Gives how many messages were leased."""
    leased = await _lease(store, now, at_most)
    if not leased:
        return 0
    await store.keys_of(*{row.merchant_id for row in leased})
    understood, failed = _read(store, leased, carriers)
    await _give_up(store, failed, now)
    try:
        await _take_in(store, understood, now, carriers)
    except Exception as error:  # whatever one message does, the others are taken in alone
        if is_away(error):
            raise  # nothing is wrong with them: they are taken again when their lease ends
        log.warning("inbox.batch_failed", error=type(error).__name__, messages=len(understood))
        for message in understood:
            await _alone(store, message, now, carriers)
    return len(leased)


async def _lease(store: Store, now: datetime, at_most: int) -> list[Inbox]:
    free = or_(Inbox.leased_until.is_(None), Inbox.leased_until < now)
    due = select(Inbox.id).where(Inbox.state == InboxState.NEW, free).order_by(Inbox.id).limit(at_most)
    async with store.reading(EVERYTHING) as session:
        if await session.scalar(due.limit(1)) is None:
            return []
    mine = Inbox.id.in_(due.with_for_update(skip_locked=True))
    lease = update(Inbox).where(mine).values(leased_until=now + LEASE, attempts=Inbox.attempts + 1)
    async with store.writing(EVERYTHING, patient=True) as session:
        rows = await session.scalars(lease.returning(Inbox), execution_options={"synchronize_session": False})
        return sorted(rows, key=lambda row: row.id)


def _read(
    store: Store, leased: Sequence[Inbox], carriers: Mapping[str, Carrier]
) -> tuple[list[Message], list[tuple[Inbox, str]]]:
    understood: list[Message] = []
    failed: list[tuple[Inbox, str]] = []
    for row in leased:
        try:
            understood.append(Message(row, messages.read(store.vault, row, carriers)))
        except (Unreadable, CannotOpen) as why:
            failed.append((row, str(why)))
        except Exception as error:  # noqa: BLE001 an adapter's bug must not hold up the inbox; it is reported
            log.warning(
                "inbox.adapter_failed", carrier=row.carrier_code, message=str(row.id), error=type(error).__name__
            )
            failed.append((row, f"our reader failed with {type(error).__name__}"))
    return understood, failed


async def _take_in(store: Store, understood: Sequence[Message], now: datetime, carriers: Mapping[str, Carrier]) -> None:
    if understood:
        async with store.writing(EVERYTHING, patient=True) as session:
            await hearing.take_in(session, store.vault, understood, carriers, now)


async def _alone(store: Store, message: Message, now: datetime, carriers: Mapping[str, Carrier]) -> None:
    """A message of a failed batch by itself: tried again later, given up after the last try."""
    try:
        await _take_in(store, [message], now, carriers)
    except Exception as error:  # poison is kept and named; never the database's own words, they quote values
        if is_away(error):
            raise
        name = type(error.orig if isinstance(error, SQLAlchemyError) and hasattr(error, "orig") else error).__name__
        log.warning("inbox.message_failed", message=str(message.row.id), attempt=message.row.attempts, error=name)
        if message.row.attempts >= TRIES:
            await _give_up(store, [(message.row, f"could not be taken in: {name}")], now)
        else:
            wait = timedelta(seconds=2**message.row.attempts)
            await _set(store, [message.row.id], {"leased_until": now + wait})


async def _give_up(store: Store, failed: Sequence[tuple[Inbox, str]], now: datetime) -> None:
    """The sentence names places in a message, never what stands there."""
    for row, why in failed:
        problem = why[:LONGEST_PROBLEM]
        values = {"state": InboxState.UNREADABLE, "problem": problem, "done_at": now, "leased_until": None}
        await _set(store, [row.id], values)
        UNREADABLE.labels(row.carrier_code).inc()
        log.warning("inbox.unreadable", carrier=row.carrier_code, message=str(row.id), problem=problem)


async def _set(store: Store, ids: Sequence[UUID], values: Mapping[str, object]) -> None:
    async with store.writing(EVERYTHING, patient=True) as session:
        await session.execute(update(Inbox).where(Inbox.id.in_(ids)).values(values))


async def forget_bodies(store: Store, now: datetime, at_most: int = 500) -> int:
    """Messages older than thirty days lose their bodies, a few hundred at a time. Gives how many did."""
    empty = Sealed(b"")
    old = select(Inbox.id).where(Inbox.received_at < now - KEPT, Inbox.body != empty).order_by(Inbox.id).limit(at_most)
    async with store.reading(EVERYTHING) as session:
        ids = list(await session.scalars(old))
    if ids:
        await _set(store, ids, {"body": empty, "headers": empty})
    return len(ids)
