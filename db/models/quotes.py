"""What carriers answered when they were asked for a price: kept for a day, so that a return is planned without asking."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import MerchantOwned


class CarrierQuote(MerchantOwned):
    """One account's price for a lane and a class of weight: every parcel up to ``grams``. Each end of the lane is a country,
    a region (its code where it has one) and the first letters of a postal code; empty where not known. ``at_door``: a
    courier collects it. ``price_minor`` is in the currency's smallest unit; ``billed_grams`` and ``days`` are None where
    the carrier did not say. It is used until ``expires_at``."""

    __tablename__ = "carrier_quotes"
    prefix = "cqt"

    account_id: Mapped[UUID]
    from_country: Mapped[str] = mapped_column(String(2))
    from_region: Mapped[str] = mapped_column(default="")
    from_postal: Mapped[str] = mapped_column(String(10), default="")
    grams: Mapped[int]
    to_country: Mapped[str] = mapped_column(String(2))
    to_region: Mapped[str] = mapped_column(default="")
    to_postal: Mapped[str] = mapped_column(String(10), default="")
    at_door: Mapped[bool]
    service: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    billed_grams: Mapped[int | None]
    days: Mapped[int | None]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """One answer an account, lane, class and way of handing in: the latest."""
        lane = (
            "from_country",
            "from_region",
            "from_postal",
            "grams",
            "to_country",
            "to_region",
            "to_postal",
            "at_door",
        )
        return (
            UniqueConstraint("account_id", *lane, name="uq_carrier_quotes_lane"),
            Index(None, "expires_at"),
            ForeignKeyConstraint(
                ["merchant_id", "account_id"], ["carrier_accounts.merchant_id", "carrier_accounts.id"]
            ),
        )
