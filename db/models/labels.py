"""Labels and codes that goods are sent back with."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import ReturnMethod
from db.models.base import MerchantOwned


class LabelState(StrEnum):
    """How far a label has come."""

    PENDING = auto()
    READY = auto()
    FAILED = auto()
    VOIDED = auto()


class ReturnLabel(MerchantOwned):
    """A label, or a code, for one return. ``reference`` is ours and goes with every try; ``carrier_code`` is None for a
    label of our own without a carrier. The file ``file_name`` lies in the folder of files, sealed, since carriers print
    names and addresses; ``media_type`` is what it opens to. ``reason`` says why there is none. ``doubtful``: an order is
    out whose answer we do not know. ``expires_at`` is when the return does not take the goods any more."""

    __tablename__ = "return_labels"
    prefix = "lbl"

    return_id: Mapped[UUID]
    carrier_code: Mapped[str | None]
    account_id: Mapped[UUID | None]
    service: Mapped[str | None]
    method: Mapped[ReturnMethod]
    state: Mapped[LabelState] = mapped_column(default=LabelState.PENDING)
    reference: Mapped[str] = mapped_column(String(30))
    confirmation: Mapped[str | None]
    tracking_number: Mapped[str | None]
    extras: Mapped[dict[str, Any] | None]
    media_type: Mapped[str | None]
    file_name: Mapped[str | None]
    reason: Mapped[str | None]
    doubtful: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by return; a reference is used once; those whose files are still kept are swept."""
        has_file = text("file_name IS NOT NULL")
        return (
            Index(None, "return_id"),
            Index(None, "reference", unique=True),
            Index(None, "expires_at", sqlite_where=has_file, postgresql_where=has_file),
            ForeignKeyConstraint(["merchant_id", "return_id"], ["cases.merchant_id", "cases.id"]),
        )
