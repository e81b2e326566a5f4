"""Whether a key ever has two effects, over as many runs as there is time for.

``python -m benchmarks.idempotency --database URL [--runs 2000] [--seed 1]`` sends creates in any order through the whole
gateway at two doors over one database: repeated, changed, at the same time, with commits that fail, clients that go away,
days that pass. First fifty at once under one key, twenty times. It works in two processes (``--processes``), each in a
database of its own beside the named one, made and removed: the clock of one would sweep away the keys of the other.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

import structlog
import uvloop
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrate
from db.session import Store
from db.vault import Vault
from tests.resolvers.idempotent_calls import ACCOUNT, Call, Told
from tests.resolvers.idempotent_machine import Track, machine_of, merchants, opened, sent, things

STEPS = 50
AT_ONCE, TIMES = 50, 20
BATCH = settings(
    max_examples=20,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # a failure is told as it was met: shrinking it would take hours
)


def kind(answer: Told) -> str:
    """One of the three that a repeat may get, or what it must not."""
    if answer.is_replay:
        return "replay"
    if answer.code == "CONFLICT":
        return "retryable conflict"
    return "result" if answer.id else f"{answer.error or answer.code}!"


async def fifty_at_once(track: Track) -> bool:
    """Twenty times fifty calls with one key: whether each time one thing was made and all were told of it."""
    came: Counter[str] = Counter()
    ok, slowest = True, 0.0
    for _ in range(TIMES):
        [who] = await merchants(track.store, 1)
        start = time.perf_counter()
        answers = await asyncio.gather(
            *(sent(track.doors[at % 2], who, Call(0, 0, ACCOUNT, 1)) for at in range(AT_ONCE))
        )
        slowest = max(slowest, time.perf_counter() - start)
        came.update(map(kind, answers))
        ids = {each.id for each in answers if each.id}
        made = await things(track.store, [who], track.doors[0].clock.now)
        ok = ok and len(ids) == 1 and made == [1, 0, 1]
    ok = ok and set(came) <= {"result", "replay", "retryable conflict"} and came["result"] == TIMES
    print(f"{TIMES} x {AT_ONCE} calls at once under one key: {dict(came)}, slowest {slowest * 1000:.0f} ms for all")
    return ok


def long_form(track: Track, runs: int, first_seed: int) -> bool:
    """So many runs of about fifty steps: whether the model held."""
    start, batch = time.perf_counter(), first_seed
    while track.runs < runs:
        try:
            run_state_machine_as_test(seed(batch)(machine_of(track)), settings=BATCH)
        except BaseException as failed:  # noqa: BLE001 hypothesis raises groups, with the steps as notes
            print(f"broken in the batch of seed {batch}, at step {track.steps:,}")
            sys.excepthook(type(failed), failed, failed.__traceback__)
            return False
        batch += 1
        took = time.perf_counter() - start
        left = took * max(0.0, runs / track.runs - 1)
        print(f"{track.runs:,} runs, {track.steps:,} steps, {took:.0f} s, {left:.0f} s to go", flush=True)
    print(dict(sorted(track.came.items())))
    return True


async def administer(url: URL, statement: str) -> None:
    """Outside any transaction, on a PostgreSQL."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


@contextmanager
def beside(url: URL) -> Iterator[URL]:
    """A fresh database where the named one is."""
    name = f"idempotency_{uuid4().hex[:8]}"
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database or "").parent / name
        folder.mkdir()
        yield url.set(database=str(folder / "waybridge.db"))
        shutil.rmtree(folder)
        return
    asyncio.run(administer(url, f"CREATE DATABASE {name}"))
    yield url.set(database=name)
    asyncio.run(administer(url, f"DROP DATABASE {name} WITH (FORCE)"))


def one_process(url: URL, runs: int, first_seed: int) -> None:
    """Both experiments on a fresh database; ends with 1 where a promise was broken."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with beside(url) as fresh, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        vault = Vault(b"k" * 32)
        stores = [Store(fresh.render_as_string(hide_password=False), vault) for _ in range(2)]
        runner.run(migrate.to_head(stores[0]))
        with opened(runner, stores) as track:
            held = runner.run(fifty_at_once(track)) and long_form(track, runs, first_seed)
            print(f"{track.runs:,} runs, {track.steps:,} steps: {'held' if held else 'BROKEN'}", flush=True)
    sys.exit(not held)


def main() -> None:
    """Shares the runs out among processes and prints the verdict."""
    words = argparse.ArgumentParser(description="Whether an idempotency key ever has two effects.")
    words.add_argument("--database", required=True)
    words.add_argument("--runs", type=int, default=2000)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--processes", type=int, default=2)
    given = words.parse_args()
    context, url, share = get_context("spawn"), make_url(given.database), -(-given.runs // given.processes)
    start = time.perf_counter()
    parts = [
        context.Process(target=one_process, args=(url, share, given.seed + at * 1_000_000))
        for at in range(given.processes)
    ]
    for each in parts:
        each.start()
    for each in parts:
        each.join()
    held = all(each.exitcode == 0 for each in parts)
    verdict = "HELD: as many effects as accepted keys, repeats told the same" if held else "BROKEN: see above"
    print(f"{url.get_backend_name()}, {time.perf_counter() - start:.0f} s: {verdict}")
    sys.exit(not held)


if __name__ == "__main__":
    main()
