"""The gateway is killed three times and more while six clients send keyed mutations and a carrier pushes: nothing that was
acknowledged is lost, nothing happens twice, and the partner's endpoint hears everything in its order.

The long forms are ``python -m benchmarks.kills`` and ``python -m benchmarks.killed_pushes``.
"""

import asyncio
import base64
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from benchmarks import killed_pushes, kills
from benchmarks.kills_receiver import receiving
from benchmarks.serving import Pace, killing, serving
from db.session import Store
from tests.conftest import SECRET_KEY
from worker.webhooks import WIDEST_WINDOW

KEYS, PARCELS, KILLS, SEED = 120, 20, 3, 7


@dataclass(frozen=True)
class Run:
    """Both experiments over one server."""

    asked: kills.Result
    pushed: killed_pushes.Outcome
    kills: int


@pytest.fixture(scope="module")
async def run(store: Store, database_url: str) -> AsyncIterator[Run]:
    """Runs both, once for each database."""
    key = base64.b64encode(SECRET_KEY).decode()
    pace = Pace(random.Random(SEED), shortest=0.4, longest=0.9, at_most=KILLS)
    async with receiving(SEED) as heard, serving(database_url, WAYBRIDGE_SECRET_KEY=key) as served:
        stream = await killed_pushes.prepare(store, served.port, PARCELS, SEED)
        trial = await kills.prepare(store, served.port, heard)
        async with killing(served, pace):
            await asyncio.gather(kills.ask(trial, KEYS), killed_pushes.send(stream))
        pushed = await killed_pushes.judged(store, stream)
        yield Run(await kills.judged(store, trial), pushed, pace.kills)


async def test_keyed_mutations_happen_once_and_are_told_in_order(run: Run) -> None:
    assert run.kills >= KILLS
    assert run.asked.violations(KEYS) == []
    assert len(run.asked.ledger.answered) == KEYS
    assert run.asked.ledger.resent > 0


async def test_a_kill_repeats_no_more_than_was_on_its_way(run: Run) -> None:
    assert run.asked.findings.twice <= run.kills * WIDEST_WINDOW


async def test_a_carriers_pushes_are_kept_once_and_read(run: Run) -> None:
    assert run.pushed.violations() == []
