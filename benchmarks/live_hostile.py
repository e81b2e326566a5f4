"""Hostile sockets: 100 of 25 subscriptions each, so that an event is told 500 times; one of them takes nothing, one has
its key revoked, two more send messages as fast as they are taken. The crowd has a process of its own, so that here the
canary measures the server and not its own neighbours."""

import asyncio
import json
import multiprocessing
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from benchmarks.live_server import SECRET_KEY, Server, Shop, ask, follow, ready, scan, shop, steady
from benchmarks.table import Figure, at
from db.models.partners import ApiKey
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

SHOPS, EACH, SUBSCRIPTIONS, FLOODERS = 5, 20, 25, 2
TITLE = f"{SHOPS * EACH} sockets of {SUBSCRIPTIONS} subscriptions, hostile ones among them"
CONNECTED = "waybridge_live_connections "
BURST = 20  # events at once, each told 525 times
QUIET_SECONDS = 5.0  # enough for what is under way to arrive
LONGEST_SECONDS = 20.0


def run(url: str, server: Server, rate: int, seconds: int) -> list[Figure]:
    """The experiment; gives its figures."""
    return asyncio.run(_run(url, server, rate, seconds))


async def _run(url: str, server: Server, rate: int, seconds: int) -> list[Figure]:
    await ready(server)
    store = Store(url, Vault(SECRET_KEY))
    shops = [await shop(store, 10_000 + number) for number in range(SHOPS)]
    outcast = await shop(store, 20_000)
    context = multiprocessing.get_context("spawn")
    standing, told, over = context.Event(), context.Value("q", 0), context.Event()
    keys = [each.key for each in shops]
    crowd = context.Process(target=_crowd, args=(server.port, keys, (standing, told, over)), daemon=True)
    crowd.start()
    await asyncio.to_thread(standing.wait)
    slow = await follow(server.port, shops[0].key, SUBSCRIPTIONS, sock=_small(server.port))
    revoked = await follow(server.port, outcast.key, SUBSCRIPTIONS)
    steady()
    canary: list[float] = []
    asking = asyncio.create_task(ask(server.port, shops[-1].key, canary))
    writing = asyncio.create_task(_write(store, shops, rate, seconds))
    before = server.busy()
    cut = await _time_to_cut(slow, server, store, shops[0])
    ended = await _time_to_revoke(store, revoked, outcast)
    written = await writing
    busy = (server.busy() - before) / seconds
    asking.cancel()
    await asyncio.sleep(QUIET_SECONDS)
    over.set()
    await asyncio.to_thread(crowd.join)
    await store.close()
    wanted = (written + BURST) * EACH * SUBSCRIPTIONS
    canary.sort()
    p99 = at(canary, 0.99)
    spread = f"p50 {at(canary, 0.5) * 1000:.0f}, p99 {p99 * 1000:.0f}, max {canary[-1] * 1000:.0f} ms"
    return [
        Figure("a query beside it", "p99 < 100 ms", f"{spread}; {busy:.0%} of a core", p99 < 0.1),
        Figure("the slow reader is cut", "<= 10 s", f"{cut:.1f} s", cut <= 10),
        Figure("the revoked credential is cut", "<= 10 s", f"{ended:.1f} s", ended <= 10),
        Figure("messages told to the others", f"{wanted:,}", f"{told.value:,}", told.value == wanted),
    ]


async def _write(store: Store, shops: Sequence[Shop], rate: int, seconds: int) -> int:
    """Commits at an even pace; gives how many."""
    started = time.perf_counter()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
        await scan(store, shops)
    return rate * seconds


def _small(port: int) -> socket.socket:
    """A connection for which the kernel keeps little, so that it soon shows that nobody reads."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", port))
    raw.setblocking(False)  # noqa: FBT003 that is its one argument
    return raw


async def _time_to_cut(slow: ClientConnection, server: Server, store: Store, shop: Shop) -> float:
    """From the moment when more was sent than the kernel keeps until the server counts one connection fewer."""
    slow.transport.pause_reading()
    for _ in range(BURST):
        await scan(store, [shop])
    started = time.perf_counter()
    async with httpx2.AsyncClient() as client:
        before = await _connected(client, server)
        async with asyncio.timeout(LONGEST_SECONDS):
            while await _connected(client, server) == before:  # noqa: ASYNC110 the server tells nobody
                await asyncio.sleep(0.1)
    slow.transport.abort()
    return time.perf_counter() - started


async def _connected(client: httpx2.AsyncClient, server: Server) -> int:
    lines = (await client.get(f"http://127.0.0.1:{server.port}/metrics")).text.splitlines()
    [line] = [each for each in lines if each.startswith(CONNECTED)]
    return int(float(line.removeprefix(CONNECTED)))


async def _time_to_revoke(store: Store, revoked: ClientConnection, owner: Shop) -> float:
    """From the commit that revokes a key until its socket is closed."""
    async with store.writing(EVERYTHING) as session:
        (await session.get_one(ApiKey, owner.key_id)).revoked_at = datetime.now(UTC)
    started = time.perf_counter()
    async with asyncio.timeout(LONGEST_SECONDS):
        await revoked.wait_closed()
    return time.perf_counter() - started


def _crowd(port: int, keys: Sequence[str], shared: tuple[Any, Any, Any]) -> None:
    """The process of those who only read, and of those who flood."""
    asyncio.run(_crowded(port, keys, *shared))


async def _crowded(port: int, keys: Sequence[str], standing: Any, told: Any, over: Any) -> None:
    sockets: list[ClientConnection] = []
    for key in keys:
        sockets += await asyncio.gather(*(follow(port, key, SUBSCRIPTIONS) for _ in range(EACH)))
    flooders = [await follow(port, keys[0], 0) for _ in range(FLOODERS)]
    steady()
    counts = [0] * len(sockets)
    tasks = [asyncio.create_task(_count(raw, counts, number)) for number, raw in enumerate(sockets)]
    tasks += [asyncio.create_task(_flood(raw)) for raw in flooders]
    standing.set()
    while not over.is_set():  # noqa: ASYNC110 another process sets it
        await asyncio.sleep(0.1)
    told.value = sum(counts)
    for raw in (*sockets, *flooders):
        raw.transport.abort()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _count(raw: ClientConnection, counts: list[int], number: int) -> None:
    async for _message in raw:
        counts[number] += 1


async def _flood(raw: ClientConnection) -> None:
    """Says what wants an answer as fast as it is taken, and reads the answers."""
    reading = asyncio.create_task(_count(raw, [0], 0))
    ping = json.dumps({"type": "ping", "payload": {"filler": "x" * 100}})
    try:
        while True:
            await raw.send(ping)
    except (ConnectionClosed, OSError):
        await reading
