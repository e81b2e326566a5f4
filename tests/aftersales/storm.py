"""Slow and failing writers of one merchant's log, and a sealer that is killed again and again. Chance comes from a seed."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from worker.sealing import Sealer


class Changed(Exception):
    """The writer thinks better of it."""


@dataclass
class Storm:
    """What was committed, as (subject, version), and how often a sealer was killed."""

    store: Store
    parcels: Sequence[Shipment]
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    slowest_seconds: float = 0.02
    committed: set[tuple[str, int]] = field(default_factory=set)
    kills: int = 0

    async def write(self, commits: int) -> None:
        """One writer: locks one to three parcels, announces, dawdles, and commits nineteen times in twenty."""
        for _ in range(commits):
            some = sorted(self.chance.sample(range(len(self.parcels)), self.chance.randint(1, 3)))
            with contextlib.suppress(Changed):
                told = await self._one([self.parcels[at] for at in some])
                self.committed |= told

    async def _one(self, parcels: Sequence[Shipment]) -> set[tuple[str, int]]:
        async with self.store.writing(EVERYTHING) as session:
            rows = [await session.get_one(Shipment, each.id, with_for_update=True) for each in parcels]
            if self.chance.random() < 0.2:
                with contextlib.suppress(Changed):
                    async with session.begin_nested():
                        await self._announce(session, rows[:1])
                        raise Changed
                await session.refresh(rows[0])
            await self._announce(session, rows)
            await asyncio.sleep(self.chance.random() * self.slowest_seconds)
            if self.chance.random() < 0.05:
                raise Changed
            return {(row.typeid, row.version) for row in rows}

    async def _announce(self, session: AsyncSession, rows: Sequence[Shipment]) -> None:
        for row in rows:
            row.pieces = (row.pieces or 0) + 1
        await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW) for row in rows], make.BY, now=make.NOW)

    @contextlib.asynccontextmanager
    async def sealing(self) -> AsyncIterator[None]:
        """Two sealers at work, as two processes would be, killed at random; on SQLite nobody."""
        tasks = []
        if not self.store.is_sqlite:
            tasks = [asyncio.create_task(work) for work in (self._seal(), self._seal(), self._kill())]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.store.sealer is not None:
            await self.store.sealer.dispose()  # its idle connection was killed too

    async def _seal(self) -> None:
        store = Store(self.store.url.render_as_string(hide_password=False), self.store.vault)
        try:
            sealer, task = Sealer(store), asyncio.current_task()
            while task and not task.cancelling():
                try:
                    await sealer.step()
                except Exception:  # noqa: BLE001 however it was killed
                    sealer = Sealer(store)
                await asyncio.sleep(0.002)
        finally:
            await store.close()

    async def _kill(self) -> None:
        killing = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'waybridge sealer' AND datname = current_database()"
        )
        while True:
            await asyncio.sleep(self.chance.random() * 0.05)
            async with self.store.reading(EVERYTHING) as session:
                self.kills += len((await session.execute(killing)).all())
