"""What surrounds a plan: where goods may go, what carriers charge, how their couriers kept their visits, which points are
near. Read in a few statements, however many carriers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import calendars, points, tariffs
from aftersales.kept_quotes import Kept
from aftersales.points import Near, Wanted
from aftersales.rules import addresses, geometry
from aftersales.rules.addresses import Address
from aftersales.rules.geometry import Position
from aftersales.rules.planning import FAR_METERS, Record
from aftersales.rules.pricing import Rate
from carriers.registry import BY_CODE
from db.case_enums import ReturnMethod
from db.enums import PickupStatus
from db.models.cases import Case
from db.models.pickups import PickupAttempt
from db.models.warehouses import Stock, Warehouse
from db.session import standing

TARGETS = 2
"""Warehouses that are weighed against each other."""

STAY_HOME = frozenset(code for code, each in BY_CODE.items() if each.booking and not each.booking.bounds.on_holidays)
"""Carriers whose couriers do not come on holidays: for them alone an operator's own holidays are read."""

RECENT = timedelta(days=90)
VISITS = 100
"""Of all carriers together, the latest: what a plan costs does not grow with the merchant."""

KEPT = (PickupStatus.PICKED_UP, PickupStatus.SETTLED)
MISSED = (PickupStatus.FAILED, PickupStatus.REJECTED, PickupStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose goods, and from where; the warehouse and the point where they are settled."""

    merchant_id: UUID
    country: str
    position: Position | None
    warehouse_id: UUID | None
    point_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A warehouse the goods may go to; all None where the merchant named none. ``km`` as a bird flies, where both places
    are known."""

    id: UUID | None = None
    country: str | None = None
    region: str | None = None
    km: float | None = None
    is_wanted: bool = False
    row: Warehouse | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All of it."""

    targets: Sequence[Target]
    rates: Sequence[Rate]
    records: dict[str, Record]
    near: Sequence[Near]
    quotes: Kept = field(default_factory=Kept)
    told: Mapping[date, bool] = field(default_factory=dict)

    def nearest(self, carrier: str, method: ReturnMethod) -> Near | None:
        """The nearest point of a carrier that serves a method and is not full."""
        serving = (each for each in self.near if each.point.carrier_code == carrier and not each.point.is_full)
        return next((each for each in serving if method.name in each.point.accepts), None)


async def gather(
    session: AsyncSession, place: Place, carriers: frozenset[str], skus: Collection[str], now: datetime
) -> Surroundings:
    """The surroundings of a plan."""
    near = []
    if place.point_id is not None:
        near = await points.named(session, place.point_id, place.position)
    elif place.position is not None:
        near = await points.near(session, Wanted(place.position, FAR_METERS, 50, carriers))
    return Surroundings(
        targets=await targets(session, place, skus),
        rates=await tariffs.rates(session, place.country, now.date()),
        records=await _records(session, place.merchant_id, carriers, now),
        near=near,
        told=await calendars.told(session, place.country) if carriers & STAY_HOME else {},
    )


def region(country: str, text: str | None) -> str | None:
    """A region by its code, as orders keep it, so that two ways of writing it are one."""
    return addresses.standardise(Address(country, region=text)).address.region_code or text if text else None


_wanted = select(func.coalesce(func.sum(Stock.wanted), 0)).where(
    Stock.warehouse_id == Warehouse.id, Stock.sku.in_(bindparam("skus", expanding=True))
)
_mine = select(Warehouse, _wanted.correlate(Warehouse).scalar_subquery()).where(
    Warehouse.merchant_id == bindparam("merchant")
)
_TAKING_BACK = standing(_mine.where(Warehouse.returns.is_(True)))
_SETTLED = standing(_mine.where(Warehouse.id == bindparam("warehouse")))


async def targets(session: AsyncSession, place: Place, skus: Collection[str]) -> list[Target]:
    """The warehouses the goods may go to, the likeliest first; one unnamed where the merchant named none."""
    given = {"merchant": place.merchant_id, "skus": list(skus)}
    if place.warehouse_id is None:
        found: Any = await session.execute(_TAKING_BACK, given)
    else:
        found = await session.execute(_SETTLED, {**given, "warehouse": place.warehouse_id})
    wanted: dict[Warehouse, int] = dict(found.all())
    if not wanted:
        return [Target()]
    rows = list(wanted)
    rows.sort(
        key=lambda row: (
            row.country != place.country,
            not wanted[row],
            not row.is_hub,
            not row.is_default,
            row.code,
        )
    )
    return [
        Target(row.id, row.country, region(row.country, row.region), _km(place, row), wanted[row] > 0, row)
        for row in rows[:TARGETS]
    ]


def _km(place: Place, row: Warehouse) -> float | None:
    if place.position is None or row.latitude is None or row.longitude is None:
        return None
    return geometry.meters(place.position, Position(row.latitude, row.longitude)) / 1000


_VISITS = standing(
    select(
        PickupAttempt.status,
        select(Case.carrier_code).where(Case.id == PickupAttempt.pickup_id).correlate(PickupAttempt).scalar_subquery(),
    )
    .where(
        PickupAttempt.merchant_id == bindparam("merchant"),
        PickupAttempt.ended_at > bindparam("since"),
        PickupAttempt.status.in_([*KEPT, *MISSED]),
    )
    .order_by(PickupAttempt.ended_at.desc())
    .limit(VISITS)
)
"""Made once, as are the others of a plan: to build a statement anew costs as much as to run it."""


async def _records(
    session: AsyncSession, merchant_id: UUID, carriers: frozenset[str], now: datetime
) -> dict[str, Record]:
    """How the last visits of 90 days ended, of this merchant's own pickups: as many as tell, however many there were."""
    rows: Any = await session.execute(_VISITS, {"merchant": merchant_id, "since": now - RECENT})
    records: dict[str, Record] = {}
    for status, carrier in rows:
        if carrier in carriers:
            before = records.get(carrier, Record())
            records[carrier] = Record(before.kept + (status in KEPT), before.visits + 1)
    return records
