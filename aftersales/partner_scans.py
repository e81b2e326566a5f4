"""A carrier partner tells us of its parcels: scans, promises, estimates, for every merchant who follows the number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from zoneinfo import ZoneInfo

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from aftersales import deliveries, events, tracking
from aftersales.forms import ScanForm, moment_of
from aftersales.log import By, Fact, announce
from aftersales.orders import end_of_promise
from aftersales.refusals import Refusal, Refused
from aftersales.rules.shipments import identity
from aftersales.scans import Origin
from aftersales.shipments import shown
from aftersales.tracking import Heard
from aftersales.wishes import normalise
from carriers.carrier import Meaning, Place, ReadShipment, Scan
from db.enums import EventSource
from db.models.shipments import Shipment
from db.session import Store


class Told(StrEnum):
    """What became of one item: new, known already, of a number nobody follows, or refused."""

    RECORDED = auto()
    REPEATED = auto()
    UNKNOWN_NUMBER = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One item as read: its form, or why not."""

    number: str
    form: ScanForm | None = None
    refused: tuple[Refusal, ...] = ()


async def record(
    session: AsyncSession,
    store: Store,
    carrier: str,
    items: Sequence[Item],
    *,
    by: By,
    now: datetime,
) -> list[Told]:
    """One outcome an item, in their order. The statements are as many for 250 items as for one."""
    numbers = [_number(item) for item in items]
    wanted = select(Shipment).where(
        Shipment.carrier_code == carrier,
        Shipment.tracking_number.in_({number for number in numbers if number}),
    )
    followed: dict[str, list[Shipment]] = {}
    for row in await session.scalars(wanted.order_by(Shipment.id).with_for_update()):
        followed.setdefault(row.tracking_number, []).append(row)
    if any(item.form is not None and item.form.signed_by for item in items):
        await store.keys_of(*{row.merchant_id for rows in followed.values() for row in rows})
    pairs = [
        (index, item.form, row)
        for index, (item, number) in enumerate(zip(items, numbers, strict=True))
        if item.form is not None
        for row in followed.get(number, [])
    ]
    promised = {index: row for index, form, row in pairs if _promise(row, form)}
    for row in promised.values():
        await session.execute(_keep_promise(row), execution_options={"synchronize_session": False})
    origin = Origin(EventSource.PARTNER, None, carrier)
    heard = [Heard(row, _read(form), origin) for _, form, row in pairs]
    done = await tracking.record_many(session, store.vault, heard, by, now)
    await _announce_promises(session, [row for row in promised.values() if row.id not in done.changed], by, now)
    fresh = {
        index
        for (index, _, row), each in zip(pairs, heard, strict=True)
        if any((row.id, identity(scan)) in done.fresh for scan in each.read.scans)
    }
    news = fresh | promised.keys()
    return [
        _outcome(item, index, number in followed, news)
        for index, (item, number) in enumerate(zip(items, numbers, strict=True))
    ]


def _outcome(item: Item, index: int, followed: bool, news: set[int]) -> Told:  # noqa: FBT001 private
    if item.form is None:
        return Told.REFUSED
    if not followed:
        return Told.UNKNOWN_NUMBER
    return Told.RECORDED if index in news else Told.REPEATED


def _number(item: Item) -> str:
    try:
        return normalise(item.number)
    except Refused:
        return ""


def _promise(row: Shipment, form: ScanForm) -> bool:
    """Takes over what the carrier promises; whether that is new. The version is left to the fact that tells of it."""
    promised = moment_of(form)
    until = end_of_promise(promised, ZoneInfo(row.zone)) if promised is not None else None
    if until is None or row.promised_delivery_at == until:
        return False
    set_committed_value(row, "promised_delivery_at", until)
    return True


def _keep_promise(row: Shipment) -> Update:
    return update(Shipment).where(Shipment.id == row.id).values(promised_delivery_at=row.promised_delivery_at)


def _read(form: ScanForm) -> ReadShipment:
    scans: tuple[Scan, ...] = ()
    if form.status is not None and form.occurred_at is not None:
        meaning = Meaning(form.status, form.step, form.reason, form.delivery_mode, form.action_required)
        place = Place(**form.location.model_dump()) if form.location else None
        scan = Scan(
            occurred_at=form.occurred_at,
            meaning=meaning,
            raw_code=form.raw_code or form.status.name,  # keeps two wordless scans of one second apart
            description=form.description or "",
            place=place,
            classifier=form.classifier,
            event_id=form.event_id,
            piece=form.piece,
        )
        scans = (scan,)
    return ReadShipment(
        form.tracking_number,
        scans,
        estimated_delivery_at=form.estimated_at,
        signed_by=form.signed_by,
    )


async def _announce_promises(session: AsyncSession, rows: Sequence[Shipment], by: By, now: datetime) -> None:
    """A promise that came without a scan is a fact of its own."""
    unique = {row.id: row for row in rows}
    for row in unique.values():
        row.updated_at = now
    await session.flush()
    facts = [Fact(events.SHIPMENT_CHANGED, row, now, None, shown(row)) for row in unique.values()]
    if facts:
        await announce(session, await deliveries.follow(session, facts, now), by, now=now)
