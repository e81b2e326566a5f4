"""What is saved by using things again."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.models.base import MerchantOwned


class Packaging(StrEnum):
    """What goods travel back in."""

    ORIGINAL = auto()
    REUSED = auto()
    REUSABLE = auto()
    NONE = auto()
    NEW = auto()


class ReusePoints(MerchantOwned):
    """A line of the ledger of points, written once and never changed: a buyer's for one return that came in packaging
    that was used again."""

    __tablename__ = "reuse_points"
    prefix = "rup"

    customer_id: Mapped[UUID]
    return_id: Mapped[UUID]
    packaging: Mapped[Packaging]
    points: Mapped[int]
    granted_at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Once a return; summed by buyer."""
        return (
            UniqueConstraint("merchant_id", "return_id"),
            Index(None, "customer_id"),
            ForeignKeyConstraint(["merchant_id", "return_id"], ["cases.merchant_id", "cases.id"]),
        )
