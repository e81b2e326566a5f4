"""The log of facts: every change is one row, written in the transaction that makes it true. Append-only.

Writing is cheap; the seal (a global position, the merchant's next number, a Merkle leaf) is given after the commit to
whatever waits in ``unsealed``.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Subject
from db.models.base import Counter, Row


class Event(Row):
    """Something that happened. ``version`` counts the subject's events; carrier, customer and order are for reach."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("merchant_id", "subject", "subject_id", "version"),
        Index(None, "order_id", "id"),
        Index(None, "carrier_code", "id"),
    )

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"))
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


class Unsealed(Row):
    """An event that waits for its seal."""

    __tablename__ = "unsealed"

    event_id: Mapped[int] = mapped_column(Counter, ForeignKey("events.id"), primary_key=True, autoincrement=False)


class Seal(Row):
    """An event's place in the order of all, and its leaf in the tree."""

    __tablename__ = "seals"
    __table_args__ = (UniqueConstraint("merchant_id", "number"), UniqueConstraint("event_id"))

    position: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(Counter, ForeignKey("events.id"))
    merchant_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger)
    salt: Mapped[bytes]
    leaf: Mapped[bytes]
