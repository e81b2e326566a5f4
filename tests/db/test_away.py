"""A database that is away is told from one that is used wrongly."""

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from benchmarks.serving import free_port
from db.away import DatabaseAway, is_away
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

VAULT = Vault(b"k" * 32)


async def test_nobody_listening_is_away() -> None:
    store = Store(f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/x", VAULT)
    with pytest.raises(DatabaseAway) as told:
        async with store.reading(EVERYTHING) as session:
            await session.connection()

    assert is_away(told.value)
    assert store.in_use() == 0
    await store.close()


async def test_a_wrong_name_is_a_mistake_and_not_away(postgresql: str) -> None:
    url = make_url(postgresql).set(database="nowhere").render_as_string(hide_password=False)
    store = Store(url, VAULT)
    with pytest.raises(DBAPIError, match="does not exist") as told:
        async with store.reading(EVERYTHING) as session:
            await session.connection()

    assert not is_away(told.value)
    await store.close()


async def test_a_connection_cut_under_a_transaction_is_away_once_and_the_next_one_stands(postgresql: str) -> None:
    store = Store(postgresql, VAULT)

    async def cut() -> None:
        async with store.writing(EVERYTHING) as session, store.reader.connect() as other:
            connection = await session.connection()
            pid = await connection.scalar(text("SELECT pg_backend_pid()"))
            await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await connection.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as told:
        await cut()
    async with store.reader.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1

    assert is_away(told.value)
    assert store.in_use() == 0
    await store.close()


async def test_a_wrong_statement_is_a_mistake_of_ours(postgresql: str) -> None:
    store = Store(postgresql, VAULT)
    with pytest.raises(ProgrammingError) as told:
        async with store.reader.connect() as connection:
            await connection.execute(text("SELECT nothing"))

    assert not is_away(told.value)
    await store.close()
