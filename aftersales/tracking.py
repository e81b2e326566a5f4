"""Records what was heard of parcels: each scan once, the status folded from all of them, one fact a shipment.

However many shipments one call brings, the number of statements is the same. Rows are locked in the order of their
ids, shipments before orders, so writers never wait for each other in a ring.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from aftersales import case_parcels, deliveries, events, failed_deliveries, journeys, scans
from aftersales.journeys import Past
from aftersales.kinds import Kind
from aftersales.log import By, Fact, announce
from aftersales.rules.shipments import Seen, content, identity
from aftersales.scans import Origin
from carriers.carrier import ReadShipment, Scan
from db.enums import EventSource, TrackingStatus
from db.models.shipments import LanePast, Shipment, TrackingEvent
from db.vault import Vault

WRITTEN = (
    *journeys.STATE,
    "signed_by",
    "failures",
    "last_failure",
    "last_heard_at",
    "watch_at",
    "updated_at",
    "version",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says of one shipment, and where it comes from."""

    shipment: Shipment
    read: ReadShipment
    origin: Origin


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it: the shipments that changed, and the new events as (shipment, identity)."""

    changed: frozenset[UUID] = frozenset()
    fresh: frozenset[tuple[UUID, bytes]] = frozenset()


_Moment = tuple[datetime, str, bool, EventSource]  # when, the carrier's code, whether a place was named, by whom


@dataclass(frozen=True, slots=True)
class _Known:
    """What a shipment has: its events as the fold sees them, where each stands by identity, and what each says."""

    seen: list[Seen]
    places: dict[bytes, int]
    contents: dict[bytes, bytes]  # what an event says -> its identity
    moments: set[_Moment]

    def has(self, scan: Scan, source: EventSource) -> bool:
        """Whether the scan was met. One that came without the carrier's id (by poll) is found by what it says when it
        comes with one (by push), and the other way round; two with different ids are two. One that a push tells with its
        place and a poll without is one."""
        said = content(scan)
        if identity(scan) in self.places or said in self.places:
            return True
        if scan.event_id is not None:
            return False
        return said in self.contents or any(
            (scan.occurred_at, scan.raw_code, scan.place is None, other) in self.moments
            for other in EventSource
            if scan.raw_code and other is not source
        )

    def learn(self, mark: bytes, said: bytes, seen: Seen, moment: _Moment) -> None:
        self.places[mark] = len(self.seen)
        self.contents[said] = mark
        self.moments.add(moment)
        self.seen.append(seen)

    def understands_better(self, scan: Scan) -> bool:
        """Whether the same scan, read again, means something else now: our table was corrected in between."""
        mark, now = identity(scan), scans.seen(scan)
        if (
            self.contents.get(content(scan)) != mark
            or replace(self.seen[self.places[mark]], corrects=now.corrects) == now
        ):
            return False
        self.seen[self.places[mark]] = now
        return True


@dataclass(frozen=True, slots=True)
class _News:
    rows: list[dict[str, Any]]
    corrections: list[dict[str, Any]]


async def record(session: AsyncSession, vault: Vault, heard: Heard, by: By, now: datetime) -> bool:
    """As ``record_many``, for one message: whether anything changed."""
    return bool((await record_many(session, vault, [heard], by, now)).changed)


async def record_many(session: AsyncSession, vault: Vault, heard: Sequence[Heard], by: By, now: datetime) -> Recorded:
    """Keeps new scans, folds, updates the shipments' orders and announces; writes nothing where nothing is new. The
    merchants' data keys must be at hand where a message names who signed."""
    if not heard:
        return Recorded()
    shipments = await _locked(session, {each.shipment.id for each in heard})
    known = await _known(session, shipments)
    told: dict[UUID, list[Heard]] = {}
    for each in heard:
        if each.shipment.id in shipments:
            told.setdefault(each.shipment.id, []).append(each)
    news = _News([], [])
    for id_, messages in told.items():
        _sort_out(shipments[id_], messages, known[id_], news, now)
    with_news = {row["shipment_id"] for row in news.rows} | {row["b_shipment"] for row in news.corrections}
    past = await _past(session, [shipments[id_] for id_ in with_news])
    facts, changes = [], []
    for id_, messages in told.items():
        shipment, is_new = shipments[id_], id_ in with_news
        values = _values(shipment, messages, (known[id_].seen, past) if is_new else None, now)
        values |= _signature(vault, shipment, messages, now)
        if is_new or values.keys() - {"carrier_told_at"}:
            facts.append(_fact(shipment, values, is_new=is_new, now=now))
            changes.append(_taken_over(shipment, values, now))
    await _write(session, news, changes)
    fresh = frozenset((row["shipment_id"], row["identity"]) for row in news.rows)
    await scans.count_unmapped(session, _unmapped(heard, fresh), now)
    if facts:
        await announce(session, await deliveries.follow(session, facts, now), by, now=now)
        session.add_all(failed_deliveries.looks(_failed_now(facts), now))
        await case_parcels.scanned(session, [shipments[fact.row.id] for fact in facts], by, now)
    return Recorded(frozenset(fact.row.id for fact in facts), fresh)


async def _locked(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Shipment]:
    wanted = select(Shipment).where(Shipment.id.in_(ids)).order_by(Shipment.id).with_for_update()
    rows = await session.scalars(wanted.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


async def _known(session: AsyncSession, shipments: Collection[UUID]) -> dict[UUID, _Known]:
    known = {id_: _Known([], {}, {}, set()) for id_ in shipments}
    rows = await session.execute(
        select(
            TrackingEvent.shipment_id,
            TrackingEvent.identity,
            TrackingEvent.content,
            TrackingEvent.raw_code,
            TrackingEvent.location.is_not(None),
            TrackingEvent.source,
            TrackingEvent.occurred_at,
            TrackingEvent.status,
            TrackingEvent.classifier,
            TrackingEvent.reason,
            TrackingEvent.delivery_mode,
            TrackingEvent.action_required,
            TrackingEvent.corrects,
        ).where(TrackingEvent.shipment_id.in_(shipments))
    )
    for shipment, mark, said, code, is_placed, source, *columns in rows:
        seen = Seen(*columns)
        known[shipment].learn(mark, said or mark, seen, (seen.occurred_at, code, is_placed, source))
    return known


def _sort_out(shipment: Shipment, heard: Iterable[Heard], known: _Known, news: _News, now: datetime) -> None:
    for each in heard:
        for scan in each.read.scans:
            if not known.has(scan, each.origin.source):
                row = scans.event_row(shipment, scan, each.origin, now)
                moment = (scan.occurred_at, scan.raw_code, row["location"] is not None, each.origin.source)
                known.learn(row["identity"], row["content"], scans.seen(scan), moment)
                news.rows.append(row)
            elif known.understands_better(scan):
                news.corrections.append(scans.correction(shipment, scan))


async def _past(session: AsyncSession, shipments: Iterable[Shipment]) -> Past:
    keys = {lane.key for shipment in shipments for lane in journeys.lane_of(shipment).chain()}
    return Past.of(await session.scalars(select(LanePast).where(LanePast.key.in_(keys))) if keys else ())


def _values(
    shipment: Shipment, heard: Sequence[Heard], news: tuple[list[Seen], Past] | None, now: datetime
) -> dict[str, Any]:
    values = journeys.after_messages(shipment, [each.read for each in heard], now)
    if news is not None:
        values |= journeys.after_events(shipment, *news)
    return {column: value for column, value in values.items() if getattr(shipment, column) != value}


def _signature(vault: Vault, shipment: Shipment, heard: Sequence[Heard], now: datetime) -> dict[str, Any]:
    name = journeys.signer(shipment, [each.read for each in heard], now)
    if name is None or shipment.open(vault, "signed_by") == scans.clean(name):
        return {}
    shipment.seal(vault, signed_by=scans.clean(name))
    return {"signed_by": shipment.signed_by}


def _fact(shipment: Shipment, values: dict[str, Any], *, is_new: bool, now: datetime) -> Fact:
    after = {column: values.get(column, getattr(shipment, column)) for column in ("status", "reason", "last_event_at")}
    arrived = after["status"] is TrackingStatus.DELIVERED and shipment.status is not TrackingStatus.DELIVERED
    return Fact(
        kind=_kind(values, arrived=arrived, is_new=is_new),
        row=shipment,
        occurred_at=after["last_event_at"] if is_new and after["last_event_at"] else now,
        before=_words(shipment.status, shipment.reason),
        after=_words(after["status"], after["reason"]),
    )


def _kind(values: dict[str, Any], *, arrived: bool, is_new: bool) -> Kind:
    if arrived:
        return events.SHIPMENT_DELIVERED
    if "status" in values or "reason" in values:
        return events.SHIPMENT_STATUS
    return events.SHIPMENT_SCANNED if is_new else events.SHIPMENT_CHANGED


def _words(status: Any, reason: Any) -> dict[str, Any]:
    return {"status": status.name, "reason": reason.name if reason else None}


def _failed_now(facts: Iterable[Fact]) -> list[Any]:
    """The parcels whose delivery has failed by these facts."""
    failed = TrackingStatus.ATTEMPT_FAILED.name
    return [each.row for each in facts if each.before != each.after and each.after and each.after["status"] == failed]


def _taken_over(shipment: Shipment, values: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Sets the values as stored ones (the row's lock is held, so its version cannot have moved) and gives them as the
    parameters of one UPDATE of the whole state, the same for every shipment."""
    values |= {"failures": 0, "last_failure": None, "last_heard_at": now, "watch_at": now, "updated_at": now}
    values["version"] = shipment.version + 1
    for column, value in values.items():
        set_committed_value(shipment, column, value)
    return {"b_id": shipment.id} | {f"b_{column}": getattr(shipment, column) for column in WRITTEN}


async def _write(session: AsyncSession, news: _News, changes: list[dict[str, Any]]) -> None:
    if news.rows:
        await session.execute(insert(TrackingEvent), news.rows)
    if news.corrections:
        await session.execute(scans.CORRECT, news.corrections, execution_options={"reached": True})
    if changes:
        table: Any = Shipment.__table__
        to_row = update(table).where(table.c.id == bindparam("b_id"))
        statement = to_row.values({column: bindparam(f"b_{column}") for column in WRITTEN})
        await session.execute(statement, changes, execution_options={"reached": True})


def _unmapped(heard: Iterable[Heard], fresh: Collection[tuple[UUID, bytes]]) -> list[tuple[str, str]]:
    codes = {
        (each.shipment.id, identity(scan)): (each.origin.reader or each.shipment.carrier_code, scan.raw_code)
        for each in heard
        for scan in each.read.scans
        if not scan.meaning.is_mapped and scan.raw_code
    }
    return [code for mark, code in codes.items() if mark in fresh]
