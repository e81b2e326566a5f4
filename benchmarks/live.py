"""How soon a commit is told to those who follow: ``python -m benchmarks.live --database URL``.

A real server in a process of its own; here, beside it, the sockets and the writer, so that one clock measures from a
commit to each message. Each merchant has as many sockets as an event reaches; each socket follows ``changes`` with a
node to be loaded. A canary asks a query over HTTP ten times a second all the while. The database is made by the command
and must be empty or absent: ``sqlite+aiosqlite:////tmp/live.db`` or ``postgresql+asyncpg://.../live``.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import socket
import statistics
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from aftersales import credentials, partners, shipments
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import By, Fact, announce
from aftersales.shipments import ShipmentWish
from api.app import create_app
from api.observability import set_up_logging
from api.settings import Settings
from cli.hosting import SOCKETS
from db import migrate
from db.enums import PartnerKind, Party
from db.ids import uuid7
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from worker.sealing import Sealer

SECRET_KEY = b"b" * 32
BY = By(Party.CARRIER, "benchmark")
QUERY = "subscription { changes { number subjectId subjectVersion kind node { id ... on Shipment { status } } } }"


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def sealing(store: Store, _clock: Callable[[], datetime]) -> AsyncIterator[Callable[[], None]]:
    """The part of the worker that matters here."""

    async def seal() -> None:
        sealer = Sealer(store)
        while True:
            done = await sealer.step()
            await asyncio.sleep(0.01 if not done else 0)

    task = asyncio.create_task(seal())
    yield lambda: None
    task.cancel()


def serve(url: str, port: int) -> None:
    """The server."""
    set_up_logging("warning")
    settings = Settings(DatabaseSettings(url, SECRET_KEY))
    app = create_app(settings, store=Store(url, Vault(SECRET_KEY)), beside=sealing)
    uvicorn.run(app, port=port, log_level="error", access_log=False, backlog=2048, **SOCKETS)


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with a key and a parcel."""

    key: str
    parcel: Shipment


@dataclass
class Measured:
    """When what was committed, and how long it took to be told."""

    committed: dict[tuple[str, int], float] = field(default_factory=dict)
    told: list[tuple[tuple[str, int], float]] = field(default_factory=list)
    canary: list[float] = field(default_factory=list)

    def lags(self) -> list[float]:
        """Seconds from a commit to a message, sorted."""
        return sorted(max(at - self.committed[what], 0.0) for what, at in self.told if what in self.committed)


async def shop(store: Store, number: int) -> Shop:
    """A fresh merchant."""
    name = f"Bench {number} {uuid7().hex}"
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        owner = await partners.create_merchant(session, store.vault, partners.MerchantWish(name), now=now())
        wish = partners.PartnerWish(name, PartnerKind.MERCHANT, merchant_id=owner.id)
        partner = await partners.create_partner(session, wish, now=now())
        scopes = credentials.DEFAULT_SCOPES[PartnerKind.MERCHANT]
        _, key = await credentials.create_key(session, partner, "benchmark", scopes)
    await store.keys_of(owner.id)
    async with store.writing(EVERYTHING) as session:
        wanted = ShipmentWish(owner.id, "sf", f"SF{number:013}", ())
        return Shop(key, await shipments.register(session, store.vault, wanted, BY, now()))


async def follow(port: int, key: str, subscriptions: int) -> ClientConnection:
    """A socket whose subscriptions stand."""
    raw = await connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        compression=None,
        ping_interval=None,
        open_timeout=60,
    )
    await raw.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}))
    await raw.recv()
    for number in range(subscriptions):
        await raw.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": QUERY}}))
    await raw.send('{"type":"ping"}')
    await raw.recv()
    return raw


async def read(raw: ClientConnection, measured: Measured) -> None:
    """Notes when what came."""
    async for message in raw:
        at = time.perf_counter()
        told = json.loads(message)["payload"]["data"]["changes"]
        measured.told.append(((told["subjectId"], told["subjectVersion"]), at))


async def write(store: Store, shops: Sequence[Shop], measured: Measured, given: argparse.Namespace) -> None:
    """Commits at an even pace, and notes when each was durable."""
    started = time.perf_counter()
    for number in range(given.rate * given.seconds):
        await asyncio.sleep(max(0.0, started + number / given.rate - time.perf_counter()))
        async with store.writing(EVERYTHING) as session:
            row = await session.get_one(Shipment, random.choice(shops).parcel.id, with_for_update=True)
            row.pieces = (row.pieces or 0) + 1
            await announce(session, [Fact(SHIPMENT_SCANNED, row, now())], BY, now=now())
        measured.committed[row.typeid, row.version] = time.perf_counter()


async def ask(port: int, key: str, measured: Measured) -> None:
    """The canary."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        while True:
            started = time.perf_counter()
            await client.post("/graphql", json={"query": "{ shipments(first: 10) { nodes { id status } } }"})
            measured.canary.append(time.perf_counter() - started)
            await asyncio.sleep(0.1)


def busy(pid: int) -> float:
    """The seconds that a process has computed."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """A process's resident memory, in MB."""
    [line] = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


async def measure(given: argparse.Namespace, port: int, pid: int) -> None:
    """Opens the sockets, writes, and prints what came of it."""
    store = Store(given.database, Vault(SECRET_KEY))
    shops = [await shop(store, number) for number in range(given.sockets // given.reached)]
    empty = memory(pid)
    started = time.perf_counter()
    sockets: list[ClientConnection] = []
    for each in shops:
        sockets += await asyncio.gather(*(follow(port, each.key, given.subscriptions) for _ in range(given.reached)))
    opened, held = time.perf_counter() - started, memory(pid)
    measured = Measured()
    beside = [asyncio.create_task(read(raw, measured)) for raw in sockets]
    beside.append(asyncio.create_task(ask(port, shops[0].key, measured)))
    before = busy(pid)
    await write(store, shops, measured, given)
    print(
        f"server    {(busy(pid) - before) / given.seconds:.0%} of a core; load of the machine {os.getloadavg()[0]:.1f}"
    )
    await asyncio.sleep(2)
    report(given, measured)
    print(
        f"memory    {empty:.0f} MB empty, {held:.0f} MB with all sockets ({opened:.1f} s), {memory(pid):.0f} MB after"
    )
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    for raw in sockets:
        raw.transport.abort()
    await store.close()


def report(given: argparse.Namespace, measured: Measured) -> None:
    """Prints the lags, and whether everybody heard of everything."""
    lags, canary = measured.lags(), sorted(measured.canary)
    wanted = given.rate * given.seconds * given.reached * given.subscriptions
    for name, found in (("lag", lags), ("canary", canary)):
        p50, p99 = statistics.median(found), found[int(len(found) * 0.99)]
        print(f"{name:9} p50 {p50 * 1000:6.1f} ms  p99 {p99 * 1000:6.1f} ms  max {found[-1] * 1000:.1f} ms")
    print(f"told      {len(measured.told)} of {wanted}, {len(set(measured.told))} at moments of their own")


def main() -> None:
    """Runs the server beside the load and prints what was measured."""
    parser = argparse.ArgumentParser(description="Measures how soon a commit is told to those who follow.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--subscriptions", type=int, default=1, help="of each socket")
    parser.add_argument("--reached", type=int, default=20, help="sockets that an event reaches")
    parser.add_argument("--rate", type=int, default=50, help="events a second")
    parser.add_argument("--seconds", type=int, default=20)
    given = parser.parse_args()
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 65_536)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    asyncio.run(prepare(given.database))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(given.database, port), daemon=True)
    server.start()
    try:
        asyncio.run(ready_and_measure(given, port, server.pid or os.getpid()))
    finally:
        server.terminate()
        server.join()


async def prepare(url: str) -> None:
    """Migrates."""
    store = Store(url, Vault(SECRET_KEY))
    await migrate.to_head(store)
    await store.close()


async def ready_and_measure(given: argparse.Namespace, port: int, pid: int) -> None:
    """Once the server answers."""
    async with httpx2.AsyncClient() as client:
        for _ in range(300):
            with suppress(httpx2.TransportError):
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                    break
            await asyncio.sleep(0.1)
    await measure(given, port, pid)


if __name__ == "__main__":
    main()
