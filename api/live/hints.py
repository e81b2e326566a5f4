"""Hints that the log has grown, so that who follows it need not wait for the next look. Never the truth: a hint may be
early, late or lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from db.session import Store

CHANNEL = "waybridge_log"  # where the sealer tells of new positions
AGAIN_SECONDS = 5.0


@contextlib.asynccontextmanager
async def hinted(store: Store, wake: Callable[[], None]) -> AsyncIterator[None]:
    """Calls ``wake`` when something may have been sealed: on SQLite after each commit of this process, on PostgreSQL when
    the sealer, wherever it is, says so."""
    if store.is_sqlite:
        with _commits(store, wake):
            yield
        return
    listening = asyncio.create_task(_listen(store, wake), name="live.hints")
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])


@contextlib.contextmanager
def _commits(store: Store, wake: Callable[[], None]) -> Any:
    writer = store.writer.sync_engine

    def committed(session: Session) -> None:
        if session.bind is writer:
            wake()

    event.listen(Session, "after_commit", committed)
    try:
        yield
    finally:
        event.remove(Session, "after_commit", committed)


async def _listen(store: Store, wake: Callable[[], None]) -> None:
    """On a connection of its own, made again when it is lost."""
    own = Store(store.url.render_as_string(hide_password=False), store.vault, pool=1)
    try:
        while True:
            with contextlib.suppress(SQLAlchemyError, OSError):
                await _heard(own, wake)
            await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await own.close()


async def _heard(own: Store, wake: Callable[[], None]) -> None:
    """Listens until the connection is lost."""
    lost = asyncio.Event()
    async with own.reader.connect() as kept:
        connection: Any = (await kept.get_raw_connection()).driver_connection
        connection.add_termination_listener(lambda _connection: lost.set())
        await connection.add_listener(CHANNEL, lambda *_told: wake())
        try:
            await lost.wait()
        finally:
            await kept.invalidate()
