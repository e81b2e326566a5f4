"""Writes down what comes in: everything that waits at one moment goes into one transaction."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from api.errors import Overloaded, cause
from db.inserting import insert_into
from db.models.messages import Inbox, Job
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store

AT_MOST = 100
Rows = list[tuple[Mapping[str, Any], asyncio.Future[None]]]


class Intake:
    """A group commit: while one transaction is being written, the next gathers. ``keep`` returns once its row is
    durable; a row that cannot be written fails alone."""

    def __init__(self, store: Store) -> None:
        """Needs no start and no stop: a task runs only while something waits."""
        self._store = store
        self._waiting: Rows = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, row: Mapping[str, Any]) -> None:
        """Keeps an Inbox row; one that is there already (same account, same digest) is kept once."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain())
        await written

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
            try:
                await self._write(batch)
            except Exception as error:  # noqa: BLE001 whoever waits for these rows hears it
                await self._apart(batch, error)
            for _, written in batch:
                if not written.done():
                    written.set_result(None)

    async def _apart(self, batch: Rows, error: Exception) -> None:
        """Where the database is busy or away nobody's row was written; else one is wrong, and each by itself tells which."""
        if not isinstance(cause(error), Overloaded):
            for each in batch:
                await self._write_alone(each)
            return
        for _, written in batch:
            if not written.done():
                written.set_exception(error)

    async def _write_alone(self, each: tuple[Mapping[str, Any], asyncio.Future[None]]) -> None:
        try:
            await self._write([each])
        except Exception as error:  # noqa: BLE001 whoever waits for this row hears it
            if not each[1].done():
                each[1].set_exception(error)

    async def _write(self, batch: Rows) -> None:
        rows = [dict(row) for row, _ in batch]
        async with self._store.writing(EVERYTHING) as session:
            await session.execute(insert_into(session, Inbox).on_conflict_do_nothing(), rows)


async def remember_push(store: Store, account: CarrierAccount, row: Mapping[str, Any]) -> None:
    """Notes when the account's carrier last pushed."""
    noted = update(CarrierAccount).where(CarrierAccount.id == account.id).values(last_push_at=row["received_at"])
    async with store.writing(EVERYTHING, patient=True) as session:
        await session.execute(noted)


async def order_call(store: Store, job: Job) -> None:
    """Leaves a call to a carrier to the worker."""
    async with store.writing(EVERYTHING) as session:
        session.add(job)
