import pytest

from db.hints import on_commit
from db.models.partners import CarrierRow
from db.reach import EVERYTHING
from db.session import Store


async def test_each_commit_to_a_sqlite_store_is_hinted_at_and_nothing_else(store: Store, database_url: str) -> None:
    heard: list[str] = []
    other = Store(database_url, store.vault)
    with on_commit(store, lambda: heard.append("now")):
        async with store.reading(EVERYTHING) as session:
            await session.get(CarrierRow, "sf")
        assert heard == []
        with pytest.raises(RuntimeError):
            async with store.writing(EVERYTHING):
                raise RuntimeError
        async with other.writing(EVERYTHING) as session:
            await session.get(CarrierRow, "sf")
        assert heard == []
        async with store.writing(EVERYTHING) as session:
            await session.get(CarrierRow, "sf")
        assert heard == (["now"] if store.is_sqlite else [])
    async with store.writing(EVERYTHING) as session:
        await session.get(CarrierRow, "sf")
    assert len(heard) <= 1
    await other.close()
