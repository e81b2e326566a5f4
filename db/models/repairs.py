"""Goods that are mended: what is wrong, what it costs, the workshop's own steps, and what the buyer was lent meanwhile."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import CaseKind
from db.enums import Party
from db.models.base import MerchantOwned, Money, from_minor
from db.models.cases import Case, life_of
from db.vault import Sealed


class Repair(Case):
    """A repair under a return (``parent_id``). ``symptom`` is what the buyer says is wrong. ``quote_minor`` is the
    workshop's price. ``loan_serial`` is the spare device that the buyer has until ``loan_due_at`` (UTC), back at
    ``loan_back_at``."""

    __tablename__ = "repairs"
    __table_args__ = ()
    __mapper_args__ = life_of(CaseKind.REPAIR)
    prefix = "rep"

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    symptom: Mapped[Sealed | None]
    serial_number: Mapped[str | None] = mapped_column(String(100))
    currency: Mapped[str] = mapped_column(String(3))
    quote_minor: Mapped[int | None] = mapped_column(BigInteger)
    loan_serial: Mapped[str | None] = mapped_column(String(100))
    loan_due_at: Mapped[datetime | None]
    loan_back_at: Mapped[datetime | None]
    tracking_number: Mapped[str | None]

    @property
    def quote(self) -> Money | None:
        """The workshop's price."""
        return None if self.quote_minor is None else from_minor(self.quote_minor, self.currency)


class RepairStep(MerchantOwned):
    """What the workshop did, in its own words."""

    __tablename__ = "repair_steps"
    prefix = "rst"

    repair_id: Mapped[UUID]
    position: Mapped[int]
    words: Mapped[str] = mapped_column(String(200))
    by: Mapped[Party]
    at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by repair, in sequence."""
        return (
            UniqueConstraint("merchant_id", "repair_id", "position"),
            Index(None, "repair_id"),
            ForeignKeyConstraint(["merchant_id", "repair_id"], ["cases.merchant_id", "cases.id"]),
        )
