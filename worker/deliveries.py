"""Wishes for parcels on their way, told to their carriers after the commit; and what is owed for a delivery that failed
without a word."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

import orjson

from aftersales import delivery_changes, failed_deliveries
from aftersales.bookings import contact
from aftersales.cases import Step
from aftersales.log import By
from carriers.booking import Contact, Ref, Window
from carriers.carrier import CannotAsk, Unreadable
from db.enums import Party
from db.models.deliveries import ChangeState, DeliveryChange
from db.models.messages import Job
from db.models.points import DropOffPoint
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from worker.calls import Caller
from worker.jobs import Kind


async def change(caller: Caller, job: Job) -> None:
    """Tells the carrier; nothing where it was told before."""
    await caller.store.keys_of(job.merchant_id)
    async with caller.store.reading(EVERYTHING) as session:
        wish = await session.get_one(DeliveryChange, UUID(job.arguments["change"]))
        shipment = await session.get_one(Shipment, wish.shipment_id)
        point = await session.get(DropOffPoint, wish.point_id) if wish.point_id else None
    if wish.state is ChangeState.REQUESTED:
        why = await _told(caller, wish, shipment, point)
        step = Step(By(Party.CARRIER, "delivery"), caller.clock(), why)
        async with caller.store.writing(EVERYTHING, patient=True) as session:
            await delivery_changes.answered(session, wish.id, why, step)


async def _told(caller: Caller, wish: DeliveryChange, shipment: Shipment, point: DropOffPoint | None) -> str | None:
    """Why the carrier takes it not; None: it was taken."""
    accounts = await caller.accounts([wish.account_id] if wish.account_id else [])
    account = next(iter(accounts.values()), None)
    ability = None if account is None else caller.carriers[account.account.carrier_code].intercepting
    if account is None or ability is None:
        return "The account with the carrier was closed meanwhile."
    ref = Ref(wish.typeid.removeprefix("dch_"), number=shipment.tracking_number, carrier=shipment.carrier_code)
    window = Window(wish.window_start, wish.window_end) if wish.window_start and wish.window_end else None
    build = partial(ability.request, wish.kind.value, ref, _where(caller, wish, point), window)
    try:
        reply = await caller.call(account, build)
    except CannotAsk as no:
        return str(no)
    refused = ability.read(reply, ref)
    if any(error.retryable for error in refused):
        raise Unreadable("the carrier did not take the wish yet")
    return refused[0].message or refused[0].code if refused else None


def _where(caller: Caller, wish: DeliveryChange, point: DropOffPoint | None) -> Contact | None:
    if point is not None:
        street = (point.address,)
        return Contact(
            point.name, "", point.country, city=point.city or "", street=street, postal_code=point.postal_code or ""
        )
    to = orjson.loads(wish.open(caller.store.vault, "wish") or "{}").get("to")
    return contact(to) if to else None


async def look(caller: Caller, job: Job) -> None:
    """A day after a delivery failed: whether somebody was told or acted since, else what the policy owes."""
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        step = Step(By(Party.WAYBRIDGE, "clock"), caller.clock())
        await failed_deliveries.look(session, UUID(job.arguments["shipment"]), job.arguments["since"], step)


KINDS: Mapping[str, Kind] = {delivery_changes.CHANGE: Kind(change), failed_deliveries.LOOK: Kind(look)}
"""The same wish told twice is one wish, and compensation is granted once an order."""
