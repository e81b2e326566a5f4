import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update
from werkzeug import Request as Asked
from werkzeug import Response

from aftersales.calling import Caller
from carriers import http
from carriers.carrier import Carrier
from carriers.http import Outside
from db.enums import EventSource, JobState, TrackingStatus
from db.ids import uuid7
from db.models.messages import Job
from db.models.partners import CarrierAccount, Merchant
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests.worker import making, tiny
from tests.worker.making import NOON
from worker import inbox, jobs, polling, subscribing
from worker.paces import Followed, next_poll

S = TrackingStatus
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Field:
    """A merchant with a tiny account, a loopback carrier, and a clock that a test moves."""

    store: Store
    caller: Caller
    owner: Merchant
    account: CarrierAccount
    server: HTTPServer
    now: list[datetime]
    asked: list[list[str]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)

    async def parcel(self, number: str, **columns: Any) -> Shipment:
        async with self.store.writing(EVERYTHING) as session:
            made = Shipment(
                merchant_id=self.owner.id,
                carrier_code="tiny",
                account_id=self.account.id,
                tracking_number=number,
                told=[],
                created_at=self.now[0],
                next_poll_at=self.now[0],
                **columns,
            )
            session.add(made)
        return made

    async def passes(self, wait: timedelta) -> int:
        self.now[0] += wait
        did = await polling.poll(self.caller)
        await inbox.take(self.store, self.now[0], carriers=self.caller.carriers)
        return did

    def answer(self, request: Asked) -> Response:
        numbers = json.loads(request.data)
        self.asked.append(numbers)
        told = {number: self.answers[number] for number in numbers if number in self.answers}
        return Response(json.dumps(told))

    def uses(self, carrier: Carrier) -> None:
        self.caller.carriers = {"tiny": carrier}


@pytest.fixture
async def ground(store: Store, httpserver: HTTPServer) -> AsyncIterator[Field]:
    owner = await making.merchant(store)
    account = await tiny.account(store, owner, httpserver.url_for("").rstrip("/"))
    now = [NOON]
    async with http.new_client() as client:
        outside = Outside(client, lambda: now[0], lambda: 0.5)
        caller = Caller(store, outside, lambda: now[0], "https://gate.example", {"tiny": tiny.carrier(pushing=False)})
        made = Field(store, caller, owner, account, httpserver, now)
        httpserver.expect_request("/track").respond_with_handler(made.answer)
        yield made
    async with store.writing(EVERYTHING) as session:
        await session.execute(update(Shipment).values(next_poll_at=None, next_subscribe_at=None))


async def test_answers_go_through_the_inbox_and_the_pace_follows_the_status(ground: Field) -> None:
    number = uuid7().hex.upper()
    parcel = await ground.parcel(number)
    ground.answers[number] = tiny.scans((NOON, S.IN_TRANSIT))
    assert await ground.passes(timedelta()) == 1
    kept = await making.fresh(ground.store, parcel.id)
    assert kept.status is S.IN_TRANSIT
    assert kept.next_poll_at == NOON + HOUR
    [event] = await making.events_of(ground.store, parcel.id)
    assert event.source is EventSource.POLL
    ground.answers[number] = tiny.scans((NOON, S.IN_TRANSIT), (NOON + HOUR, S.OUT_FOR_DELIVERY))
    assert await ground.passes(30 * MINUTE) == 0
    assert await ground.passes(30 * MINUTE) == 1
    kept = await making.fresh(ground.store, parcel.id)
    assert (kept.status, kept.next_poll_at) == (S.OUT_FOR_DELIVERY, NOON + HOUR + 20 * MINUTE)


async def test_numbers_share_calls_up_to_the_carriers_limit(ground: Field) -> None:
    numbers = [uuid7().hex.upper() for _ in range(5)]
    for number in numbers:
        await ground.parcel(number)
        ground.answers[number] = tiny.scans((NOON, S.IN_TRANSIT))
    await ground.passes(timedelta())
    assert sorted(len(asked) for asked in ground.asked) == [1, 2, 2]
    assert sorted(number for asked in ground.asked for number in asked) == sorted(numbers)


async def test_an_unknown_number_is_shown_and_asked_more_and_more_seldom(ground: Field) -> None:
    number = uuid7().hex.upper()
    parcel = await ground.parcel(number)
    ground.answers[number] = {"error": "404"}
    waits = []
    for _ in range(4):
        before = ground.now[0]
        await ground.passes(timedelta())
        kept = await making.fresh(ground.store, parcel.id)
        assert kept.next_poll_at is not None
        waits.append(kept.next_poll_at - before)
        ground.now[0] = kept.next_poll_at
    assert waits == [10 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert kept.last_failure is not None
    assert (kept.last_failure["code"], kept.last_failure["notFound"], kept.failures) == ("404", True, 4)
    ground.answers[number] = tiny.scans((NOON, S.PICKED_UP))
    await ground.passes(timedelta())
    kept = await making.fresh(ground.store, parcel.id)
    assert (kept.last_failure, kept.failures, kept.status) == (None, 0, S.PICKED_UP)


async def test_a_carrier_that_is_down_is_named_without_its_words(ground: Field) -> None:
    ground.server.clear()
    ground.server.expect_request("/track").respond_with_data(b"password=1", 503)
    parcel = await ground.parcel(uuid7().hex.upper())
    await ground.passes(timedelta())
    kept = await making.fresh(ground.store, parcel.id)
    assert kept.last_failure is not None
    assert kept.last_failure["code"] == "CARRIER_STATUS"
    assert "password" not in str(kept.last_failure)
    assert kept.next_poll_at == NOON + 10 * MINUTE


async def test_a_days_quota_holds_until_the_carriers_midnight(ground: Field) -> None:
    async with ground.store.writing(EVERYTHING) as session:
        (await session.get_one(CarrierAccount, ground.account.id)).daily_quota = 2
    parcels = [await ground.parcel(uuid7().hex.upper()) for _ in range(6)]
    await ground.passes(timedelta())
    assert len(ground.asked) == 2
    kept = [await making.fresh(ground.store, parcel.id) for parcel in parcels]
    spent = [each for each in kept if each.last_failure and each.last_failure["code"] == "QUOTA"]
    assert {each.next_poll_at for each in spent} == {datetime(2026, 11, 20, 16, tzinfo=NOON.tzinfo)}
    assert len(spent) == 2
    assert await ground.passes(5 * HOUR) >= 2
    assert len(ground.asked) > 2


async def test_a_bearer_is_kept_and_renewed_once_when_refused(ground: Field) -> None:
    tokens: list[str] = []

    def token(_: Asked) -> Response:
        tokens.append(f"t{len(tokens)}")
        return Response(json.dumps({"token": tokens[-1]}))

    def track(request: Asked) -> Response:
        if request.headers.get("Authorization") != f"Bearer {valid[0]}":
            return Response(status=401)
        return ground.answer(request)

    valid = ["t0"]
    ground.uses(tiny.carrier(authorizing=True, pushing=False))
    ground.server.clear()
    ground.server.expect_request("/token").respond_with_handler(token)
    ground.server.expect_request("/track").respond_with_handler(track)
    first, second = [await ground.parcel(uuid7().hex.upper()) for _ in range(2)]
    await ground.passes(timedelta())
    await ground.parcel(uuid7().hex.upper())
    await ground.passes(MINUTE)
    assert tokens == ["t0"]
    valid[0] = "t1"
    await ground.parcel(uuid7().hex.upper())
    await ground.passes(MINUTE)
    assert tokens == ["t0", "t1"]
    assert (await making.fresh(ground.store, first.id)).last_failure is None
    assert len(ground.asked) == 3
    assert second


async def test_a_parcel_is_subscribed_once_and_again_before_it_ends(ground: Field) -> None:
    told: list[list[str]] = []

    def subscribe(request: Asked) -> Response:
        told.append(json.loads(request.data))
        return Response("{}")

    ground.uses(tiny.carrier(subscribing=tiny.SUBSCRIBING))
    ground.server.expect_request("/subscribe").respond_with_handler(subscribe)
    parcel = await ground.parcel(uuid7().hex.upper(), next_subscribe_at=NOON)
    await subscribing.subscribe(ground.caller)
    await subscribing.subscribe(ground.caller)
    assert told == [[parcel.tracking_number]]
    kept = await making.fresh(ground.store, parcel.id)
    assert (kept.subscribed_at, kept.subscribed_until) == (NOON, NOON + 10 * DAY)
    ground.now[0] = NOON + 9 * DAY
    await subscribing.subscribe(ground.caller)
    assert len(told) == 2


async def test_a_refused_subscription_is_shown_and_tried_again_later(ground: Field) -> None:
    ground.uses(tiny.carrier(subscribing=tiny.SUBSCRIBING))
    ground.server.expect_request("/subscribe").respond_with_data("no", 403)
    parcel = await ground.parcel(uuid7().hex.upper(), next_subscribe_at=NOON)
    await subscribing.subscribe(ground.caller)
    kept = await making.fresh(ground.store, parcel.id)
    assert kept.last_failure is not None
    assert (kept.last_failure["code"], kept.next_subscribe_at) == ("403", NOON + MINUTE)


async def test_jobs_of_one_resource_go_one_after_the_other_and_die_kept(ground: Field) -> None:
    done: list[str] = []

    async def work(_: Caller, job: Job) -> None:
        done.append(job.reference)
        if job.reference == "bad":
            raise RuntimeError("no")

    async with ground.store.writing(EVERYTHING) as session:
        for reference in ("bad", "good"):
            session.add(
                Job(
                    merchant_id=ground.owner.id,
                    kind="test",
                    resource=ground.account.typeid,
                    arguments={},
                    reference=reference,
                    run_at=NOON,
                )
            )
    for _ in range(len(jobs.WAITS) + 2):
        await jobs.run(ground.caller, {"test": jobs.Kind(work)})
        ground.now[0] += DAY
    assert done == ["bad"] * (len(jobs.WAITS) + 1) + ["good"]
    async with ground.store.reading(EVERYTHING) as session:
        rows = list(await session.scalars(select(Job.state).order_by(Job.id)))
    assert rows[-2:] == [JobState.DEAD, JobState.DONE]


@pytest.mark.parametrize(
    ("status", "age", "expected"),
    [
        (S.OUT_FOR_DELIVERY, HOUR, 20 * MINUTE),
        (S.IN_TRANSIT, HOUR, HOUR),
        (S.IN_TRANSIT, 2 * DAY, 3 * HOUR),
        (S.IN_TRANSIT, 10 * DAY, 6 * HOUR),
        (S.INFO_RECEIVED, HOUR, 30 * MINUTE),
        (S.INFO_RECEIVED, DAY, 2 * HOUR),
        (S.UNKNOWN, 20 * DAY, 12 * HOUR),
        (S.DELIVERED, DAY, 12 * HOUR),
        (S.DELIVERED, 4 * DAY, None),
        (S.IN_TRANSIT, 61 * DAY, None),
    ],
)
def test_the_pace_slows_with_age(status: TrackingStatus, age: timedelta, expected: timedelta | None) -> None:
    again = next_poll(Followed(status, NOON - age), NOON, timedelta(minutes=10))
    assert again == (None if expected is None else NOON + expected)


def test_where_pushes_come_asking_is_only_for_safety() -> None:
    parcel = Followed(S.OUT_FOR_DELIVERY, NOON, is_told=True)
    assert next_poll(parcel, NOON, timedelta(minutes=10)) == NOON + 12 * HOUR
