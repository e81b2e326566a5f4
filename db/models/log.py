"""The log of facts: every change is one row, written in the transaction that makes it true. Append-only.

Writing is cheap; the seal (a global position, the merchant's next number, a leaf of the merchant's tree) is given in the
order of ids to whatever was committed and waits in ``unsealed``; on SQLite, with its one writer, at once. Nothing here
points at another table: a foreign key would lock the row it points at, for every fact, and ids of events are checked by
count when they are sealed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Subject
from db.models.base import Counter, Row


class Event(Row):
    """Something that happened. ``version`` counts the subject's events; carrier, customer and order are for reach.
    ``commitment`` is the digest of ``salt`` and of everything that is not in the leaf by itself."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("subject_id", "version", "subject", "merchant_id"),)

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    merchant_id: Mapped[UUID]
    subject: Mapped[Subject]
    subject_id: Mapped[UUID]
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(60))
    actor: Mapped[dict[str, Any]]
    cause: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]]
    carrier_code: Mapped[str | None] = mapped_column(String(40))
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    salt: Mapped[bytes]
    commitment: Mapped[bytes]


class Unsealed(Row):
    """An event that waits for its seal."""

    __tablename__ = "unsealed"

    event_id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=False)


class Seal(Row):
    """An event's place in the order of all, its merchant's dense number, and its leaf. ``subtrees`` holds the hashes of
    the full subtrees that end with this leaf, the lowest first, 32 bytes each: on average one a row, and every proof
    finds what it needs by number. Carrier and customer are the event's, so that each reach reads in order."""

    __tablename__ = "seals"
    __table_args__ = (
        UniqueConstraint("merchant_id", "number"),
        UniqueConstraint("event_id"),
        Index(None, "merchant_id", "position"),
        Index(None, "carrier_code", "position"),
        Index(None, "customer_id", "position"),
    )

    position: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(Counter)
    merchant_id: Mapped[UUID]
    carrier_code: Mapped[str | None] = mapped_column(String(40))
    customer_id: Mapped[UUID | None]
    number: Mapped[int] = mapped_column(BigInteger)
    leaf: Mapped[bytes]
    subtrees: Mapped[bytes]


class Tree(Row):
    """How far a merchant's tree has grown: its size, and the roots of its full subtrees from left to right, 32 bytes
    each. Written by whoever seals; ``signed_size`` and ``signed_at``, of the newest head, by whoever signs."""

    __tablename__ = "trees"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    peaks: Mapped[bytes]
    signed_size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    signed_at: Mapped[datetime | None]


class Head(Row):
    """A merchant's tree of a size, signed. Whoever keeps it elsewhere can prove that nothing below it was changed."""

    __tablename__ = "heads"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    signed_at: Mapped[datetime]
    signature: Mapped[bytes]
