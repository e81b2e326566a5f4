"""A carrier that takes its time holds up nobody else's work, and two works for one thing never go on side by side."""

import asyncio

import httpx2

from aftersales.calling import Caller
from carriers.http import Outside
from db.models.messages import Job
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making
from tests.worker.making import NOON
from worker import jobs


async def promised(store: Store, *works: tuple[str, str]) -> None:
    """Jobs of a kind for a resource each."""
    owner = await making.merchant(store)
    async with store.writing(EVERYTHING) as session:
        for kind, resource in works:
            wish = {"merchant_id": owner.id, "kind": kind, "resource": resource, "arguments": {}, "reference": resource}
            session.add(Job(**wish, run_at=NOON))


async def test_a_slow_carrier_holds_up_nobody_else(store: Store) -> None:
    await promised(store, ("slow", "one"), ("quick", "one"), ("quick", "two"))
    others_are_done, order = asyncio.Event(), []

    async def slow(_: Caller, job: Job) -> None:
        await asyncio.wait_for(others_are_done.wait(), 10)
        order.append(f"slow {job.resource}")

    async def quick(_: Caller, job: Job) -> None:
        order.append(f"quick {job.resource}")
        others_are_done.set()

    async with httpx2.AsyncClient() as client:
        caller = Caller(store, Outside(client, lambda: NOON), lambda: NOON)
        while await jobs.run(caller, {"slow": jobs.Kind(slow), "quick": jobs.Kind(quick)}):
            pass

    assert order == ["quick two", "slow one", "quick one"]
