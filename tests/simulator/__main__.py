"""``python -m tests.simulator``: many seeds, one after the other. A seed that fails is played twice more, told with its
trace, and ends it all with 1."""

import argparse
import asyncio
import gc
import sys
import time

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulator.run import Ended, Theatre, theatre

TIMES, SHOWN = 3, 20


def _asked() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    asked.add_argument("--seeds", type=int, default=2000, help="how many")
    asked.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    asked.add_argument("--steps", type=int, default=50, help="of each")
    asked.add_argument("--seed", type=int, help="this one alone, with its trace")
    asked.add_argument(
        "--database", help="a PostgreSQL server to play on, postgresql://...; left out: SQLite in memory"
    )
    return asked.parse_args()


async def _main(asked: argparse.Namespace) -> int:
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else [asked.seed]
    columns = TextColumn("{task.description}"), MofNCompleteColumn(), TimeRemainingColumn()
    deaths, failed = 0, list[int]()
    async with theatre(asked.database) as stage:
        gc.freeze()  # what was imported is nobody's garbage
        started, spent = time.perf_counter(), time.process_time()
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            for seed in progress.track(seeds, description="seeds"):
                ended = await stage.play(seed, asked.steps)
                deaths += ended.deaths
                if asked.seed is not None:
                    _say(*ended.trace, ended.digest)
                if ended.problems:
                    failed.append(seed)
                    await _tell(stage, ended, asked.steps)
        took, spent = time.perf_counter() - started, time.process_time() - spent
    each = spent / len(seeds) / asked.steps * 1000
    _say(
        f"{len(seeds)} seeds of {asked.steps} steps in {took:.0f} s ({spent:.0f} s of one core, {each:.1f} ms a step):"
        f" {deaths} deaths, {len(failed)} violations {failed or ''}"
    )
    return 1 if failed else 0


async def _tell(stage: Theatre, ended: Ended, steps: int) -> None:
    again = [await stage.play(ended.seed, steps) for _ in range(TIMES - 1)]
    same = 1 + sum(each.problems != () and each.digest == ended.digest for each in again)
    _say(*ended.trace, "", *ended.complaints, "")
    _say(f"seed {ended.seed} fails {same} of {TIMES} times alike:", *ended.problems[:SHOWN])


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


sys.exit(asyncio.run(_main(_asked())))
