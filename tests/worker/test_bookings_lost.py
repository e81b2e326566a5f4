"""Bookings whose answers are lost: exactly one each, and none in doubt after a minute."""

from dataclasses import replace
from datetime import datetime, timedelta

import httpx2
from sqlalchemy import func, select

from aftersales import pickups
from aftersales.calling import Caller
from aftersales.cases import Step
from aftersales.pickups import PickupWish
from aftersales.rules.planning import Route
from carriers.http import Outside
from db.case_enums import ReturnMethod
from db.models.messages import Job
from db.models.pickups import Pickup
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.worker import losing, tiny
from tests.worker.losing import Losing
from worker import bookings, jobs
from worker.run import WORK

BOOKINGS = 150
DOOR = {"name": "A", "phone": "13800138000", "country": "CN", "street": ["1"]}


class Ground:
    """A merchant's account with a carrier that loses answers, and a clock that the test moves."""

    def __init__(self, store: Store, carrier: Losing, client: httpx2.AsyncClient, *, can_ask: bool = True) -> None:
        self.store, self.now = store, make.NOW
        ability = losing.BOOKING if can_ask else replace(losing.BOOKING, asking=None)
        self.caller = Caller(store, Outside(client, self.clock), self.clock, carriers={"tiny": losing.carrier(ability)})
        self.carrier = carrier

    def clock(self) -> datetime:
        return self.now

    async def book(self, count: int) -> None:
        who = await make.merchant(self.store)
        assert who.merchant
        account = await tiny.account(self.store, who.merchant, "https://carrier.test")
        await self.store.keys_of(who.merchant_id)
        start = self.now + timedelta(hours=2)
        route = Route(ReturnMethod.DOOR_PICKUP, "tiny", str(account.id), None, start, start + timedelta(hours=2))
        for _ in range(count):
            async with self.store.writing(EVERYTHING) as session:
                wish = PickupWish(who.merchant_id, route, DOOR)
                await pickups.book(session, self.store.vault, wish, Step(make.BY, self.now))

    async def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            while await jobs.run(self.caller, WORK):
                pass
            self.now += timedelta(seconds=1)

    async def count(self, *rules: object) -> int:
        async with self.store.reading(EVERYTHING) as session:
            return await session.scalar(select(func.count(Pickup.id)).where(*rules)) or 0  # type: ignore[arg-type]  # rules of columns


async def test_a_third_of_the_answers_lost_leaves_one_booking_each_and_none_in_doubt(store: Store) -> None:
    carrier = Losing()
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(carrier.answer)) as client:
        ground = Ground(store, carrier, client)
        await ground.book(BOOKINGS)

        await ground.passes(60)

    assert carrier.lost >= BOOKINGS * 0.3
    assert len(carrier.made) == BOOKINGS
    assert set(carrier.made.values()) == {1}
    assert await ground.count(Pickup.confirmation.is_(None)) == 0


async def test_where_nobody_can_be_asked_nothing_is_sent_again_and_it_shows(store: Store) -> None:
    carrier = Losing(share=1.0)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(carrier.answer)) as client:
        ground = Ground(store, carrier, client, can_ask=False)
        await ground.book(1)

        await ground.passes(60)

    assert set(carrier.made.values()) == {1}
    assert await ground.count(Pickup.doubtful.is_(True)) == 1
    async with store.reading(EVERYTHING) as session:
        [error] = await session.scalars(select(Job.last_error).where(Job.last_error.is_not(None)))
    assert error["code"] == "CANNOT_ASK"


async def test_what_never_went_out_is_in_no_doubt_though_nobody_can_be_asked(store: Store) -> None:
    carrier = Losing(share=0.0)
    refusing = iter([True, True, False])

    def answer(request: httpx2.Request) -> httpx2.Response:
        if next(refusing, False):
            raise httpx2.ConnectError("nobody listens", request=request)
        return carrier.answer(request)

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        ground = Ground(store, carrier, client, can_ask=False)
        doubtful = await ground.count(Pickup.doubtful.is_(True))
        await ground.book(1)

        await ground.passes(60)

    assert set(carrier.made.values()) == {1}
    assert await ground.count(Pickup.doubtful.is_(True)) == doubtful


async def test_who_cannot_be_asked_is_due_to_be_asked_no_more(store: Store) -> None:
    carrier = Losing(share=0.0)
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(carrier.answer)) as client:
        ground = Ground(store, carrier, client, can_ask=False)
        await ground.book(1)
        await ground.passes(2)
        mine = Pickup.confirmation.is_not(None) & (Pickup.next_ask_at > ground.now)
        assert await ground.count(mine) >= 1
        ground.now += timedelta(minutes=11)

        while await bookings.follow(ground.caller):
            pass

        assert await ground.count(Pickup.next_ask_at.is_not(None), Pickup.finalized_at.is_(None)) == 0
