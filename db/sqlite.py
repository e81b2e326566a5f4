"""SQLite's connections: each in a thread of its own, which a statement reaches in one hop with its rows brought along.
The driver alone hops four times a statement (cursor, execute, fetch, close), and once for ``BEGIN``.
"""

import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, cast

import aiosqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")
BROUGHT = 500
"""Rows that come in the hop of their statement; the rest, if it is asked for, in one more, or streamed."""


class Cursor:
    """A statement and its rows: the first are brought along, which mostly is all."""

    description: Any = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self._open: sqlite3.Cursor | None = None  # there may be more

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Any = ()) -> None:
        """Runs a statement."""
        await self._connection.at_once(self._run, sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Any) -> None:
        """Runs a statement for each row of parameters."""
        await self._connection.at_once(self._run, sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> list[Any]:
        """The rows that are left."""
        if self._open is not None:
            await self._connection.at_once(self._fetch, -1)
        rows, self._rows = self._rows, []
        return rows

    async def fetchmany(self, size: int = BROUGHT) -> list[Any]:
        """So many of them, or the last."""
        if self._open is not None and len(self._rows) < size:
            await self._connection.at_once(self._fetch, size)
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def fetchone(self) -> Any:
        """The next, or None."""
        rows = await self.fetchmany(1)
        return rows[0] if rows else None

    async def close(self) -> None:
        """Rows that are left are not asked for any more."""
        if self._open is not None:
            await self._connection.at_once(self._done)

    def _run(self, connection: sqlite3.Connection, run: Callable[..., Any], sql: str, parameters: Any) -> None:
        cursor = self._open = connection.cursor()
        try:
            run(cursor, sql, parameters)
            self.description = cursor.description
            self._fetch(connection, BROUGHT)
            self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid  # known once rows were stepped through
        except BaseException:
            self._done(connection)
            raise

    def _fetch(self, connection: sqlite3.Connection, size: int) -> None:
        assert self._open is not None
        more = self._open.fetchall() if size < 0 else self._open.fetchmany(size)
        self._rows += more
        if size < 0 or len(more) < size:
            self._done(connection)

    def _done(self, _connection: sqlite3.Connection) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class Connection(aiosqlite.Connection):
    """``begin`` goes ahead of the next statement, in the same hop; a transaction without a statement never begins, and
    ends without a hop."""

    begin: str | None = None
    is_hurried = False
    _sent = False  # not asked of SQLite: it may not yet have heard what a cancelled caller sent

    def cursor(self) -> Any:
        """One for each statement."""
        return Cursor(self)

    async def at_once(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **named: P.kwargs
    ) -> T:
        """Runs a function in the thread: one hop, however many statements. Once a hurried transaction has begun, where it
        is asked: it waits for no lock any more, and a hop costs more than most statements."""
        begin, self.begin, self._sent = self.begin, None, True
        if self.is_hurried and begin is None:
            return work(self._conn, *args, **named)

        def whole() -> T:
            if begin:
                self._conn.execute(begin)
            return work(self._conn, *args, **named)

        return cast("T", await self._execute(whole))  # type: ignore[no-untyped-call]  # the driver's own way in

    async def commit(self) -> None:
        """Ends the transaction."""
        await self._end(super().commit)

    async def rollback(self) -> None:
        """Takes it back."""
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Awaitable[None]]) -> None:
        if self._sent:
            await end()
        self.begin, self._sent = None, False


def connect(path: str, **words: Any) -> Connection:
    """How an engine opens its connections (``async_creator_fn``); to be awaited."""
    made = Connection(lambda: sqlite3.connect(path, **words), 64)
    made._thread.daemon = True  # noqa: SLF001 as SQLAlchemy has it: a process may end without having closed it
    return made


async def at_once(
    session: AsyncSession, work: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **named: P.kwargs
) -> T:
    """Runs a function with SQLite's own connection, in the session's transaction and in one hop, however many its
    statements; what the session holds must have been flushed. DBAPIError as from any statement."""
    connection = await session.run_sync(_driver_of)
    try:
        return await connection.at_once(work, *args, **named)
    except sqlite3.Error as error:
        raise DBAPIError.instance(work.__name__, None, error, sqlite3.Error) from error


def _driver_of(session: Session) -> Connection:
    return cast("Connection", session.connection().connection.driver_connection)


class Latch:
    """A file that one process holds at a time, kept open: opening it anew each time costs sixty times as much."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Whether it is ours now. A file removed meanwhile is made again."""
        if self._file is None or not os.fstat(self._file).st_nlink:
            self.close()
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Lets it go."""
        assert self._file is not None
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Closes the file; it may be taken again."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
