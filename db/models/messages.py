"""What carriers told us and what we must do outside: written down first, done by the worker."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.enums import EventSource, InboxState, JobState
from db.models.base import MerchantOwned, Row, now
from db.vault import Sealed

REPLAYS_KEPT = timedelta(days=7)
"""How long a spent idempotency key is remembered."""


class Inbox(MerchantOwned):
    """A carrier's message as it came, sealed. ``digest`` keeps a repeat from being a second row."""

    __tablename__ = "inbox"

    account_id: Mapped[UUID]
    carrier_code: Mapped[str] = mapped_column(String(40))
    source: Mapped[EventSource]
    digest: Mapped[bytes]
    body: Mapped[Sealed]
    headers: Mapped[Sealed]
    received_at: Mapped[datetime]
    state: Mapped[InboxState] = mapped_column(default=InboxState.NEW)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    problem: Mapped[str | None]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """A repeat meets the digest; the worker takes the oldest that waits."""
        return (
            UniqueConstraint("account_id", "digest"),
            Index(None, "state", "id"),
            ForeignKeyConstraint(
                ["merchant_id", "account_id"], ["carrier_accounts.merchant_id", "carrier_accounts.id"]
            ),
        )


class Parked(Row):
    """A number a message named that this account's merchant has not registered (yet). Registering it reads the
    message again."""

    __tablename__ = "parked"

    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    tracking_number: Mapped[str] = mapped_column(primary_key=True)
    inbox_id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID]
    parked_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Job(MerchantOwned):
    """One piece of work outside: leased, tried by a schedule, in order per ``resource``. ``arguments`` hold ids,
    never personal data; ``reference`` is ours and goes with every try."""

    __tablename__ = "jobs"
    prefix = "job"

    kind: Mapped[str]
    resource: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    reference: Mapped[str]
    state: Mapped[JobState] = mapped_column(default=JobState.READY)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(default=now)
    leased_until: Mapped[datetime | None]
    last_error: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """The worker takes what is due; a resource's jobs run one after the other; a merchant pages through its own."""
        return (
            Index(None, "state", "run_at"),
            Index(None, "resource", "id"),
            Index(None, "merchant_id", "created_at", "id"),
        )


class Replay(Row):
    """A spent idempotency key: what was asked (its fingerprint) and what came of it."""

    __tablename__ = "replays"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[bytes]
    outcome: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
