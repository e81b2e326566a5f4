"""Learns from delivered parcels how long lanes take and how often they are scanned; a page at a time, so that neither
memory nor a transaction grows with the past."""

from array import array
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import journeys
from aftersales.rules.lanes import learn, usual_gap
from db.enums import Classifier, Direction
from db.inserting import insert_into
from db.models.shipments import LanePast, Shipment, TrackingEvent
from db.reach import EVERYTHING
from db.session import Store

PAST = timedelta(days=180)
PAGE = 1000
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Measured:
    """Hours from pickup to delivery, and between two scans, by lane key."""

    journeys: dict[str, "array[float]"] = field(default_factory=lambda: defaultdict(lambda: array("f")))
    gaps: dict[str, "array[float]"] = field(default_factory=lambda: defaultdict(lambda: array("f")))


async def learn_all(store: Store, now: datetime) -> int:
    """Measures the last half year and stores what it teaches. Gives how many lanes have enough behind them."""
    measured = _Measured()
    async for page in _pages(store, now - PAST):
        _measure(measured, page, await _scans(store, [shipment.id for shipment in page]))
    rows = list(_rows(measured, now))
    for start in range(0, len(rows), PAGE):
        async with store.writing(EVERYTHING, patient=True) as session:
            await _upsert(session, rows[start : start + PAGE])
    return len(rows)


async def _pages(store: Store, since: datetime) -> AsyncIterator[list[Shipment]]:
    after: tuple[datetime, UUID] | None = None
    while True:
        wanted = select(Shipment).where(
            Shipment.delivered_at >= since,
            Shipment.picked_up_at.is_not(None),
            Shipment.direction == Direction.FORWARD,
        )
        if after is not None:
            wanted = wanted.where(tuple_(Shipment.delivered_at, Shipment.id) > after)
        async with store.reading(EVERYTHING) as session:
            page = list(await session.scalars(wanted.order_by(Shipment.delivered_at, Shipment.id).limit(PAGE)))
        if not page:
            return
        yield page
        last = page[-1]
        assert last.delivered_at is not None
        after = (last.delivered_at, last.id)


async def _scans(store: Store, shipments: list[UUID]) -> dict[UUID, int]:
    async with store.reading(EVERYTHING) as session:
        rows = await session.execute(
            select(TrackingEvent.shipment_id, func.count())
            .where(TrackingEvent.shipment_id.in_(shipments), TrackingEvent.classifier == Classifier.ACTUAL)
            .group_by(TrackingEvent.shipment_id)
        )
        return {row[0]: row[1] for row in rows}


def _measure(measured: _Measured, page: list[Shipment], scans: dict[UUID, int]) -> None:
    for shipment in page:
        if shipment.delivered_at is None or shipment.picked_up_at is None:
            continue
        hours = (shipment.delivered_at - shipment.picked_up_at) / HOUR
        count = scans.get(shipment.id, 0)
        for lane in journeys.lane_of(shipment).chain():
            measured.journeys[lane.key].append(hours)
            if count > 1:
                measured.gaps[lane.key].append(hours / (count - 1))


def _rows(measured: _Measured, now: datetime) -> Iterator[dict[str, object]]:
    for key, hours in sorted(measured.journeys.items()):
        learnt = learn(hours)
        if learnt.median_hours is not None and learnt.p90_hours is not None:
            yield {
                "key": key,
                "sample": learnt.sample,
                "median_hours": learnt.median_hours,
                "p90_hours": learnt.p90_hours,
                "gap_hours": usual_gap(measured.gaps.get(key, ())),
                "learnt_at": now,
            }


async def _upsert(session: AsyncSession, rows: list[dict[str, object]]) -> None:
    statement = insert_into(session, LanePast)
    told = statement.excluded
    columns = ("sample", "median_hours", "p90_hours", "gap_hours", "learnt_at")
    await session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={column: told[column] for column in columns}),
        rows,
    )
