"""What the sealing benchmark runs in processes of their own: a sealer as the worker keeps it, and writers that speak to
PostgreSQL in four round trips, or as the product does. ``python -m benchmarks.sealing_parts seal URL`` /
``write URL MERCHANT SECONDS DESIGN [MILLISECONDS OF WORK INSIDE]``."""

import asyncio
import contextlib
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import uvloop
from sqlalchemy import text

from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import WRITE, By, Fact, announce, as_parameter, event_row
from db.enums import Party
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from worker.run import BREATH_SECONDS
from worker.sealing import PACE_SECONDS, Sealer

BY = By(Party.CARRIER, "push", reference="benchmark")
VAULT = Vault(b"k" * 32)
WRITERS = 8
_WORDS = {"status": "IN_TRANSIT", "reason": None}
_BUMP = "UPDATE bench_subjects SET version = version + 1 WHERE id = $1 RETURNING version"
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


def shipment(merchant: UUID, id_: UUID, version: int) -> Shipment:
    """A parcel as a fact tells it."""
    return Shipment(id=id_, merchant_id=merchant, carrier_code="sf", version=version)


async def seal(url: str) -> None:
    """Seals until it is killed, at the worker's pace; says when it has begun."""
    sealer = Sealer(Store(url, VAULT))
    pace = 0.0
    await sealer.step()
    print("sealing", flush=True)
    while await asyncio.sleep(pace, result=True):
        pace = BREATH_SECONDS if await sealer.step() else PACE_SECONDS


async def commit(
    connection: asyncpg.Connection, merchant: UUID, subject: UUID, design: str = "log", work: float = 0
) -> int:
    """One change: lock and version the subject, tell the log, commit. Four round trips."""
    async with connection.transaction():
        version: int = await connection.fetchval(_BUMP, subject)
        now = datetime.now(UTC)
        told = as_parameter(
            [event_row(Fact(SHIPMENT_SCANNED, shipment(merchant, subject, version), now, _WORDS, _WORDS), BY, now)]
        )
        if design == "log":
            await connection.execute(_LOG, told)
        else:
            await connection.execute(_COUNTED, told, merchant)
        if work:
            await asyncio.sleep(work)
    return version


async def subjects(connection: asyncpg.Connection, count: int) -> list[UUID]:
    """Fresh rows to change."""
    made = [uuid4() for _ in range(count)]
    await connection.executemany("INSERT INTO bench_subjects VALUES ($1, 0)", [(each,) for each in made])
    return made


@dataclass(frozen=True)
class Writing:
    """What a writers' process is to do. ``design``: log or counter, with the plain driver; product, through the store."""

    url: str
    merchant: UUID
    seconds: float
    design: str
    work: float

    async def run(self) -> None:
        """Commits as fast as it can; prints how many, the slowest hundredth in milliseconds, and seconds of processor."""
        pool = await asyncpg.create_pool(self.url, min_size=WRITERS, max_size=WRITERS)
        store = Store(self.url.replace("postgresql:", "postgresql+asyncpg:"), VAULT)
        async with pool.acquire() as connection:
            rows = await subjects(connection, 200)
        took: list[float] = []
        used = time.process_time()
        end = time.perf_counter() + self.seconds

        async def one() -> None:
            async with pool.acquire() as connection:
                while (start := time.perf_counter()) < end:
                    if self.design == "product":
                        await self._through(store, random.choice(rows))
                    else:
                        await commit(connection, self.merchant, random.choice(rows), self.design, self.work)
                    took.append(time.perf_counter() - start)

        await asyncio.gather(*(one() for _ in range(WRITERS)))
        used = time.process_time() - used
        await pool.close()
        await store.close()
        print(len(took), sorted(took)[int(len(took) * 0.99)] * 1000, used)

    async def _through(self, store: Store, subject: UUID) -> None:
        async with store.writing(EVERYTHING) as session:
            bump = text(_BUMP.replace("$1", ":id"))
            version = await session.scalar(bump, {"id": subject}, execution_options={"reached": True})
            now = datetime.now(UTC)
            fact = Fact(SHIPMENT_SCANNED, shipment(self.merchant, subject, version), now, _WORDS, _WORDS)
            await announce(session, [fact], BY, now=now)


if __name__ == "__main__":
    doing, url, *rest = sys.argv[1:]
    with contextlib.suppress(KeyboardInterrupt):
        if doing == "seal":
            uvloop.run(seal(url))
        else:
            merchant, seconds, design, work = rest
            uvloop.run(Writing(url, UUID(merchant), float(seconds), design, float(work) / 1000).run())
