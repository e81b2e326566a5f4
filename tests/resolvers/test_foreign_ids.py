"""An id of another merchant's row and one that never existed are answered alike, byte for byte."""

import re
from typing import Any

import pytest

from aftersales import policy_changes, policy_forms
from aftersales.credentials import SCOPES
from db.ids import typeid, uuid7
from db.models.consolidations import Consolidation
from db.models.repairs import Repair
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import exchanging, make, refunding
from tests.asking import Api
from tests.refunding import id_of

Ids = dict[str, str]
QUERIES = {
    "node order": ("query($id: ID!) { node(id: $id) { id __typename } }", "ord"),
    "node line": ("query($id: ID!) { node(id: $id) { id __typename } }", "oln"),
    "node customer": ("query($id: ID!) { node(id: $id) { id __typename } }", "cus"),
    "node shipment": ("query($id: ID!) { node(id: $id) { id __typename } }", "shp"),
    "node event": ("query($id: ID!) { node(id: $id) { id __typename } }", "evt"),
    "node account": ("query($id: ID!) { node(id: $id) { id __typename } }", "acc"),
    "node merchant": ("query($id: ID!) { node(id: $id) { id __typename } }", "mer"),
    "node partner": ("query($id: ID!) { node(id: $id) { id __typename } }", "par"),
    "nodes": ("query($id: ID!) { nodes(ids: [$id]) { id __typename } }", "ord"),
    "node refund": ("query($id: ID!) { node(id: $id) { id __typename } }", "rfd"),
    "refund": ("query($id: ID!) { refund(id: $id) { id amount { amount } } }", "rfd"),
    "node exchange": ("query($id: ID!) { node(id: $id) { id __typename } }", "exc"),
    "exchange": ("query($id: ID!) { exchange(id: $id) { id items { sku } } }", "exc"),
    "exchange convert": (
        "mutation($id: ID!) { exchangeConvert(input: {id: $id}) { exchange { id } userErrors { code message field } } }",
        "exc",
    ),
    "node repair": ("query($id: ID!) { node(id: $id) { id __typename } }", "rep"),
    "repair": ("query($id: ID!) { repair(id: $id) { id steps { words } } }", "rep"),
    "repair update": (
        """mutation($id: ID!) { repairUpdate(input: {id: $id, event: "RECEIVE"}) {
        repair { id } userErrors { code message field } } }""",
        "rep",
    ),
    "order": ("query($id: ID!) { order(id: $id) { id } }", "ord"),
    "shipment": ("query($id: ID!) { shipment(id: $id) { id } }", "shp"),
    "register": (
        """mutation($id: ID!) { shipmentsRegister(input: [{carrier: "sf", trackingNumber: "F1", orderIds: [$id]}]) {
        results { outcome shipment { id } userErrors { code message field } } userErrors { code } } }""",
        "ord",
    ),
    "stop": (
        "mutation($id: ID!) { shipmentStopTracking(input: {id: $id}) { shipment { id } userErrors { code message } } }",
        "shp",
    ),
    "correct": (
        """mutation($id: ID!) { shipmentCorrectCarrier(input: {id: $id, carrier: "zto"}) {
        shipment { id } userErrors { code message field } } }""",
        "shp",
    ),
    "account update": (
        """mutation($id: ID!) { carrierAccountUpdate(input: {id: $id, name: "mine"}) {
        carrierAccount { id } userErrors { code message field } } }""",
        "acc",
    ),
    "account disable": (
        """mutation($id: ID!) { carrierAccountDisable(input: {id: $id}) {
        carrierAccount { id } userErrors { code message field } } }""",
        "acc",
    ),
    "customs": (
        """mutation($id: ID!) { returnCustomsUpdate(input: {id: $id, exportReference: "X"}) {
        return { id } userErrors { code message field } } }""",
        "ret",
    ),
    "node consolidation": ("query($id: ID!) { node(id: $id) { id __typename } }", "cns"),
    "node policy": ("query($id: ID!) { node(id: $id) { id __typename } }", "pol"),
    "policy publish": (
        "mutation($id: ID!) { policyPublish(input: {id: $id}) { returnPolicy { id } userErrors { code message field } } }",
        "pol",
    ),
    "policy simulate": (
        "mutation($id: ID!) { policySimulate(input: {id: $id}) { orders userErrors { code message field } } }",
        "pol",
    ),
    "token": (
        """mutation($id: ID!) { customerTokenCreate(input: {customerId: $id}) {
        customerToken { token } userErrors { code message field } } }""",
        "cus",
    ),
}
BY_NAME = {
    "order number": ("query($name: String!) { order(number: $name) { id } }", "THEIRS-1"),
    "tracking number": ("query($name: String!) { shipment(trackingNumber: $name) { id } }", "SFTHEIRS"),
    "register": (
        """mutation($name: String!) { shipmentsRegister(input: [{carrier: "sf", trackingNumber: "F2", orderNumbers: [$name]}]) {
        results { outcome userErrors { code message field } } } }""",
        "THEIRS-1",
    ),
    "token": (
        """mutation($name: String!) { customerTokenCreate(input: {externalId: $name}) {
        customerToken { token } userErrors { code message field } } }""",
        "c-THEIRS-1",
    ),
}


@pytest.fixture(scope="module")
async def other(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture(scope="module")
async def theirs(api: Api, store: Store, other: make.Someone) -> Ids:
    """Another merchant's ids, by prefix."""
    assert other.merchant
    order = await make.order(store, other.merchant_id, "THEIRS-1")
    parcel = await make.shipment(store, other.merchant_id, "SFTHEIRS", "yto", [order])
    scan = await make.scan(store, parcel)
    account = await make.account(store, other.merchant_id)
    refund = await refunding.difference(store, order, 100)
    form = policy_forms.read({"code": "theirs", "name": "Theirs", "rules": {"noReasonDays": 30}})
    async with store.writing(EVERYTHING) as session:
        policy = await policy_changes.create(session, other.merchant_id, form, make.NOW)
    told = await api.ask(other, '{ order(number: "THEIRS-1") { lines { id } } }')
    exchange, repair = await exchanging.two(api, store, other)
    async with store.writing(EVERYTHING) as session:
        houses = [Warehouse(merchant_id=other.merchant_id, code=code, name=code, country="CN") for code in ("A", "B")]
        for house in houses:
            house.seal(store.vault, address="{}")
        session.add_all(houses)
        await session.flush()
        hub, to = houses
        ids = {"hub_id": hub.id, "warehouse_id": to.id, "shipment_id": parcel.id}
        session.add(sent := Consolidation(merchant_id=other.merchant_id, sent_at=make.NOW, **ids))
        rma = (await session.get_one(Repair, id_of(repair))).parent_id
    return {
        "ord": order.typeid,
        "oln": told["order"]["lines"][0]["id"],
        "cus": typeid("cus", order.customer_id),
        "shp": parcel.typeid,
        "evt": scan.typeid,
        "acc": account.typeid,
        "pol": policy.typeid,
        "rfd": refund.typeid,
        "exc": exchange["id"],
        "rep": repair["id"],
        "ret": typeid("ret", rma) if rma else "",
        "cns": sent.typeid,
        "mer": other.merchant.typeid,
        "par": other.partner.typeid,
    }


@pytest.fixture(scope="module")
async def viewers(store: Store) -> list[tuple[make.Someone, Ids]]:
    """One of each kind, none of which reaches the other merchant."""
    seller = await make.merchant(store)
    assert seller.merchant
    order = await make.order(store, seller.merchant_id, "OURS-1")
    platform = await make.platform(store, seller)
    return [
        (seller, {}),
        (platform, {}),
        (platform, {"Waybridge-Merchant": seller.merchant.typeid}),
        (await make.carrier(store, "sf", scopes=list(SCOPES)), {}),
        (make.buyer(store, order), {}),
    ]


async def body(api: Api, who: make.Someone, headers: Ids, query: str, **variables: Any) -> str:
    answer = await api.http.post(
        "/graphql", json={"query": query, "variables": variables}, headers={**who.headers, **headers}
    )
    return re.sub(r'"requestId":"[^"]+"', "", answer.text)


@pytest.mark.parametrize("name", QUERIES)
async def test_a_foreign_id_is_answered_as_one_that_never_was(
    api: Api, theirs: Ids, viewers: list[tuple[make.Someone, Ids]], name: str
) -> None:
    query, prefix = QUERIES[name]
    for who, headers in viewers:
        foreign = await body(api, who, headers, query, id=theirs[prefix])
        never = await body(api, who, headers, query, id=typeid(prefix, uuid7()))

        assert foreign == never
        assert theirs[prefix] not in foreign


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_foreign_name_is_answered_as_one_that_never_was(
    api: Api, theirs: Ids, viewers: list[tuple[make.Someone, Ids]], name: str
) -> None:
    query, foreign = BY_NAME[name]
    for who, headers in viewers:
        told = await body(api, who, headers, query, name=foreign)
        assert told == await body(api, who, headers, query, name="NEVER")


async def test_their_owner_finds_them(api: Api, other: make.Someone, theirs: Ids) -> None:
    told = await api.ask(other, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=[*theirs.values()])
    assert [node["id"] for node in told["nodes"]] == [*theirs.values()]


async def test_at_most_a_hundred_ids_are_asked_for_at_once(api: Api, store: Store) -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    seller = await make.merchant(store)
    assert len((await api.ask(seller, query, ids=["x"] * 100))["nodes"]) == 100
    assert await api.refused(seller, query, ids=["x"] * 101) == "LIMIT_EXCEEDED"
