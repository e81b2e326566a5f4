"""Restarts under load: ``python -m benchmarks.restarts --database URL``.

Clients send a hundred requests a second (queries, keyed mutations, pushes) and insist; meanwhile servers are told to
stop (SIGTERM) and started again, one after the other. On PostgreSQL two processes stand beside each other, on SQLite
there is one, and clients try again until it is back. The database is made by the command and must be empty or absent.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from benchmarks.followers import Feed, Follower, settled
from benchmarks.insisting import Clients, compare, prepare
from benchmarks.serving import SECRET_KEY, Served, serving
from db.session import Store
from db.vault import Vault

LEASES = ("inbox", "jobs", "exports")
WELL = re.compile(r"closed with (1000|1001|1012|1013)|ended|refused: OVERLOADED|refused with 503")
"""How live connections may end: shown out, or told to come again shortly (1000 is our own hanging up after that)."""
CALM_SECONDS = 1.0
MOST_WAITING = 300


@dataclass
class Restarted:
    """What was measured. Times are seconds after each signal; ``failed`` are attempts that a server took in and did not
    answer, or answered with a failure of its own."""

    unready: list[float] = field(default_factory=list)
    exited: list[float] = field(default_factory=list)
    started: list[float] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)
    leases: int = 0
    failed: list[str] = field(default_factory=list)
    unread: int = 0
    told_to_wait: int = 0
    slow: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    badly_ended: list[str] = field(default_factory=list)
    missed: int = 0
    given_up: int = 0
    requests: int = 0
    lost: int = 0
    twice: int = 0
    lost_pushes: int = 0

    def misses(self) -> list[str]:
        """The promises that were not kept, in words."""
        checks = {
            "admitted requests failed": self.failed,
            "acknowledgements lost": self.lost + self.lost_pushes,
            "effects twice": self.twice,
            "requests given up": self.given_up,
            "ready for more than a second": [each for each in self.unready if each > 1.0],
            "more than ten seconds to end": [each for each in self.exited if each > 10.0],
            "leases held": self.leases,
            "live connections ended otherwise": self.badly_ended,
            "changes missed": self.missed,
        }
        return [f"{name}: {found}" for name, found in checks.items() if found]


async def measure(url: str, restarts: int, rate: int = 100, calm: float = CALM_SECONDS) -> Restarted:
    """Restarts so many times with calm between them, and compares afterwards."""
    world, found = await prepare(url), Restarted()
    async with AsyncExitStack() as stack:
        many = 1 if url.startswith("sqlite") else 2
        servers = [await stack.enter_async_context(serving(url, WAYBRIDGE_LOG_LEVEL="info")) for _ in range(many)]
        ports = [served.port for served in servers]
        clients = Clients(world, ports)
        followers = [Follower(world, ports) for _ in range(2 * many)]
        following = [
            asyncio.create_task(each.over_socket() if number % 2 else each.over_sse())
            for number, each in enumerate(followers)
        ]
        stopped = asyncio.Event()
        pressing = asyncio.create_task(press(clients, rate, stopped))
        await asyncio.sleep(calm)
        for number in range(restarts):
            await restart(servers[number % many], clients, found, url)
            await asyncio.sleep(calm)
        stopped.set()
        await pressing
        found.missed = await settled(followers, Feed(world, ports[0]))
        note_ends(followers, found)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        clients.close()
        await asyncio.gather(*(served.stop() for served in servers))
        found.leases += await leased(url, still=True)
        tell_apart(clients, [served.log for served in servers], found)
    kept = await compare(url, clients)
    found.requests, found.given_up = len(clients.attempts), len(clients.given_up)
    found.lost, found.twice, found.lost_pushes = kept.lost, kept.twice, kept.lost_pushes
    return found


async def press(clients: Clients, rate: int, stopped: asyncio.Event) -> None:
    """Sends at an even pace whatever the answers, while not too many wait, until stopped and everything is answered."""
    started, number, tasks = time.perf_counter(), 0, set[asyncio.Task[object]]()
    while not stopped.is_set():
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        task: asyncio.Task[object] = asyncio.create_task(clients.insist(clients.next_asked(number)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if len(tasks) > MOST_WAITING:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        number += 1
    if tasks:
        await asyncio.wait(tasks)


async def restart(served: Served, clients: Clients, found: Restarted, url: str) -> None:
    """One stop and start."""
    watching = asyncio.create_task(unready_after(served))
    code, took = await served.stop()
    found.codes.add(code)
    found.exited.append(took)
    found.unready.append(await watching)
    found.leases += await leased(url, still=len(clients.ports) == 1)
    found.started.append(await served.start())


async def unready_after(served: Served) -> float:
    """Seconds until whoever asks /readyz is told no, or meets nobody; how long the answer takes is not among them."""
    started = asked = time.perf_counter()
    while await served.is_ready():
        await asyncio.sleep(0.01)
        asked = time.perf_counter()
    return asked - started


async def leased(url: str, *, still: bool) -> int:
    """How many leases are held: all of them when nobody works, else those that another process does not renew or end."""
    store = Store(url, Vault(SECRET_KEY))
    try:
        if still:
            return len(await _held(store))
        held = await _held(store)
        for _ in range(20):
            await asyncio.sleep(0.1)
            held &= await _held(store)
            if not held:
                break
        return len(held)
    finally:
        await store.close()


async def _held(store: Store) -> set[tuple[object, ...]]:
    async with store.reader.connect() as connection:
        held = set()
        for table in LEASES:
            rows = await connection.execute(
                text(f"SELECT id, leased_until FROM {table} WHERE leased_until IS NOT NULL")
            )
            held |= {(table, *row) for row in rows}
        return held


def note_ends(followers: Sequence[Follower], found: Restarted) -> None:
    """How live connections ended."""
    for each in followers:
        for end, many in each.ends.items():
            found.ends[end] = found.ends.get(end, 0) + many
            if not WELL.fullmatch(end):
                found.badly_ended.append(end)


def answered(logs: Sequence[Path]) -> dict[str, int]:
    """Of every request that a server took in, by its log, the status it was answered with."""
    statuses: dict[str, int] = {}
    for log in logs:
        for line in log.read_text().splitlines():
            with suppress(ValueError):
                said = json.loads(line)
                if said.get("event") == "answered":
                    statuses[said["request_id"]] = said["status"]
    return statuses


def tell_apart(clients: Clients, logs: Sequence[Path], found: Restarted) -> None:
    """Attempts without an answer: those that a server's log knows were taken in and failed, the others never read."""
    taken_in = answered(logs)
    for each in clients.attempts:
        if each.hung_up:
            found.slow += 1
        elif each.status is None and each.id in taken_in:
            found.failed.append(f"{each.kind} answered with {taken_in[each.id]}, and the answer was lost")
        elif each.status is None and each.connected:
            found.unread += 1
        elif each.status == 503 and each.retry_after:
            found.told_to_wait += 1
        elif each.status is not None and not each.is_done:
            found.failed.append(f"{each.kind}: {each.status} {each.codes}")
        elif each.refusals:
            found.failed.append(f"{each.kind}: {each.refusals}")


def report(found: Restarted, clients_ends: str = "") -> None:
    """Prints what was measured."""
    many = len(found.exited)
    print(f"requests   {found.requests} attempts in {many} restarts; exit codes {sorted(found.codes)} {clients_ends}")
    print(
        f"failed     {len(found.failed)} admitted, {found.unread} cut off before they were read, {found.told_to_wait} told to wait"
    )
    print(f"slow       {found.slow} not answered within a client's fifteen seconds")
    print(f"unready    {max(found.unready):.3f} s at most after the signal")
    print(f"ended      {max(found.exited):.2f} s at most, started again in {max(found.started):.2f} s")
    print(f"live       {found.ends}, missed {found.missed}")
    print(f"kept       {found.lost} acknowledgements lost, {found.lost_pushes} pushes lost, {found.leases} leases held")
    for miss in found.misses():
        print(f"MISSED     {miss[:300]}")


def main() -> None:
    """Measures and prints; ends with 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description="Restarts servers under load.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--restarts", type=int, default=20)
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    given = parser.parse_args()
    found = asyncio.run(measure(given.database, given.restarts, given.rate))
    report(found)
    raise SystemExit(1 if found.misses() else 0)


if __name__ == "__main__":
    main()
