"""Alembic's entry. ``db.migrate`` hands in an open connection; nothing reads a configuration file."""

from alembic import context

from db.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
