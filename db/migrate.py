"""The schema, brought to head. Additive first, removals a release later; one change a file."""

import contextlib
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from db.session import Store


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, made here so that no file has to lie beside the installed package."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["connection"] = connection
    return made


async def to_head(store: Store) -> str:
    """Applies what is missing; safe to repeat, safe beside a second process. Gives the revision."""
    async with _alone(store), store.writer.connect() as connection:
        return await connection.run_sync(_upgrade)


async def revision(store: Store) -> tuple[str | None, str | None]:
    """The database's revision and the newest one."""
    async with store.reader.connect() as connection:
        current = await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())
    return current, ScriptDirectory.from_config(config()).get_current_head()


def _upgrade(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(7240119)"))
    command.upgrade(config(connection), "head")
    head = MigrationContext.configure(connection).get_current_revision()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_unlock(7240119)"))
    connection.commit()
    return head or ""


def _alone(store: Store) -> Any:
    return store.lock.hold(patient=False) if store.lock else contextlib.nullcontext()
