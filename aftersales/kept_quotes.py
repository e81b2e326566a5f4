"""Carriers' answers of late, by lane and class of weight: what a plan goes by without asking anybody."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.rules import addresses, pricing
from aftersales.rules.addresses import Address
from aftersales.rules.pricing import Parcel
from carriers.booking import Contact
from db.inserting import insert_into
from db.models.quotes import CarrierQuote

FRESH = timedelta(minutes=10)
"""An answer as young is given again without asking."""

KEPT_FOR = timedelta(hours=24)
"""How long a plan goes by an answer."""

CLASS_GRAMS = 500
"""One answer is for every parcel of a class, which is asked for by its heaviest."""

POSTAL_LETTERS = 3  # of a postal code that make a lane: about a sorting centre's area
DIVISOR = 5000  # cubic centimetres a kilogram: the strictest that carriers use


class End(NamedTuple):
    """One end of a lane; empty texts are not known."""

    country: str
    region: str = ""
    postal: str = ""


def class_of(parcel: Parcel) -> int:
    """The heaviest parcel of its class, in grams; by volume where that is more."""
    return -(-pricing.billed(parcel, DIVISOR) // CLASS_GRAMS) * CLASS_GRAMS


def end_of(door: Contact) -> End:
    """The end of a lane that a door is."""
    return end(door.country, door.region_code or door.region, door.postal_code)


def end(country: str, region: str | None, postal: str | None = "") -> End:
    """The end of a lane: a region by its code, however it is written, and the first letters of the postal code."""
    text = region or ""
    code = addresses.standardise(Address(country, region=text)).address.region_code if text else ""
    letters = "".join((postal or "").split()).upper()[:POSTAL_LETTERS]
    return End(country, code or text.rpartition("-")[2], letters)


async def fresh(session: AsyncSession, lanes: Collection[tuple[Any, ...]], now: datetime) -> list[CarrierQuote]:
    """Answers for these lanes so young that nobody is asked again. Every column of their beginning is named, so that the
    index of lanes finds them among all that a merchant was told in a day."""
    if not lanes:
        return []
    begin = ("account_id", "from_country", "from_region", "from_postal", "grams")
    named = (getattr(CarrierQuote, name).in_({lane[place] for lane in lanes}) for place, name in enumerate(begin))
    young = select(CarrierQuote).where(*named, CarrierQuote.asked_at > now - FRESH)
    return [row for row in await session.scalars(young) if lane_of(row) in lanes]


def lane_of(row: CarrierQuote) -> tuple[Any, ...]:
    """As a question's."""
    start = (row.account_id, row.from_country, row.from_region, row.from_postal, row.grams)
    return (*start, row.to_country, row.to_region, row.to_postal)


async def keep(session: AsyncSession, rows: Iterable[CarrierQuote]) -> None:
    """Keeps answers, the latest of each lane; in one order, so that two who keep the same never wait for each other."""
    names = [column.key for column in CarrierQuote.__table__.columns]
    lane = [each for each in names if each.startswith(("from_", "to_"))]
    key = ["account_id", *lane, "grams", "at_door"]
    latest = {tuple(getattr(row, each) for each in key): {each: getattr(row, each) for each in names} for row in rows}
    if latest:
        made = insert_into(session, CarrierQuote).values([latest[each] for each in sorted(latest)])
        told = {each: made.excluded[each] for each in names if each not in {"id", *key}}
        await session.execute(made.on_conflict_do_update(index_elements=key, set_=told))


def of(account_id: Any) -> ColumnElement[bool]:
    """The kept answers of accounts for parcels from a ``door``, as the condition of a join."""
    return and_(
        CarrierQuote.account_id == account_id,
        CarrierQuote.from_country == bindparam("country"),
        CarrierQuote.from_region == bindparam("region"),
        CarrierQuote.from_postal == bindparam("postal"),
        CarrierQuote.grams == bindparam("grams"),
        CarrierQuote.expires_at > bindparam("now"),
    )


def door(start: End, grams: int, now: datetime) -> dict[str, Any]:
    """The values that the condition ``of`` asks for."""
    return {"country": start.country, "region": start.region, "postal": start.postal, "grams": grams, "now": now}


@dataclass(frozen=True, slots=True)
class Kept:
    """Kept answers of one door and class, by account."""

    rows: Mapping[UUID, Sequence[CarrierQuote]] = field(default_factory=dict)

    @staticmethod
    def among(rows: Iterable[CarrierQuote | None]) -> "Kept":
        """These, some of which are none."""
        found: dict[UUID, list[CarrierQuote]] = {}
        for row in rows:
            if row is not None:
                found.setdefault(row.account_id, []).append(row)
        return Kept(found)

    def best(self, account_id: UUID, country: str, region: str | None, *, at_door: bool) -> CarrierQuote | None:
        """The latest answer for a place. Where a warehouse's postal code is sealed its region stands for it."""
        fits = [
            row
            for row in self.rows.get(account_id, ())
            if row.at_door is at_door and (row.to_country, row.to_region) == end(country, region)[:2]
        ]
        return max(fits, key=lambda row: (row.asked_at, row.id), default=None)
