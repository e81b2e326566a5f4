"""What time alone causes: alerts, lanes learnt anew, messages that waited too long."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, select, tuple_, update

from aftersales import lanes, watching
from db.enums import InboxState
from db.models.messages import REPLAYS_KEPT, Inbox, Parked, Replay
from db.models.quotes import CarrierQuote
from db.reach import EVERYTHING
from db.session import Store
from worker import inbox

PARKED_FOR = timedelta(days=30)

log = structlog.get_logger("worker.clocks")


async def alert(store: Store, now: datetime, at_most: int = 100) -> int:
    """Tells what time made worth telling. Gives how many shipments were looked at."""
    async with store.reading(EVERYTHING) as session:
        if not await watching.is_due(session, now):
            return 0
    async with store.writing(EVERYTHING, patient=True) as session:
        return await watching.look(session, now, at_most)


async def learn(store: Store, now: datetime) -> int:
    """Learns the lanes."""
    learnt = await lanes.learn_all(store, now)
    log.info("lanes.learnt", lanes=learnt)
    return learnt


async def tidy(store: Store, now: datetime) -> int:
    """Drops what was parked for a month, empties messages as old, and forgets idempotency keys after seven days and
    carriers' prices after one. Gives how many rows were touched."""
    return (
        await _unpark(store, now)
        + await inbox.forget_bodies(store, now)
        + await _forget_keys(store, now)
        + await _forget_quotes(store, now)
    )


async def _forget_keys(store: Store, now: datetime, at_most: int = 500) -> int:
    """The condition stands twice: a key that is spent anew meanwhile stays."""
    old = Replay.created_at < now - REPLAYS_KEPT
    async with store.reading(EVERYTHING) as session:
        if await session.scalar(select(Replay.key).where(old).limit(1)) is None:
            return 0
    oldest = select(Replay.owner_id, Replay.key).where(old).order_by(Replay.created_at).limit(at_most)
    gone = delete(Replay).where(old, tuple_(Replay.owner_id, Replay.key).in_(oldest)).returning(Replay.key)
    async with store.writing(EVERYTHING, patient=True) as session:
        return len((await session.scalars(gone, execution_options={"synchronize_session": False})).all())


async def _forget_quotes(store: Store, now: datetime, at_most: int = 500) -> int:
    """Prices that no plan goes by any more."""
    old = CarrierQuote.expires_at < now
    async with store.reading(EVERYTHING) as session:
        ids = list(await session.scalars(select(CarrierQuote.id).where(old).limit(at_most)))
    if not ids:
        return 0
    gone = delete(CarrierQuote).where(CarrierQuote.id.in_(ids), old).returning(CarrierQuote.id)
    async with store.writing(EVERYTHING, patient=True) as session:
        return len((await session.scalars(gone, execution_options={"synchronize_session": False})).all())


async def _unpark(store: Store, now: datetime, at_most: int = 500) -> int:
    old = Parked.parked_at < now - PARKED_FOR
    async with store.reading(EVERYTHING) as session:
        waiting = await session.execute(
            select(Parked.account_id, Parked.inbox_id, func.count())
            .where(old)
            .group_by(Parked.account_id, Parked.inbox_id)
            .limit(at_most)
        )
        found = [(account, message, numbers) for account, message, numbers in waiting]
    if not found:
        return 0
    messages = [message for _, message, _ in found]
    over: dict[str, Any] = {"state": InboxState.DONE, "problem": "no shipment was registered for it within 30 days"}
    async with store.writing(EVERYTHING, patient=True) as session:
        await session.execute(delete(Parked).where(old, Parked.inbox_id.in_(messages)))
        await session.execute(
            update(Inbox).where(Inbox.id.in_(messages), Inbox.state == InboxState.PARKED).values(over)
        )
    log.warning("inbox.never_registered", messages=len(found), numbers=sum(numbers for *_, numbers in found))
    return len(found)
