"""One carrier's movement of one parcel or more, and what was scanned on its way."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import (
    Classifier,
    DeliveryMode,
    Direction,
    EventSource,
    TrackingMethod,
    TrackingReason,
    TrackingStatus,
    TrackingStep,
)
from db.models.base import MerchantOwned, Money, Row, Versioned, from_minor, now
from db.vault import Sealed


class Shipment(Versioned, MerchantOwned):
    """A parcel's journey with one carrier. Status and its companions are folded from all events.

    ``promised_delivery_at`` is exclusive: a promised day is kept until its end in the recipient's zone.
    ``learnt_delivery_at`` comes from the lane's past with ``learnt_sample`` journeys behind it; the carrier's own
    estimate is ``carrier_delivery_at``, as of ``carrier_told_at`` (a message older than that does not replace it). ``stalls_at`` is when silence becomes a stall, ``watch_at`` when the clock
    looks at it next. Tracking columns say how and
    when the parcel is followed and what failed last.
    """

    __tablename__ = "shipments"
    prefix = "shp"

    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    account_id: Mapped[UUID | None]
    tracking_number: Mapped[str]
    carrier_unique_id: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]
    service: Mapped[str | None]
    direction: Mapped[Direction] = mapped_column(default=Direction.FORWARD)
    status: Mapped[TrackingStatus] = mapped_column(default=TrackingStatus.UNKNOWN)
    reason: Mapped[TrackingReason | None]
    delivery_mode: Mapped[DeliveryMode | None]
    action_required: Mapped[bool] = mapped_column(default=False)
    status_since: Mapped[datetime | None]
    picked_up_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    promised_delivery_at: Mapped[datetime | None]
    carrier_delivery_at: Mapped[datetime | None]
    carrier_told_at: Mapped[datetime | None]
    learnt_delivery_at: Mapped[datetime | None]
    learnt_latest_at: Mapped[datetime | None]
    learnt_sample: Mapped[int | None]
    learnt_basis: Mapped[str | None]
    stalls_at: Mapped[datetime | None]
    watch_at: Mapped[datetime | None]
    told: Mapped[list[str]]  # alert kinds already announced
    signed_by: Mapped[Sealed | None]
    phone_tail: Mapped[Sealed | None]
    pieces: Mapped[int | None]
    weight_grams: Mapped[int | None]
    declared_minor: Mapped[int | None] = mapped_column(BigInteger)
    freight_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    origin_country: Mapped[str | None] = mapped_column(String(2))
    origin_region: Mapped[str | None]
    destination_country: Mapped[str | None] = mapped_column(String(2))
    destination_region: Mapped[str | None]
    zone: Mapped[str] = mapped_column(default="UTC")
    tracking_method: Mapped[TrackingMethod] = mapped_column(default=TrackingMethod.NONE)
    tracking_stopped_at: Mapped[datetime | None]
    subscribed_until: Mapped[datetime | None]
    subscribed_at: Mapped[datetime | None]
    subscribe_tries: Mapped[int] = mapped_column(default=0)  # whose outcome nobody knows, one under way included
    next_subscribe_at: Mapped[datetime | None]
    next_poll_at: Mapped[datetime | None]
    last_polled_at: Mapped[datetime | None]
    last_heard_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_failure: Mapped[dict[str, Any] | None]
    is_of_case: Mapped[bool] = mapped_column(default=False, server_default=false())  # then its scans move a case
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def estimated_delivery_at(self) -> datetime | None:
        """The carrier's own estimate, else what the lane's past says."""
        return self.carrier_delivery_at or self.learnt_delivery_at

    @property
    def declared_value(self) -> Money | None:
        """What the shipper said it is worth."""
        return self._money(self.declared_minor)

    @property
    def freight(self) -> Money | None:
        """What carrying it cost."""
        return self._money(self.freight_minor)

    @property
    def told_carrier(self) -> str:
        """The carrier that may read of it."""
        return self.carrier_code

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None or self.currency is None else from_minor(minor, self.currency)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Carriers reuse numbers and two merchants may register one; every sort and every loop has its index."""
        return (
            UniqueConstraint("merchant_id", "carrier_code", "tracking_number", "carrier_unique_id"),
            Index(None, "tracking_number"),
            Index(None, "account_id", "tracking_number"),
            Index(None, "carrier_code", "id"),
            Index(None, "merchant_id", "updated_at", "id"),
            Index(None, "updated_at", "id"),
            Index(None, "merchant_id", "created_at", "id"),
            Index(None, "merchant_id", "status", "id"),
            Index(None, "next_poll_at"),
            Index(None, "next_subscribe_at"),
            Index(None, "watch_at"),
            Index(None, "promised_delivery_at"),
            Index(None, "stalls_at"),
            Index(None, "delivered_at"),
            ForeignKeyConstraint(
                ["merchant_id", "account_id"], ["carrier_accounts.merchant_id", "carrier_accounts.id"]
            ),
        )


class ShipmentOrder(Row):
    """Which orders a shipment carries."""

    __tablename__ = "shipment_orders"

    merchant_id: Mapped[UUID] = mapped_column(primary_key=True)
    shipment_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)

    __table_args__ = (
        ForeignKeyConstraint(["merchant_id", "shipment_id"], ["shipments.merchant_id", "shipments.id"]),
        ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"]),
    )


class TrackingEvent(MerchantOwned):
    """One scan in our words, the carrier's code kept. ``identity`` keeps real twins apart and repeats together;
    ``content`` finds a scan again that comes once with the carrier's own event id and once without (push and poll);
    ``local_time`` is the carrier's own clock with its offset; ``description`` has phones masked."""

    __tablename__ = "tracking_events"
    prefix = "evt"

    shipment_id: Mapped[UUID]
    identity: Mapped[bytes]
    content: Mapped[bytes | None]
    occurred_at: Mapped[datetime]
    local_time: Mapped[str | None]
    recorded_at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[TrackingStatus]
    step: Mapped[TrackingStep | None]
    reason: Mapped[TrackingReason | None]
    delivery_mode: Mapped[DeliveryMode | None]
    action_required: Mapped[bool] = mapped_column(default=False)
    classifier: Mapped[Classifier] = mapped_column(default=Classifier.ACTUAL)
    corrects: Mapped[bool] = mapped_column(default=False)
    raw_code: Mapped[str]
    carrier_words: Mapped[str]
    location: Mapped[dict[str, Any] | None]
    piece: Mapped[str | None]
    source: Mapped[EventSource]
    inbox_id: Mapped[UUID | None]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """A scan is kept once; read by shipment in the order of time (5 million and more)."""
        return (
            UniqueConstraint("shipment_id", "identity"),
            Index(None, "shipment_id", "occurred_at"),
            ForeignKeyConstraint(["merchant_id", "shipment_id"], ["shipments.merchant_id", "shipments.id"]),
        )


class LanePast(Row):
    """What a lane's past teaches: how long delivered parcels took from pickup, in hours."""

    __tablename__ = "lanes"

    key: Mapped[str] = mapped_column(primary_key=True)
    sample: Mapped[int]
    median_hours: Mapped[float]
    p90_hours: Mapped[float]
    gap_hours: Mapped[float | None]
    learnt_at: Mapped[datetime] = mapped_column(default=now)


class UnmappedCode(Row):
    """A carrier's code we do not know, counted: visible to partners, never guessed."""

    __tablename__ = "unmapped_codes"

    carrier_code: Mapped[str] = mapped_column(primary_key=True)
    raw_code: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int]
    first_seen_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
