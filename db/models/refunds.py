"""Money that goes back to a buyer: the grant (a decision), what it pays for, the transfers that move it, and what may go back
of an order in all. We record transfers; the merchant's system makes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import CaseKind, RefundPurpose, RefundTrigger, Tender, TransferStatus
from db.models.base import MerchantOwned, Money, Row, from_minor
from db.models.cases import Case, life_of


class Refund(Case):
    """A grant over one order (``order_id``; null for goods without one), under a return (``parent_id``) or alone.
    ``working`` are the steps of the sum: {kind, label, minor, line}. ``fee_minor`` was taken off for the way back,
    ``shipping_minor`` put on for the way out. ``paid_minor`` is what transfers have moved. ``promised_from`` is when the
    promise began to run (UTC): the grant, or the pickup of an express return."""

    __tablename__ = "refunds"
    __mapper_args__ = life_of(CaseKind.REFUND)
    prefix = "rfd"

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    purpose: Mapped[RefundPurpose]
    tender: Mapped[Tender]
    trigger: Mapped[RefundTrigger | None]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    shipping_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3))
    working: Mapped[list[Any]]
    promised_from: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="is_some"),
        CheckConstraint("paid_minor >= 0 AND paid_minor <= amount_minor", name="paid_is_granted"),
    )

    @property
    def amount(self) -> Money:
        """What was granted."""
        return from_minor(self.amount_minor, self.currency)

    @property
    def paid(self) -> Money:
        """What transfers have moved."""
        return from_minor(self.paid_minor, self.currency)

    @property
    def shipping(self) -> Money:
        """What of it is for the way out."""
        return from_minor(self.shipping_minor, self.currency)

    @property
    def left_minor(self) -> int:
        """What no transfer has moved yet."""
        return self.amount_minor - self.paid_minor

    @property
    def left(self) -> Money:
        """What no transfer has moved yet."""
        return from_minor(self.left_minor, self.currency)


class RefundLine(MerchantOwned):
    """What a grant pays for one line of a return: so many pieces, the line's discount and restocking taken off."""

    __tablename__ = "refund_lines"
    prefix = "rfl"

    refund_id: Mapped[UUID]
    position: Mapped[int]
    return_line_id: Mapped[UUID]
    order_line_id: Mapped[UUID | None]
    quantity: Mapped[int]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))

    @property
    def amount(self) -> Money:
        """What is paid for these pieces."""
        return from_minor(self.amount_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by refund, in sequence; the pieces of an order's line that were paid for are counted."""
        return (
            UniqueConstraint("merchant_id", "refund_id", "position"),
            Index(None, "refund_id"),
            Index(None, "order_line_id"),
            Index(None, "return_line_id"),
            ForeignKeyConstraint(["merchant_id", "refund_id"], ["cases.merchant_id", "cases.id"]),
            ForeignKeyConstraint(["merchant_id", "return_line_id"], ["return_lines.merchant_id", "return_lines.id"]),
            ForeignKeyConstraint(["merchant_id", "order_line_id"], ["order_lines.merchant_id", "order_lines.id"]),
        )


class RefundTransfer(MerchantOwned):
    """One movement of money, as the merchant's system tells of it. ``reference`` is its name there."""

    __tablename__ = "refund_transfers"
    prefix = "rft"

    refund_id: Mapped[UUID]
    reference: Mapped[str] = mapped_column(String(200))
    tender: Mapped[Tender]
    status: Mapped[TransferStatus]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reason: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What it moves."""
        return from_minor(self.amount_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """One of a reference a refund."""
        return (
            UniqueConstraint("merchant_id", "refund_id", "reference"),
            Index(None, "refund_id"),
            CheckConstraint("amount_minor > 0", name="is_some"),
            ForeignKeyConstraint(["merchant_id", "refund_id"], ["cases.merchant_id", "cases.id"]),
        )


class OrderMoney(Row):
    """What may go back of one order, whatever for: at most ``due_minor``, the order's total with what was ``added_minor``
    to it since (a dearer exchange paid for, a compensation owed). ``granted_minor`` of it was promised, ``paid_minor``
    moved. Changed by one atomic UPDATE, never read and written back; the table itself refuses more than is due."""

    __tablename__ = "order_money"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    due_minor: Mapped[int] = mapped_column(BigInteger)
    added_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    granted_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (
        CheckConstraint(
            "paid_minor >= 0 AND paid_minor <= granted_minor AND granted_minor <= due_minor", name="within_what_is_due"
        ),
        CheckConstraint("added_minor >= 0", name="only_added"),
        ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"]),
    )
