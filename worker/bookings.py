"""Pickups at their carriers: booked, moved, cancelled, each a job done after the commit.

An answer that was lost is asked for before anything is sent again: by our reference where the carrier can be asked; by
sending again where one reference is one booking; else a person must look, and the pickup says so."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import select, update

from aftersales import bookings as answers
from aftersales import customs, failing, pickups
from aftersales.access import Opened
from aftersales.calling import Caller
from carriers.booking import Booked, Booking, Order, Ref
from carriers.carrier import CannotAsk, ReadError, Unreadable
from db.models.messages import Job
from db.models.pickups import Pickup
from db.reach import EVERYTHING
from db.session import Store
from worker.jobs import Kind


@dataclass(frozen=True, slots=True)
class _Call:
    """What one job needs: the pickup as it stands, its account opened, its carrier's ability."""

    pickup: Pickup
    account: Opened
    ability: Booking

    @property
    def ref(self) -> Ref:
        return answers.ref_of(self.pickup)


async def book(caller: Caller, job: Job) -> None:
    """Asks the carrier to come; nothing where the wish is gone by now."""
    call = await _call(caller, job)
    if call is None:
        return
    order = await _order(caller.store, call)
    reply = await caller.call(call.account, partial(call.ability.request, order))
    booked = call.ability.read(reply, order)
    if not booked.was_taken and any(error.retryable for error in booked.errors):
        raise CannotAsk("the carrier takes no booking for the moment")
    await _write(caller, call.pickup, booked)


async def asked(caller: Caller, job: Job) -> bool:
    """Whether an earlier try booked: asked by our reference. False: it may be sent again."""
    call = await _call(caller, job)
    if call is None:
        return True
    if call.ability.asking is None:
        if call.ability.same_reference_same_booking:
            return False
        await _doubt(caller, call.pickup)
        raise CannotAsk(
            "an order is out whose answer was lost; ask the carrier, it can neither be asked nor sent again"
        )
    try:
        reply = await caller.call(call.account, partial(call.ability.asking.request, call.ref))
        found = call.ability.asking.read(reply, call.ref)
    except (CannotAsk, Unreadable):  # it does not say of this one whether there is one
        await _doubt(caller, call.pickup)
        raise
    if found is None:
        return False
    await _write(caller, call.pickup, found)
    return True


async def move(caller: Caller, job: Job) -> None:
    """Tells the carrier the new time."""
    call = await _call(caller, job)
    if call is None:
        return
    if call.ability.rescheduling is None:
        raise CannotAsk("this carrier changes no booking; cancel it and book anew")
    build = partial(call.ability.rescheduling.request, call.ref, answers.window_of(call.pickup))
    reply = await caller.call(call.account, build)
    await _write_moved(caller, job, call.ability.rescheduling.read(reply, call.ref))


async def cancel(caller: Caller, job: Job) -> None:
    """Tells the carrier that nobody shall come. A booking that it never had, or has ended, is done."""
    call = await _call(caller, job, ended=True)
    if call is None or call.ability.canceling is None:
        return
    reply = await caller.call(call.account, partial(call.ability.canceling.request, call.ref, None))
    refused = call.ability.canceling.read(reply, call.ref)
    if any(error.retryable for error in refused):
        raise Unreadable("the carrier did not cancel yet")


async def follow(caller: Caller, at_most: int = 50) -> int:
    """Asks the carriers how the bookings stand that are due to be asked about; one that cannot be asked is due no more.
    Gives how many were due."""
    now = caller.clock()
    due = select(Pickup.id, Pickup.carrier_code).where(Pickup.next_ask_at <= now, Pickup.finalized_at.is_(None))
    async with caller.store.reading(EVERYTHING) as session:
        found = list(await session.execute(due.order_by(Pickup.next_ask_at).limit(at_most)))
    for id_, code in found:
        carrier = caller.carriers.get(code or "")
        can_ask = carrier is not None and carrier.booking is not None and carrier.booking.asking is not None
        again = now + answers.ASKED_AGAIN if can_ask else None
        async with caller.store.writing(EVERYTHING, patient=True) as session:
            later = update(Pickup).where(Pickup.id == id_).values(next_ask_at=again)
            await session.execute(later, execution_options={"synchronize_session": False})
        if can_ask:
            with contextlib.suppress(*failing.EXPECTED):
                await _ask(caller, id_)
    return len(found)


async def _ask(caller: Caller, id_: UUID) -> None:
    async with caller.store.reading(EVERYTHING) as session:
        pickup = await session.scalar(select(Pickup).where(Pickup.id == id_))
    if pickup is None or pickup.account_id is None:
        return
    account = (await caller.accounts([pickup.account_id])).get(pickup.account_id)
    carrier = caller.carriers.get(pickup.carrier_code or "")
    if account is None or carrier is None or carrier.booking is None or carrier.booking.asking is None:
        return
    asking, ref = carrier.booking.asking, answers.ref_of(pickup)
    found = asking.read(await caller.call(account, partial(asking.request, ref)), ref)
    if found is not None:
        await _write(caller, pickup, found)


async def _call(caller: Caller, job: Job, *, ended: bool = False) -> _Call | None:
    async with caller.store.reading(EVERYTHING) as session:
        pickup = await session.scalar(select(Pickup).where(Pickup.id == UUID(job.arguments["pickup"])))
    if pickup is None or (pickup.is_terminal and not ended) or pickup.attempt != job.arguments["attempt"]:
        return None
    carrier = caller.carriers.get(job.arguments["carrier"])
    accounts = await caller.accounts([pickup.account_id] if pickup.account_id else [])
    if carrier is None or carrier.booking is None or pickup.account_id not in accounts:
        raise CannotAsk("there is no account to book with")
    return _Call(pickup, accounts[pickup.account_id], carrier.booking)


async def _order(store: Store, call: _Call) -> Order:
    await store.keys_of(call.pickup.merchant_id)
    order = answers.order_of(store.vault, call.pickup)
    async with store.reading(EVERYTHING) as session:
        return await customs.of_pickup(session, order, call.pickup)


async def _doubt(caller: Caller, pickup: Pickup) -> None:
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.doubted(session, pickup.id, caller.clock())


async def _write(caller: Caller, pickup: Pickup, booked: Booked) -> None:
    """What the carrier answered, in one transaction."""
    await caller.store.keys_of(pickup.merchant_id)
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.answered(session, caller.store.vault, pickup.id, booked, caller.clock())


async def _write_moved(caller: Caller, job: Job, refused: Sequence[ReadError]) -> None:
    async with caller.store.writing(EVERYTHING, patient=True) as session:
        await answers.moved(session, UUID(job.arguments["pickup"]), refused, caller.clock())


KINDS: Mapping[str, Kind] = {
    pickups.BOOK: Kind(book, asked),
    pickups.MOVE: Kind(move),
    pickups.CANCEL: Kind(cancel),
}
"""Moving to the same time again, and cancelling what is cancelled, change nothing; booking is asked about first."""
