"""What surrounds a plan: where goods may go, what carriers charge, how their couriers kept their visits, which points are
near. Read in a few statements, however many carriers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import points, tariffs
from aftersales.points import Near, Wanted
from aftersales.rules import addresses, geometry
from aftersales.rules.addresses import Address
from aftersales.rules.geometry import Position
from aftersales.rules.planning import FAR_METERS, Record
from aftersales.rules.pricing import Rate
from db.case_enums import ReturnMethod
from db.enums import PickupStatus
from db.models.cases import Case
from db.models.pickups import PickupAttempt
from db.models.warehouses import Stock, Warehouse

TARGETS = 2
"""Warehouses that are weighed against each other."""

RECENT = timedelta(days=90)
KEPT = (PickupStatus.PICKED_UP, PickupStatus.SETTLED)
MISSED = (PickupStatus.FAILED, PickupStatus.REJECTED, PickupStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class Place:
    """Whose goods, and from where; the warehouse where it is settled."""

    merchant_id: UUID
    country: str
    position: Position | None
    warehouse_id: UUID | None


@dataclass(frozen=True, slots=True)
class Target:
    """A warehouse the goods may go to; all None where the merchant named none. ``km`` as a bird flies, where both places
    are known."""

    id: UUID | None = None
    country: str | None = None
    region: str | None = None
    km: float | None = None
    is_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All of it."""

    targets: Sequence[Target]
    rates: Sequence[Rate]
    records: dict[str, Record]
    near: Sequence[Near]

    def nearest(self, carrier: str, method: ReturnMethod) -> Near | None:
        """The nearest point of a carrier that serves a method and is not full."""
        serving = (each for each in self.near if each.point.carrier_code == carrier and not each.point.is_full)
        return next((each for each in serving if method.name in each.point.accepts), None)


async def gather(
    session: AsyncSession, place: Place, carriers: frozenset[str], skus: Collection[str], now: datetime
) -> Surroundings:
    """The surroundings of a plan."""
    near = []
    if place.position is not None:
        near = await points.near(session, Wanted(place.position, FAR_METERS, 50, carriers))
    return Surroundings(
        targets=await _targets(session, place, skus),
        rates=await tariffs.rates(session, place.country, now.date()),
        records=await _records(session, place.merchant_id, carriers, now),
        near=near,
    )


def region(country: str, text: str | None) -> str | None:
    """A region by its code, as orders keep it, so that two ways of writing it are one."""
    return addresses.standardise(Address(country, region=text)).address.region_code or text if text else None


async def _targets(session: AsyncSession, place: Place, skus: Collection[str]) -> list[Target]:
    mine = select(Warehouse).where(Warehouse.merchant_id == place.merchant_id, Warehouse.returns.is_(True))
    if place.warehouse_id is not None:
        mine = select(Warehouse).where(Warehouse.id == place.warehouse_id)
    rows = list(await session.scalars(mine))
    if not rows:
        return [Target()]
    wishes: Any = await session.execute(
        select(Stock.warehouse_id, func.sum(Stock.wanted))
        .where(Stock.merchant_id == place.merchant_id, Stock.sku.in_(skus))
        .group_by(Stock.warehouse_id)
    )
    wanted = {warehouse: int(count) for warehouse, count in wishes}
    rows.sort(
        key=lambda row: (
            row.country != place.country,
            not wanted.get(row.id, 0),
            not row.is_hub,
            not row.is_default,
            row.code,
        )
    )
    return [
        Target(row.id, row.country, region(row.country, row.region), _km(place, row), wanted.get(row.id, 0) > 0)
        for row in rows[:TARGETS]
    ]


def _km(place: Place, row: Warehouse) -> float | None:
    if place.position is None or row.latitude is None or row.longitude is None:
        return None
    return geometry.meters(place.position, Position(row.latitude, row.longitude)) / 1000


async def _records(
    session: AsyncSession, merchant_id: UUID, carriers: frozenset[str], now: datetime
) -> dict[str, Record]:
    """How the visits of the last 90 days ended, of this merchant's own pickups."""
    rows: Any = await session.execute(
        select(Case.carrier_code, PickupAttempt.status, func.count())
        .join(Case, Case.id == PickupAttempt.pickup_id)
        .where(
            PickupAttempt.merchant_id == merchant_id,
            PickupAttempt.started_at > now - RECENT,
            PickupAttempt.status.in_([*KEPT, *MISSED]),
            Case.carrier_code.in_(carriers),
        )
        .group_by(Case.carrier_code, PickupAttempt.status)
    )
    records: dict[str, Record] = {}
    for carrier, status, count in rows:
        before = records.get(carrier, Record())
        records[carrier] = Record(before.kept + (count if status in KEPT else 0), before.visits + count)
    return records
