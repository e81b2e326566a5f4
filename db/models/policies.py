"""A merchant's own versions of its policy of returns. A published version never changes; a change is the next one."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import MerchantOwned, now


class ReturnPolicy(MerchantOwned):
    """One version. ``country`` is the buyers' it is for; null: all that have none of their own. ``rules`` is its JSON form
    (``aftersales.policies.read``). It holds from ``effective_at`` on, once ``published_at`` is set, until the next."""

    __tablename__ = "return_policies"
    prefix = "pol"

    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    name: Mapped[str]
    country: Mapped[str | None] = mapped_column(String(2))
    rules: Mapped[dict[str, Any]]
    effective_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    @staticmethod
    def constraints() -> tuple[Any, ...]:
        """Versions are counted by code; found by what holds."""
        return (
            UniqueConstraint("merchant_id", "code", "version"),
            Index(None, "merchant_id", "published_at", "effective_at"),
        )
