"""A pickup: one carrier asked to collect goods at a door."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.case_enums import CaseKind
from db.enums import PickupStatus
from db.models.base import MerchantOwned, Money, from_minor
from db.models.cases import Case, life_of
from db.vault import Sealed


class Pickup(Case):
    """A collection booked with one carrier. ``reference`` is ours and goes with every try; ``confirmation`` is the
    carrier's number of the booking; ``tracking_number`` may come late. The window is UTC, ``zone`` is the door's.
    ``address`` (JSON with name and phone), courier and code are sealed. ``fee_minor`` is quoted, then settled by
    ``settled_grams``. ``failure`` says why the last attempt did not succeed: {code, message, rawCode, at}.
    ``size_mm`` is one parcel's length, width and height, where told. ``extras`` are words the carrier wants to hear again.
    ``next_ask_at`` is when the carrier is asked how it stands. ``asked_at`` and ``doubtful`` say that an order is out whose
    answer we do not know."""

    __tablename__ = "pickups"
    __mapper_args__ = life_of(CaseKind.PICKUP)
    prefix = "pck"

    id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    account_id: Mapped[UUID | None]
    service: Mapped[str | None]
    reference: Mapped[str] = mapped_column(String(60))
    confirmation: Mapped[str | None]
    tracking_number: Mapped[str | None]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    zone: Mapped[str] = mapped_column(default="UTC")
    address: Mapped[Sealed]
    destination: Mapped[Sealed | None]
    parcels: Mapped[int] = mapped_column(default=1)
    weight_grams: Mapped[int | None]
    size_mm: Mapped[list[Any] | None]
    goods: Mapped[str | None]
    courier_name: Mapped[Sealed | None]
    courier_phone: Mapped[Sealed | None]
    pickup_code: Mapped[Sealed | None]
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    settled_grams: Mapped[int | None]
    settled_at: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]
    attempt: Mapped[int] = mapped_column(default=1)
    failure: Mapped[dict[str, Any] | None]
    extras: Mapped[dict[str, Any] | None]
    asked_at: Mapped[datetime | None]
    doubtful: Mapped[bool] = mapped_column(default=False)
    next_ask_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "reference", unique=True),
        Index(None, "confirmation"),
        Index(None, "tracking_number"),
    )

    @property
    def fee(self) -> Money | None:
        """What it costs: quoted, then as settled."""
        return None if self.fee_minor is None or self.currency is None else from_minor(self.fee_minor, self.currency)


class PickupAttempt(MerchantOwned):
    """One visit of one carrier's courier, as planned and as it ended. ``reason`` is the carrier's code and words."""

    __tablename__ = "pickup_attempts"
    prefix = "pat"

    pickup_id: Mapped[UUID]
    number: Mapped[int]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    status: Mapped[PickupStatus]
    reason: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by pickup, in sequence; the latest that ended."""
        return (
            UniqueConstraint("merchant_id", "pickup_id", "number"),
            Index(None, "pickup_id"),
            Index(None, "merchant_id", "ended_at"),
            ForeignKeyConstraint(["merchant_id", "pickup_id"], ["cases.merchant_id", "cases.id"]),
        )
