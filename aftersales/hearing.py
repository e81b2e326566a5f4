"""Kept messages reach the parcels they name: known numbers are recorded, unknown ones parked, errors shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import parking, pickup_news, tracking
from aftersales.log import By
from aftersales.refusals import Refused
from aftersales.rules import masks
from aftersales.scans import Origin, clean
from aftersales.shipments import correct_carrier
from aftersales.tracking import Heard
from aftersales.wishes import plain
from carriers.carrier import Carrier, ReadError, Reading, ReadShipment
from db.enums import EventSource, InboxState, Party
from db.models.messages import Inbox
from db.models.shipments import Shipment
from db.vault import Vault

LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Message:
    """A leased row and what was understood of it."""

    row: Inbox
    reading: Reading


@dataclass(slots=True)
class _Known:
    """The shipments that the messages' merchants follow, by merchant and number."""

    by_number: dict[tuple[UUID, str], list[Shipment]] = field(default_factory=dict)

    def find(self, message: Message, number: str, carrier: Carrier | None) -> list[Shipment]:
        """Followed by this account's merchant, and this carrier's, or anybody's when an aggregator tells."""
        found = self.by_number.get((message.row.merchant_id, number), [])
        if carrier is not None and carrier.is_aggregator:
            return found
        return [shipment for shipment in found if shipment.carrier_code == message.row.carrier_code]


async def take_in(
    session: AsyncSession,
    vault: Vault,
    messages: Sequence[Message],
    carriers: Mapping[str, Carrier],
    now: datetime,
) -> None:
    """Records, parks, shows errors, and marks every row with what became of it. A message is heard only by shipments
    of its own account's merchant."""
    known, unknown = await _look_up(session, messages, carriers)
    heard = [
        Heard(shipment, read, Origin(_source(message, carriers), message.row.id, message.row.carrier_code))
        for message in messages
        for number, read in _reads(message)
        for shipment in known.find(message, number, carriers.get(message.row.carrier_code))
        if _same_journey(shipment, read, message)
    ]
    by = By(Party.CARRIER, _cause(messages), reference=str(messages[0].row.id) if len(messages) == 1 else None)
    await tracking.record_many(session, vault, heard, by, now)
    told = [(message.row, said) for message in messages for said in message.reading.pickups]
    await pickup_news.take_in(session, vault, told, now)
    await parking.park(session, unknown, now)
    await _show_errors(session, messages, known, carriers, now)
    await _mark(session, messages, unknown, now)


def _source(message: Message, carriers: Mapping[str, Carrier]) -> EventSource:
    """An aggregator tells at second hand, also when it pushes."""
    carrier = carriers.get(message.row.carrier_code)
    return EventSource.AGGREGATOR if carrier is not None and carrier.is_aggregator else message.row.source


def _cause(messages: Sequence[Message]) -> str:
    return "push" if any(message.row.source is EventSource.PUSH for message in messages) else "poll"


def _reads(message: Message) -> list[tuple[str, ReadShipment]]:
    return [(number, read) for read in message.reading.shipments if (number := plain(read.tracking_number))]


async def _look_up(
    session: AsyncSession, messages: Sequence[Message], carriers: Mapping[str, Carrier]
) -> tuple[_Known, list[tuple[Inbox, str]]]:
    known = await _find(session, messages)
    unknown = _unknown(messages, known, carriers)
    if unknown:
        # A registration may be under way: hold its merchant and look again before anything is parked.
        await parking.hold(session, {row.merchant_id for row, _ in unknown})
        known = await _find(session, messages)
        unknown = _unknown(messages, known, carriers)
    return known, unknown


async def _find(session: AsyncSession, messages: Sequence[Message]) -> _Known:
    numbers = {number for message in messages for number in _numbers(message)}
    known = _Known()
    if numbers:
        merchants = {message.row.merchant_id for message in messages}
        rows = await session.scalars(
            select(Shipment).where(Shipment.merchant_id.in_(merchants), Shipment.tracking_number.in_(numbers))
        )
        for shipment in rows:
            known.by_number.setdefault((shipment.merchant_id, shipment.tracking_number), []).append(shipment)
    return known


def _numbers(message: Message) -> set[str]:
    errors = {number for error in message.reading.errors if (number := plain(error.tracking_number))}
    return {number for number, _ in _reads(message)} | errors


def _unknown(messages: Sequence[Message], known: _Known, carriers: Mapping[str, Carrier]) -> list[tuple[Inbox, str]]:
    return [
        (message.row, number)
        for message in messages
        for number in dict.fromkeys(number for number, _ in _reads(message))
        if not known.find(message, number, carriers.get(message.row.carrier_code))
    ]


def _same_journey(shipment: Shipment, read: ReadShipment, message: Message) -> bool:
    """Carriers reuse numbers: of several journeys under one, a shipment takes its own, or at first the newest. What a
    merchant stopped following is not recorded."""
    if shipment.tracking_stopped_at is not None:
        return False
    if read.unique_id is None:
        return True
    if shipment.carrier_unique_id:
        return shipment.carrier_unique_id == read.unique_id
    rivals = [other for _, other in _reads(message) if plain(other.tracking_number) == shipment.tracking_number]
    newest = max(rivals, key=lambda other: max((scan.occurred_at.timestamp() for scan in other.scans), default=0))
    return newest.unique_id == read.unique_id


async def _show_errors(
    session: AsyncSession,
    messages: Iterable[Message],
    known: _Known,
    carriers: Mapping[str, Carrier],
    now: datetime,
) -> None:
    """What a carrier refused by push, on the shipment it names (what it answers is shown by who asked). "It is another
    carrier's" is no failure: the shipment is put right."""
    failed: dict[UUID, dict[str, Any]] = {}
    for message in messages:
        for error in message.reading.errors if message.row.source is EventSource.PUSH else ():
            number = plain(error.tracking_number) or ""
            for shipment in known.find(message, number, carriers.get(message.row.carrier_code)):
                if await _put_right(session, shipment, error, message, now):
                    continue
                failed[shipment.id] = {"b_id": shipment.id, "b_failure": failure(error, now)}
    if failed:
        table: Any = Shipment.__table__
        statement = update(table).where(table.c.id == bindparam("b_id"))
        values = {"last_failure": bindparam("b_failure"), "failures": table.c.failures + 1}
        await session.execute(statement.values(values), [failed[id_] for id_ in sorted(failed)])


async def _put_right(
    session: AsyncSession, shipment: Shipment, error: ReadError, message: Message, now: datetime
) -> bool:
    """Whether the error names another carrier that we know, and the shipment is that carrier's now."""
    if not error.corrected_carrier:
        return False
    try:
        by = By(Party.CARRIER, "push", reference=str(message.row.id))
        await correct_carrier(session, shipment, error.corrected_carrier, by, now)
    except Refused:
        return False
    return True


def failure(error: ReadError, now: datetime) -> dict[str, Any]:
    """A failure as it is shown to partners: code, message (phones masked), when, and what to do about it."""
    shown = {
        "code": clean(error.code, 60),
        "message": masks.mask_text(clean(error.message, LONGEST_MESSAGE)),
        "at": now.isoformat(),
        "notFound": error.not_found,
    }
    return shown | ({"correctedCarrier": error.corrected_carrier} if error.corrected_carrier else {})


async def _mark(
    session: AsyncSession, messages: Sequence[Message], unknown: Sequence[tuple[Inbox, str]], now: datetime
) -> None:
    waiting: dict[UUID, list[str]] = {}
    for row, number in unknown:
        waiting.setdefault(row.id, []).append(number)
    table: Any = Inbox.__table__
    done = [
        {
            "b_id": message.row.id,
            "b_state": InboxState.PARKED if message.row.id in waiting else InboxState.DONE,
            "b_problem": f"{len(waiting[message.row.id])} of its numbers nobody registered yet"
            if message.row.id in waiting
            else None,
        }
        for message in messages
    ]
    statement = update(table).where(table.c.id == bindparam("b_id"))
    values = {"state": bindparam("b_state"), "problem": bindparam("b_problem"), "done_at": now, "leased_until": None}
    await session.execute(statement.values(values), done)
