"""A carrier partner's webhooks, with the key it gets when nothing is said: it hears what names it, as it may read it."""

from sqlalchemy import select

from db.ids import parse_typeid
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from tests import make
from tests.asking import Api
from tests.resolvers.test_webhooks import create
from tests.worker.receiving import Bench, Receiver
from worker import sealing

REPLAY = """mutation($id: ID!) { webhookReplay(input: {endpointId: $id, since: "2026-01-01T00:00:00Z"}) {
  replayed userErrors { message } } }"""
DELIVERIES = "{ webhookEndpoints { id merchantId deliveries(first: 10) { nodes { kind subjectId } } } }"


async def endpoint_of(api: Api, bench: Bench, who: make.Someone, path: str) -> WebhookEndpoint:
    """Made through the API, then led to the receiver."""
    made = await create(api, who, topics=["*", "log.head", "webhook.disabled"])
    assert made["userErrors"] == []
    parsed = parse_typeid(made["webhookEndpoint"]["id"])
    assert parsed
    async with bench.store.reading(EVERYTHING) as session:
        row = (await session.scalars(select(WebhookEndpoint).where(WebhookEndpoint.id == parsed[1]))).one()
    await bench.set(row, url=f"{bench.receiver.url}{path}")
    return row


async def test_a_carrier_hears_only_what_names_it(api: Api, bench: Bench, receiver: Receiver) -> None:
    one, other = await make.merchant(bench.store), await make.merchant(bench.store)
    sf, ups = await make.carrier(bench.store, "sf"), await make.carrier(bench.store, "ups")
    endpoint = await endpoint_of(api, bench, sf, "/sf")
    await endpoint_of(api, bench, ups, "/ups")
    order = await make.order(bench.store, one.merchant_id, "HEARD-1")
    mine = await make.shipment(bench.store, one.merchant_id, "SF7300000000001", orders=[order])
    too = await bench.parcel(other, "SF7300000000002")
    theirs = await bench.parcel(one, "1Z999AA10123456784", "ups")
    await bench.stir(mine)
    await sealing.drain(bench.store)
    await sealing.sign(bench.store, bench.now)
    await bench.run()

    told = [came.told["data"] for came in receiver.at("/sf")]
    assert sorted((data["subjectId"], data["kind"]) for data in told) == sorted(
        [
            (mine.typeid, "shipment.registered"),
            (too.typeid, "shipment.registered"),
            (mine.typeid, "shipment.scanned"),
        ]
    )
    assert {data["subjectId"] for data in (came.told["data"] for came in receiver.at("/ups"))} == {theirs.typeid}
    for data in told:
        assert "merchantId" not in data
        assert (data["actor"]["credential"], data["cause"]["reference"]) == (None, None)
    [shown] = (await api.ask(sf, DELIVERIES))["webhookEndpoints"]
    assert (shown["id"], shown["merchantId"]) == (endpoint.typeid, None)
    assert len(shown["deliveries"]["nodes"]) == 3


async def test_a_replay_reaches_no_further(api: Api, bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    sto = await make.carrier(bench.store, "sto")
    mine = await bench.parcel(seller, "773000000000001", "sto")
    await bench.parcel(seller, "SF7300000000003")
    await bench.run()
    endpoint = await endpoint_of(api, bench, sto, "/sto")

    done = (await api.ask(sto, REPLAY, id=endpoint.typeid))["webhookReplay"]
    foreign = (await api.ask(await make.carrier(bench.store, "sto"), REPLAY, id=endpoint.typeid))["webhookReplay"]
    await bench.run()

    assert done == {"replayed": 1, "userErrors": []}
    assert foreign["replayed"] is None
    assert [came.told["data"]["subjectId"] for came in receiver.at("/sto")] == [mine.typeid]
