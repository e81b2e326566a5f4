"""SQLite's part of the sealing benchmark: facts are sealed in their writer's transaction, one fdatasync a commit."""

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text

from aftersales import sealing
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce, event_row
from benchmarks.sealing_parts import BY, VAULT, shipment
from benchmarks.sealing_report import Goal, Report, at, bare_sync, spread
from db import migrate
from db.models.log import Seal
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make

WRITERS = 16
_BUMP = "UPDATE shipments SET version = version + 1 WHERE id = :id RETURNING version"


@dataclass(frozen=True)
class Shop:
    """One merchant and its parcels, in a fresh database."""

    store: Store
    merchant: UUID
    parcels: list[UUID]

    async def statement(self) -> None:
        """One change as the product makes it, in its fewest statements: version the parcel, tell the log, commit."""
        parcel = random.choice(self.parcels)
        async with self.store.writing(EVERYTHING) as session:
            version = await session.scalar(text(_BUMP), {"id": parcel.hex}, execution_options={"reached": True})
            row = shipment(self.merchant, parcel, version)
            await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW)], BY, now=make.NOW)

    async def row(self) -> None:
        """One change of a row that is read, changed and written by the mapper."""
        await self.rows(1)

    async def rows(self, count: int) -> None:
        """As many in one commit."""
        async with self.store.writing(EVERYTHING) as session:
            wanted = select(Shipment).where(Shipment.id.in_(random.sample(self.parcels, count)))
            rows = (await session.scalars(wanted)).all()
            for row in rows:
                row.pieces = (row.pieces or 0) + 1
            await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW) for row in rows], BY, now=make.NOW)

    def bare(self, seconds: float) -> float:
        """What the sealed log gives by itself: the same statements from one thread, without a session."""
        with sqlite3.connect(self.store.url.database or "", isolation_level=None) as connection:
            for pragma in ("synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=2000"):
                connection.execute(f"PRAGMA {pragma}")
            done, end = 0, time.perf_counter() + seconds
            while time.perf_counter() < end:
                parcel = random.choice(self.parcels)
                connection.execute("BEGIN IMMEDIATE")
                [(version,)] = connection.execute(_BUMP, {"id": parcel.hex}).fetchall()
                fact = Fact(SHIPMENT_SCANNED, shipment(self.merchant, parcel, version), make.NOW)
                sealing.write_sealed(connection, [event_row(fact, BY, make.NOW)])
                connection.execute("COMMIT")
                done += 1
        return done / seconds


async def run(report: Report, seconds: float) -> None:
    """In a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite+aiosqlite:///{folder}/bench.db", VAULT)
        await migrate.to_head(store)
        seller = await make.merchant(store)
        assert seller.merchant
        parcels = [(await make.shipment(store, seller.merchant.id, f"SF{each:013}")).id for each in range(250)]
        shop = Shop(store, seller.merchant.id, parcels)
        disk = bare_sync(report)
        rate = shop.bare(seconds)
        goal = Goal(1500, "/s", at_least=True)
        report.tell(
            "SQLite: sealed commits without a session, one writer",
            f"{rate:,.0f}/s, {rate / disk:.0%} of the disk",
            goal,
            rate,
        )
        await _rate(report, "  through store.writing and announce, 16 writers", shop.statement, seconds)
        await _rate(report, "  a mapped row read, changed and announced, 16 writers", shop.row, seconds)
        many, times = 64, 30
        start = time.perf_counter()
        for _ in range(times):
            await shop.rows(many)
        report.tell(f"  {many} such rows to a commit", f"{many * times / (time.perf_counter() - start):,.0f} facts/s")
        lags = await _lags(shop, seconds)
        report.tell(
            "  from a commit's end until a reader has read its seal", spread(lags), Goal(5, "ms"), at(lags, 0.99)
        )
        await store.close()


async def _rate(report: Report, what: str, once: Callable[[], Awaitable[None]], seconds: float) -> None:
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def write() -> None:
        while (start := time.perf_counter()) < end:
            await once()
            took.append(time.perf_counter() - start)

    used = time.process_time()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    used = (time.process_time() - used) / len(took)
    rate = len(took) / seconds
    figure = f"{rate:,.0f} commits/s, {spread(took)}, {used * 1e6:.0f} µs of processor"
    report.tell(what, figure, Goal(1500, "/s", at_least=True), rate)


async def _lags(shop: Shop, seconds: float) -> list[float]:
    """Two hundred commits a second; after each a session of its own asks for the newest seal."""
    lags = []
    due = time.perf_counter()
    for _ in range(int(200 * seconds)):
        await shop.statement()
        end = time.perf_counter()
        async with shop.store.reading(EVERYTHING) as session:
            await session.execute(select(Seal.position).order_by(Seal.position.desc()).limit(1))
        lags.append(time.perf_counter() - end)
        due += 0.005
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    return lags
