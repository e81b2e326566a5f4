"""Wishes for parcels on their way: told to their carriers after the commit, asked about where an answer was lost, followed
until they came to something; and what is owed for a delivery that failed without a word."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import delivery_answers as answers
from aftersales import delivery_changes, failed_deliveries
from aftersales.access import Opened
from aftersales.calling import Caller
from aftersales.cases import Step
from aftersales.contacts import contact
from aftersales.delivery_answers import LOST_ANSWER, Turn
from aftersales.log import By
from carriers.booking import Contact, Ref, Window
from carriers.carrier import CannotAsk, Intercepting
from carriers.intercepting import Diversion, Outcome, Standing
from db.enums import Party
from db.models.deliveries import ChangeState, DeliveryChange
from db.models.messages import Job
from db.models.shipments import Shipment
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from worker.jobs import Kind


@dataclass(frozen=True, slots=True)
class _Call:
    """What one job needs: the wish as it stands, its parcel, and its carrier's ability where the account is still in use."""

    change: DeliveryChange
    shipment: Shipment
    wish: Diversion
    account: Opened | None
    ability: Intercepting | None

    @property
    def ref(self) -> Ref:
        reference = self.change.typeid.removeprefix("dch_")
        return Ref(reference, number=self.shipment.tracking_number, carrier=self.shipment.carrier_code)


async def change(caller: Caller, job: Job) -> None:
    """Tells the carrier; nothing where it was told before."""
    call = await _call(caller, job)
    if call.change.state is not ChangeState.REQUESTED:
        return
    turn = answers.overtaken(call.change, call.shipment, caller.clock()) or await _told(caller, call)
    await _turn(caller, call.change, turn)


async def asked(caller: Caller, job: Job) -> bool:
    """Whether an earlier try took effect. False: it may be told again. A carrier that can neither be asked nor told again
    leaves the wish UNCONFIRMED: a person must look."""
    call = await _call(caller, job)
    if call.change.state is not ChangeState.REQUESTED:
        return True
    turn: Turn | None = Turn(ChangeState.UNCONFIRMED, LOST_ANSWER)
    if call.ability is not None and not answers.is_too_late(call.change, caller.clock()):
        if call.ability.asking is not None:
            standing = await _standing(caller, call)
            turn = None if standing is None else answers.of(standing) or Turn(ChangeState.UNCONFIRMED, standing.why)
        elif call.ability.same_reference_same_wish:
            turn = None
    if turn is not None:
        await _turn(caller, call.change, turn)
    return turn is not None


async def follow(caller: Caller, job: Job) -> None:
    """What a wish came to: by the parcel's own scans, else by the carrier's word; looked at again where there is neither."""
    call = await _call(caller, job)
    if call.change.state not in answers.OPEN:
        return
    turn = answers.by_its_way(call.change, call.shipment)
    if turn is None and call.ability is not None and call.ability.asking is not None:
        standing = await _standing(caller, call) or Standing(Outcome.UNCLEAR)
        turn = answers.of(standing)
    if turn is not None and turn.state is not call.change.state:
        await _turn(caller, call.change, turn)
    times = int(job.arguments["times"]) + 1
    is_open = turn is None or turn.state in answers.OPEN
    if is_open and times < len(delivery_changes.LOOKED_AT_AFTER):
        async with caller.store.writing(EVERYTHING, patient=True) as session:
            session.add(delivery_changes.follow_up(call.change, times, caller.clock()))


async def _told(caller: Caller, call: _Call) -> Turn:
    """What the carrier answers."""
    if call.account is None or call.ability is None:
        return Turn(ChangeState.REFUSED, "The account with the carrier was closed meanwhile.")
    try:
        reply = await caller.call(call.account, partial(call.ability.request, call.wish, call.ref))
    except CannotAsk as no:
        return Turn(ChangeState.REFUSED, str(no))
    refused = call.ability.read(reply, call.ref)
    if any(error.retryable for error in refused):
        raise CannotAsk("the carrier takes no wish for the moment")
    if refused:
        return Turn(ChangeState.REFUSED, refused[0].message or refused[0].code)
    return Turn(ChangeState.ACCEPTED)


async def _standing(caller: Caller, call: _Call) -> Standing | None:
    assert call.account is not None
    assert call.ability is not None
    assert call.ability.asking is not None
    asking = call.ability.asking
    reply = await caller.call(call.account, partial(asking.request, call.wish, call.ref))
    return asking.read(reply, call.wish, call.ref)


async def _turn(caller: Caller, change: DeliveryChange, turn: Turn) -> None:
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        step = Step(By(Party.CARRIER, "delivery"), caller.clock(), turn.why)
        await answers.turned(session, change.id, turn, step)


async def _call(caller: Caller, job: Job) -> _Call:
    """The wish as it stands, its merchant's key at hand."""
    await caller.store.keys_of(job.merchant_id)
    async with caller.store.reading(EVERYTHING) as session:
        change = await session.get_one(DeliveryChange, UUID(job.arguments["change"]))
        shipment = await session.get_one(Shipment, change.shipment_id)
        asker = await _asker(caller, session, change.merchant_id)
    accounts = await caller.accounts([change.account_id] if change.account_id else [])
    account = next(iter(accounts.values()), None)
    ability = None if account is None else caller.carriers[account.account.carrier_code].intercepting
    return _Call(change, shipment, _wish(caller, change, asker, ZoneInfo(shipment.zone)), account, ability)


async def _asker(caller: Caller, session: AsyncSession, merchant_id: UUID) -> Contact | None:
    """Who asks, and where a return goes: the merchant's warehouse that is the default, else the first."""
    mine = select(Warehouse).where(Warehouse.merchant_id == merchant_id, Warehouse.returns.is_(True))
    row = await session.scalar(mine.order_by(Warehouse.is_default.desc(), Warehouse.id).limit(1))
    return None if row is None else contact(orjson.loads(row.open(caller.store.vault, "address") or "{}"))


def _wish(caller: Caller, change: DeliveryChange, asker: Contact | None, zone: ZoneInfo) -> Diversion:
    told: dict[str, Any] = orjson.loads(change.open(caller.store.vault, "wish") or "{}")
    start, end = change.window_start, change.window_end
    return Diversion(
        change.kind.value,
        asker,
        contact(told["to"]) if told.get("to") else None,
        Window(start.astimezone(zone), end.astimezone(zone)) if start and end else None,
        told.get("leaveWith", ""),
    )


async def look(caller: Caller, job: Job) -> None:
    """A day after a delivery failed: whether somebody was told or acted since, else what the policy owes."""
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        step = Step(By(Party.WAYBRIDGE, "clock"), caller.clock())
        await failed_deliveries.look(session, UUID(job.arguments["shipment"]), job.arguments["since"], step)


KINDS: Mapping[str, Kind] = {
    delivery_changes.CHANGE: Kind(change, asked),
    delivery_changes.FOLLOW: Kind(follow),
    failed_deliveries.LOOK: Kind(look),
}
"""Asking changes nothing, and compensation is granted once an order; telling is asked about first."""
