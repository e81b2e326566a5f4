"""What was sent to webhook endpoints, seen and played again through the API."""

from typing import Any

from sqlalchemy import select

from db.enums import DisabledBecause
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.test_webhooks import LIST, REPLAY, TEST, create
from tests.worker.receiving import Bench, Receiver
from worker.posting import Post

DELIVERIES = """query($first: Int! = 10, $after: String, $status: DeliveryStatus) { webhookEndpoints { id
  deliveries(first: $first, after: $after, status: $status) { totalCount pageInfo { hasNextPage endCursor } nodes {
    id kind position number subject subjectId subjectVersion status nextAttemptAt createdAt doneAt
    attempts { startedAt durationMs httpStatus problem answer } } } } }"""


async def test_deliveries_are_listed_with_every_attempt(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    await create(api, seller, url="https://hook.example/listed")
    bench = Bench(store, Receiver(), post=Post(resolve=_to_nowhere))
    parcel = await bench.parcel(seller, "SF9000000000001")
    await bench.stir(parcel, 2)
    await bench.run()
    await bench.sender.close()

    [endpoint] = (await api.ask(seller, DELIVERIES))["webhookEndpoints"]
    page = endpoint["deliveries"]
    assert page["totalCount"] == 3
    first = page["nodes"][-1]
    assert (first["kind"], first["subjectId"], first["number"]) == ("shipment.registered", parcel.typeid, 1)
    assert (first["status"], first["nextAttemptAt"]) == ("WAITING", "2026-06-01T12:00:05+00:00")
    [attempt] = first["attempts"]
    assert (attempt["problem"], attempt["httpStatus"], attempt["answer"]) == ("FORBIDDEN_ADDRESS", None, None)
    behind = page["nodes"][0]
    assert (behind["attempts"], behind["nextAttemptAt"], behind["status"]) == ([], None, "WAITING")

    [paged] = (await api.ask(seller, DELIVERIES, first=2))["webhookEndpoints"]
    cursor = paged["deliveries"]["pageInfo"]["endCursor"]
    [rest] = (await api.ask(seller, DELIVERIES, first=2, after=cursor))["webhookEndpoints"]
    assert [each["id"] for each in (*paged["deliveries"]["nodes"], *rest["deliveries"]["nodes"])] == [
        each["id"] for each in page["nodes"]
    ]
    [none] = (await api.ask(seller, DELIVERIES, status="DELIVERED"))["webhookEndpoints"]
    assert none["deliveries"]["totalCount"] == 0


async def test_a_stretch_is_replayed_by_position_and_by_time(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    id_ = (await create(api, seller))["webhookEndpoint"]["id"]
    bench = Bench(store, Receiver())
    parcel = await bench.parcel(seller, "SF9000000000002")
    await bench.stir(parcel, 4)
    await bench.run_fanout()
    feed = await api.ask(seller, "{ changes(first: 10) { nodes { position recordedAt } } }")
    positions = [each["position"] for each in feed["changes"]["nodes"]]

    async def replayed(**given: Any) -> Any:
        return (await api.ask(seller, REPLAY, input={"endpointId": id_, **given}))["webhookReplay"]

    assert (await replayed())["replayed"] == 5
    assert (await replayed(after=positions[1], until=positions[3]))["replayed"] == 2
    assert (await replayed(since="2026-06-01T12:00:00Z"))["replayed"] == 5
    assert (await replayed(before="2026-06-01T12:00:00Z"))["replayed"] == 0
    assert (await replayed(since="2027-01-01T00:00:00Z")) == {"replayed": 0, "continueAfter": None, "userErrors": []}
    assert [no["field"] for no in (await replayed(after="what"))["userErrors"]] == [["input", "after"]]
    both = await api.ask(seller, REPLAY, input={})
    assert [no["code"] for no in both["webhookReplay"]["userErrors"]] == ["INVALID"]


async def test_a_disabled_endpoint_tells_why_and_is_neither_tested_nor_replayed(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    id_ = (await create(api, seller))["webhookEndpoint"]["id"]
    async with store.writing(EVERYTHING) as session:
        [row] = [each for each in await session.scalars(select(WebhookEndpoint)) if each.typeid == id_]
        row.disabled_at, row.disabled_because, row.failing_since = make.NOW, DisabledBecause.FAILING, make.NOW

    [shown] = (await api.ask(seller, LIST))["webhookEndpoints"]
    assert (shown["disabledBecause"], shown["disabledAt"]) == ("FAILING", "2026-06-01T12:00:00+00:00")
    tried = (await api.ask(seller, TEST, input={"id": id_}))["webhookEndpointTest"]
    again = (await api.ask(seller, REPLAY, input={"endpointId": id_}))["webhookReplay"]
    assert [no["code"] for no in (*tried["userErrors"], *again["userErrors"])] == ["STATE", "STATE"]


async def test_one_entry_is_read_by_its_position(api: Api, store: Store) -> None:
    seller, other = await make.merchant(store), await make.merchant(store)
    bench = Bench(store, Receiver())
    parcel = await bench.parcel(seller, "SF9000000000003")
    await bench.run_fanout()
    [entry] = (await api.ask(seller, "{ changes(first: 10) { nodes { position kind } } }"))["changes"]["nodes"]
    query = "query($position: String!) { change(position: $position) { position kind node { id } } }"

    told = (await api.ask(seller, query, position=entry["position"]))["change"]
    assert told == {**entry, "node": {"id": parcel.typeid}}
    assert (await api.ask(other, query, position=entry["position"]))["change"] is None
    assert await api.refused(seller, query, position="what") == "BAD_USER_INPUT"


async def _to_nowhere(_host: str, _port: int) -> list[str]:
    return ["10.0.0.1"]
