"""Webhooks as a partner's server sees them: signed, in order, tried again by the schedule, over a real receiver."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.responses import Response

from aftersales import webhook_replays, webhooks
from aftersales.rules.webhooks import WAITS
from aftersales.webhook_replays import Stretch
from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause, SigningScheme
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests import make
from tests.worker.receiving import Bench, Came, Receiver, receiving
from worker.posting import Post
from worker.webhooks import Sender, tidy


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def bench(store: Store, receiver: Receiver) -> AsyncIterator[Bench]:
    receiver.came.clear()
    receiver.answers.clear()
    receiver.holds.clear()
    made = Bench(store, receiver)
    yield made
    await made.sender.close()
    async with store.writing(EVERYTHING) as session:
        for each in (await session.scalars(select(WebhookEndpoint))).all():
            each.disabled_at = make.NOW


def failing(_came: Came) -> Response:
    return Response("no", 500)


def verify(came: Came, secret: str) -> Any:
    return Webhook(secret).verify(came.body, came.headers)


async def test_a_change_arrives_signed_and_thin(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    bench.now = datetime.now(UTC)  # the library compares with the real clock
    endpoint = await bench.endpoint(seller, "/signed")
    parcel = await bench.parcel(seller, "SF7000000000001")
    await bench.run()

    [came] = receiver.came
    assert seller.merchant
    assert endpoint.shown_secret
    assert endpoint.shown_secret.startswith("whsec_")
    told = verify(came, endpoint.shown_secret)
    assert told["type"] == "shipment.registered"
    assert told["gap"] is False
    data = told["data"]
    assert (data["subject"], data["subjectId"], data["subjectVersion"]) == ("SHIPMENT", parcel.typeid, 1)
    assert (data["number"], data["kind"], data["before"]) == (1, "shipment.registered", None)
    assert data["after"]["trackingNumber"] == "SF7000000000001"
    assert data["actor"] == {"party": "MERCHANT", "credential": None}
    assert data["cause"] == {"kind": "test", "reference": None}
    assert data["merchantId"] == seller.merchant.typeid
    assert came.headers["content-type"] == "application/json"
    assert abs(int(came.headers["webhook-timestamp"]) - bench.now.timestamp()) < 2
    [delivery] = await bench.deliveries(endpoint)
    assert came.id == delivery.typeid
    assert delivery.status is DeliveryStatus.DELIVERED
    [attempt] = await bench.attempts(delivery)
    assert (attempt.http_status, attempt.problem, attempt.answer) == (200, None, "thanks")
    altered = Came(came.headers, came.body.replace(b"registered", b"delivered!"), came.path)
    with pytest.raises(WebhookVerificationError):
        verify(altered, endpoint.shown_secret)


async def test_ed25519_is_verified_with_the_public_key_alone(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/ed", signing=SigningScheme.ED25519)
    await bench.parcel(seller, "SF7000000000002")
    await bench.run()

    [came] = receiver.came
    assert endpoint.shown_secret == webhooks.public_key(bench.store.vault, endpoint)
    version, _, signature = came.headers["webhook-signature"].partition(",")
    assert version == "v1a"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(str(endpoint.shown_secret).removeprefix("whpk_")))
    signed = f"{came.id}.{came.headers['webhook-timestamp']}.".encode() + came.body
    key.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + b" ")


async def test_for_a_day_after_a_rotation_both_secrets_sign(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    bench.now = datetime.now(UTC)
    endpoint = await bench.endpoint(seller, "/rotated")
    old = endpoint.shown_secret
    async with bench.store.writing(EVERYTHING) as session:
        row = await session.get_one(WebhookEndpoint, endpoint.id)
        await webhooks.rotate(session, bench.store.vault, row, now=bench.now)
        new = row.shown_secret
    assert old
    assert new
    assert old != new
    await bench.parcel(seller, "SF7000000000003")
    await bench.run()
    [came] = receiver.came
    assert verify(came, old) == verify(came, new)

    bench.now += timedelta(hours=24)
    await bench.parcel(seller, "SF7000000000004")
    await bench.run()
    later = receiver.came[-1]
    assert later.headers["webhook-signature"].count("v1,") == 1
    stamp = int(later.headers["webhook-timestamp"])
    signed = Webhook(new).sign(later.id, datetime.fromtimestamp(stamp, UTC), later.body.decode())
    assert later.headers["webhook-signature"] == signed


async def test_a_failing_receiver_is_tried_ten_times_by_the_schedule(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/waits")
    receiver.answers["/waits"] = failing
    await bench.parcel(seller, "SF7000000000005")
    await bench.run()

    waits = []
    for expected in WAITS:
        [delivery] = await bench.deliveries(endpoint)
        assert delivery.next_at
        waits.append(delivery.next_at - bench.now)
        count = len(receiver.came)
        bench.now = delivery.next_at - timedelta(milliseconds=1)
        await bench.run()
        assert len(receiver.came) == count, f"too early before {expected}"
        await bench.after(milliseconds=1)
        assert len(receiver.came) == count + 1
    assert waits == list(WAITS)
    [delivery] = await bench.deliveries(endpoint)
    assert (delivery.status, delivery.attempts, delivery.next_at) == (DeliveryStatus.FAILED, 10, None)
    assert len({came.id for came in receiver.came}) == 1
    stamps = [int(came.headers["webhook-timestamp"]) for came in receiver.came]
    assert len(set(stamps)) == len(stamps)
    attempts = await bench.attempts(delivery)
    assert [each.problem for each in attempts] == [AttemptProblem.ANSWERED] * 10
    assert (await bench.fresh(endpoint)).disabled_at is None


async def test_retry_after_is_honoured_up_to_a_day(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/patience")
    asked = ["120", "999999999", "nonsense", "1"]
    receiver.answers["/patience"] = lambda _: Response("busy", 503, {"retry-after": asked[len(receiver.came) - 1]})
    await bench.parcel(seller, "SF7000000000006")
    await bench.run()
    waits = []
    for _ in asked:
        [delivery] = await bench.deliveries(endpoint)
        assert delivery.next_at
        waits.append(delivery.next_at - bench.now)
        bench.now = delivery.next_at
        if len(waits) < len(asked):
            await bench.run()

    assert waits == [timedelta(seconds=120), timedelta(hours=24), timedelta(minutes=30), timedelta(hours=2)]


async def test_410_disables_at_once_and_loses_nothing(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/gone")
    receiver.answers["/gone"] = lambda _: Response("bye", 410)
    parcel = await bench.parcel(seller, "SF7000000000007")
    await bench.run()
    row = await bench.fresh(endpoint)
    assert (row.disabled_at, row.disabled_because) == (bench.now, DisabledBecause.GONE)

    await bench.stir(parcel)
    await bench.after(days=1)
    assert len(receiver.came) == 1
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.WAITING]

    del receiver.answers["/gone"]
    await bench.set(endpoint, disabled_at=None, disabled_because=None)
    await bench.run()
    assert [came.told["data"]["subjectVersion"] for came in receiver.came] == [1, 1]


async def test_five_days_of_only_failures_disable_and_sporadic_ones_do_not(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    hopeless, sporadic = await bench.endpoint(seller, "/hopeless"), await bench.endpoint(seller, "/sporadic")
    receiver.answers["/hopeless"] = failing
    receiver.answers["/sporadic"] = lambda _: Response(status_code=500 if len(receiver.at("/sporadic")) % 2 else 200)
    parcel = await bench.parcel(seller, "SF7000000000008")
    begun = bench.now
    for _ in range(7 * 4):
        await bench.stir(parcel)
        await bench.after(hours=6)
        if (await bench.fresh(hopeless)).disabled_at is not None:
            break
    row = await bench.fresh(hopeless)

    assert row.disabled_because is DisabledBecause.FAILING
    assert row.disabled_at
    assert timedelta(days=5) <= row.disabled_at - begun <= timedelta(days=5, hours=6)
    assert (await bench.fresh(sporadic)).disabled_at is None
    assert len(await bench.deliveries(hopeless)) >= 20, "what was queued is kept"
    count = len(receiver.at("/hopeless"))
    await bench.after(days=2)
    assert len(receiver.at("/hopeless")) == count


async def test_a_subjects_events_arrive_in_order_and_others_do_not_wait(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/order")
    one, other = await bench.parcel(seller, "SF7000000000009"), await bench.parcel(seller, "SF7000000000010")
    receiver.answers["/order"] = lambda came: Response(
        status_code=500 if came.told["data"]["subjectId"] == one.typeid and len(receiver.came) < 8 else 200
    )
    await bench.stir(one, 3)
    await bench.stir(other, 3)
    await bench.run()

    def told(parcel: Any) -> list[int]:
        return [
            each.told["data"]["subjectVersion"]
            for each in receiver.came
            if each.told["data"]["subjectId"] == parcel.typeid
        ]

    assert told(one) == [1]
    assert told(other) == [1, 2, 3, 4]
    await bench.after(seconds=5)
    await bench.after(minutes=5)
    assert told(one) == [1, 1, 1]
    await bench.after(minutes=30)
    assert told(one) == [1, 1, 1, 1, 2, 3, 4]
    assert not any(each.told["gap"] for each in receiver.came)


async def test_after_35_minutes_later_events_pass_and_the_gap_is_marked(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/gap")
    parcel = await bench.parcel(seller, "SF7000000000011")
    receiver.answers["/gap"] = lambda came: Response(
        status_code=500 if came.told["data"]["subjectVersion"] == 1 else 200
    )
    await bench.stir(parcel, 2)
    await bench.run()
    begun = bench.now
    for wait in WAITS[:3]:
        assert [each.told["data"]["subjectVersion"] for each in receiver.came].count(2) == 0
        bench.now += wait
        await bench.run()

    assert bench.now - begun == timedelta(minutes=35, seconds=5)
    told = [(each.told["data"]["subjectVersion"], each.told["gap"]) for each in receiver.came]
    assert told == [(1, False)] * 4 + [(2, True), (3, False)]
    first = (await bench.deliveries(endpoint))[0]
    assert first.status is DeliveryStatus.WAITING

    receiver.answers.clear()
    await bench.after(hours=2)
    assert receiver.came[-1].told["data"]["subjectVersion"] == 1
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.DELIVERED] * 3


async def test_a_receivers_patience_holds_later_events_no_longer_than_the_schedule(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/long")
    parcel = await bench.parcel(seller, "SF7000000000012")
    receiver.answers["/long"] = lambda came: Response(
        status_code=503 if came.told["data"]["subjectVersion"] == 1 else 200, headers={"retry-after": "86400"}
    )
    await bench.stir(parcel)
    await bench.run()
    await bench.after(minutes=41)
    assert len(receiver.came) == 1
    await bench.after(minutes=1)
    assert [(each.told["data"]["subjectVersion"], each.told["gap"]) for each in receiver.came] == [
        (1, False),
        (2, True),
    ]


async def test_replayed_deliveries_keep_their_ids(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/again")
    parcel = await bench.parcel(seller, "SF7000000000013")
    await bench.stir(parcel, 2)
    await bench.run()
    ids = [came.id for came in receiver.came]
    first, *_ = await bench.deliveries(endpoint)

    async with bench.store.writing(EVERYTHING) as session:
        await webhook_replays.deliveries(session, [first.id], bench.now)
    await bench.after(minutes=1)
    assert [came.id for came in receiver.came] == [*ids, ids[0]]
    assert receiver.came[-1].body == receiver.came[0].body

    assert seller.merchant
    reach = Reach(merchant_id=seller.merchant.id, partner_id=seller.partner.id)
    async with bench.store.writing(reach) as session:
        row = await session.get_one(WebhookEndpoint, endpoint.id)
        done = await webhook_replays.stretch(session, row, Stretch(since=make.NOW), bench.now)
    await bench.run()
    assert done == webhook_replays.Replayed(3)
    assert [came.id for came in receiver.came[-3:]] == ids


async def test_what_happened_while_disabled_is_told_by_a_replay(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/missed", topics=["shipment.scanned"])
    await bench.set(endpoint, disabled_at=bench.now, disabled_because=DisabledBecause.ASKED)
    parcel = await bench.parcel(seller, "SF7000000000014")
    await bench.stir(parcel, 2)
    await bench.run()
    await bench.set(endpoint, disabled_at=None, disabled_because=None)
    await bench.run()
    assert receiver.came == []

    assert seller.merchant
    async with bench.store.writing(Reach(merchant_id=seller.merchant.id, partner_id=seller.partner.id)) as session:
        row = await session.get_one(WebhookEndpoint, endpoint.id)
        done = await webhook_replays.stretch(session, row, Stretch(), bench.now)
    await bench.run()
    assert done.deliveries == 2
    assert [came.told["data"]["subjectVersion"] for came in receiver.came] == [2, 3]


async def test_a_test_is_sent_once(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/try")
    receiver.answers["/try"] = failing
    async with bench.store.writing(EVERYTHING) as session:
        await webhooks.test(session, await session.get_one(WebhookEndpoint, endpoint.id), now=bench.now)
    await bench.run()
    await bench.after(hours=1)

    [came] = receiver.came
    assert came.told["type"] == "webhook.test"
    assert came.told["data"] == {"endpointId": endpoint.typeid}
    [delivery] = await bench.deliveries(endpoint)
    assert delivery.status is DeliveryStatus.FAILED


async def test_a_slow_endpoint_delays_nobody_else(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/slow")
    await bench.endpoint(seller, "/quick")
    receiver.holds["/slow"] = 1.0
    for each in range(12):
        await bench.parcel(seller, f"SF71000000000{each:02}")
    await bench.run_fanout()
    for _ in range(300):
        await bench.sender.step()
        await asyncio.sleep(0.005)
        if len(receiver.at("/quick")) == 12:
            break

    assert len(receiver.at("/quick")) == 12
    assert len(receiver.at("/slow")) < 12


async def test_an_answer_is_kept_short_and_safe(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/talkative")
    receiver.answers["/talkative"] = lambda _: Response(b"\x1b[31m<b>\x00\xff" + b"a" * 100_000, 200)
    await bench.parcel(seller, "SF7000000000016")
    await bench.run()
    [delivery] = await bench.deliveries(endpoint)
    [attempt] = await bench.attempts(delivery)

    assert attempt.answer
    assert len(attempt.answer) == 1024
    assert attempt.answer.startswith("\ufffd[31m<b>\ufffd\ufffdaaa")


async def test_two_workers_share_the_work(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/shared")
    for each in range(40):
        await bench.parcel(seller, f"SF72000000000{each:02}")
    other = Sender(bench.store, lambda: bench.now, Post(dev=True), None, lambda: 0.5)
    await bench.run()
    while await bench.sender.step() + await other.step():
        await bench.sender.idle()
        await other.idle()
    await other.close()

    ids = [came.id for came in receiver.came]
    assert len(ids) == len(set(ids)) == 40


async def test_who_dies_while_sending_is_followed_by_another(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/died")
    receiver.holds["/died"] = 5
    await bench.parcel(seller, "SF7000000000017")
    await bench.run_fanout()
    await bench.sender.step()
    await bench.sender.close()
    receiver.holds["/died"] = 0

    await bench.after(seconds=29)
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.WAITING]
    await bench.after(seconds=1)
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.DELIVERED]


async def test_no_secret_and_no_address_is_logged(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/token-in-the-path")
    receiver.answers["/token-in-the-path"] = failing
    with structlog.testing.capture_logs() as logs:
        await bench.parcel(seller, "SF7000000000018")
        await bench.run()

    assert any(each["event"] == "webhooks.sent" for each in logs)
    assert str(endpoint.shown_secret) not in str(logs)
    assert "token-in-the-path" not in str(logs)
    assert str(endpoint.shown_secret) not in repr(endpoint)
    assert endpoint.secret.find(str(endpoint.shown_secret).encode()) < 0


async def test_deliveries_are_kept_for_thirty_days_and_a_deleted_endpoint_goes_with_its_own(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    kept, deleted = await bench.endpoint(seller, "/kept"), await bench.endpoint(seller, "/deleted")
    await bench.parcel(seller, "SF7000000000019")
    await bench.run()
    async with bench.store.writing(EVERYTHING) as session:
        await webhooks.delete(session, await session.get_one(WebhookEndpoint, deleted.id), now=bench.now)
    later = bench.now + timedelta(seconds=1)
    while await tidy(bench.store, later):
        pass
    async with bench.store.reading(EVERYTHING) as session:
        assert await session.get(WebhookEndpoint, deleted.id) is None
    assert len(await bench.deliveries(kept)) == 1

    while await tidy(bench.store, later + timedelta(days=30)):
        pass
    assert await bench.deliveries(kept) == []
    assert (await bench.fresh(kept)).url.endswith("/kept")
