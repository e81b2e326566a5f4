"""Asks carriers after parcels that are due: in as few calls as the carrier allows, outside any transaction, the answers
written into the same inbox as pushes."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, select, update

from aftersales import failing, hearing, messages
from aftersales.access import Opened
from aftersales.calling import Caller, QuotaSpent
from aftersales.messages import Letter
from aftersales.rules.shipments import fold
from aftersales.scans import seen
from aftersales.wishes import plain
from carriers.carrier import Reading, Tracking
from db.enums import TrackingMethod, TrackingStatus
from db.inserting import insert_into
from db.models.messages import Inbox
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from worker.paces import Followed, next_poll

LEASE = timedelta(minutes=5)
ACCOUNTS_AT_ONCE = 8
PUSHES_WORK_FOR = timedelta(days=2)  # after the account's last push

log = structlog.get_logger("worker.polling")


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call brought for one parcel. ``status`` is what its answer says; None when it says nothing."""

    shipment: Shipment
    failure: dict[str, Any] | None = None
    status: TrackingStatus | None = None
    happened_at: datetime | None = None
    not_before: datetime | None = None


async def poll(caller: Caller, at_most: int = 200) -> int:
    """One pass. Gives how many parcels were due."""
    now = caller.clock()
    due = await _lease(caller.store, now, at_most)
    if not due:
        return 0
    accounts = await caller.accounts({shipment.account_id for shipment in due if shipment.account_id})
    groups: dict[UUID | None, list[Shipment]] = defaultdict(list)
    for shipment in due:
        groups[shipment.account_id].append(shipment)
    seats = asyncio.Semaphore(ACCOUNTS_AT_ONCE)

    async def one(id_: UUID | None, shipments: list[Shipment]) -> None:
        async with seats:
            await _account(caller, accounts.get(id_) if id_ else None, shipments)

    await asyncio.gather(*(one(id_, shipments) for id_, shipments in groups.items()))
    return len(due)


async def _lease(store: Store, now: datetime, at_most: int) -> list[Shipment]:
    """Due parcels, ours until the lease ends: another worker, or this one after a crash, takes them then."""
    due = select(Shipment.id).where(Shipment.next_poll_at <= now, Shipment.tracking_stopped_at.is_(None))
    due = due.order_by(Shipment.next_poll_at).limit(at_most)
    async with store.reading(EVERYTHING) as session:
        if await session.scalar(due.limit(1)) is None:
            return []
    mine = update(Shipment).where(Shipment.id.in_(due.with_for_update(skip_locked=True)))
    leased = mine.values(next_poll_at=now + LEASE).returning(Shipment)
    async with store.writing(EVERYTHING, patient=True) as session:
        return list(await session.scalars(leased, execution_options={"synchronize_session": False}))


async def _account(caller: Caller, account: Opened | None, shipments: Sequence[Shipment]) -> None:
    tracking = caller.carriers[account.account.carrier_code].tracking if account else None
    if account is None or tracking is None:
        await _keep(caller, None, [Asked(shipment) for shipment in shipments], None, timedelta(0))
        return
    for start in range(0, len(shipments), tracking.at_most):
        batch = shipments[start : start + tracking.at_most]
        try:
            await _ask(caller, account, tracking, batch)
        except Exception as error:
            if not isinstance(error, failing.EXPECTED):
                log.exception("polling.failed", account=account.account.typeid)
            failure = failing.shown(error, caller.clock())
            until = error.until if isinstance(error, QuotaSpent) else None
            told = [Asked(shipment, failure, not_before=until) for shipment in batch]
            await _keep(caller, account, told, None, tracking.no_oftener)


async def _ask(caller: Caller, account: Opened, tracking: Tracking, batch: Sequence[Shipment]) -> None:
    parcels = [caller.parcel(shipment) for shipment in batch]
    reply = await caller.call(account, lambda allowed: tracking.request(parcels, allowed))
    carrier = caller.carriers[account.account.carrier_code]
    numbers = [shipment.tracking_number for shipment in batch]
    letter = messages.answered(carrier, numbers, reply, caller.clock())
    try:
        told = _told(messages.named(tracking.read(reply), numbers), batch, caller.clock())
    except failing.EXPECTED as error:
        told = [Asked(shipment, failing.shown(error, caller.clock())) for shipment in batch]
    await _keep(caller, account, told, letter, tracking.no_oftener)


def _told(reading: Reading, batch: Iterable[Shipment], now: datetime) -> list[Asked]:
    """What the answer says of each parcel: its state, or the error that names it, or one that names none."""
    reads = {plain(read.tracking_number): read for read in reading.shipments}
    errors = {plain(error.tracking_number): error for error in reversed(reading.errors)}
    told = []
    for shipment in batch:
        read = reads.get(shipment.tracking_number)
        error = errors.get(shipment.tracking_number) or (errors.get(None) if read is None else None)
        state = fold(seen(scan) for scan in read.scans) if read else None
        told.append(
            Asked(
                shipment,
                hearing.failure(error, now) if error else None,
                state.status if state else None,
                state.last_event_at if state else None,
            )
        )
    return told


async def _keep(
    caller: Caller, account: Opened | None, told: Sequence[Asked], letter: Letter | None, no_oftener: timedelta
) -> None:
    """Writes the answer down and says when each parcel is asked after next, in one transaction."""
    now = caller.clock()
    in_order = sorted(told, key=lambda each: each.shipment.id)  # as every writer of shipments locks them
    rows = [_row(each, account, now, no_oftener, caller.outside.random()) for each in in_order]
    table: Any = Shipment.__table__
    statement = update(table).where(table.c.id == bindparam("b_id"))
    columns = ("next_poll_at", "last_polled_at", "failures", "last_failure")
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await session.execute(statement.values({c: bindparam(f"b_{c}") for c in columns}), rows)
        if account is not None and letter is not None:
            row = messages.row(caller.store.vault, account.account, letter)
            await session.execute(insert_into(session, Inbox).on_conflict_do_nothing(), [row])


def _row(
    asked: Asked, account: Opened | None, now: datetime, no_oftener: timedelta, jitter: float
) -> Mapping[str, Any]:
    shipment = asked.shipment
    failures = shipment.failures + 1 if asked.failure else 0
    known_since = shipment.last_event_at or shipment.created_at
    parcel = Followed(
        status=asked.status or shipment.status,
        since=max(asked.happened_at or known_since, known_since),
        failures=failures,
        is_told=account is not None and _is_told(shipment, account, now),
    )
    soon = next_poll(parcel, now, no_oftener, jitter) if account is not None else None
    return {
        "b_id": shipment.id,
        "b_next_poll_at": max(soon, asked.not_before) if soon and asked.not_before else soon,
        "b_last_polled_at": now if account is not None else shipment.last_polled_at,
        "b_failures": failures,
        "b_last_failure": asked.failure,
    }


def _is_told(shipment: Shipment, account: Opened, now: datetime) -> bool:
    """Whether pushes of this parcel may be relied on: it is subscribed, or the account's carrier pushed lately."""
    if shipment.tracking_method is not TrackingMethod.PUSH:
        return False
    if shipment.subscribed_at is not None:
        return shipment.subscribed_until is None or shipment.subscribed_until > now
    last = account.account.last_push_at
    return last is not None and now - last < PUSHES_WORK_FOR
