"""How soon a commit is told to those who follow: ``python -m benchmarks.live --database URL``.

Two experiments, each with a real server in a process of its own. The first: a thousand sockets, each following
``changes`` with a node to be loaded; here, beside the server, the sockets and the writer, so that one clock measures from a
commit to each message. The second (``benchmarks.live_hostile``): sockets that flood, one that does not read, one whose
key is revoked. A canary asks a query over HTTP ten times a second all the while. The database is made by the command and
must be empty or absent: ``sqlite+aiosqlite:////tmp/live.db`` or ``postgresql+asyncpg://.../live``.
"""

import argparse
import asyncio
import json
import os
import resource
import time
from contextlib import suppress
from dataclasses import dataclass, field

from websockets.asyncio.client import ClientConnection

from benchmarks import live_hostile
from benchmarks.live_server import SECRET_KEY, Server, Shop, ask, follow, ready, scan, serving, shop, steady
from benchmarks.table import Figure, at, show
from db import migrate
from db.session import Store
from db.vault import Vault

LATEST_SECONDS = 15.0  # after the last commit: what has not come by then is lost


@dataclass
class Measured:
    """When what was committed, and when it was told to whom."""

    committed: dict[tuple[str, int], float] = field(default_factory=dict)
    told: list[tuple[tuple[str, int], float]] = field(default_factory=list)
    canary: list[float] = field(default_factory=list)

    def lags(self) -> list[float]:
        """Seconds from a commit to a message, sorted."""
        return sorted(max(at - self.committed[what], 0.0) for what, at in self.told if what in self.committed)


async def read(raw: ClientConnection, measured: Measured) -> None:
    """Notes when what came."""
    async for message in raw:
        came = time.perf_counter()
        told = json.loads(message)["payload"]["data"]["changes"]
        measured.told.append(((told["subjectId"], told["subjectVersion"]), came))


async def write(store: Store, shops: list[Shop], measured: Measured, given: argparse.Namespace) -> None:
    """Commits at an even pace, and notes when each was durable."""
    started = time.perf_counter()
    for number in range(given.rate * given.seconds):
        await asyncio.sleep(max(0.0, started + number / given.rate - time.perf_counter()))
        what = await scan(store, shops)
        measured.committed[what] = time.perf_counter()


async def many(given: argparse.Namespace, server: Server) -> list[Figure]:
    """A thousand sockets, each event reaching twenty of them."""
    await ready(server)
    store = Store(given.database, Vault(SECRET_KEY))
    shops = [await shop(store, number) for number in range(given.sockets // given.reached)]
    sockets: list[ClientConnection] = []
    for each in shops:
        sockets += await asyncio.gather(
            *(follow(server.port, each.key, given.subscriptions) for _ in range(given.reached))
        )
    steady()
    measured = Measured()
    beside = [asyncio.create_task(read(raw, measured)) for raw in sockets]
    beside.append(asyncio.create_task(ask(server.port, shops[0].key, measured.canary)))
    before = server.busy()
    await write(store, shops, measured, given)
    busy = (server.busy() - before) / given.seconds
    with suppress(TimeoutError):
        async with asyncio.timeout(LATEST_SECONDS):
            while len(measured.told) < len(measured.committed) * given.reached * given.subscriptions:  # noqa: ASYNC110 nobody says that it was the last
                await asyncio.sleep(0.1)
    await asyncio.sleep(1)  # whatever should not come would come now
    figures = judged(given, measured, server.memory(), busy)
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    for raw in sockets:
        raw.transport.abort()
    await store.close()
    return figures


def judged(given: argparse.Namespace, measured: Measured, memory: float, busy: float) -> list[Figure]:
    """What came of it, beside what was promised."""
    lags, canary = measured.lags(), sorted(measured.canary)
    wanted = given.rate * given.seconds * given.reached * given.subscriptions
    p99, told = at(lags, 0.99), len(set(measured.told))
    spread = f"p50 {at(lags, 0.5) * 1000:.0f}, p99 {p99 * 1000:.0f}, max {lags[-1] * 1000:.0f} ms"
    asked = f"p50 {at(canary, 0.5) * 1000:.0f}, p99 {at(canary, 0.99) * 1000:.0f} ms; {busy:.0%} of a core"
    return [
        Figure("commit to client", "p99 <= 300 ms", spread, p99 <= 0.3),
        Figure("memory of the server", "<= 200 MB", f"{memory:.0f} MB", memory <= 200),
        Figure("messages told, each once", f"{wanted:,}", f"{told:,}", told == len(measured.told) == wanted),
        Figure("a query beside it", "", asked),
    ]


def main() -> None:
    """Runs both experiments and prints what was measured."""
    parser = argparse.ArgumentParser(description="Measures how soon a commit is told to those who follow.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--subscriptions", type=int, default=1, help="of each socket")
    parser.add_argument("--reached", type=int, default=20, help="sockets that an event reaches")
    parser.add_argument("--rate", type=int, default=50, help="events a second")
    parser.add_argument("--flood", type=int, default=10, help="events a second in the second experiment")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", choices=("many", "hostile"))
    given = parser.parse_args()
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    asyncio.run(prepare(given.database))
    engine = given.database.partition("+")[0]
    if given.only != "hostile":
        with serving(given.database) as server:
            figures = asyncio.run(many(given, server))
        title = f"{given.sockets:,} sockets, {given.rate} events a second of which each reaches {given.reached}"
        show(f"{engine}: {title} (load {os.getloadavg()[0]:.1f})", figures)
    if given.only != "many":
        with serving(given.database) as server:
            figures = live_hostile.run(given.database, server, given.flood, given.seconds)
        show(f"{engine}: {live_hostile.TITLE}, {given.flood} events a second (load {os.getloadavg()[0]:.1f})", figures)


async def prepare(url: str) -> None:
    """Migrates."""
    store = Store(url, Vault(SECRET_KEY))
    await migrate.to_head(store)
    await store.close()


if __name__ == "__main__":
    main()
