from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from db import migrate
from db.session import Store
from db.tables import METADATA


async def test_migrations_lead_to_the_models(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, METADATA))

    async with store.reader.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrating_again_changes_nothing(store: Store) -> None:
    before = await migrate.revision(store)

    assert await migrate.to_head(store) == before[0] == before[1]
