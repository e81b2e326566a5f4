"""Where goods come back to, and what lies there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import MerchantOwned, now
from db.vault import Sealed


class Warehouse(MerchantOwned):
    """A place of a merchant. ``address`` (as orders have them, JSON) is sealed; country, region and position stay plain
    for planning. ``returns`` says whether it takes goods back, ``is_hub`` that it gathers those of its country.
    ``hours`` are its openings in the usual short form, by its own clock; null: the working days of its country.
    ``works_holidays``: its country's holidays are days like others. ``closures`` are days on which nobody works there:
    first and last day and why (JSON, days as ISO 8601); null: none."""

    __tablename__ = "warehouses"
    prefix = "whs"

    code: Mapped[str] = mapped_column(String(60))
    name: Mapped[str]
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str | None]
    address: Mapped[Sealed]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    zone: Mapped[str] = mapped_column(default="UTC")
    hours: Mapped[str | None]
    works_holidays: Mapped[bool] = mapped_column(default=False, server_default=false())
    closures: Mapped[list[Any] | None]
    returns: Mapped[bool] = mapped_column(default=True)
    is_hub: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """One code a merchant."""
        return (UniqueConstraint("merchant_id", "code"),)


class Stock(MerchantOwned):
    """How much of one thing lies in one warehouse, and how much of it is kept for exchanges. Changed by one atomic UPDATE,
    never read and written back. ``wanted`` says how many more the warehouse would like to have."""

    __tablename__ = "stock"
    prefix = "stk"

    warehouse_id: Mapped[UUID]
    sku: Mapped[str]
    on_hand: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0)
    wanted: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """One row a warehouse and thing; nothing is reserved that is not there."""
        return (
            UniqueConstraint("merchant_id", "warehouse_id", "sku"),
            Index(None, "merchant_id", "sku"),
            CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="reserved_is_there"),
            ForeignKeyConstraint(["merchant_id", "warehouse_id"], ["warehouses.merchant_id", "warehouses.id"]),
        )
