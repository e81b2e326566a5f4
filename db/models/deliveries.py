"""What was wished of a parcel that is on its way: another time, another door, to be held, to be left with somebody, or to
come back."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Party
from db.models.base import MerchantOwned
from db.vault import Sealed


class DeliveryWish(StrEnum):
    """What is wished of a delivery."""

    RESCHEDULE = auto()
    REDIRECT = auto()
    HOLD = auto()
    LEAVE_WITH = auto()
    RETURN = auto()


class ChangeState(StrEnum):
    """What became of a wish."""

    REQUESTED = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    UNCONFIRMED = auto()
    DONE = auto()
    FAILED = auto()
    EXPIRED = auto()


class DeliveryChange(MerchantOwned):
    """A wish for one parcel. ``wish`` is where to or with whom (JSON), sealed; the window is UTC. ``customer_id`` is the
    buyer who wished it, None where the merchant did. ``reason`` and ``next_step`` say why not and what to do then."""

    __tablename__ = "delivery_changes"
    prefix = "dch"

    shipment_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    party: Mapped[Party]
    kind: Mapped[DeliveryWish]
    state: Mapped[ChangeState] = mapped_column(default=ChangeState.REQUESTED)
    account_id: Mapped[UUID | None]
    wish: Mapped[Sealed | None]
    window_start: Mapped[datetime | None]
    window_end: Mapped[datetime | None]
    point_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    next_step: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by shipment."""
        return (
            Index(None, "shipment_id"),
            ForeignKeyConstraint(["merchant_id", "shipment_id"], ["shipments.merchant_id", "shipments.id"]),
        )
