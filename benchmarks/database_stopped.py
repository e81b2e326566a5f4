"""PostgreSQL crashes and comes back: ``python -m benchmarks.database_stopped``.

Clients send queries, keyed mutations and pushes and insist, others follow live; meanwhile the database is stopped as by a
power cut, stays away, and is started again. While it is away everything is answered with 503 and a wait; nothing that
was acknowledged is lost; and when it is back, so are we. The command brings a PostgreSQL of its own.
"""

import argparse
import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from benchmarks.followers import Feed, Follower, settled
from benchmarks.insisting import Asked, Attempt, Clients, compare, mutation, prepare, push, query
from benchmarks.postgres import Postgres, postgres
from benchmarks.serving import SECRET_KEY, Served, serving
from db.away import DatabaseAway
from db.session import Store
from db.vault import Vault

OURS = re.compile(rb"asyncpg|sqlalchemy|postgres|traceback|wbpg|select |insert |\.py", re.IGNORECASE)
RECOVERY_SECONDS = 3.0
FROM = 1_000_000  # the numbers of the pushes that knock after a return
CALM_SECONDS = 1.5
MOST_CONNECTIONS = 16 + 2  # a pool, the sealer's, and one that listens for hints


@dataclass
class Stopped:
    """What was measured. ``back``: of each return, seconds until each thing worked again; ``badly``: attempts answered
    otherwise than with success or 503 and a wait; ``held``: connections still in use at the end."""

    unready: list[float] = field(default_factory=list)
    ready_while_away: int = 0
    back: list[dict[str, float]] = field(default_factory=list)
    badly: Counter[str] = field(default_factory=Counter)
    told: list[bytes] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    connections: tuple[int, int] = (0, 0)
    held: float = 0
    requests: int = 0
    waits: int = 0
    lost: int = 0
    twice: int = 0
    lost_pushes: int = 0
    given_up: int = 0
    missed: int = 0

    def misses(self, recovery: float = RECOVERY_SECONDS) -> list[str]:
        """The promises that were not kept, in words; ``recovery`` is for machines that do other things beside."""
        before, after = self.connections
        checks = {
            "answered badly": dict(self.badly),
            "driver's words told": self.told[:3],
            "ready while the database was away": self.ready_while_away,
            "slow to say so": [each for each in self.unready if each > 1.5],
            "acknowledgements lost": self.lost + self.lost_pushes,
            "effects twice": self.twice,
            "requests given up": self.given_up,
            "slow to recover": [each for each in self.back if max(each.values()) > recovery],
            "changes missed by those who follow": self.missed,
            "connections in use at the end": self.held,
            "more connections than a process may have": after if after > max(before, MOST_CONNECTIONS) else 0,
        }
        return [f"{name}: {found}" for name, found in checks.items() if found]


async def measure(times: int, seconds: float, many: int = 12) -> Stopped:
    """Stops the database so many times for so long, with so many clients."""
    found = Stopped()
    with postgres() as database:
        world = await prepare(database.url)
        async with serving(database.url) as served:
            clients = Clients(world, [served.port])
            followers = [Follower(world, [served.port]) for _ in range(2)]
            stopped = asyncio.Event()
            beside = [asyncio.create_task(followers[0].over_socket()), asyncio.create_task(followers[1].over_sse())]
            pressing = [asyncio.create_task(press(clients, stopped, each)) for each in range(many)]
            await asyncio.sleep(CALM_SECONDS)
            before = await connections(database.url)
            for number in range(times):
                await away(database, served, seconds, found)
                await back(database, clients, followers, found, number)
                await asyncio.sleep(CALM_SECONDS)
            stopped.set()
            await asyncio.gather(*pressing)
            found.missed = await settled(followers, Feed(world, served.port))
            for each in followers:
                found.ends += each.ends
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            clients.close()
            found.held = await in_use(served.port)
            found.connections = (before, await connections(database.url))
        kept = await compare(database.url, clients)
    judge(clients, found)
    found.lost, found.twice, found.lost_pushes = kept.lost, kept.twice, kept.lost_pushes
    return found


async def press(clients: Clients, stopped: asyncio.Event, number: int) -> None:
    """One client: one request after the other, each until it is done."""
    while not stopped.is_set():
        number += 7
        await clients.insist(clients.next_asked(number))
        await asyncio.sleep(0.05)


async def away(database: Postgres, served: Served, seconds: float, found: Stopped) -> None:
    """Stops the database for so long, and watches what /readyz says."""
    await asyncio.to_thread(database.crash)
    started = time.perf_counter()
    while await served.is_ready():  # noqa: ASYNC110 it is another process
        await asyncio.sleep(0.01)
    found.unready.append(time.perf_counter() - started)
    while time.perf_counter() - started < seconds:
        found.ready_while_away += await served.is_ready()
        await asyncio.sleep(0.1)


async def back(database: Postgres, clients: Clients, followers: list[Follower], found: Stopped, number: int) -> None:
    """Starts the database, and knocks until everything works again."""
    await asyncio.to_thread(database.start)
    since = time.perf_counter()
    served = Served(database.url, clients.ports[0], None)  # type: ignore[arg-type]  # only asked whether it is ready

    async def knocked(make: Callable[[], Asked]) -> bool:
        attempt: Attempt = await clients.attempt(make(), clients.ports[0])
        if attempt.is_done and attempt.kind == "mutation":
            clients.acknowledged[attempt.name] = attempt.node
        return attempt.is_done

    async def told(follower: Follower) -> bool:
        return bool(follower.seen) and follower.seen[-1][1] > since

    async def listens() -> bool:
        return await listeners(database.url) > 0

    knocks = iter(range(FROM * (number + 1), FROM * (number + 2)))
    checks: dict[str, Callable[[], Awaitable[bool]]] = {
        "ready": served.is_ready,
        "query": lambda: knocked(query),
        "mutation": lambda: knocked(mutation),
        "push": lambda: knocked(lambda: push(clients.world, next(knocks) % FROM)),
        "told by socket": lambda: told(followers[0]),
        "told by sse": lambda: told(followers[1]),
        "listening": listens,
    }
    took = await asyncio.gather(*(_until(check, since) for check in checks.values()))
    found.back.append(dict(zip(checks, took, strict=True)))


async def _until(check: Callable[[], Awaitable[bool]], since: float) -> float:
    while not await check():
        if time.perf_counter() - since > 30:
            break
        await asyncio.sleep(0.05)
    return time.perf_counter() - since


async def connections(url: str) -> int:
    """How many connections the gateway keeps."""
    return await _counted(url, "application_name LIKE 'waybridge%' AND pid <> pg_backend_pid()")


async def listeners(url: str) -> int:
    """How many of them listen for hints."""
    return await _counted(url, "query LIKE 'LISTEN%' AND pid <> pg_backend_pid()")


async def _counted(url: str, which: str) -> int:
    store = Store(url, Vault(SECRET_KEY), pool=1)
    try:
        with suppress(DBAPIError, DatabaseAway):
            async with store.reader.connect() as connection:
                return await connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {which}")) or 0
        return 0
    finally:
        await store.close()


async def in_use(port: int, within: float = 5.0) -> float:
    """How many of the server's connections are in use: the least that was seen within so many seconds."""
    least, until = float("inf"), time.perf_counter() + within
    async with httpx2.AsyncClient(trust_env=False) as client:
        while least and time.perf_counter() < until:
            lines = (await client.get(f"http://127.0.0.1:{port}/metrics")).text.splitlines()
            [line] = [each for each in lines if each.startswith("waybridge_database_connections ")]
            least = min(least, float(line.split()[1]))
            await asyncio.sleep(0.02)
    return least


def judge(clients: Clients, found: Stopped) -> None:
    """How attempts were answered."""
    found.requests, found.given_up = len(clients.attempts), len(clients.given_up)
    for each in clients.attempts:
        if each.body and OURS.search(each.body):
            found.told.append(each.body)
        if each.status == 503 and each.retry_after and set(each.codes) <= {"OVERLOADED"}:
            found.waits += 1
        elif not each.is_done or each.refusals:
            found.badly[f"{each.kind}: {each.status} {each.codes} {each.refusals}"] += 1


def report(found: Stopped) -> None:
    """Prints what was measured."""
    print(f"requests   {found.requests} attempts, {found.waits} told to wait (503, Retry-After)")
    print(f"unready    {max(found.unready):.2f} s at most after the stop")
    for name in found.back[0]:
        print(f"back       {name:14} {max(each[name] for each in found.back):.2f} s at most")
    print(f"kept       {found.lost} acknowledgements lost, {found.lost_pushes} pushes, {found.twice} effects twice")
    print(f"live       {dict(found.ends)}, missed {found.missed}")
    print(f"pool       {found.connections[0]} connections before, {found.connections[1]} after, {found.held:g} in use")
    for miss in found.misses():
        print(f"MISSED     {miss[:600]}")


def main() -> None:
    """Measures and prints; ends with 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description="Stops PostgreSQL under load.")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    found = asyncio.run(measure(given.times, given.seconds))
    report(found)
    raise SystemExit(1 if found.misses() else 0)


if __name__ == "__main__":
    main()
