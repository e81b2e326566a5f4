"""Every field of the schema for every kind of viewer: nothing crashes, and nothing foreign is told."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type

from db.session import Store
from schema.root import SCHEMA
from tests import make
from tests.asking import Api

CORE: GraphQLSchema = SCHEMA._schema
NODE: Any = CORE.type_map["Node"]
DEPTH = 4
SCOPES = ("orders:read", "shipments:read", "returns:read")
ENTITIES = 2  # so many within one another; deeper, each is asked for as a root of its own
ALONE = {"order", "orders", "returns"}  # too many fields to go deeper
WITHIN = {"asOf": '(at: "2026-06-01T12:00:00Z")'}
ARGUMENTS = {
    "order": '(number: "OURS-1")',
    "orders": "(first: 5)",
    "shipment": '(trackingNumber: "SFOURS1")',
    "shipments": "(first: 5)",
    "alerts": "(first: 5)",
    "carrier": '(code: "sf")',
    "dropOffPoints": "(near: {latitude: 22.5, longitude: 114.0}, first: 5)",
    "quotes": '(input: {fromCountry: "CN", toCountry: "CN", weightGrams: 900})',
    "identify": '(trackingNumber: "SF1234567890123")',
    "returns": "(first: 5)",
    "calendar": '(country: "CN", year: 2026)',
    "deadlines": '(before: "2027-01-01T00:00:00Z", first: 5)',
}
ROOTS = sorted(
    ARGUMENTS.keys() | {"viewer", "carriers", "carrierAccounts", "policies", "emissionFactors", "warehouses"}
)
VIEWERS = ("merchant", "platform", "platform with header", "carrier", "carrier with orders:read", "customer")


def selection(of: GraphQLObjectType, depth: int, most: int = ENTITIES, above: tuple[str, ...] = ()) -> str:
    """All fields of a type, and of the types below it; a type within itself, and what has an id deeper than ``most`` such
    types, shows its name only."""
    parts, path = [], (*above, of.name)
    most -= NODE in of.interfaces
    for name, field in of.fields.items():
        inner: Any = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name)
        elif isinstance(inner, GraphQLObjectType) and depth and name != "edges":
            is_deep = NODE in inner.interfaces and most < 1
            within = "{ __typename }" if inner.name in path or is_deep else selection(inner, depth - 1, most, path)
            told = "(first: 2)" if "first" in field.args else WITHIN.get(name, "")
            parts.append(f"{name}{told} {within}")
    return "{ " + " ".join(parts or ["__typename"]) + " }"


def query(root: str) -> str:
    query_type = CORE.query_type
    assert query_type
    inner: Any = get_named_type(query_type.fields[root].type)
    return f"{{ {root}{ARGUMENTS.get(root, '')} {selection(inner, DEPTH, 1 if root in ALONE else ENTITIES)} }}"


@dataclass(frozen=True)
class World:
    viewers: dict[str, tuple[make.Someone, dict[str, str]]]
    foreign: tuple[str, ...]


async def merchant_with(store: Store, word: str, carrier: str) -> tuple[make.Someone, Any]:
    seller = await make.merchant(store, f"Shop {word}")
    account = await make.account(store, seller.merchant_id, carrier, name=f"Account {word}")
    order = await make.order(store, seller.merchant_id, f"{word}-1", externalId=f"ext-{word}")
    parcel = await make.shipment(
        store,
        seller.merchant_id,
        f"SF{word}1",
        carrier,
        [order],
        delivered_at=make.NOW,
        promised_delivery_at=make.NOW,
        signed_by="王小明",
        carrier_delivery_at=make.NOW,
        last_failure={"code": "X", "message": "x", "at": make.NOW.isoformat()},
        declared_minor=100,
        freight_minor=100,
        currency="CNY",
    )
    await make.scan(store, parcel, location={"text": f"hub {word}", "city": "深圳"})
    assert account
    return seller, order


@pytest.fixture(scope="module")
async def world(store: Store) -> World:
    seller, order = await merchant_with(store, "OURS", "sf")
    await merchant_with(store, "THEIRS", "zto")
    assert seller.merchant
    platform = await make.platform(store, seller)
    named = {"Waybridge-Merchant": seller.merchant.typeid}
    carrier = await make.carrier(store, "sf")
    return World(
        viewers={
            "merchant": (seller, {}),
            "platform": (platform, {}),
            "platform with header": (platform, named),
            "carrier": (carrier, {}),
            "carrier with orders:read": (await make.another_key(store, carrier, *SCOPES), {}),
            "customer": (make.buyer(store, order, SCOPES), {}),
        },
        foreign=("THEIRS",),
    )


def errors_of(told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for error in told.get("errors", []):
        yield error["extensions"]["code"], error["message"]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("viewer", VIEWERS)
async def test_every_field_answers_every_viewer(api: Api, world: World, viewer: str, root: str) -> None:
    who, headers = world.viewers[viewer]

    told = await api.raw(who, query(root), headers_=headers)

    if viewer == "carrier":  # without orders:read the way from a parcel to its orders is closed
        assert {code for code, _ in errors_of(told)} <= {"FORBIDDEN"}
    else:
        assert list(errors_of(told)) == []
        assert root in told["data"]
    assert not any(word in json.dumps(told, ensure_ascii=False) for word in world.foreign)


CARRIER_SEES = """{ shipments(first: 10) { nodes { trackingNumber merchant { name } externalId
  events { carrierWords } tracking { account { name } } } }
  carrierAccounts { name } viewer { partner { name } merchant { name } merchants { name } carrierCode } }"""


async def test_a_carrier_sees_its_parcels_and_neither_merchant_nor_account(api: Api, world: World) -> None:
    who, _ = world.viewers["carrier"]

    told = await api.ask(who, CARRIER_SEES)

    [parcel] = told["shipments"]["nodes"]
    assert parcel["trackingNumber"] == "SFOURS1"
    assert parcel["merchant"] is None
    assert parcel["tracking"]["account"] is None
    assert len(parcel["events"]) == 1
    assert told["carrierAccounts"] == []
    assert told["viewer"]["merchants"] == []
    assert told["viewer"]["merchant"] is None
    assert told["viewer"]["carrierCode"] == "sf"


async def test_a_carrier_that_may_read_orders_finds_none(api: Api, world: World) -> None:
    who, _ = world.viewers["carrier with orders:read"]
    text = "{ orders(first: 10) { nodes { id } totalCount } shipments(first: 1) { nodes { orders { id } } } }"

    told = await api.ask(who, text)

    assert told["orders"] == {"nodes": [], "totalCount": 0}
    assert told["shipments"]["nodes"] == [{"orders": []}]


async def test_a_buyer_sees_their_own_orders_and_parcels_only(api: Api, store: Store, world: World) -> None:
    who, _ = world.viewers["customer"]
    seller, _ = world.viewers["merchant"]
    neighbour = await make.order(store, seller.merchant_id, "NEIGHBOUR-1")
    theirs = await make.shipment(store, seller.merchant_id, "SFNEIGHBOUR", orders=[neighbour])
    shared = await make.order(store, seller.merchant_id, "NEIGHBOUR-2")
    buyers = await api.ask(who, "{ orders(first: 10) { nodes { id } } }")
    mine = buyers["orders"]["nodes"][0]["id"]
    text = """query($ids: [ID!]!) { orders(first: 10) { nodes { number } } shipments(first: 10) { nodes {
      trackingNumber orders { number } } } nodes(ids: $ids) { id } viewer { customerId kind merchant { name } } }"""

    told = await api.ask(who, text, ids=[neighbour.typeid, theirs.typeid, shared.typeid, mine])

    assert [node["number"] for node in told["orders"]["nodes"]] == ["OURS-1"]
    assert told["shipments"]["nodes"] == [{"trackingNumber": "SFOURS1", "orders": [{"number": "OURS-1"}]}]
    assert told["nodes"] == [None, None, None, {"id": mine}]
    assert told["viewer"]["kind"] is None
    assert told["viewer"]["customerId"].startswith("cus_")


async def test_of_a_shared_parcel_a_buyer_sees_their_own_order_only(api: Api, store: Store, world: World) -> None:
    seller, _ = world.viewers["merchant"]
    one, two = [await make.order(store, seller.merchant_id, f"SHARED-{n}") for n in (1, 2)]
    await make.shipment(store, seller.merchant_id, "SFSHARED", orders=[one, two])
    text = '{ shipment(trackingNumber: "SFSHARED") { orders { number customer { name } } } }'

    told = await api.ask(make.buyer(store, one), text)

    assert [order["number"] for order in told["shipment"]["orders"]] == ["SHARED-1"]
