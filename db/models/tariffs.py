"""What carriers charge, as lists say: an operator's own rows, which go before the ones that ship."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Identified, now


class Tariff(Identified):
    """One line of a price list. The first ``first_grams`` cost ``first_minor`` (the currency's smallest unit), each begun
    ``step_grams`` beyond them ``step_minor``; a courier at the door ``pickup_minor`` more. Billed is the greater of the
    weight and the volume in cubic millimetres by ``divisor`` (cubic centimetres a kilogram: 5000, 6000). ``to_country``
    null: any other country. ``same_region``: within one region, between two, or (null) either. ``source`` says whose
    list, and of when."""

    __tablename__ = "tariffs"
    prefix = "trf"

    carrier_code: Mapped[str] = mapped_column(ForeignKey("carriers.code"))
    service: Mapped[str]
    from_country: Mapped[str] = mapped_column(String(2))
    to_country: Mapped[str | None] = mapped_column(String(2))
    same_region: Mapped[bool | None]
    first_grams: Mapped[int]
    first_minor: Mapped[int] = mapped_column(BigInteger)
    step_grams: Mapped[int]
    step_minor: Mapped[int] = mapped_column(BigInteger)
    pickup_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    divisor: Mapped[int]
    most_grams: Mapped[int]
    days: Mapped[int]
    mode: Mapped[str] = mapped_column(String(20))
    currency: Mapped[str] = mapped_column(String(3))
    source: Mapped[str]
    effective_from: Mapped[date]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (Index(None, "from_country", "carrier_code"),)
