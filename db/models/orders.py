"""What was bought. Names, phones and addresses are sealed; country and region stay plain, because lanes are learnt from them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Locale, OrderStatus
from db.models.base import MerchantOwned, Money, Versioned, from_minor, now
from db.vault import Sealed


class Customer(MerchantOwned):
    """A merchant's buyer. ``external_id`` is the merchant's name for them; ``phone_index`` finds them by phone."""

    __tablename__ = "customers"
    prefix = "cus"

    external_id: Mapped[str | None]
    name: Mapped[Sealed | None]
    phone: Mapped[Sealed | None]
    email: Mapped[Sealed | None]
    phone_index: Mapped[bytes | None]
    locale: Mapped[Locale | None]
    preferences: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """One customer a merchant's external id; looked up by phone."""
        return (UniqueConstraint("merchant_id", "external_id"), Index(None, "merchant_id", "phone_index"))


class Order(Versioned, MerchantOwned):
    """What a customer bought. The total is in the currency's smallest unit. ``flags`` says what is odd (B1),
    ``problems`` names each by line and field; ``goods_digest`` finds twins; ``zone`` is the recipient's."""

    __tablename__ = "orders"
    prefix = "ord"

    number: Mapped[str]
    external_id: Mapped[str | None]
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.PLACED)
    customer_id: Mapped[UUID]
    placed_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    promised_delivery_at: Mapped[datetime | None]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    shipping_address: Mapped[Sealed]
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None]
    zone: Mapped[str] = mapped_column(default="UTC")
    flags: Mapped[list[str]]
    problems: Mapped[list[Any]]
    goods_digest: Mapped[bytes]
    content_digest: Mapped[bytes]
    needs_action: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def total(self) -> Money:
        """Amount and currency."""
        return from_minor(self.total_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Numbers are unique a merchant; every sort has its index."""
        return (
            UniqueConstraint("merchant_id", "number"),
            Index(None, "merchant_id", "external_id"),
            Index(None, "merchant_id", "placed_at", "id"),
            Index(None, "merchant_id", "updated_at", "id"),
            Index(None, "placed_at", "id"),
            Index(None, "updated_at", "id"),
            Index(None, "merchant_id", "customer_id", "placed_at"),
            Index(None, "merchant_id", "goods_digest"),
            Index(None, "number"),
            ForeignKeyConstraint(["merchant_id", "customer_id"], ["customers.merchant_id", "customers.id"]),
        )


class OrderLine(MerchantOwned):
    """One item of an order. ``attributes`` is a list of {name, value}; ``position`` keeps the order's sequence. ``hs_code``
    is six to ten digits, ``country_of_origin`` where it was made (ISO 3166-1 alpha-2)."""

    __tablename__ = "order_lines"
    prefix = "oln"

    order_id: Mapped[UUID]
    position: Mapped[int]
    sku: Mapped[str]
    title: Mapped[str]
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    weight_grams: Mapped[int | None]
    category: Mapped[str | None]
    hs_code: Mapped[str | None] = mapped_column(String(10))
    country_of_origin: Mapped[str | None] = mapped_column(String(2))
    attributes: Mapped[list[Any]]

    @property
    def unit_price(self) -> Money:
        """Amount and currency."""
        return from_minor(self.unit_price_minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by order, in sequence."""
        return (
            UniqueConstraint("merchant_id", "order_id", "position"),
            Index(None, "order_id"),
            ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"]),
        )
