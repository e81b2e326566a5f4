"""A carrier that subscribes and loses its answer: nothing is done twice, and nothing stays in doubt."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2
import pytest
from sqlalchemy import func, select, update

from aftersales.calling import Caller
from carriers.carrier import Finding, Request, Subscribed, Subscribing, Unreadable
from carriers.http import CarrierError, Failure, Outside
from db.models.partners import CarrierAccount, Merchant
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import forgetful, making, tiny
from tests.worker.forgetful import KNOWS_BY_NUMBER, LISTS, TELLS_ONLY_AFTER, Forgetful
from tests.worker.making import NOON
from worker import doubts, subscribing

PARCELS = 200
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@dataclass
class Field:
    """A merchant's account with a forgetful carrier, and a clock that a test moves."""

    store: Store
    carrier: Forgetful
    caller: Caller
    owner: Merchant
    account: CarrierAccount
    now: list[datetime]

    async def parcels(self, count: int) -> None:
        async with self.store.writing(EVERYTHING) as session:
            session.add_all(
                Shipment(
                    merchant_id=self.owner.id,
                    carrier_code="tiny",
                    account_id=self.account.id,
                    tracking_number=f"N{number:05}",
                    external_id=f"ours-{number}",
                    told=[],
                    created_at=NOON,
                    next_subscribe_at=NOON,
                )
                for number in range(count)
            )

    async def passes(self, seconds: int) -> None:
        """The loop's passes while so many seconds go by."""
        for _ in range(0, seconds, 2):
            await subscribing.subscribe(self.caller)
            self.now[0] += 2 * SECOND

    async def unresolved(self) -> int:
        open_ = select(func.count(Shipment.id)).where(
            Shipment.account_id == self.account.id, Shipment.subscribed_at.is_(None)
        )
        async with self.store.reading(EVERYTHING) as session:
            return await session.scalar(open_) or 0

    async def one(self) -> Shipment:
        async with self.store.reading(EVERYTHING) as session:
            return (await session.scalars(select(Shipment).where(Shipment.account_id == self.account.id))).one()


Fields = Callable[[Forgetful, Subscribing], Awaitable[Field]]


@pytest.fixture
async def ground(store: Store) -> AsyncIterator[Fields]:
    async with httpx2.AsyncClient(timeout=httpx2.Timeout(0.05, connect=2.0), trust_env=False) as client:
        contexts = []

        async def made(carrier: Forgetful, how: Subscribing) -> Field:
            context = forgetful.running(carrier)
            contexts.append(context)
            await context.__aenter__()
            now = [NOON]
            owner = await making.merchant(store)
            account = await tiny.account(store, owner, carrier.url)
            outside = Outside(client, lambda: now[0], lambda: 0.5)
            caller = Caller(store, outside, lambda: now[0], "https://gate.example", {"tiny": forgetful.carrier(how)})
            return Field(store, carrier, caller, owner, account, now)

        yield made
        for context in contexts:
            await context.__aexit__(None, None, None)
        async with store.writing(EVERYTHING) as session:
            await session.execute(update(Shipment).values(next_poll_at=None, next_subscribe_at=None))


@pytest.mark.parametrize(
    ("by_number", "how"),
    [(True, KNOWS_BY_NUMBER), (False, LISTS), (False, TELLS_ONLY_AFTER)],
    ids=["known by number", "asked for the list", "asked where the parcel is"],
)
async def test_with_three_answers_in_ten_lost_each_parcel_has_one_subscription_within_a_minute(
    ground: Fields, by_number: bool, how: Subscribing
) -> None:
    field = await ground(Forgetful(by_number), how)
    await field.parcels(PARCELS)

    await field.passes(60)

    assert field.carrier.lost >= PARCELS // 5
    assert await field.unresolved() == 0
    assert set(field.carrier.made.values()) == {1}
    assert len(field.carrier.made) == PARCELS
    assert all(set(told) == {f"ours-{int(number[1:])}"} for number, told in field.carrier.asked.items())
    if not by_number:
        assert {len(told) for told in field.carrier.asked.values()} == {1}
    now = field.now[0]
    await field.passes(20)
    assert field.now[0] > now
    assert set(field.carrier.made.values()) == {1}


async def test_a_worker_that_died_after_sending_asks_before_it_sends_again(ground: Fields) -> None:
    field = await ground(Forgetful(by_number=False, share=1.0), LISTS)
    await field.parcels(1)
    task = asyncio.create_task(subscribing.subscribe(field.caller))
    await field.carrier.arrived.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    field.carrier.heals()

    await field.passes(10)
    assert await field.unresolved() == 1  # its lease holds
    field.now[0] += subscribing.LEASE
    await field.passes(2)

    assert await field.unresolved() == 0
    assert field.carrier.asked == {"N00000": ["ours-0"]}


async def test_while_the_carrier_does_not_say_nothing_is_sent_again(ground: Fields) -> None:
    field = await ground(Forgetful(by_number=False, share=1.0), LISTS)
    await field.parcels(1)

    await field.passes(60)

    assert field.carrier.made == {"N00000": 1}
    assert len(field.carrier.asked["N00000"]) == 1
    kept = await field.one()
    assert kept.last_failure is not None
    assert kept.subscribe_tries >= 1
    field.carrier.heals()
    field.now[0] += timedelta(hours=7)
    await field.passes(4)
    kept = await field.one()
    assert (kept.subscribe_tries, kept.last_failure) == (0, None)
    assert kept.subscribed_at is not None
    assert field.carrier.made == {"N00000": 1}


async def test_what_was_certainly_not_sent_is_sent_again_without_asking(ground: Fields) -> None:
    field = await ground(Forgetful(by_number=False, share=0.0), LISTS)
    await field.parcels(1)
    async with field.store.writing(EVERYTHING) as session:
        row = await session.get_one(CarrierAccount, field.account.id)
        right, row.base_url = row.base_url, "http://127.0.0.1:9"
    await subscribing.subscribe(field.caller)
    kept = await field.one()
    assert (kept.subscribe_tries, kept.next_subscribe_at) == (0, NOON + MINUTE)
    async with field.store.writing(EVERYTHING) as session:
        (await session.get_one(CarrierAccount, field.account.id)).base_url = right
    field.now[0] += MINUTE

    await subscribing.subscribe(field.caller)

    assert field.carrier.made == {"N00000": 1}


def _none_again(*_: object) -> Request:
    raise AssertionError("it stands already")


def _theirs(*_: object) -> Subscribed:
    return Subscribed(subscription_id="theirs")


async def test_a_whole_accounts_subscription_that_stands_is_taken_up(ground: Fields) -> None:
    assert LISTS.finding
    finding = Finding(LISTS.finding.request, _theirs)
    whole = Subscribing(_none_again, LISTS.read, whole_account=True, finding=finding)
    field = await ground(Forgetful(by_number=False, share=0.0), whole)

    await subscribing.subscribe(field.caller)

    async with field.store.reading(EVERYTHING) as session:
        row = await session.get_one(CarrierAccount, field.account.id)
    assert (row.subscription_id, row.subscribed_at) == ("theirs", NOON)


@pytest.mark.parametrize(
    ("error", "is_unknown"),
    [
        (CarrierError(Failure.TIMEOUT, "tiny"), True),
        (CarrierError(Failure.REFUSED, "tiny"), True),
        (CarrierError(Failure.TOO_LARGE, "tiny"), True),
        (CarrierError(Failure.STATUS, "tiny", 502), True),
        (Unreadable("nonsense"), True),
        (CarrierError(Failure.STATUS, "tiny", 429), False),
        (CarrierError(Failure.STATUS, "tiny", 302), False),
        (CarrierError(Failure.OPEN, "tiny", sent=False), False),
        (CarrierError(Failure.REFUSED, "tiny", sent=False), False),
        (CarrierError(Failure.TIMEOUT, "tiny", sent=False), False),
        (ValueError("ours"), False),
    ],
)
def test_only_what_may_have_arrived_is_in_doubt(error: Exception, is_unknown: bool) -> None:
    assert doubts.is_unknown(error) is is_unknown
