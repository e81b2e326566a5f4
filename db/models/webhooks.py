"""Webhooks out: where partners want to be told, what is to be told there, and what came of every attempt."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause, SigningScheme, Subject
from db.models.base import Counter, Identified, Row, Versioned
from db.vault import Sealed


class WebhookEndpoint(Versioned, Identified):
    """Where a partner is told. It hears of ``merchant_id``, or of what names ``carrier_code``, or, with neither, of all
    merchants linked to its platform. ``subjects`` and ``scopes`` are what the credential that made it might read then.
    The secrets are sealed; the previous one signs beside the present until ``previous_until``. A deleted one is empty
    and goes when its deliveries are gone."""

    __tablename__ = "webhook_endpoints"
    prefix = "whk"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), index=True)
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"), index=True)
    carrier_code: Mapped[str | None] = mapped_column(ForeignKey("carriers.code"), index=True)
    url: Mapped[str]
    description: Mapped[str | None]
    topics: Mapped[list[str]]
    carriers: Mapped[list[str]]
    statuses: Mapped[list[str]]
    subjects: Mapped[list[str]]
    scopes: Mapped[list[str]]
    selection: Mapped[str | None]
    signing: Mapped[SigningScheme]
    secret: Mapped[Sealed]
    previous_secret: Mapped[Sealed | None]
    previous_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[DisabledBecause | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    shown_secret = cast("str | None", None)
    """The fresh secret, in the clear, while the call that made it is answered; nowhere stored."""


class WebhookDelivery(Identified):
    """One entry of the log for one endpoint; or a test or notice, without a position (of a head, ``subject_id`` is its
    merchant and ``number`` its size; of a disabled endpoint, ``subject_id`` is its id). ``next_at`` is when it is due: moved ahead
    while it is being tried, so that whoever takes it over waits for the lease; null while it waits behind an earlier one
    of its subject. From ``released_at`` on it holds up later ones no more. ``attempts`` counts since it was (re)played."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "position"),
        Index(None, "endpoint_id", "subject_id", "position"),
        Index(None, "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "next_at",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )
    prefix = "dlv"

    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    position: Mapped[int | None] = mapped_column(Counter)
    number: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(60))
    subject: Mapped[Subject | None]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int | None]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class WebhookAttempt(Identified):
    """One attempt. ``answer`` holds the first bytes of what came back, as text that is safe to show."""

    __tablename__ = "webhook_attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True)
    endpoint_id: Mapped[UUID]
    started_at: Mapped[datetime]
    duration_ms: Mapped[int]
    http_status: Mapped[int | None]
    problem: Mapped[AttemptProblem | None]
    answer: Mapped[str | None]


class LogReader(Row):
    """How far a reader of the log has come that must miss nothing; whoever goes on locks its row."""

    __tablename__ = "log_readers"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(Counter)
