"""Shared, taken over, played again, forgotten: what becomes of queued deliveries."""

import asyncio
from datetime import datetime, timedelta

from starlette.responses import Response

from aftersales import webhook_replays, webhooks
from aftersales.webhook_replays import Stretch
from db.enums import DeliveryStatus, DisabledBecause
from db.models.messages import REPLAYS_KEPT
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING, Reach
from tests import make
from tests.worker.receiving import Bench, Receiver
from worker.posting import Post
from worker.webhooks import Sender, tidy


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

    await bench.after(seconds=4)
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.WAITING]
    await bench.after(seconds=1)
    [delivery] = await bench.deliveries(endpoint)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert delivery.attempts == len(await bench.attempts(delivery)) == 1


async def test_whoever_died_while_sending_costs_the_receiver_none_of_its_tries(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/costless")
    receiver.holds["/costless"] = 5
    await bench.parcel(seller, "SF7000000000020")
    await bench.run_fanout()
    await bench.sender.step()
    await bench.sender.close()
    receiver.holds["/costless"] = 0
    receiver.answers["/costless"] = lambda _: Response(status_code=500)

    await bench.after(seconds=5)
    receiver.answers.clear()
    [delivery] = await bench.deliveries(endpoint)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.WAITING, 1)
    assert delivery.next_at == bench.now + timedelta(seconds=5)


async def test_an_attempt_that_takes_long_is_not_sent_by_another_worker(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/long")
    receiver.holds["/long"] = 0.5
    await bench.parcel(seller, "SF7000000000021")
    await bench.run_fanout()
    await bench.sender.step()
    other = Sender(bench.store, lambda: bench.now, Post(dev=True), None, lambda: 0.5)
    for _ in range(4):
        bench.now += timedelta(seconds=3)
        assert await bench.sender.step() == await other.step() == 0
    await bench.sender.finish()
    await other.close()

    assert len(receiver.at("/long")) == 1
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.DELIVERED]


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
    await _tidied(bench, later)
    assert await bench.deliveries(deleted) == []
    assert len(await bench.deliveries(kept)) == 1

    await _tidied(bench, later + timedelta(days=30))
    assert await bench.deliveries(kept) == []
    async with bench.store.reading(EVERYTHING) as session:
        assert await session.get(WebhookEndpoint, deleted.id) is None
    assert (await bench.fresh(kept)).url.endswith("/kept")


async def test_a_deleted_endpoint_that_was_never_told_of_anything_goes_too(bench: Bench) -> None:
    seller = await make.merchant(bench.store)
    deleted = await bench.endpoint(seller, "/never")
    async with bench.store.writing(EVERYTHING) as session:
        await webhooks.delete(session, await session.get_one(WebhookEndpoint, deleted.id), now=bench.now)

    await _tidied(bench, bench.now + REPLAYS_KEPT)
    async with bench.store.reading(EVERYTHING) as session:  # kept as long as the key that deleted it may be repeated
        assert await session.get(WebhookEndpoint, deleted.id) is not None

    await _tidied(bench, bench.now + REPLAYS_KEPT + timedelta(seconds=1))
    async with bench.store.reading(EVERYTHING) as session:
        assert await session.get(WebhookEndpoint, deleted.id) is None


async def _tidied(bench: Bench, now: datetime) -> None:
    while await tidy(bench.store, now):
        pass
