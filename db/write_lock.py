"""One writer at a time on SQLite, within the process and across processes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from db import sqlite

WRITE_WAIT_SECONDS = 10
OVERTAKING = 2  # so many requests pass before a worker that waits; its passes take many things at once


class WriterBusy(Exception):
    """Another process kept the SQLite write lock too long."""


class WriteLock:
    """One writer at a time: first those who answer a request, then the worker, which a stream of requests holds up but
    does not starve; across processes by a file."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite.Latch(path)
        self._held = False
        self._waiting: tuple[list[asyncio.Future[None]], list[asyncio.Future[None]]] = ([], [])
        self._overtaken = 0

    def close(self) -> None:
        """Closes the file, which nobody holds."""
        self._file.close()

    @contextlib.asynccontextmanager
    async def hold(self, *, patient: bool) -> AsyncIterator[None]:
        """Holds the lock; ``patient`` callers (the worker) let requests pass."""
        await self._turn(patient=patient)
        try:
            await self._across_processes()
            try:
                yield
            finally:
                self._file.release()
        finally:
            self._pass_on()

    async def _turn(self, *, patient: bool) -> None:
        if not self._held:
            self._held = True
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[patient].append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        for is_patient in (True, False) if self._overtaken >= OVERTAKING else (False, True):
            queue = self._waiting[is_patient]
            while queue:
                next_one = queue.pop(0)
                if not next_one.done():
                    self._overtaken = 0 if is_patient else self._overtaken + bool(self._waiting[True])
                    next_one.set_result(None)
                    return
        self._held = False

    async def _across_processes(self) -> None:
        waited = 0.0
        while not self._file.take():
            if waited >= WRITE_WAIT_SECONDS:
                raise WriterBusy("another process holds the write lock")
            await asyncio.sleep(0.002)
            waited += 0.002
