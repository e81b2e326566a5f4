"""The way to SQLite: a hop a statement, nothing left behind by whoever fails or goes away."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from db import sqlite
from db.models.log import Unsealed
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path}/one.db", Vault(b"k" * 32))
    async with store.writing(EVERYTHING) as session:
        await (await session.connection()).run_sync(Unsealed.__table__.create)  # type: ignore[attr-defined]  # a Table, though typed as any FROM
    yield store
    await store.close()


async def kept(store: Store) -> int:
    async with store.reading(EVERYTHING) as session:
        return await session.scalar(select(func.count(Unsealed.event_id))) or 0


def insert(connection: sqlite3.Connection, *ids: int) -> None:
    connection.executemany("INSERT INTO unsealed VALUES (?)", [(id_,) for id_ in ids])


async def hops_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    hops: list[None] = []
    send = sqlite.Connection._execute

    async def counted(self: sqlite.Connection, *args: object) -> object:
        hops.append(None)
        return await send(self, *args)  # type: ignore[no-untyped-call]  # the driver's own way in

    await kept(store)  # connected already
    monkeypatch.setattr(sqlite.Connection, "_execute", counted)
    return hops


async def test_a_read_is_a_hop_to_ask_and_one_to_end(file: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hops = await hops_of(file, monkeypatch)

    assert await kept(file) == 0

    assert len(hops) == 2


@pytest.mark.parametrize(("patient", "times"), [(True, 3), (False, 2)])
async def test_a_change_is_a_hop_a_statement_and_one_to_commit_but_for_requests_one_to_begin(
    file: Store, monkeypatch: pytest.MonkeyPatch, patient: bool, times: int
) -> None:
    hops = await hops_of(file, monkeypatch)

    async with file.writing(EVERYTHING, patient=patient) as session:
        session.add(Unsealed(event_id=1))
        await session.flush()
        await sqlite.at_once(session, insert, 2, 3)

    assert len(hops) == times
    assert await kept(file) == 3


async def test_a_transaction_without_a_statement_is_none(file: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    hops = await hops_of(file, monkeypatch)

    async with file.writing(EVERYTHING) as session:
        await session.connection()

    assert hops == []


async def test_what_is_done_at_once_is_taken_back_with_the_rest(file: Store) -> None:
    with contextlib.suppress(ZeroDivisionError):
        async with file.writing(EVERYTHING) as session:
            await sqlite.at_once(session, insert, 1)
            raise ZeroDivisionError

    assert await kept(file) == 0


async def test_what_is_done_at_once_stays_within_a_savepoint(file: Store) -> None:
    async with file.writing(EVERYTHING) as session:
        await sqlite.at_once(session, insert, 1)
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await sqlite.at_once(session, insert, 2, 1)
        await sqlite.at_once(session, insert, 3)

    async with file.reading(EVERYTHING) as session:
        assert (await session.scalars(select(Unsealed.event_id))).all() == [1, 3]


async def test_a_database_that_another_keeps_is_said_to_be_locked(file: Store) -> None:
    async with file.writing(EVERYTHING) as session:
        await session.execute(text("PRAGMA busy_timeout=10"), execution_options={"reached": True})
    with sqlite3.connect(file.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            async with file.writing(EVERYTHING) as session:
                await sqlite.at_once(session, insert, 1)
        with pytest.raises(OperationalError, match="locked"):
            async with file.writing(EVERYTHING) as session:
                session.add(Unsealed(event_id=1))
        other.execute("ROLLBACK")
    other.close()

    async with file.writing(EVERYTHING) as session:
        session.add(Unsealed(event_id=1))

    assert await kept(file) == 1


@pytest.mark.parametrize("is_first", [True, False])
async def test_whoever_is_cancelled_in_the_midst_leaves_nothing(file: Store, is_first: bool) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        started.set()
        go_on.wait(5)
        insert(connection, 1)

    async def write() -> None:
        async with file.writing(EVERYTHING, patient=True) as session:
            if not is_first:
                await sqlite.at_once(session, insert, 2)
            await sqlite.at_once(session, slow)

    writing = asyncio.create_task(write())
    await asyncio.to_thread(started.wait, 5)
    writing.cancel()
    await asyncio.sleep(0.01)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert await kept(file) == 0
    async with file.writing(EVERYTHING) as session:
        await sqlite.at_once(session, insert, 1)
    assert await kept(file) == 1


async def test_whoever_is_cancelled_before_it_began_leaves_nothing(file: Store) -> None:
    async def write(id_: int) -> None:
        async with file.writing(EVERYTHING) as session:
            await sqlite.at_once(session, insert, id_)
            await asyncio.sleep(10)

    for turn in range(30):
        writing = asyncio.create_task(write(turn))
        for _ in range(turn):
            await asyncio.sleep(0)
        writing.cancel()
        await asyncio.wait([writing])

    assert await kept(file) == 0


async def test_the_loop_goes_on_while_a_statement_runs(file: Store) -> None:
    async with file.writing(EVERYTHING) as session:
        waiting = asyncio.create_task(sqlite.at_once(session, lambda _: time.sleep(0.2)))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await waiting


async def test_an_error_says_what_was_done(file: Store) -> None:
    with pytest.raises(DBAPIError, match="insert"):
        async with file.writing(EVERYTHING) as session:
            await sqlite.at_once(session, insert, 1, 1)


def test_a_latch_is_held_by_one_and_made_again_when_its_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / f"{uuid4()}.lock"
    one, two = sqlite.Latch(path), sqlite.Latch(path)

    assert one.take()
    assert not two.take()
    one.release()
    assert two.take()
    two.release()
    path.unlink()
    assert one.take()
    assert not two.take()
    one.release()
    one.close()
    two.close()


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1700])
async def test_every_row_comes_once_fetched_or_streamed(file: Store, count: int) -> None:
    async with file.writing(EVERYTHING) as session:
        await sqlite.at_once(session, insert, *range(count))
    wanted = select(Unsealed.event_id).order_by(Unsealed.event_id)

    async with file.reading(EVERYTHING) as session:
        assert (await session.scalars(wanted)).all() == list(range(count))
        assert [each async for each in await session.stream_scalars(wanted)] == list(range(count))
        some = await session.stream_scalars(wanted.execution_options(yield_per=7))
        assert [len(part) async for part in some.partitions()][:1] == [min(count, 7)] * bool(count)
        left = await session.stream_scalars(wanted)
        assert await left.first() == (0 if count else None)
    async with file.writing(EVERYTHING) as session:
        await sqlite.at_once(session, insert, count)
    assert await kept(file) == count + 1
