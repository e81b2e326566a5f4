"""What webhooks tell beside the log: signed heads for whoever keeps them, and that another endpoint was disabled."""

from datetime import timedelta
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY
from starlette.responses import Response

from aftersales import proofs, webhook_replays
from aftersales.rules import heads
from db.enums import DeliveryStatus
from db.reach import EVERYTHING
from tests import make
from tests.worker.receiving import Bench, Came, Receiver
from worker import sealing


def gone(_came: Came) -> Response:
    return Response("bye", 410)


def down(_came: Came) -> Response:
    return Response("no", 500)


async def signed(bench: Bench) -> int:
    await sealing.drain(bench.store)
    return await sealing.sign(bench.store, bench.now)


async def test_a_head_arrives_and_is_a_witness(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/heads", topics=["log.head"])
    await bench.parcel(seller, "SF7100000000001")
    assert await signed(bench) >= 1
    await bench.run()

    [came] = receiver.came
    assert (came.told["type"], came.told["gap"]) == ("log.head", False)
    told = came.told["data"]
    key = proofs.key_of(bench.store.vault).public_key()
    head = heads.read(told["note"], key)
    assert (head.merchant_id, head.size, head.root.hex()) == (seller.merchant_id, 1, told["rootHash"])
    assert told["merchantId"] == (seller.merchant.typeid if seller.merchant else None)
    assert heads.read_key(told["publicKey"]) == key
    assert came.told["timestamp"] == told["signedAt"]


async def test_nobody_hears_of_heads_who_did_not_name_them(bench: Bench, receiver: Receiver) -> None:
    seller, stranger = await make.merchant(bench.store), await make.merchant(bench.store)
    await bench.endpoint(seller, "/everything")
    await bench.endpoint(stranger, "/stranger", topics=["log.*"])
    await bench.endpoint(await make.carrier(bench.store, "sf"), "/carrier", topics=["log.head"])
    await bench.parcel(seller, "SF7100000000002")
    await signed(bench)
    await bench.run()

    assert [(came.path, came.told["type"]) for came in receiver.came] == [("/everything", "shipment.registered")]


async def test_a_platform_hears_the_heads_of_its_merchants_while_it_acts_for_them(
    bench: Bench, receiver: Receiver
) -> None:
    mine, other = await make.merchant(bench.store), await make.merchant(bench.store)
    platform = await make.platform(bench.store, mine)
    await bench.endpoint(platform, "/platform", topics=["log.head"])
    for number, seller in enumerate((mine, other)):
        await bench.parcel(seller, f"SF710000000010{number}")
    await signed(bench)
    await bench.run()

    assert mine.merchant
    assert [came.told["data"]["merchantId"] for came in receiver.came] == [mine.merchant.typeid]


async def test_a_head_that_does_not_arrive_is_tried_again_and_replayed_under_its_id(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/flaky", topics=["log.head"])
    receiver.answers["/flaky"] = down
    await bench.parcel(seller, "SF7100000000003")
    await signed(bench)
    await bench.run()
    del receiver.answers["/flaky"]
    await bench.after(seconds=10)
    [delivery] = await bench.deliveries(endpoint)
    assert delivery.status is DeliveryStatus.DELIVERED
    async with bench.store.writing(EVERYTHING) as session:
        await webhook_replays.deliveries(session, [delivery.id], bench.now)
    await bench.run()

    assert [came.id for came in receiver.came] == [delivery.typeid] * 3
    assert len({came.body for came in receiver.came}) == 1


@pytest.mark.parametrize("topics", [["*"], ["webhook.*"], ["webhook.disabled"]])
async def test_a_410_is_told_to_the_partners_other_endpoints(
    bench: Bench, receiver: Receiver, topics: list[str]
) -> None:
    seller, stranger = await make.merchant(bench.store), await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/gone", description="the old shop", topics=["shipment.*"])
    await bench.endpoint(seller, "/other", topics=topics, carriers=["ups"])
    await bench.endpoint(seller, "/elsewhere", topics=["order.*"])
    await bench.endpoint(stranger, "/stranger")
    receiver.answers["/gone"] = gone
    before = disabled("GONE")
    with structlog.testing.capture_logs() as logs:
        await bench.parcel(seller, "SF7100000000004")
        await bench.run()
        await bench.after(days=1)

    [came] = [came for came in receiver.came if came.told["type"] == "webhook.disabled"]
    assert came.path == "/other"
    assert came.told["data"] == {
        "endpointId": endpoint.typeid,
        "description": "the old shop",
        "disabledAt": "2026-06-01T12:00:00Z",
        "disabledBecause": "GONE",
        "failingSince": "2026-06-01T12:00:00Z",
    }
    [line] = [each for each in logs if each["event"] == "webhooks.disabled"]
    assert (line["endpoint"], line["because"], line["log_level"]) == (endpoint.typeid, "GONE", "warning")
    assert disabled("GONE") == before + 1


async def test_five_days_of_failures_are_told_once(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    hopeless = await bench.endpoint(seller, "/hopeless", topics=["shipment.*"])
    await bench.endpoint(seller, "/other", topics=["webhook.disabled"])
    receiver.answers["/hopeless"] = down
    parcels = [await bench.parcel(seller, f"SF710000000020{number}") for number in range(3)]
    for _ in range(6):
        for parcel in parcels:
            await bench.stir(parcel)
        await bench.after(days=1)

    [came] = receiver.at("/other")
    assert (came.told["data"]["endpointId"], came.told["data"]["disabledBecause"]) == (hopeless.typeid, "FAILING")


async def test_of_an_endpoint_that_is_deleted_nothing_more_is_told(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/deleted", topics=["shipment.*"])
    other = await bench.endpoint(seller, "/other", topics=["webhook.disabled"])
    receiver.answers |= {"/deleted": gone, "/other": down}
    await bench.parcel(seller, "SF7100000000005")
    await bench.run()
    await bench.set(endpoint, deleted_at=bench.now)
    await bench.after(seconds=10)

    assert len(receiver.at("/other")) == 1
    [delivery] = await bench.deliveries(other)
    assert delivery.status is DeliveryStatus.FAILED
    assert bench.now - make.NOW < timedelta(minutes=1)


def disabled(because: str) -> Any:
    return REGISTRY.get_sample_value("waybridge_webhook_endpoints_disabled_total", {"because": because}) or 0.0
