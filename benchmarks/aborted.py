"""Clients that hang up in the middle of a mutation: ``python -m benchmarks.aborted --database URL``.

Over raw sockets: each sends a keyed mutation whole, or all but its last bytes, and resets the connection after a moment
of its own. Afterwards no connection of the database is in use, the server's descriptors are back, the next mutations go
through, and every key was spent whole or not at all. The database is made by the command and must be empty or absent.
"""

import argparse
import asyncio
import random
import socket
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from sqlalchemy import func, select, text

from benchmarks.insisting import Asked, Clients, World, mutation, prepare, query
from benchmarks.serving import SECRET_KEY, Served, serving
from db.models.messages import Replay
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

AT_ONCE = 25
LONGEST_SECONDS = 1.0
SETTLED_SECONDS = 5.0
SPARE = 2  # SQLite keeps the file of a connection that was closed under another's lock, and takes it for the next one
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what was not sent is thrown away, the other side hears a reset


@dataclass
class Aborted:
    """What was measured. ``spent`` keys with an effect, ``absent`` ones without; ``torn`` have one and not the other."""

    clients: int = 0
    in_use: float = 0
    settled: float = 0
    descriptors: tuple[int, int] = (0, 0)
    spent: int = 0
    absent: int = 0
    torn: int = 0
    unreadable: list[str] = field(default_factory=list)
    waiting: int = 0

    def misses(self) -> list[str]:
        """The promises that were not kept, in words."""
        before, after = self.descriptors
        checks = {
            "connections in use": self.in_use,
            "descriptors not given back": after - before if after > before + SPARE else 0,
            "keys torn": self.torn,
            "keys not readable": self.unreadable[:3],
            "transactions open on the server": self.waiting,
            "seconds to settle": self.settled if self.settled > SETTLED_SECONDS else 0,
        }
        return [f"{name}: {found}" for name, found in checks.items() if found]


async def measure(url: str, many: int) -> Aborted:
    """So many clients hang up, a few at a time."""
    world, found = await prepare(url), Aborted(many)
    async with serving(url) as served:
        clients = Clients(world, [served.port])
        warming = [make() for make in (mutation, query) for _ in range(2 * AT_ONCE)]
        await asyncio.gather(*(clients.insist(each) for each in warming))  # every pool is filled
        clients.close()
        await asyncio.sleep(0.5)
        before = descriptors(served)
        asked = [mutation() for _ in range(many)]
        seats = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(hang_up(served.port, world, each, seats) for each in asked))
        found.in_use, found.settled = await settled(served, before)
        found.descriptors = (before, descriptors(served))
        found.waiting = await open_transactions(url)
        await read_keys(url, clients, asked, found)
        clients.close()
    return found


async def hang_up(port: int, world: World, asked: Asked, seats: asyncio.Semaphore) -> None:
    """Sends a mutation, most often all of it, and resets the connection a moment later."""
    head = (
        f"POST {asked.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {world.key}\r\nContent-Length: {len(asked.body)}\r\n\r\n"
    )
    whole = head.encode() + asked.body
    cut = len(whole) if random.random() < 0.9 else random.randrange(1, len(whole))
    loop = asyncio.get_running_loop()
    async with seats:
        with socket.socket() as raw:
            raw.setblocking(False)  # noqa: FBT003 the library's own
            await loop.sock_connect(raw, ("127.0.0.1", port))
            await loop.sock_sendall(raw, whole[:cut])
            await asyncio.sleep(LONGEST_SECONDS * random.random() ** 3)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def descriptors(served: Served) -> int:
    """How many files and sockets the server has open."""
    assert served.process
    return len(list(Path(f"/proc/{served.process.pid}/fd").iterdir()))


async def settled(served: Served, before: int) -> tuple[float, float]:
    """The connections of the database in use, and after how many seconds there were none and the descriptors were back."""
    started, least = time.perf_counter(), float("inf")
    async with httpx2.AsyncClient(trust_env=False) as client:
        while time.perf_counter() - started < SETTLED_SECONDS:
            told = (await client.get(f"http://127.0.0.1:{served.port}/metrics")).text.splitlines()
            [line] = [each for each in told if each.startswith("waybridge_database_connections ")]
            least = min(least, float(line.split()[1]))
            if least == 0:
                break
            await asyncio.sleep(0.02)
    while descriptors(served) > before + SPARE and time.perf_counter() - started < SETTLED_SECONDS:  # noqa: ASYNC110 it is another process
        await asyncio.sleep(0.02)
    return least, time.perf_counter() - started


async def open_transactions(url: str) -> int:
    """PostgreSQL: how many of the gateway's connections the server itself finds in a transaction, at best."""
    if url.startswith("sqlite"):
        return 0
    store = Store(url, Vault(SECRET_KEY), pool=1)
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'waybridge%' AND pid <> pg_backend_pid()"
        " AND state NOT IN ('idle') AND state_change < now() - interval '1 second'"
    )
    async with store.reader.connect() as connection:
        many = await connection.scalar(waiting)
    await store.close()
    return many or 0


async def read_keys(url: str, clients: Clients, asked: list[Asked], found: Aborted) -> None:
    """What became of every key by the rows; then each is sent again, and answered with what there is now."""
    store = Store(url, Vault(SECRET_KEY))
    async with store.reading(EVERYTHING) as session:
        ids = {row.name: row.typeid for row in await session.scalars(select(CarrierAccount))}
        keys = set(await session.scalars(select(Replay.key)))
    names = {each.name for each in asked}
    found.spent = len(names & keys)
    found.absent = len(names) - found.spent
    found.torn = len(names & (keys ^ set(ids)))
    await asyncio.gather(*(clients.insist(each) for each in asked))
    for each in asked:
        node = clients.acknowledged.get(each.name)
        if node is None or ids.get(each.name, node) != node:
            found.unreadable.append(f"{each.name} answered with {node}, and {ids.get(each.name)} was there")
    async with store.reading(EVERYTHING) as session:
        made = select(func.count()).where(CarrierAccount.name.in_(names)).select_from(CarrierAccount)
        if await session.scalar(made) != len(names):
            found.unreadable.append("not one effect a key")
    await store.close()


def report(found: Aborted) -> None:
    """Prints what was measured."""
    print(
        f"clients    {found.clients} hung up; {found.spent} keys spent by then, {found.absent} not, {found.torn} torn"
    )
    print(f"settled    {found.settled:.2f} s; {found.in_use:g} connections in use, {found.waiting} transactions open")
    print(f"files      {found.descriptors[0]} before, {found.descriptors[1]} after")
    for miss in found.misses():
        print(f"MISSED     {miss[:300]}")


def main() -> None:
    """Measures and prints; ends with 1 when a promise was not kept."""
    parser = argparse.ArgumentParser(description="Hangs up in the middle of mutations.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--clients", type=int, default=1000)
    given = parser.parse_args()
    found = asyncio.run(measure(given.database, given.clients))
    report(found)
    raise SystemExit(1 if found.misses() else 0)


if __name__ == "__main__":
    main()
