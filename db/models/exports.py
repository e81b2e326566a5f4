"""Bulk exports: what a partner asked to have written to a file, and how far that has come."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Locale
from db.models.base import Identified


class ExportState(StrEnum):
    """How far a bulk export has come."""

    QUEUED = auto()
    RUNNING = auto()
    DONE = auto()
    FAILED = auto()
    CANCELED = auto()


class Export(Identified):
    """One export. It is its partner's, whichever merchant that acted for (``acting_for``); it reads as the key that asked
    for it may. ``cursor``, ``rows`` and ``size_bytes`` stand for what is in the file for good: whoever goes on cuts the
    file there. ``failures`` are those in a row; ``removed_at`` is when the file went."""

    __tablename__ = "exports"
    __table_args__ = (
        Index(None, "partner_id", "created_at", "id"),
        Index(None, "state", "run_at"),
    )
    prefix = "exp"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"))
    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_keys.id"))
    acting_for: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    query: Mapped[str]
    variables: Mapped[dict[str, Any]]
    locale: Mapped[Locale]
    state: Mapped[ExportState] = mapped_column(default=ExportState.QUEUED)
    cursor: Mapped[str | None]
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int | None] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(default=0)
    error: Mapped[dict[str, Any] | None]
    run_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
