"""The store: sessions that know whose rows they may touch, one writer at a time on SQLite, pools on PostgreSQL.

SQLite: readers on their own engine, one writer with ``BEGIN IMMEDIATE`` under a lock that holds within the process
(requests before the worker) and across processes (a file beside the database), checkpoints included: releases before
3.51.3 can corrupt the file when one connection checkpoints while another commits, and five writers that wait in
SQLite's own busy loop ruin the tail.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Executable, event, make_url, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction
from sqlalchemy.orm.util import identity_key
from sqlalchemy.pool import QueuePool

from db import sqlite
from db.away import connect
from db.models.base import Identified
from db.models.partners import DataKey
from db.reach import EVERYTHING, Reach
from db.vault import Vault
from db.write_lock import WriteLock

T = TypeVar("T")
R = TypeVar("R", bound=Identified)
POOL_WAIT_SECONDS = 2
SEALING = {
    "application_name": "waybridge sealer",
    "idle_in_transaction_session_timeout": "5000",  # a sealer that hangs keeps the lock no longer
    "plan_cache_mode": "force_custom_plan",  # a plan made while tables were empty would be kept
    "synchronous_commit": "on",  # else a crash could renumber what was read
}


class OutOfReach(Exception):
    """A row was to be written for a merchant the session does not reach: our bug, never a partner's mistake."""


@event.listens_for(Session, "do_orm_execute")
def _touch_own_rows(state: ORMExecuteState) -> None:
    reach: Reach = state.session.info["reach"]  # KeyError without one: closed by default
    if (state.is_insert or state.is_update or state.is_delete) and not state.execution_options.get("aside"):
        state.session.info.pop("written", None)  # rows that no flush sees
    if reach.everything:
        return
    if state.is_insert:
        _insert_own_rows(state, reach)
        return
    known = _WITHIN.get((state.statement, reach))
    if known is not None:
        state.statement = known
        return
    if not state.all_mappers:
        if not state.execution_options.get("reached"):
            raise OutOfReach("a statement without an entity must be built with db.reach.where and say so")
        return
    if not state.is_column_load and not state.is_relationship_load:
        within = state.statement.options(reach.rules())
        if state.statement in _STANDING:
            _keep_within(state.statement, reach, within)
        state.statement = within


S = TypeVar("S", bound=Executable)
_STANDING: set[Executable] = set()
_WITHIN: dict[tuple[Executable, Reach], Any] = {}
MOST_WITHIN = 4096  # statements within reaches that are kept: who asks, asks again


def standing(statement: S) -> S:
    """A statement with parameters that a module makes once and asks again and again: what bounds it to a reach is put to it
    once for each, and its cache key is made once."""
    _STANDING.add(statement)
    return statement


def _keep_within(statement: Executable, reach: Reach, within: Any) -> None:
    if len(_WITHIN) >= MOST_WITHIN:
        _WITHIN.clear()
    _WITHIN[statement, reach] = within


def _insert_own_rows(state: ORMExecuteState, reach: Reach) -> None:
    """Rows given in bulk are no objects that a flush would see."""
    if not any(hasattr(mapper.class_, "merchant_id") for mapper in state.all_mappers):
        return
    statement: Any = state.statement
    given: Any = state.parameters or statement.compile().params
    for row in given if isinstance(given, list) else [given]:
        if not reach.may_write_for(row.get("merchant_id")):
            raise OutOfReach("a row of another merchant, in bulk")


Last = Callable[[AsyncSession, list[Any]], Awaitable[None]]


def at_the_end(session: AsyncSession, work: Last, *items: Any) -> None:
    """Lets ``work`` be done once before the commit, with all the items gathered for it; those of a savepoint that is taken
    back are taken back with it."""
    owner = session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()
    session.info.setdefault("last", {}).setdefault(work, []).extend((owner, each) for each in items)


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, undone: SessionTransaction) -> None:
    def stands(owner: SessionTransaction | None) -> bool:
        return owner is None or (owner is not undone and stands(owner.parent))

    for work, items in session.info.get("last", {}).items():
        session.info["last"][work] = [each for each in items if stands(each[0])]


async def _do_last(session: AsyncSession) -> None:
    for work, items in session.info.pop("last", {}).items():
        if items:
            await work(session, [each for _, each in items])


@dataclass(slots=True)
class Written:
    """The rows that the flushes of a session wrote."""

    new: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)


async def held(session: AsyncSession, model: type[R], ids: Collection[UUID]) -> dict[UUID, R]:
    """The rows of these ids by their ids: those the session has at hand, the rest in one statement."""
    at_hand = session.sync_session.identity_map
    rows = {id_: row for id_ in ids if (row := at_hand.get(identity_key(model, id_))) is not None}
    if left := [id_ for id_ in ids if id_ not in rows]:
        rows |= {row.id: row for row in await session.scalars(select(model).where(model.id.in_(left)))}
    return rows


@event.listens_for(Session, "before_flush")
def _write_own_rows(session: Session, _context: Any, _instances: Any) -> None:
    if (written := session.info.get("written")) is not None:  # whoever wants to know, says so
        written.new.extend(session.new)
        written.changed.extend(session.dirty)
    reach: Reach = session.info["reach"]
    for row in (*session.new, *session.dirty, *session.deleted):
        if not reach.may_write(row):
            raise OutOfReach(f"a {type(row).__name__} of another merchant")


class Store:
    """One database: opened once a process, closed at its end."""

    def __init__(self, url: str, vault: Vault, *, pool: int = 16) -> None:
        """``url``: ``sqlite+aiosqlite:///FILE`` or ``postgresql+asyncpg://...``."""
        self.url = make_url(url)
        self.vault = vault
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._is_hurried = False  # whoever writes now, on SQLite: somebody waits for the answer
        self.sealer: AsyncEngine | None = None  # PostgreSQL: the one connection that seals the log
        if self.is_sqlite:
            path = Path(self.url.database or "")
            self.lock: WriteLock | None = WriteLock(path.with_name(path.name + ".lock"))
            self.reader = _sqlite(self.url.render_as_string(hide_password=False), begin="BEGIN", pool=pool)
            self.writer = _sqlite(
                self.url.render_as_string(hide_password=False),
                begin="BEGIN IMMEDIATE",
                pool=1,
                is_hurried=lambda: self._is_hurried,
            )
        else:
            self.lock = None
            self.reader = self.writer = _postgresql(self.url.render_as_string(hide_password=False), pool=pool)
            self.sealer = _postgresql(self.url.render_as_string(hide_password=False), pool=1, **SEALING)
        self._sessions = async_sessionmaker(expire_on_commit=False)

    async def close(self) -> None:
        """Closes every connection."""
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()
        if self.sealer is not None:
            await self.sealer.dispose()
        if self.lock is not None:
            self.lock.close()

    def in_use(self) -> int:
        """How many connections are held at this moment."""
        engines = {self.reader, self.writer, self.sealer or self.writer}
        return sum(cast("QueuePool", engine.pool).checkedout() for engine in engines)

    def reading(self, reach: Reach) -> AsyncSession:
        """A session to read with: ``async with store.reading(reach) as session``."""
        return self._sessions(bind=self.reader, autoflush=False, info={"reach": reach})

    @contextlib.asynccontextmanager
    async def writing(self, reach: Reach, *, patient: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back on any exception. A commit once begun is finished, even
        if the caller is cancelled. ``patient`` is the worker's: requests pass before it."""
        async with self.lock.hold(patient=patient) if self.lock else contextlib.nullcontext():
            self._is_hurried = not patient
            session = self._sessions(bind=self.writer, info={"reach": reach})
            try:
                yield session
                await _do_last(session)
                await finish(session.commit())
            except Exception:
                await finish(session.rollback())  # a COMMIT that failed leaves its transaction open
                raise
            finally:
                await finish(session.close())

    async def keys_of(self, *merchants: UUID) -> None:
        """Brings these merchants' data keys to hand, so that sealing and opening need no database."""
        await self.vault.fetch(merchants, self._load_keys)

    async def _load_keys(self, merchants: list[UUID]) -> list[tuple[UUID, UUID, bytes]]:
        async with self.reading(EVERYTHING) as session:
            rows = await session.execute(
                select(DataKey.merchant_id, DataKey.id, DataKey.wrapped).where(DataKey.merchant_id.in_(merchants)),
            )
            return [(merchant, key, wrapped) for merchant, key, wrapped in rows]


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Runs to the end what must not be left half done; cancellations, however many, are heard afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as heard:
            cancelled = heard
    if cancelled is not None:
        raise cancelled from (None if task.cancelled() else task.exception())
    return task.result()


def _sqlite(url: str, *, begin: str, pool: int, is_hurried: Callable[[], bool] = lambda: False) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={"isolation_level": None, "timeout": 5.0, "async_creator_fn": sqlite.connect},
    )
    reads = begin == "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=5000",
            "temp_store=MEMORY",
            f"wal_autocheckpoint={0 if reads else 2000}",
            f"query_only={'ON' if reads else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.connection.driver_connection.begin = begin
        connection.connection.driver_connection.is_hurried = is_hurried()

    return engine


def _postgresql(url: str, *, pool: int, **settings: str) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_pre_ping=False,
        connect_args={
            "async_creator_fn": connect,
            "server_settings": {
                "statement_timeout": "5000",
                "lock_timeout": "2000",
                "idle_in_transaction_session_timeout": "10000",
                "jit": "off",
                "application_name": "waybridge",
                **settings,
            },
        },
    )
