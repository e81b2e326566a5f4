"""A return: what comes back, why, by which way, and how it came. The way back itself is a shipment whose direction is
REVERSE; picking it up, refunding, exchanging and repairing are cases of their own under it."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import (
    CaseKind,
    Condition,
    Disposition,
    LineLogistics,
    LineMoney,
    RefundTrigger,
    Resolution,
    ReturnMethod,
    ReturnReason,
)
from db.models.base import MerchantOwned, Money, Row, from_minor
from db.models.cases import Case, life_of
from db.models.green import Packaging
from db.vault import Sealed


class Return(Case):
    """An RMA. ``reason`` is the weightiest of its lines'. ``plan`` is the way that was chosen and those ranked after it
    (ids, words and whole numbers). ``trigger`` is what makes the refund due. ``question`` and ``answer`` are what the
    merchant asked and the buyer said, ``note`` what the buyer wrote, ``origin`` where the goods are (JSON), all sealed.
    ``customs`` stands where its way crosses a customs border: the two countries, and what the papers say beside the lines.
    ``disputes`` counts the appeals: there is one. ``point_id`` is where the goods are handed in; ``size_mm`` the parcel's
    length, width and height, where told.
    ``is_arrived``: the carrier says that the goods are at the warehouse."""

    __tablename__ = "returns"
    __table_args__ = (Index(None, "warehouse_id"),)  # what lies at a hub
    __mapper_args__ = life_of(CaseKind.RETURN)
    prefix = "ret"

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    reason: Mapped[ReturnReason]
    resolution: Mapped[Resolution]
    method: Mapped[ReturnMethod | None]
    trigger: Mapped[RefundTrigger] = mapped_column(default=RefundTrigger.INSPECTION)
    plan: Mapped[dict[str, Any] | None]
    origin: Mapped[Sealed | None]
    warehouse_id: Mapped[UUID | None]
    point_id: Mapped[UUID | None]
    size_mm: Mapped[list[Any] | None]
    note: Mapped[Sealed | None]
    question: Mapped[Sealed | None]
    answer: Mapped[Sealed | None]
    channel: Mapped[str | None]
    currency: Mapped[str] = mapped_column(String(3))
    value_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    is_express: Mapped[bool] = mapped_column(default=False)
    is_arrived: Mapped[bool] = mapped_column(default=False)
    disputes: Mapped[int] = mapped_column(default=0)
    failovers: Mapped[int] = mapped_column(default=0)
    packaging: Mapped[Packaging | None]
    customs: Mapped[dict[str, Any] | None]

    @property
    def rma_number(self) -> str:
        """The number printed on it."""
        return self.number

    @property
    def value(self) -> Money:
        """What was paid for the goods in it."""
        return from_minor(self.value_minor, self.currency)


class ReturnLine(MerchantOwned):
    """Some of one item coming back. ``order_line_id`` is null for goods without an order, for which alone
    ``category`` stands here. ``paid_minor`` is what was paid for one, or is one's worth by the merchant's word. Of
    ``quantity`` so many were received in order, damaged, wrong or missing; ``condition`` is the worst.
    ``hs_code``, ``country_of_origin`` and ``customs_minor`` (the value of one, where it is not what was paid) are what
    customs are told; ``consolidation_id`` is the parcel in which a hub sent the goods on."""

    __tablename__ = "return_lines"
    prefix = "rln"

    return_id: Mapped[UUID]
    position: Mapped[int]
    order_id: Mapped[UUID | None]
    order_line_id: Mapped[UUID | None]
    sku: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    reason: Mapped[ReturnReason]
    paid_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    weight_grams: Mapped[int | None]
    hs_code: Mapped[str | None] = mapped_column(String(10))
    country_of_origin: Mapped[str | None] = mapped_column(String(2))
    category: Mapped[str | None]
    customs_minor: Mapped[int | None] = mapped_column(BigInteger)
    consolidation_id: Mapped[UUID | None]
    received: Mapped[int] = mapped_column(default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)
    missing: Mapped[int] = mapped_column(default=0)
    condition: Mapped[Condition] = mapped_column(default=Condition.PENDING)
    disposition: Mapped[Disposition | None]
    logistics: Mapped[LineLogistics] = mapped_column(default=LineLogistics.NONE)
    money: Mapped[LineMoney] = mapped_column(default=LineMoney.NOT_DUE)
    inspection: Mapped[dict[str, Any] | None]

    @property
    def paid(self) -> Money:
        """What was paid for one."""
        return from_minor(self.paid_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by return, in sequence; what is coming back of an order's line is counted. Few lines ever go by a hub."""
        is_sent_on = text("consolidation_id IS NOT NULL")
        return (
            UniqueConstraint("merchant_id", "return_id", "position"),
            Index(None, "return_id"),
            Index(None, "order_line_id"),
            Index(None, "merchant_id", "sku"),
            Index(None, "consolidation_id", sqlite_where=is_sent_on, postgresql_where=is_sent_on),
            ForeignKeyConstraint(["merchant_id", "return_id"], ["cases.merchant_id", "cases.id"]),
            ForeignKeyConstraint(["merchant_id", "order_line_id"], ["order_lines.merchant_id", "order_lines.id"]),
        )


class ReturnOrder(Row):
    """Whose goods come back: a return may cover several orders of one customer, or none."""

    __tablename__ = "return_orders"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    return_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)

    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "return_id"], ["cases.merchant_id", "cases.id"]),
        ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"]),
    )


class CaseShipment(Row):
    """The parcels of a case: a return's way back, an exchange's new goods, a repair's in and out, what a pickup took."""

    __tablename__ = "case_shipments"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    shipment_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)

    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "case_id"], ["cases.merchant_id", "cases.id"]),
        ForeignKeyConstraint(["merchant_id", "shipment_id"], ["shipments.merchant_id", "shipments.id"]),
    )
