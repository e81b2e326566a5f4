"""Seals: facts that are committed get their place in the order of all, their merchant's next number, and their leaf.

What is here is the same on both databases. On SQLite ``log.announce`` seals in the writer's own transaction; on
PostgreSQL one sealer does it for all (``worker.sealing``). Either way nobody else seals meanwhile.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.dialects import sqlite

from aftersales.rules import merkle
from aftersales.rules.entries import Stamp, leaf, stamp_of
from db.models.base import Row
from db.models.log import Event, Seal


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that waits for its seal."""

    event_id: int
    stamp: Stamp
    carrier_code: str | None
    customer_id: UUID | None


@dataclass(slots=True)
class Grown:
    """A merchant's tree while it is sealed into."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    @staticmethod
    def of(size: int, peaks: bytes) -> "Grown":
        """The tree as stored."""
        return Grown(size, [peaks[at : at + merkle.SIZE] for at in range(0, len(peaks), merkle.SIZE)])


COLUMNS = ("position", "event_id", "merchant_id", "carrier_code", "customer_id", "number", "leaf", "subtrees")
"""Of a seal, in the order in which ``seal`` gives them."""


def seal(waiting: Iterable[Waiting], trees: Mapping[UUID, Grown], position: int) -> list[tuple[object, ...]]:
    """The seals of these events, in their order, after the last ``position``; the trees grow with them. A merchant's
    subjects keep the order of their versions when events come in the order of their ids."""
    seals: list[tuple[object, ...]] = []
    for place, each in enumerate(waiting, position + 1):
        owner = each.stamp.merchant_id
        tree = trees[owner]
        hashed = leaf(each.stamp, tree.size + 1)
        subtrees = b"".join(merkle.append(tree.peaks, tree.size, hashed))
        tree.size += 1
        seals.append((place, each.event_id, owner, each.carrier_code, each.customer_id, tree.size, hashed, subtrees))
    return seals


def write_sealed(connection: sqlite3.Connection, events: Sequence[dict[str, Any]]) -> None:
    """Writes events with their seals, in the transaction of SQLite's one writer, which counts for all merchants."""
    last_id, position = connection.execute(_LAST).fetchone()
    trees = {
        owner: Grown.of(*(connection.execute(_TREE, (owner.hex,)).fetchone() or (0, b"")))
        for owner in {event["merchant_id"] for event in events}
    }
    rows = [event | {"id": id_} for id_, event in enumerate(events, last_id + 1)]
    waiting = (Waiting(row["id"], stamp_of(row), row["carrier_code"], row["customer_id"]) for row in rows)
    seals = [dict(zip(COLUMNS, each, strict=True)) for each in seal(waiting, trees, position)]
    grown = [(owner.hex, tree.size, b"".join(tree.peaks)) for owner, tree in trees.items()]
    connection.executemany(*_EVENTS.of(rows))
    connection.executemany(*_SEALS.of(seals))
    connection.executemany(_GROW, grown)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


class _Insert:
    """A table's INSERT, compiled once, and its rows as SQLite takes them."""

    def __init__(self, model: type[Row]) -> None:
        table = Row.metadata.tables[model.__tablename__]
        dialect = sqlite.dialect(paramstyle="qmark", json_serializer=_json)
        self._sql = str(table.insert().compile(dialect=dialect))
        self._columns = [(each.name, each.type.dialect_impl(dialect).bind_processor(dialect)) for each in table.columns]

    def of(self, rows: Sequence[Mapping[str, Any]]) -> tuple[str, list[list[Any]]]:
        """The statement, and its parameters for these rows."""
        return self._sql, [[bind(row[name]) if bind else row[name] for name, bind in self._columns] for row in rows]


_EVENTS, _SEALS = _Insert(Event), _Insert(Seal)
_LAST = "SELECT (SELECT coalesce(max(id), 0) FROM events), (SELECT coalesce(max(position), 0) FROM seals)"
_TREE = "SELECT size, peaks FROM trees WHERE merchant_id = ?"
_GROW = (
    "INSERT INTO trees (merchant_id, size, peaks) VALUES (?, ?, ?)"
    " ON CONFLICT (merchant_id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks"
)
