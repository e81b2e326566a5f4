"""Jobs that must not happen twice: asked about before they are tried again, by whoever has the lease."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from aftersales import jobs as business
from aftersales.calling import Caller
from aftersales.refusals import Refused
from carriers import http
from carriers.carrier import Unreadable
from carriers.http import CarrierError, Failure, Outside
from db.enums import JobState
from db.models.messages import Job
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making
from tests.worker.making import NOON
from worker import jobs


@dataclass
class Field:
    """A carrier that books by our reference and may lose its answer; ``done`` holds each booking it made."""

    store: Store
    caller: Caller
    owner: Merchant
    now: list[datetime]
    done: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    loses: bool = False
    answers: bool = True

    async def book(self, _: Caller, job: Job) -> None:
        self.done.append(job.reference)
        if self.loses:
            raise CarrierError(Failure.TIMEOUT, "tiny")

    async def ask(self, _: Caller, job: Job) -> bool:
        self.asked.append(job.reference)
        if not self.answers:
            raise Unreadable("nonsense")
        return job.reference in self.done

    async def job(self, reference: str, resource: str = "shp_1") -> Job:
        async with self.store.writing(EVERYTHING) as session:
            made = Job(
                merchant_id=self.owner.id,
                kind="book",
                resource=resource,
                arguments={},
                reference=reference,
                run_at=NOON,
            )
            session.add(made)
        return made

    async def passes(self, wait: timedelta = timedelta()) -> int:
        self.now[0] += wait
        return await jobs.run(self.caller, {"book": jobs.Kind(self.book, self.ask)})

    async def fresh(self, job: Job) -> Job:
        async with self.store.reading(EVERYTHING) as session:
            return await session.get_one(Job, job.id)


@pytest.fixture
async def ground(store: Store) -> AsyncIterator[Field]:
    owner, now = await making.merchant(store), [NOON]
    async with http.new_client() as client:
        yield Field(store, Caller(store, Outside(client, lambda: now[0]), lambda: now[0]), owner, now)
    async with store.writing(EVERYTHING) as session:
        await session.execute(delete(Job))


async def test_what_took_effect_though_the_answer_was_lost_is_not_done_again(ground: Field) -> None:
    ground.loses = True
    job = await ground.job("ref-1")
    await ground.passes()
    assert (await ground.fresh(job)).state is JobState.READY
    await ground.passes(timedelta(seconds=5))

    kept = await ground.fresh(job)
    assert (kept.state, kept.last_error) == (JobState.DONE, None)
    assert (ground.done, ground.asked) == (["ref-1"], ["ref-1"])


async def test_while_the_carrier_does_not_say_nothing_is_sent_again(ground: Field) -> None:
    ground.loses, ground.answers = True, False
    job = await ground.job("ref-1")
    for _ in range(len(jobs.DOUBTED) + 1):
        await ground.passes(timedelta(days=1))

    assert (await ground.fresh(job)).state is JobState.DEAD
    assert ground.done == ["ref-1"]


async def test_a_dead_job_that_is_put_back_asks_first(ground: Field) -> None:
    ground.loses, ground.answers = True, False
    job = await ground.job("ref-1")
    for _ in range(len(jobs.DOUBTED) + 1):
        await ground.passes(timedelta(days=1))
    ground.answers = True
    async with ground.store.writing(EVERYTHING) as session:
        business.retry(await session.get_one(Job, job.id), ground.now[0])
    await ground.passes()

    assert (await ground.fresh(job)).state is JobState.DONE
    assert ground.done == ["ref-1"]
    async with ground.store.writing(EVERYTHING) as session:
        with pytest.raises(Refused, match="Only a dead job"):
            business.retry(await session.get_one(Job, job.id), ground.now[0])


async def test_a_worker_that_died_while_it_worked_is_followed_by_one_that_asks(ground: Field) -> None:
    job = await ground.job("ref-1")
    [leased] = await jobs._lease(ground.store, ground.now[0], 1)
    await ground.book(ground.caller, leased)  # and here it died

    assert await ground.passes(timedelta(seconds=30)) == 0
    assert await ground.passes(jobs.LEASE) == 1

    assert (await ground.fresh(job)).state is JobState.DONE
    assert ground.done == ["ref-1"]


async def test_a_job_another_took_over_while_it_waited_its_turn_is_left_alone(ground: Field) -> None:
    jobs_ = [await ground.job(f"ref-{place}", f"shp_{place}") for place in range(2)]
    taken_over: list[str] = []

    async def slow(caller: Caller, job: Job) -> None:
        ground.done.append(job.reference)
        if not taken_over:
            taken_over.append(job.reference)
            ground.now[0] += jobs.LEASE + timedelta(seconds=1)
            await jobs.run(caller, {"book": jobs.Kind(ground.book, ground.ask)})

    await jobs.run(ground.caller, {"book": jobs.Kind(slow, ground.ask)})

    assert sorted(ground.done) == ["ref-0", "ref-1"]
    assert [(await ground.fresh(job)).state for job in jobs_] == [JobState.DONE, JobState.DONE]
