"""A short form of ``python -m tests.simulator``, and that a seed is played alike each time, in any process."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.simulator.run import Ended, theatre

ROOT = Path(__file__).parents[2]
FIRST = 7_000_000  # seeds of our own: the long form begins at 0


def played(seeds: range, steps: int, database: str | None = None) -> list[Ended]:
    async def play() -> list[Ended]:
        async with theatre(database) as stage:
            return [await stage.play(seed, steps) for seed in seeds]

    return asyncio.run(play())


def told(ended: list[Ended]) -> dict[int, tuple[str, ...]]:
    return {each.seed: (*each.problems, *each.trace, *each.complaints) for each in ended if each.problems}


def test_whatever_happens_every_promise_is_kept_on_sqlite() -> None:
    ended = played(range(FIRST, FIRST + 16), 50)

    assert told(ended) == {}
    assert sum(each.deaths for each in ended) >= 10


def test_whatever_happens_every_promise_is_kept_on_postgresql(postgresql: str) -> None:
    assert told(played(range(FIRST, FIRST + 3), 30, postgresql)) == {}


def test_a_seed_is_played_alike_in_another_process() -> None:
    """With other ids, other keys, another wall clock, and other hashes of texts."""
    [here] = played(range(FIRST, FIRST + 1), 50)
    command = [sys.executable, "-m", "tests.simulator", "--seed", str(FIRST)]
    environ = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)

    assert tuple(there.stdout.splitlines()[: len(here.trace)]) == here.trace
    assert here.digest in there.stdout
