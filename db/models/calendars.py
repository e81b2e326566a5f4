"""Days on which a country works or does not: an operator's own rows, which go before the ones that ship."""

from datetime import date, datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Identified, now


class CalendarDay(Identified):
    """One day of one country. ``works``: a weekend's day that is worked, or a holiday that is none; else closed.
    ``source`` says who announced it, and when."""

    __tablename__ = "calendar_days"
    prefix = "cal"

    country: Mapped[str] = mapped_column(String(2))
    day: Mapped[date]
    works: Mapped[bool]
    name: Mapped[str]
    source: Mapped[str]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("country", "day"),)
