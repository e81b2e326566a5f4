"""The change feed and the timelines, as each kind of partner reads them."""

import asyncio
from typing import Any

import pytest

from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.aftersales.storm import Storm
from tests.asking import Api
from worker import sealing

FEED = """query($after: String, $first: Int! = 100, $subjects: [Subject!]) {
  changes(after: $after, first: $first, subjects: $subjects) {
    nodes { position number subject subjectId subjectVersion kind before after actor { party credential }
      cause { kind reference } occurredAt recordedAt node { id } }
    edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } totalCount } }"""


async def read(api: Api, who: make.Someone, **variables: Any) -> Any:
    return (await api.ask(who, FEED, **variables))["changes"]


async def stir(store: Store, parcel: Shipment, times: int = 1) -> None:
    """Something is heard of the parcel, so many times."""
    for _ in range(times):
        async with store.writing(EVERYTHING) as session:
            row = await session.get_one(Shipment, parcel.id, with_for_update=True)
            row.pieces = (row.pieces or 0) + 1
            await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW)], make.BY, now=make.NOW)


async def test_a_merchant_reads_everything_of_theirs_and_nothing_else(api: Api, store: Store) -> None:
    seller, other = await make.merchant(store), await make.merchant(store)
    assert seller.merchant
    assert other.merchant
    order = await make.order(store, seller.merchant.id, "F-1")
    await make.order(store, other.merchant.id, "F-2")
    parcel = await make.shipment(store, seller.merchant.id, "SF1000000000001", orders=[order])
    await sealing.drain(store)

    told = await read(api, seller)

    assert [(each["number"], each["kind"]) for each in told["nodes"]] == [
        (1, "order.created"),
        (2, "shipment.registered"),
    ]
    created, registered = told["nodes"]
    assert created["subjectId"] == created["node"]["id"] == order.typeid
    assert registered["subjectId"] == registered["node"]["id"] == parcel.typeid
    assert created["before"] is None
    assert created["after"]["number"] == "F-1"
    assert created["after"]["total"] == {"amount": "199.00", "currency": "CNY"}
    assert created["actor"] == {"party": "MERCHANT", "credential": None}
    assert created["cause"] == {"kind": "test", "reference": None}
    assert [each["cursor"] for each in told["edges"]] == [each["position"] for each in told["nodes"]]
    assert told["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "endCursor": registered["position"],
    }
    assert told["totalCount"] == 2


async def test_the_feed_goes_on_from_a_position(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    parcel = await make.shipment(store, seller.merchant.id, "SF1000000000002")
    await stir(store, parcel, 6)
    await sealing.drain(store)

    first = await read(api, seller, first=3)
    second = await read(api, seller, first=3, after=first["pageInfo"]["endCursor"])
    last = await read(api, seller, first=3, after=second["pageInfo"]["endCursor"])
    nothing = await read(api, seller, first=3, after=last["pageInfo"]["endCursor"])

    numbers = [each["number"] for page in (first, second, last) for each in page["nodes"]]
    assert numbers == [1, 2, 3, 4, 5, 6, 7]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, last)] == [True, True, False]
    assert nothing["nodes"] == []
    assert nothing["pageInfo"]["endCursor"] is None


async def test_a_mutation_is_told_with_its_key_and_request(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    mutation = (
        "mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) { results { shipment { id } } } }"
    )

    await api.ask(seller, mutation, input=[{"carrier": "sf", "trackingNumber": "SF1000000000003"}])
    await sealing.drain(store)
    [change] = (await read(api, seller))["nodes"]

    assert change["actor"]["party"] == "MERCHANT"
    assert change["actor"]["credential"].startswith("key_")
    assert change["cause"]["kind"] == "mutation:shipmentsRegister"
    assert change["cause"]["reference"]


async def test_a_platform_reads_its_merchants_or_the_one_it_names(api: Api, store: Store) -> None:
    mine, also_mine, foreign = [await make.merchant(store) for _ in range(3)]
    agent = await make.platform(store, mine, also_mine)
    for seller in (mine, also_mine, foreign):
        assert seller.merchant
        await make.order(store, seller.merchant.id, "P-1")
    await sealing.drain(store)
    assert mine.merchant

    of_both = await read(api, agent)
    named = await api.raw(agent, FEED, headers_={"waybridge-merchant": mine.merchant.typeid})

    assert len(of_both["nodes"]) == 2
    assert len(named["data"]["changes"]["nodes"]) == 1


async def test_a_carrier_reads_what_names_it_without_the_merchants_view(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    courier = await make.carrier(store, "yunda")
    assert seller.merchant
    order = await make.order(store, seller.merchant.id, "C-1")
    await make.shipment(store, seller.merchant.id, "4312345678901", "yunda", [order])
    await make.shipment(store, seller.merchant.id, "SF1000000000004", "sf", [order])
    await sealing.drain(store)

    [change] = (await read(api, courier))["nodes"]

    assert change["kind"] == "shipment.registered"
    assert set(change["after"]) == {"carrier", "trackingNumber", "status", "promisedDeliveryAt"}
    assert change["actor"] == {"party": "MERCHANT", "credential": None}
    assert change["cause"] == {"kind": "test", "reference": None}


async def test_a_buyer_reads_their_own_orders_only(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    order = await make.order(store, seller.merchant.id, "B-1")
    neighbour = await make.order(store, seller.merchant.id, "B-2")
    await make.shipment(store, seller.merchant.id, "SF1000000000005", orders=[order])
    await make.shipment(store, seller.merchant.id, "SF1000000000006", orders=[neighbour])
    await sealing.drain(store)

    told = await read(api, make.buyer(store, order))

    assert [each["kind"] for each in told["nodes"]] == ["order.created", "shipment.registered"]
    assert told["nodes"][0]["subjectId"] == order.typeid
    assert "flags" not in told["nodes"][0]["after"]


async def test_subjects_are_seen_by_scope(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    order = await make.order(store, seller.merchant.id, "S-1")
    await make.shipment(store, seller.merchant.id, "SF1000000000007", orders=[order])
    await sealing.drain(store)
    only_orders = await make.another_key(store, seller, "orders:read")
    none = await make.another_key(store, seller, "webhooks:manage")

    assert {each["subject"] for each in (await read(api, only_orders))["nodes"]} == {"ORDER"}
    assert {each["subject"] for each in (await read(api, seller, subjects=["SHIPMENT"]))["nodes"]} == {"SHIPMENT"}
    assert await api.refused(none, FEED) == "FORBIDDEN"
    assert await api.refused(only_orders, FEED, subjects=["SHIPMENT"]) == "FORBIDDEN"


@pytest.mark.parametrize("variables", [{"after": "nonsense"}, {"after": "€"}, {"first": 0}, {"first": 101}])
async def test_what_cannot_be_meant_is_refused(api: Api, store: Store, variables: dict[str, Any]) -> None:
    assert await api.refused(await make.merchant(store), FEED, **variables) == "BAD_USER_INPUT"


TIMELINE = """query($ids: [ID!]!, $first: Int! = 50, $after: String) { nodes(ids: $ids) {
  ... on Order { id timeline(first: $first, after: $after) { nodes { kind number position } pageInfo { hasNextPage } totalCount } }
  ... on Shipment { id timeline(first: $first, after: $after) { nodes { kind number } totalCount } } } }"""


async def test_a_timeline_tells_of_an_order_and_its_parcels(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    one = await make.order(store, seller.merchant.id, "T-1")
    two = await make.order(store, seller.merchant.id, "T-2")
    shared = await make.shipment(store, seller.merchant.id, "SF1000000000008", orders=[one, two])
    await stir(store, shared, 2)
    await sealing.drain(store)

    told = (await api.ask(seller, TIMELINE, ids=[one.typeid, two.typeid, shared.typeid]))["nodes"]

    kinds = [[each["kind"] for each in node["timeline"]["nodes"]] for node in told]
    parcel = ["shipment.registered", "shipment.scanned", "shipment.scanned"]
    assert kinds == [["order.created", *parcel], ["order.created", *parcel], parcel]
    assert [node["timeline"]["totalCount"] for node in told] == [4, 4, 3]


async def test_a_timeline_is_read_in_pages(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    order = await make.order(store, seller.merchant.id, "T-3")
    parcel = await make.shipment(store, seller.merchant.id, "SF1000000000009", orders=[order])
    await stir(store, parcel, 3)
    await sealing.drain(store)

    [first] = (await api.ask(seller, TIMELINE, ids=[order.typeid], first=3))["nodes"]
    position = first["timeline"]["nodes"][-1]["position"]
    [rest] = (await api.ask(seller, TIMELINE, ids=[order.typeid], first=3, after=position))["nodes"]

    assert [each["number"] for page in (first, rest) for each in page["timeline"]["nodes"]] == [1, 2, 3, 4, 5]
    assert first["timeline"]["pageInfo"] == {"hasNextPage": True}
    assert rest["timeline"]["pageInfo"] == {"hasNextPage": False}


async def test_who_stops_anywhere_and_goes_on_misses_nothing_and_sees_nothing_twice(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    parcels = [await make.shipment(store, seller.merchant.id, f"SF9{number:012}") for number in range(10)]
    storm = Storm(store, parcels, committed={(each.typeid, each.version) for each in parcels})
    seen: list[tuple[str, int]] = []
    numbers: list[int] = []
    position: str | None = None

    async def read_on() -> int:
        nonlocal position
        told = await read(api, seller, first=storm.chance.randint(1, 50), after=position)
        kept = told["nodes"][: storm.chance.randint(1, 50)]
        seen.extend((each["subjectId"], each["subjectVersion"]) for each in kept)
        numbers.extend(each["number"] for each in kept)
        position = kept[-1]["position"] if kept else position
        return len(kept)

    async with storm.sealing():
        writing = asyncio.gather(*(storm.write(15) for _ in range(6)))
        while not writing.done():
            await read_on()
        await writing
    await sealing.drain(store)
    while await read_on():
        pass

    assert numbers == list(range(1, len(storm.committed) + 1))
    assert len(seen) == len(set(seen))
    assert set(seen) == storm.committed
