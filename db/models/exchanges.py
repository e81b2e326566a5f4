"""Other goods for those that come back, or the same again: what goes out, from where, and who owes whom the difference."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import CaseKind
from db.models.base import MerchantOwned, Money, from_minor
from db.models.cases import Case, life_of


class Exchange(Case):
    """An exchange under a return (``parent_id``). ``is_resend``: the same again, nothing comes back. ``is_advance``: the new
    goods go out before the old ones came. ``is_at_door``: the courier who collects the old goods brings the new ones.
    ``is_careful``: the buyer complained of damage before. ``price_minor`` is what the new goods cost, ``worth_minor`` what
    was paid for the old; ``paid_minor`` is what the buyer paid of the difference, ``receivable_minor`` what they owe
    because the old goods never came; ``is_settled``: what the new goods cost less was granted."""

    __tablename__ = "exchanges"
    __mapper_args__ = life_of(CaseKind.EXCHANGE)
    prefix = "exc"

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    is_resend: Mapped[bool] = mapped_column(default=False)
    is_advance: Mapped[bool] = mapped_column(default=False)
    is_at_door: Mapped[bool] = mapped_column(default=False)
    is_careful: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    worth_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    payment_reference: Mapped[str | None] = mapped_column(String(200))
    receivable_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    is_settled: Mapped[bool] = mapped_column(default=False)
    released_at: Mapped[datetime | None]
    tracking_number: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("price_minor >= 0 AND worth_minor >= 0", name="worth_something"),
        CheckConstraint("paid_minor >= 0 AND receivable_minor >= 0", name="owed_one_way"),
    )

    @property
    def difference_minor(self) -> int:
        """What the new goods cost more than the old."""
        return self.price_minor - self.worth_minor

    @property
    def owed_minor(self) -> int:
        """What the buyer still has to pay before the new goods go out."""
        return max(self.difference_minor - self.paid_minor, 0)

    @property
    def price(self) -> Money:
        """What the new goods cost."""
        return from_minor(self.price_minor, self.currency)

    @property
    def difference(self) -> Money:
        """More than 0: the buyer owes it; less: it goes back to them."""
        return from_minor(self.difference_minor, self.currency)

    @property
    def paid(self) -> Money:
        """What the buyer paid of the difference."""
        return from_minor(self.paid_minor, self.currency)

    @property
    def receivable(self) -> Money | None:
        """What the buyer owes because the old goods never came."""
        return from_minor(self.receivable_minor, self.currency) if self.receivable_minor else None


class ExchangeItem(MerchantOwned):
    """Some of one thing that goes out. ``warehouse_id`` is where it is taken from, null where the merchant keeps no stock of
    it here; ``is_reserved`` says that it is still kept there for this exchange."""

    __tablename__ = "exchange_items"
    prefix = "exi"

    exchange_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    warehouse_id: Mapped[UUID | None]
    is_reserved: Mapped[bool] = mapped_column(default=False)

    @property
    def unit_price(self) -> Money:
        """The price of one."""
        return from_minor(self.unit_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by exchange, in sequence."""
        return (
            UniqueConstraint("merchant_id", "exchange_id", "position"),
            Index(None, "exchange_id"),
            ForeignKeyConstraint(["merchant_id", "exchange_id"], ["cases.merchant_id", "cases.id"]),
            ForeignKeyConstraint(["merchant_id", "warehouse_id"], ["warehouses.merchant_id", "warehouses.id"]),
        )
