"""A random walk over the lives of returns, pickups, refunds, exchanges and repairs, through GraphQL on a real store:
``python -m tests.experiments.walk --commands 10000 --seed 1 [--database URL]``.

Commands are drawn, plausible or not, by buyers, merchants, platforms and strangers; carriers scan, the worker works, time
passes. After each everything it touched is checked (``walk_checks``); at the end time passes until every case has ended or
waits for a moment to come. Ends with 1, and the last commands, when something did not hold. Without a database a SQLite file
is made and thrown away; one that is given is migrated, and must have no cases yet.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import structlog

from cli.console import tell
from db import migrate
from db.session import Store
from db.vault import Vault
from tests.experiments import walk_checks
from tests.experiments.walk_ground import Ground, Violation, grounded, watched
from tests.experiments.walk_steps import STEPS, change_exchange, change_repair, change_return, tell_transfer, work

RACERS = (change_return, change_exchange, change_repair, tell_transfer, work)
RACES = 0.05
CHECK_ALL_EVERY = 500
REST = (26.0,) * 12 + (24.0 * 8,) * 40
"""Hours, leap by leap, that are let pass at the end: about a year."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk came to; ``violation`` None: everything held."""

    commands: int
    violation: str | None
    cases: Counter[str]
    outcomes: Counter[str]
    moves: int
    trace: tuple[str, ...]


async def walk(store: Store, commands: int, seed: int, *, tells: bool = False) -> Verdict:
    """So many commands, and the time after them. ``tells``: prints a line of progress now and then."""
    async with grounded(store, seed) as ground:
        ground.seen = await walk_checks.newest(store)
        done, violation, began = 0, None, time.monotonic()
        try:
            for done in range(1, commands + 1):
                await _one(ground)
                if done % CHECK_ALL_EVERY == 0:
                    await walk_checks.all_of(ground)
                if tells and done % CHECK_ALL_EVERY == 0:
                    _tell(ground, done, time.monotonic() - began)
            await _rest(ground)
        except Violation as found:
            violation = str(found)
        ends = Counter(f"{each.kind.value} {each.status}" for each in ground.cases.values())
        return Verdict(done, violation, ends, ground.tally, len(ground.moves), tuple(ground.trace))


async def _one(ground: Ground) -> None:
    """A command, or two at once, and what must hold after it."""
    steps = ground.dice.choices(list(STEPS), list(STEPS.values()))
    ground.is_race = ground.chance(RACES)
    if ground.is_race:
        steps = ground.dice.sample(RACERS, 2)
    ground.trace.append(f"{ground.now:%m-%d %H:%M} {' and '.join(each.__name__ for each in steps)} ...")

    async def doing() -> str:
        return " | ".join(await asyncio.gather(*(step(ground) for step in steps)))

    told = await watched(doing)
    ground.trace[-1] = f"{ground.now:%m-%d %H:%M} {told}"
    await walk_checks.after_command(ground)


async def _rest(ground: Ground) -> None:
    """Nobody does anything any more: time alone must bring every case to its end, or to a moment that is to come."""
    for hours in REST:

        async def doing(hours: float = hours) -> None:
            await ground.pass_time(hours)

        await watched(doing)
        await walk_checks.after_command(ground)
    await walk_checks.all_of(ground)
    await walk_checks.at_rest(ground)


def _tell(ground: Ground, done: int, seconds: float) -> None:
    going = sum(not each.is_terminal for each in ground.cases.values())
    line = f"{done:6} commands  {len(ground.cases):6} cases, {going} going on  {len(ground.moves)} kinds of moves"
    tell(f"{line}  {seconds:.0f} s")


def show(verdict: Verdict) -> None:
    """Prints it."""
    for name, counts in (("cases", verdict.cases), ("outcomes", verdict.outcomes)):
        tell(f"{name}: " + ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
    if verdict.violation is None:
        tell(f"{verdict.commands} commands, {verdict.moves} kinds of moves: everything held")
        return
    tell("\n".join(verdict.trace))
    tell(f"VIOLATION after {verdict.commands} commands: {verdict.violation}")


async def _main(given: argparse.Namespace, folder: Path) -> bool:
    store = Store(given.database or f"sqlite+aiosqlite:///{folder / 'walk.db'}", Vault(b"k" * 32))
    try:
        await migrate.to_head(store)
        verdict = await walk(store, given.commands, given.seed, tells=True)
    finally:
        await store.close()
    show(verdict)
    return verdict.violation is None


def main() -> None:
    """Reads the arguments."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--commands", type=int, default=10_000)
    words.add_argument("--seed", type=int, default=Random().randrange(10_000))  # a walk to repeat
    words.add_argument("--database", metavar="URL", help="sqlite+aiosqlite:///FILE or postgresql+asyncpg://...")
    given = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    tell(f"seed {given.seed}")
    with tempfile.TemporaryDirectory(prefix="wbwalk") as folder:
        sys.exit(not asyncio.run(_main(given, Path(folder))))


if __name__ == "__main__":
    main()
