"""Real SQLite through our own connections, without their threads: what runs side by side takes turns by a seed, not as
threads happen to be scheduled. A database of this dialect is ``sqlite+inline:///FILE``."""

import sqlite3
from asyncio import Future
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_dbapi, SQLiteDialect_aiosqlite
from sqlalchemy.util import await_only

DRIVER = "sqlite+inline"
Turn = Callable[[], Awaitable[None]]


async def at_once() -> None:
    """Nobody else has a turn."""


class _Here:
    """In the place of a connection's thread and of the queue to it: what is put into it is done at once."""

    daemon = True

    def start(self) -> None:
        """There is nothing to start."""

    def put_nowait(self, asked: tuple[Future[Any] | None, Callable[[], Any]]) -> None:
        """Does it, and tells who waits for it."""
        future, work = asked
        try:
            done = work()
        except Exception as error:
            if future is None:
                raise
            future.set_exception(error)
        else:
            if future is not None:
                future.set_result(done)


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *given: Any, **more: Any) -> Any:
        creator = more.pop("async_creator_fn", aiosqlite.connect)

        def made(*place: Any, **how: Any) -> Any:
            connection = creator(*place, **how)
            connection._thread = connection._tx = _Here()
            return connection

        return super().connect(*given, async_creator_fn=made, **more)


class InlineDialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's own dialect over such connections."""

    driver = "inline"
    supports_statement_cache = True
    turn: Turn = staticmethod(at_once)
    """Awaited before every statement: whether somebody else goes first."""

    @classmethod
    def import_dbapi(cls) -> Any:
        """The driver, without threads."""
        module: Any = aiosqlite
        return _Driver(module, sqlite3)

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """One statement, in its turn."""
        await_only(InlineDialect.turn())
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """One statement with many parameters, in its turn."""
        await_only(InlineDialect.turn())
        cursor.executemany(statement, parameters)


registry.register("sqlite.inline", __name__, "InlineDialect")
