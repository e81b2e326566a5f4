"""All that is stored when a world has come to rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db.models.base import Row
from db.models.messages import Inbox
from db.reach import EVERYTHING
from tests.simulator.world import World

TABLES = (
    "events",
    "heads",
    "inbox",
    "jobs",
    "orders",
    "parked",
    "seals",
    "shipments",
    "tracking_events",
    "trees",
    "unsealed",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_endpoints",
)


@dataclass(frozen=True)
class Books:
    """All rows of these tables, by table."""

    rows: dict[str, Sequence[Any]]

    def __getattr__(self, table: str) -> Sequence[Any]:
        return self.rows[table]


async def open_books(world: World) -> Books:
    """Everything, as it is stored."""
    store = world.ground.store
    await store.keys_of(*(shop.who.merchant_id for shop in world.cast.shops))
    rows: dict[str, Sequence[Any]] = {}
    async with store.reader.connect() as connection:
        for name in TABLES:
            table = Row.metadata.tables[name]
            rows[name] = (await connection.execute(select(table).order_by(*table.primary_key.columns))).all()
    async with store.reading(EVERYTHING) as session:
        rows["letters"] = list(await session.scalars(select(Inbox).order_by(Inbox.id)))
    return Books(rows)
