"""Who is told of what: every entry once, each partner its own, masked for its audience, wanted by topic and filter."""

import asyncio
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from db.enums import DeliveryStatus
from db.models.log import Seal
from db.models.partners import MerchantLink
from db.models.webhooks import LogReader, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING, Reach
from tests import make
from tests.worker.receiving import Bench, Came, Receiver
from worker import fanout, sealing


def kinds(came: Iterable[Came]) -> list[str]:
    return sorted(each.told["type"] for each in came)


async def test_each_merchant_hears_its_own_and_nothing_else(bench: Bench, receiver: Receiver) -> None:
    one, other = await make.merchant(bench.store), await make.merchant(bench.store)
    await bench.endpoint(one, "/one")
    await bench.endpoint(other, "/other")
    assert one.merchant
    order = await make.order(bench.store, one.merchant.id, "W-1")
    await make.shipment(bench.store, one.merchant.id, "SF8000000000001", orders=[order])
    await bench.parcel(other, "SF8000000000002")
    await bench.run()

    assert kinds(receiver.at("/one")) == ["order.created", "shipment.registered"]
    assert kinds(receiver.at("/other")) == ["shipment.registered"]
    assert b"SF8000000000002" not in b"".join(each.body for each in receiver.at("/one"))


async def test_a_platform_hears_its_merchants_or_the_one_it_named(bench: Bench, receiver: Receiver) -> None:
    mine, also_mine, foreign = [await make.merchant(bench.store) for _ in range(3)]
    agent = await make.platform(bench.store, mine, also_mine)
    await bench.endpoint(agent, "/all")
    named = make.Someone(agent.partner, agent.key, mine.merchant)
    await bench.endpoint(named, "/named")
    for number, seller in enumerate((mine, also_mine, foreign)):
        await bench.parcel(seller, f"SF81000000000{number:02}")
    await bench.run()

    def merchants(path: str) -> set[str]:
        return {each.told["data"]["merchantId"] for each in receiver.at(path)}

    assert mine.merchant
    assert also_mine.merchant
    assert merchants("/all") == {mine.merchant.typeid, also_mine.merchant.typeid}
    assert merchants("/named") == {mine.merchant.typeid}


async def test_a_platform_that_is_unlinked_hears_no_more_not_even_what_was_queued(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    agent = await make.platform(bench.store, seller)
    endpoint = await bench.endpoint(agent, "/unlinked")
    parcel = await bench.parcel(seller, "SF8000000000003")
    await bench.run_fanout()
    async with bench.store.writing(EVERYTHING) as session:
        await session.execute(delete(MerchantLink).where(MerchantLink.partner_id == agent.partner.id))
    await bench.stir(parcel)
    await bench.run()

    assert receiver.came == []
    [delivery] = await bench.deliveries(endpoint)
    assert delivery.status is DeliveryStatus.FAILED
    [attempt] = await bench.attempts(delivery)
    assert attempt.problem is not None
    assert attempt.problem.name == "OUT_OF_REACH"


async def test_a_carrier_hears_of_its_parcels_without_the_merchants_view(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    sf = await make.carrier(bench.store, "sf")
    await bench.endpoint(sf, "/sf")
    assert seller.merchant
    order = await make.order(bench.store, seller.merchant.id, "W-2")
    await make.shipment(bench.store, seller.merchant.id, "SF8000000000004", "sf", [order])
    await bench.parcel(seller, "ZT8000000000004", "zto")
    await bench.run()

    [came] = receiver.at("/sf")
    data = came.told["data"]
    assert data["kind"] == "shipment.registered"
    assert data["after"]["trackingNumber"] == "SF8000000000004"
    assert "merchantId" not in data
    assert data["actor"] == {"party": "MERCHANT", "credential": None}
    assert seller.merchant.typeid.encode() not in came.body


async def test_topics_and_filters_choose(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/shipments", topics=["shipment.*"])
    await bench.endpoint(seller, "/zto", carriers=["zto"])
    await bench.endpoint(seller, "/moving", statuses=["IN_TRANSIT"])
    assert seller.merchant
    await make.order(bench.store, seller.merchant.id, "W-3")
    one, _ = await bench.parcel(seller, "SF8000000000005"), await bench.parcel(seller, "ZT8000000000005", "zto")
    await bench.stir(one)
    await bench.run()

    assert kinds(receiver.at("/shipments")) == ["shipment.registered", "shipment.registered", "shipment.scanned"]
    assert [each.told["data"]["after"]["carrier"] for each in receiver.at("/zto")] == ["zto"]
    assert kinds(receiver.at("/moving")) == ["shipment.scanned"]


async def test_an_endpoint_hears_only_what_its_credential_could_read(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/scoped")
    await bench.set(endpoint, subjects=["shipment"])
    assert seller.merchant
    await make.order(bench.store, seller.merchant.id, "W-4")
    await bench.parcel(seller, "SF8000000000006")
    await bench.run()

    assert kinds(receiver.came) == ["shipment.registered"]


async def test_a_selection_is_evaluated_when_it_is_sent_and_masked(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    selection = """{ kind number node { __typename ... on Order { number shippingAddress { name phone } } ...P } }
      fragment P on Shipment { trackingNumber status orders { number } }"""
    endpoint = await bench.endpoint(seller, "/own", selection=selection)
    assert seller.merchant
    order = await make.order(bench.store, seller.merchant.id, "W-5")
    await make.shipment(bench.store, seller.merchant.id, "SF8000000000007", orders=[order])
    await bench.run()

    created, registered = sorted((each.told for each in receiver.came), key=lambda each: each["type"])
    assert created["data"]["node"]["number"] == "W-5"
    assert created["data"]["node"]["shippingAddress"]["name"] == "王**"
    assert "13800138000" not in str(created)
    assert registered["data"]["node"]["trackingNumber"] == "SF8000000000007"
    assert registered["data"]["node"]["orders"] == [{"number": "W-5"}]
    assert set(registered) == {"type", "timestamp", "data", "gap"}
    assert {each.id for each in receiver.came} == {each.typeid for each in await bench.deliveries(endpoint)}


async def test_a_carriers_selection_reaches_no_order(bench: Bench, receiver: Receiver) -> None:
    seller, sf = await make.merchant(bench.store), await make.carrier(bench.store, "sf")
    selection = "{ number node { ... on Shipment { trackingNumber orders { number } } } before after }"
    await bench.endpoint(sf, "/blind", selection=selection)
    assert seller.merchant
    order = await make.order(bench.store, seller.merchant.id, "W-SECRET")
    await make.shipment(bench.store, seller.merchant.id, "SF8000000000008", orders=[order])
    await bench.run()

    [came] = receiver.came
    assert came.told["data"]["node"] == {"trackingNumber": "SF8000000000008", "orders": []}
    assert b"W-SECRET" not in came.body


async def test_every_entry_is_queued_once_however_many_read(bench: Bench) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/once")
    parcels = [await bench.parcel(seller, f"SF83000000000{each:02}") for each in range(5)]

    async def write() -> None:
        for _ in range(6):
            for parcel in parcels:
                await bench.stir(parcel)
            await sealing.drain(bench.store)

    async def read() -> None:
        for _ in range(60):
            await fanout.fan_out(bench.store, bench.now, at_most=7)
            await asyncio.sleep(0.002)

    await asyncio.gather(write(), read(), read(), read())
    await bench.run_fanout()

    queued = await bench.deliveries(endpoint)
    assert seller.merchant
    async with bench.store.reading(EVERYTHING) as session:
        sealed = select(Seal.position).where(Seal.merchant_id == seller.merchant.id).order_by(Seal.position)
        positions = list(await session.scalars(sealed))
    assert [each.position for each in queued] == positions
    assert len(positions) == 35
    due = [each for each in queued if each.next_at is not None]
    assert {each.subject_version for each in due} == {1}
    assert len(due) == 5


async def test_without_endpoints_the_reader_keeps_up_by_itself(bench: Bench) -> None:
    seller = await make.merchant(bench.store)
    await bench.parcel(seller, "SF8000000000009")
    await bench.run_fanout()

    async with bench.store.reading(EVERYTHING) as session:
        last = await session.scalar(select(Seal.position).order_by(Seal.position.desc()).limit(1))
        assert await session.scalar(select(LogReader.position)) == last


async def test_what_waits_behind_nobody_is_found_by_the_sweep(bench: Bench, receiver: Receiver) -> None:
    """As after a race of queueing and finishing on PostgreSQL, where neither saw the other."""
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/swept")
    await bench.parcel(seller, "SF8000000000010")
    await bench.run_fanout()
    async with bench.store.writing(EVERYTHING) as session:
        for each in await session.scalars(select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)):
            each.next_at = None
    await bench.after(seconds=6)

    assert len(receiver.came) == 1


async def test_rows_of_webhooks_are_within_their_partners_reach_only(bench: Bench, receiver: Receiver) -> None:
    seller, other = await make.merchant(bench.store), await make.merchant(bench.store)
    await bench.endpoint(seller, "/reach")
    await bench.parcel(seller, "SF8000000000011")
    await bench.run()
    assert len(receiver.came) == 1

    def reach(who: make.Someone) -> Reach:
        assert who.merchant
        return Reach(merchant_id=who.merchant.id, partner_id=who.partner.id)

    models: tuple[type[Any], ...] = (WebhookEndpoint, WebhookDelivery, WebhookAttempt)
    for model in models:
        async with bench.store.reading(reach(seller)) as session:
            assert len(list(await session.scalars(select(model)))) == 1
        async with bench.store.reading(reach(other)) as session:
            assert list(await session.scalars(select(model))) == []
