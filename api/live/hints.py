"""Hints that the log has grown, so that who follows it need not wait for the next look. Never the truth: a hint may be
early, late or lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog

from db.away import is_away
from db.cancelling import hear_cancellation
from db.hints import on_commit
from db.session import Store

CHANNEL = "waybridge_log"  # where the sealer tells of new positions
AGAIN_SECONDS = 5.0
WHILE_AWAY_SECONDS = 0.2

_log = structlog.get_logger("live")


@contextlib.asynccontextmanager
async def hinted(store: Store, wake: Callable[[], None]) -> AsyncIterator[None]:
    """Calls ``wake`` when something may have been sealed: on SQLite after each commit of this process, on PostgreSQL when
    the sealer, wherever it is, says so."""
    if store.is_sqlite:
        with on_commit(store, wake):
            yield
        return
    listening = asyncio.create_task(_listen(store, wake), name="live.hints")
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def _listen(store: Store, wake: Callable[[], None]) -> None:
    """On a connection of its own, made again when it is lost."""
    own = Store(store.url.render_as_string(hide_password=False), store.vault, pool=1)
    try:
        while True:
            try:
                await _heard(own, wake)
            except Exception as error:  # noqa: BLE001 whatever it is, hints come again when there is a connection
                hear_cancellation()
                if not is_away(error):
                    _log.warning("live.hints_lost", error=type(error).__name__)
                    await asyncio.sleep(AGAIN_SECONDS)
            await asyncio.sleep(WHILE_AWAY_SECONDS)
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
