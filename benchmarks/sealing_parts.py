"""What the sealing benchmark runs in processes of their own: a sealer as the worker keeps it, and writers that speak to
PostgreSQL in four round trips. ``python -m benchmarks.sealing_parts seal URL`` / ``write URL MERCHANT SECONDS DESIGN``."""

import asyncio
import contextlib
import random
import sys
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import WRITE, By, Fact, as_parameter, event_row
from db.enums import Party
from db.models.shipments import Shipment
from db.session import Store
from db.vault import Vault
from worker.sealing import PACE_SECONDS, Sealer

BY = By(Party.CARRIER, "push", reference="benchmark")
WRITERS = 8
_LOG = str(WRITE).replace(":facts", "$1")
_COUNTED = _LOG.rpartition("INSERT INTO unsealed")[0] + (
    ", counted AS (UPDATE bench_counters SET number = number + 1 WHERE merchant_id = $2 RETURNING number)"
    " INSERT INTO bench_seals SELECT $2, number, id FROM counted, event"
)
TABLES = (
    "CREATE TABLE IF NOT EXISTS bench_subjects (id uuid PRIMARY KEY, version int) WITH (fillfactor = 50)",
    "CREATE TABLE IF NOT EXISTS bench_counters (merchant_id uuid PRIMARY KEY, number bigint)",
    "CREATE TABLE IF NOT EXISTS bench_seals (merchant_id uuid, number bigint, event_id bigint, PRIMARY KEY (merchant_id, number))",
)


async def seal(url: str) -> None:
    """Seals until it is killed."""
    store = Store(url, Vault(b"k" * 32))
    sealer = Sealer(store)
    while True:
        if not await sealer.step():
            await asyncio.sleep(PACE_SECONDS)


def fact(merchant: UUID, subject: UUID, version: int) -> str:
    """An event as the log's statement takes it."""
    row = Shipment(id=subject, merchant_id=merchant, carrier_code="sf", version=version)
    words = {"status": "IN_TRANSIT", "reason": None}
    now = datetime.now(UTC)
    return as_parameter([event_row(Fact(SHIPMENT_SCANNED, row, now, words, words), BY, now)])


async def commit(connection: asyncpg.Connection, merchant: UUID, subject: UUID, design: str) -> int:
    """One change: lock and version the subject, tell the log, commit. Four round trips."""
    async with connection.transaction():
        version: int = await connection.fetchval(
            "UPDATE bench_subjects SET version = version + 1 WHERE id = $1 RETURNING version", subject
        )
        told = fact(merchant, subject, version)
        if design == "log":
            await connection.execute(_LOG, told)
        else:
            await connection.execute(_COUNTED, told, merchant)
    return version


async def subjects(connection: asyncpg.Connection, count: int) -> list[UUID]:
    """Fresh rows to change."""
    made = [uuid4() for _ in range(count)]
    await connection.executemany("INSERT INTO bench_subjects VALUES ($1, 0)", [(each,) for each in made])
    return made


async def write(url: str, merchant: UUID, seconds: float, design: str) -> None:
    """Commits as fast as it can; prints how many, and the slowest hundredth in milliseconds."""
    pool = await asyncpg.create_pool(url, min_size=WRITERS, max_size=WRITERS)
    async with pool.acquire() as connection:
        rows = await subjects(connection, 200)
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def one() -> None:
        async with pool.acquire() as connection:
            while (start := time.perf_counter()) < end:
                await commit(connection, merchant, random.choice(rows), design)
                took.append(time.perf_counter() - start)

    await asyncio.gather(*(one() for _ in range(WRITERS)))
    await pool.close()
    print(len(took), sorted(took)[int(len(took) * 0.99)] * 1000)


if __name__ == "__main__":
    work, url, *rest = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(seal(url) if work == "seal" else write(url, UUID(rest[0]), float(rest[1]), rest[2]))
