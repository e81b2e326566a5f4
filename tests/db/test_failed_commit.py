"""A COMMIT that fails takes nothing else down: what was written is gone, and the next one writes."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.reach import EVERYTHING
from db.session import Store


async def test_after_a_failed_commit_the_next_writer_writes(store: Store) -> None:
    async with store.writing(EVERYTHING) as session:
        await session.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
        later = "REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED"  # so that it is the COMMIT that fails
        await session.execute(text(f"CREATE TABLE children (parent INTEGER {later})"))
    with pytest.raises(IntegrityError):
        async with store.writing(EVERYTHING) as session:
            await session.execute(text("INSERT INTO children VALUES (7)"))

    async with store.writing(EVERYTHING) as session:
        await session.execute(text("INSERT INTO parents VALUES (8)"))
        await session.execute(text("INSERT INTO children VALUES (8)"))
    async with store.reading(EVERYTHING) as session:
        assert (await session.execute(text("SELECT parent FROM children"))).all() == [(8,)]
