"""Outside work that was promised: leased, tried by a schedule, one after the other for each resource, kept when dead."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import aliased

from aftersales import calls
from carriers.http import CarrierError, Failure
from db.enums import JobState
from db.models.messages import Job
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from worker import failing
from worker.calls import Caller

LEASE = timedelta(seconds=60)
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 300, 1800, 7200, 18000, 36000)
)  # after the last one it is dead

log = structlog.get_logger("worker.jobs")
Work = Callable[[Caller, Job], Awaitable[None]]


async def run(caller: Caller, kinds: Mapping[str, Work] | None = None, at_most: int = 20) -> int:
    """One batch. Gives how many jobs were taken; each is done, put off, or dead afterwards."""
    leased = await _lease(caller.store, caller.clock(), at_most)
    for job in leased:
        await _one(caller, job, KINDS if kinds is None else kinds)
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


async def _one(caller: Caller, job: Job, kinds: Mapping[str, Work]) -> None:
    now = caller.clock()
    values: dict[str, Any]
    try:
        await kinds[job.kind](caller, job)
        values = {"state": JobState.DONE, "done_at": now, "last_error": None}
    except Exception as error:
        if not isinstance(error, failing.EXPECTED):
            log.exception("job.failed", job=job.id.hex, kind=job.kind)
        values = {"last_error": failing.shown(error, now)}
        if job.attempts > len(WAITS):
            values |= {"state": JobState.DEAD, "done_at": now}
            log.warning("job.dead", job=job.id.hex, kind=job.kind)
        else:
            values |= {"run_at": now + WAITS[job.attempts - 1]}
    await _set(caller.store, job.id, values | {"leased_until": None})


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


KINDS: Mapping[str, Work] = {calls.KIND: call_carrier}
