"""Outside work that was promised: leased, tried by a schedule, one after the other for each resource, kept when dead.
Before a second try of what must not happen twice, its kind asks whether the first took effect."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import aliased

from aftersales import calls, failing
from aftersales.calling import Caller, QuotaSpent
from carriers.http import CarrierError, Failure
from db.enums import JobState
from db.models.messages import Job
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from worker import doubts

LEASE = timedelta(seconds=60)
AT_ONCE = 4
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 300, 1800, 7200, 18000, 36000)
)  # after the last one it is dead

DOUBTED = (*(timedelta(seconds=seconds) for seconds in (1, 1, 2, 3, 5, 5, 8, 8, 13)), *WAITS[1:])
"""Where an answer was lost: the carrier is asked soon and often, so that nothing is in doubt for longer than a minute, even
where three of ten answers are lost and there is much to do."""
HELD_BACK = timedelta(seconds=5)  # the soonest after a call that did not go out

log = structlog.get_logger("worker.jobs")
Work = Callable[[Caller, Job], Awaitable[None]]
Ask = Callable[[Caller, Job], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Kind:
    """How work of a kind is done. ``ask`` finds out, by the job's reference, whether an earlier try took effect; only
    what may be repeated without harm has none."""

    work: Work
    ask: Ask | None = None


async def run(caller: Caller, kinds: Mapping[str, Kind] | None = None, at_most: int = 20) -> int:
    """One batch, a few at a time, so that one slow carrier does not hold up all. Gives how many jobs were taken; each is
    done, put off, or dead afterwards."""
    leased, seats = await _lease(caller.store, caller.clock(), at_most), asyncio.Semaphore(AT_ONCE)

    async def turn(job: Job) -> None:
        async with seats:
            if await _renewed(caller.store, job, caller.clock()):
                await _one(caller, job, KINDS if kinds is None else kinds)

    for ended in await asyncio.gather(*map(turn, leased), return_exceptions=True):
        if ended is not None:
            raise ended
    return len(leased)


async def _lease(store: Store, now: datetime, at_most: int) -> list[Job]:
    earlier = aliased(Job)
    waits_for_another = exists().where(
        earlier.resource == Job.resource, earlier.state == JobState.READY, earlier.id < Job.id
    )
    free = or_(Job.leased_until.is_(None), Job.leased_until < now)
    due = select(Job.id).where(Job.state == JobState.READY, Job.run_at <= now, free, ~waits_for_another)
    due = due.order_by(Job.run_at, Job.id).limit(at_most)
    async with store.reading(EVERYTHING) as session:
        if await session.scalar(due.limit(1)) is None:
            return []
    mine = update(Job).where(Job.id.in_(due.with_for_update(skip_locked=True)))
    leased = mine.values(leased_until=now + LEASE, attempts=Job.attempts + 1).returning(Job)
    async with store.writing(EVERYTHING, patient=True) as session:
        rows = await session.scalars(leased, execution_options={"synchronize_session": False})
        return sorted(rows, key=lambda job: job.id)


async def _renewed(store: Store, job: Job, now: datetime) -> bool:
    """Whether the job is still ours when its turn comes, for another minute: those before it may have taken long."""
    mine = update(Job).where(Job.id == job.id, Job.attempts == job.attempts, Job.leased_until.is_not(None))
    async with store.writing(EVERYTHING, patient=True) as session:
        kept = mine.where(Job.state == JobState.READY).values(leased_until=now + LEASE).returning(Job.id)
        return await session.scalar(kept, execution_options={"synchronize_session": False}) is not None


async def _one(caller: Caller, job: Job, kinds: Mapping[str, Kind]) -> None:
    now = caller.clock()
    values: dict[str, Any]
    try:
        kind = kinds[job.kind]
        if kind.ask is None or not (doubts.may_have_arrived(job) and await kind.ask(caller, job)):
            await kind.work(caller, job)
        values = {"state": JobState.DONE, "done_at": now, "last_error": None}
    except Exception as error:
        if not isinstance(error, failing.EXPECTED):
            log.exception("job.failed", job=job.id.hex, kind=job.kind)
        in_doubt = doubts.is_unknown(error) or bool((job.last_error or {}).get("inDoubt"))  # until it was asked about
        after = _after(job, kinds.get(job.kind), error, now)
        known = {"inDoubt": in_doubt, "attempts": after.get("attempts", job.attempts)}
        values = {"last_error": failing.shown(error, now) | known, **after}
    await _set(caller.store, job.id, values | {"leased_until": None})


def _after(job: Job, kind: Kind | None, error: Exception, now: datetime) -> dict[str, Any]:
    """When a job that failed is tried again. What did not even go out, since the carrier is let alone for a while or the
    day's calls are spent, is no try."""
    if isinstance(error, QuotaSpent) or (isinstance(error, CarrierError) and error.kind is Failure.OPEN):
        return {"run_at": max(error.until or now, now + HELD_BACK), "attempts": job.attempts - 1}
    waits = DOUBTED if kind is not None and kind.ask is not None and doubts.is_unknown(error) else WAITS
    if job.attempts <= len(waits):
        return {"run_at": now + waits[job.attempts - 1]}
    log.warning("job.dead", job=job.id.hex, kind=job.kind)
    return {"state": JobState.DEAD, "done_at": now}


async def _set(store: Store, id_: UUID, values: Mapping[str, Any]) -> None:
    async with store.writing(EVERYTHING, patient=True) as session:
        await session.execute(update(Job).where(Job.id == id_).values(**values))


async def call_carrier(caller: Caller, job: Job) -> None:
    """The second half of a handshake: what the carrier asked us to call. Any answer but a success is a failure."""
    await caller.store.keys_of(job.merchant_id)
    request = calls.opened(caller.store.vault, job)
    if request is not None:
        reply = await caller.outside.send(job.arguments["carrier"], request)
        if reply.status >= 400:
            raise CarrierError(Failure.STATUS, job.arguments["carrier"], reply.status)
    if job.arguments["activates"]:
        lives = update(CarrierAccount).where(CarrierAccount.id == UUID(job.arguments["account"]))
        async with caller.store.writing(EVERYTHING, patient=True) as session:
            await session.execute(lives.values(subscribed_at=caller.clock()))


KINDS: Mapping[str, Kind] = {calls.KIND: Kind(call_carrier)}  # confirming a handshake again changes nothing
