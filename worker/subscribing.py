"""Asks carriers to tell us: once a parcel is registered, again before the subscription ends; for carriers that tell of a
whole account, once an account. Where pushing works, asking goes to a slow safety pace (``paces``).

Each try is counted before it is sent and the count is cleared by an answer: a parcel with an earlier try whose outcome
nobody knows (the answer was lost, or we were) is asked about before it is subscribed again (``doubts``)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import bindparam, or_, select, update

from aftersales import failing, hearing
from aftersales.access import Opened
from aftersales.calling import Caller, QuotaSpent
from aftersales.rules.shipments import FINAL
from aftersales.wishes import plain
from carriers.carrier import Parcel, ReadError, Reply, Subscribed, Subscribing
from carriers.http import CarrierError, Failure
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from worker import doubts

LEASE = timedelta(minutes=5)
RETRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
DOUBT, DOUBTS = (
    timedelta(seconds=5),
    12,
)  # how soon, and how often, a lost answer is asked about before it is RETRIES' turn
HELD_BACK = timedelta(seconds=1)  # behind a probe that is under way
RENEWED_BEFORE = timedelta(days=1)  # at most; a tenth of a short subscription
FIRST_POLL_AFTER = timedelta(hours=1)  # carriers that answer only after subscribing need a while

log = structlog.get_logger("worker.subscribing")


async def subscribe(caller: Caller, at_most: int = 200) -> int:
    """One pass over parcels, then over whole accounts. Gives how many subscriptions were due."""
    now = caller.clock()
    due = await _lease(caller.store, now, at_most)
    accounts = await caller.accounts({shipment.account_id for shipment in due if shipment.account_id})
    groups: dict[UUID | None, list[Shipment]] = defaultdict(list)
    for shipment in due:
        groups[shipment.account_id].append(shipment)
    for id_, shipments in groups.items():
        await _account(caller, accounts.get(id_) if id_ else None, shipments)
    return len(due) + await _whole_accounts(caller, now)


async def _lease(store: Store, now: datetime, at_most: int) -> list[Shipment]:
    due = select(Shipment.id).where(Shipment.next_subscribe_at <= now, Shipment.tracking_stopped_at.is_(None))
    due = due.order_by(Shipment.next_subscribe_at).limit(at_most)
    async with store.reading(EVERYTHING) as session:
        if await session.scalar(due.limit(1)) is None:
            return []
    mine = update(Shipment).where(Shipment.id.in_(due.with_for_update(skip_locked=True)))
    counted = {"next_subscribe_at": now + LEASE, "subscribe_tries": Shipment.subscribe_tries + 1}
    leased = mine.values(counted).returning(Shipment)
    async with store.writing(EVERYTHING, patient=True) as session:
        return list(await session.scalars(leased, execution_options={"synchronize_session": False}))


async def _account(caller: Caller, account: Opened | None, shipments: Sequence[Shipment]) -> None:
    subscribing = caller.carriers[account.account.carrier_code].subscribing if account else None
    over = [shipment for shipment in shipments if account is None or subscribing is None or shipment.status in FINAL]
    nothing = {"next_subscribe_at": None, "subscribe_tries": 0}
    await _store(caller.store, [_row(shipment, nothing) for shipment in over])
    if account is None or subscribing is None:
        return
    open_ = [shipment for shipment in shipments if shipment.status not in FINAL]
    for start in range(0, len(open_), subscribing.at_most):
        batch = open_[start : start + subscribing.at_most]
        rows = await _ask(caller, account, subscribing, batch)
        await _store(caller.store, rows)


async def _ask(
    caller: Caller, account: Opened, subscribing: Subscribing, batch: Sequence[Shipment]
) -> list[dict[str, Any]]:
    doubtful = [shipment for shipment in batch if shipment.subscribe_tries > 1]
    sure = [shipment for shipment in batch if shipment.subscribe_tries <= 1]
    rows: list[dict[str, Any]] = []
    if doubtful:
        try:
            stand = await doubts.standing(caller, account, [caller.parcel(shipment) for shipment in doubtful])
        except failing.EXPECTED as error:
            rows += [_unsent(shipment, error, caller.clock()) for shipment in doubtful]
        else:
            found = [shipment for shipment in doubtful if shipment.tracking_number in stand]
            rows += [_subscribed(shipment, subscribing, caller.clock()) for shipment in found]
            sure += [shipment for shipment in doubtful if shipment.tracking_number not in stand]
    return rows + (await _send(caller, account, subscribing, sure) if sure else [])


async def _send(
    caller: Caller, account: Opened, subscribing: Subscribing, batch: Sequence[Shipment]
) -> list[dict[str, Any]]:
    try:
        done = await _exchange(caller, account, subscribing, [caller.parcel(shipment) for shipment in batch])
    except failing.EXPECTED as error:
        failed = _lost if doubts.is_unknown(error) else _unsent
        return [failed(shipment, error, caller.clock()) for shipment in batch]
    taken = {plain(number) for number in done.accepted}
    errors = {plain(error.tracking_number): error for error in done.errors}
    rows = []
    for shipment in batch:
        refused = errors.get(shipment.tracking_number) or errors.get(None)
        if shipment.tracking_number in taken or refused is None:
            rows.append(_subscribed(shipment, subscribing, caller.clock()))
        else:
            rows.append(_refused(shipment, refused, caller.clock()))
    return rows


async def _exchange(caller: Caller, account: Opened, subscribing: Subscribing, parcels: Sequence[Parcel]) -> Subscribed:
    reply: Reply = await caller.call(account, lambda allowed: subscribing.request(parcels, allowed))
    return subscribing.read(reply, parcels)


def _subscribed(shipment: Shipment, subscribing: Subscribing, now: datetime) -> dict[str, Any]:
    until = now + subscribing.lasts if subscribing.lasts else None
    asks_after = subscribing.before_query and shipment.next_poll_at is None
    return _row(
        shipment,
        {
            "subscribed_at": now,
            "subscribed_until": until,
            "subscribe_tries": 0,
            "next_subscribe_at": renewal(until, subscribing.lasts),
            "next_poll_at": now + FIRST_POLL_AFTER if asks_after else shipment.next_poll_at,
            "failures": 0,
            "last_failure": None,
        },
    )


def renewal(until: datetime | None, lasts: timedelta | None) -> datetime | None:
    """When to ask again so that no push is missed: a day before the end, or a tenth of a short subscription."""
    return until - min(RENEWED_BEFORE, lasts / 10) if until and lasts else None


def _refused(shipment: Shipment, refused: ReadError, now: datetime) -> dict[str, Any]:
    """The carrier said no: there is nothing in doubt."""
    again = now + RETRIES[min(shipment.failures, len(RETRIES) - 1)]
    values = {"subscribe_tries": 0, "next_subscribe_at": again, "failures": shipment.failures + 1}
    return _row(shipment, values | {"last_failure": hearing.failure(refused, now)})


def _lost(shipment: Shipment, error: Exception, now: datetime) -> dict[str, Any]:
    """The carrier may have taken it: asked about soon."""
    values = {"next_subscribe_at": now + _doubt(shipment), "failures": shipment.failures + 1}
    return _row(shipment, values | {"last_failure": failing.shown(error, now)})


def _unsent(shipment: Shipment, error: Exception, now: datetime) -> dict[str, Any]:
    """Nothing went out this time; an earlier doubt stays."""
    tries = shipment.subscribe_tries - 1
    values: dict[str, Any] = {"subscribe_tries": tries}
    if isinstance(error, QuotaSpent):
        values["next_subscribe_at"] = error.until
    elif isinstance(error, CarrierError) and error.kind is Failure.OPEN:
        values["next_subscribe_at"] = max(error.until or now, now + HELD_BACK)
    else:
        wait = _doubt(shipment) if tries else RETRIES[min(shipment.failures, len(RETRIES) - 1)]
        values |= {"next_subscribe_at": now + wait, "failures": shipment.failures + 1}
    return _row(shipment, values | {"last_failure": failing.shown(error, now)})


def _doubt(shipment: Shipment) -> timedelta:
    late = shipment.failures - DOUBTS
    return DOUBT if late < 0 else RETRIES[min(late, len(RETRIES) - 1)]


COLUMNS = (
    "subscribed_at",
    "subscribed_until",
    "subscribe_tries",
    "next_subscribe_at",
    "next_poll_at",
    "failures",
    "last_failure",
)


def _row(shipment: Shipment, values: Mapping[str, Any]) -> dict[str, Any]:
    full = {column: values.get(column, getattr(shipment, column)) for column in COLUMNS}
    return {"b_id": shipment.id} | {f"b_{column}": value for column, value in full.items()}


async def _store(store: Store, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        in_order = sorted(rows, key=lambda row: row["b_id"])  # as every writer of shipments locks them
        table: Any = Shipment.__table__
        statement = update(table).where(table.c.id == bindparam("b_id"))
        async with store.writing(EVERYTHING, patient=True) as session:
            await session.execute(statement.values({c: bindparam(f"b_{c}") for c in COLUMNS}), in_order)


async def _whole_accounts(caller: Caller, now: datetime) -> int:
    codes = [c.code for c in caller.carriers.values() if c.subscribing and c.subscribing.whole_account]
    ends = or_(CarrierAccount.subscribed_at.is_(None), CarrierAccount.subscription_ends_at < now + RENEWED_BEFORE)
    wanted = select(CarrierAccount.id, CarrierAccount.last_error).where(
        CarrierAccount.carrier_code.in_(codes), CarrierAccount.disabled_at.is_(None), ends
    )
    async with caller.store.reading(EVERYTHING) as session:
        found = [id_ for id_, error in await session.execute(wanted) if _may_try(error, now)] if codes else []
    for account in (await caller.accounts(found)).values() if found else ():
        subscribing = caller.carriers[account.account.carrier_code].subscribing
        assert subscribing is not None
        values: dict[str, Any]
        try:
            done = await _whole(caller, account, subscribing)
            errors = [hearing.failure(error, now) for error in done.errors]
            until = now + subscribing.lasts if subscribing.lasts else None
            values = {"subscribed_at": now, "subscription_id": done.subscription_id, "subscription_ends_at": until}
            values = {"last_error": errors[0]} if errors else values | {"last_error": None}
        except failing.EXPECTED as error:
            values = {"last_error": failing.shown(error, now)}
        async with caller.store.writing(EVERYTHING, patient=True) as session:
            await session.execute(update(CarrierAccount).where(CarrierAccount.id == account.account.id).values(values))
    return len(found)


async def _whole(caller: Caller, account: Opened, subscribing: Subscribing) -> Subscribed:
    """The account's subscription: the one that stands already, as far as the carrier can be asked, else a new one."""
    if subscribing.finding is not None:
        found = await doubts.find(caller, account, subscribing.finding, [])
        if found.subscription_id is not None:
            return found
    return await _exchange(caller, account, subscribing, [])


def _may_try(error: Mapping[str, Any] | None, now: datetime) -> bool:
    return error is None or datetime.fromisoformat(error["at"]) + RETRIES[2] <= now
