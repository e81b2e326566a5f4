"""Who calls us, whose goods they are, and by what right."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import Environment, PartnerKind
from db.models.base import Identified, MerchantOwned, Row, Versioned, now
from db.vault import Sealed


class Merchant(Identified):
    """Whose goods they are. ``zone`` is the IANA zone of its business day; ``external_id`` is its platform's name for it."""

    __tablename__ = "merchants"
    prefix = "mer"

    name: Mapped[str]
    country: Mapped[str | None] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(default="UTC")
    external_id: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class DataKey(Row):
    """A merchant's data key, wrapped by the master key. Deleting it erases what it sealed."""

    __tablename__ = "data_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), index=True)
    wrapped: Mapped[Sealed]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Partner(Identified):
    """Who calls us: a merchant, a platform that acts for merchants, or a carrier."""

    __tablename__ = "partners"
    prefix = "par"

    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PartnerKind]
    merchant_id: Mapped[UUID | None] = mapped_column(ForeignKey("merchants.id"))
    carrier_code: Mapped[str | None] = mapped_column(ForeignKey("carriers.code"))
    created_at: Mapped[datetime] = mapped_column(default=now)


class MerchantLink(Row):
    """A platform may act for a merchant."""

    __tablename__ = "merchant_links"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    merchant_id: Mapped[UUID] = mapped_column(ForeignKey("merchants.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiKey(Identified):
    """A credential. Only the SHA-256 of the secret is kept (256 random bits need no slow hash)."""

    __tablename__ = "api_keys"
    prefix = "key"

    partner_id: Mapped[UUID] = mapped_column(ForeignKey("partners.id"), index=True)
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CarrierRow(Row):
    """A carrier that shipments may name. The table is open; an adapter attaches by code where we have one."""

    __tablename__ = "carriers"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str]
    name_zh: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(default=now)


class CarrierAccount(Versioned, MerchantOwned):
    """A merchant's standing with a carrier. ``credentials`` (JSON) and ``push_secret`` are sealed; the push address
    is found by a digest of its token. ``daily_quota`` bounds our calls a day, ``calls_made`` counts them on ``calls_on`` (the carrier's day); ``base_url`` replaces the carrier's host
    (the sandbox)."""

    __tablename__ = "carrier_accounts"
    prefix = "acc"

    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    name: Mapped[str]
    environment: Mapped[Environment] = mapped_column(default=Environment.LIVE)
    credentials: Mapped[Sealed | None]
    push_token: Mapped[Sealed]
    push_token_hash: Mapped[bytes]
    push_secret: Mapped[Sealed]
    base_url: Mapped[str | None]
    daily_quota: Mapped[int | None]
    calls_on: Mapped[date | None]
    calls_made: Mapped[int] = mapped_column(default=0)
    subscribed_at: Mapped[datetime | None]
    subscription_id: Mapped[str | None]
    subscription_ends_at: Mapped[datetime | None]
    last_push_at: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Found by push token; one name a merchant and carrier."""
        return (
            UniqueConstraint("merchant_id", "carrier_code", "name"),
            Index(None, "push_token_hash", unique=True),
        )
