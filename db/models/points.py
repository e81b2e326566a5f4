"""Where goods may be handed in. A carrier's, nobody's in particular: open to read, as carriers are."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Identified, now


class DropOffPoint(Identified):
    """A point or a locker. ``external_id`` is its carrier's name for it. ``band`` is its latitude in whole hundredths of a
    degree: with the longitude it makes the index by which what is near is found on any database. ``hours`` are seven
    lists (Monday first) of opening and closing minute of the local day (``zone``); null: not known. ``accepts`` are the
    methods it serves; of ``capacity`` parcels it holds ``load``."""

    __tablename__ = "drop_off_points"
    prefix = "pnt"

    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    external_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str]
    address: Mapped[str]
    city: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str] = mapped_column(String(2))
    latitude: Mapped[float]
    longitude: Mapped[float]
    band: Mapped[int]
    zone: Mapped[str]
    hours: Mapped[list[Any] | None]
    accepts: Mapped[list[str]]
    capacity: Mapped[int | None]
    load: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("carrier_code", "external_id"), Index(None, "band", "longitude"))

    @property
    def is_full(self) -> bool:
        """Whether it takes nothing more, as far as we know."""
        return self.capacity is not None and self.load is not None and self.load >= self.capacity
