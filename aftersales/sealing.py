"""Seals: facts that are committed get their place in the order of all, their merchant's next number, and their leaf.

What is here is the same on both databases. On SQLite ``log.announce`` seals in the writer's own transaction; on
PostgreSQL one sealer does it for all (``worker.sealing``). Either way nobody else seals meanwhile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import merkle
from aftersales.rules.entries import Stamp, leaf, stamp_of
from db.models.base import Row
from db.models.log import Event, Seal, Tree


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


_EVENTS, _SEALS, _TREES = (Row.metadata.tables[model.__tablename__] for model in (Event, Seal, Tree))
_STATE = select(
    select(func.coalesce(func.max(_EVENTS.c.id), 0)).scalar_subquery(),
    select(func.coalesce(func.max(_SEALS.c.position), 0)).scalar_subquery(),
    _TREES.c.merchant_id,
    _TREES.c.size,
    _TREES.c.peaks,
).select_from(
    select(literal(1).label("one"))
    .subquery()
    .outerjoin(_TREES, _TREES.c.merchant_id.in_(bindparam("merchants", expanding=True)))
)
_INSERT_TREE = sqlite.insert(_TREES)
_GROW = _INSERT_TREE.on_conflict_do_update(
    index_elements=["merchant_id"],
    set_={"size": _INSERT_TREE.excluded.size, "peaks": _INSERT_TREE.excluded.peaks},
)
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


async def write_sealed(session: AsyncSession, events: Sequence[dict[str, Any]]) -> None:
    """Writes events with their seals, in the transaction of SQLite's one writer, which counts for all merchants."""
    merchants = {event["merchant_id"] for event in events}
    found = (await session.execute(_STATE, {"merchants": list(merchants)}, execution_options={"reached": True})).all()
    last_id, position = found[0][:2]
    trees = {merchant: Grown() for merchant in merchants}
    trees |= {row.merchant_id: Grown.of(row.size, row.peaks) for row in found if row.merchant_id is not None}
    rows = [event | {"id": id_} for id_, event in enumerate(events, last_id + 1)]
    seals = seal(
        (Waiting(row["id"], stamp_of(row), row["carrier_code"], row["customer_id"]) for row in rows), trees, position
    )
    await session.execute(_EVENTS.insert(), rows)
    await session.execute(_SEALS.insert(), [dict(zip(COLUMNS, each, strict=True)) for each in seals])
    grown = [{"merchant_id": owner, "size": tree.size, "peaks": b"".join(tree.peaks)} for owner, tree in trees.items()]
    await session.execute(_GROW, grown)
