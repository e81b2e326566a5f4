"""What each root field, edge and mutation needs: without the scope FORBIDDEN, with it an answer."""

from typing import Any

import pytest

from aftersales.credentials import SCOPES
from db.models.orders import Order
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api

READS = {
    '{ order(number: "S-1") { id } }': "orders:read",
    "{ orders(first: 1) { nodes { id } } }": "orders:read",
    '{ shipment(trackingNumber: "SFS1") { id } }': "shipments:read",
    "{ shipments(first: 1) { nodes { id } } }": "shipments:read",
    "{ alerts(first: 1) { nodes { kind } } }": "shipments:read",
    "{ carrierAccounts { id } }": "shipments:read",
    "{ jobs(first: 1) { totalCount } }": "shipments:read",
    '{ quotes(input: {fromCountry: "CN", toCountry: "CN", weightGrams: 9}) { quotes { days } } }': "shipments:read",
    '{ pickupSlots(input: {carrier: "sf", country: "CN"}) { because windows { start } } }': "returns:read",
    '{ refund(id: "x") { id } }': "returns:read",
    "{ warehouses { id } }": "returns:read",
    '{ calendar(country: "CN", year: 2026) { isComplete } }': "returns:read",
    '{ refundPreview(returnId: "x") { trigger } }': "returns:read",
}
FREE = [
    "{ dropOffPoints(near: {latitude: 0, longitude: 0}) { meters } }",
    "{ emissionFactors { mode grams source } }",
    "{ viewer { scopes partner { name } merchant { name } merchants { name } } }",
    "{ carriers { code name } }",
    '{ carrier(code: "sf") { name } }',
    '{ identify(trackingNumber: "SF1234567890123") { carrierCode } }',
    '{ node(id: "nothing") { id } }',
]
TOTAL = '{amount: "1", currency: "CNY"}'
ORDER = f'{{number: "N", placedAt: "2026-05-20T08:00:00Z", total: {TOTAL}, customer: {{}}, shippingAddress: {{country: "CN"}}}}'
WRITES = {
    f"mutation {{ ordersSync(input: [{ORDER}]) {{ userErrors {{ code }} }} }}": "orders:write",
    'mutation { shipmentsRegister(input: [{carrier: "sf", trackingNumber: "X1"}]) { userErrors { code } } }': "shipments:write",
    'mutation { shipmentStopTracking(input: {id: "x"}) { userErrors { code } } }': "shipments:write",
    'mutation { shipmentCorrectCarrier(input: {id: "x", carrier: "sf"}) { userErrors { code } } }': "shipments:write",
    'mutation { carrierAccountCreate(input: {carrier: "sf"}) @idempotent(key: "s") { userErrors { code } } }': "shipments:write",
    'mutation { carrierAccountUpdate(input: {id: "x"}) { userErrors { code } } }': "shipments:write",
    'mutation { carrierAccountDisable(input: {id: "x"}) { userErrors { code } } }': "shipments:write",
    'mutation { refundTransferConfirm(input: {refundId: "x", outcome: STARTED, reference: "x"}) @idempotent(key: "s") { userErrors { code } } }': "returns:write",
    **{
        f'mutation {{ {name}(input: {{shipmentId: "x"{more}}}) @idempotent(key: "d") {{ userErrors {{ code }} }} }}': "deliveries:write"
        for name, more in (
            ("deliveryHold", ""),
            ("deliveryRedirect", ', mode: LEAVE_WITH, leaveWith: "x"'),
            ("deliveryReschedule", ', window: {start: "2026-01-01T00:00:00Z", end: "2026-01-02T00:00:00Z"}'),
        )
    },
    'mutation { returnCustomsUpdate(input: {id: "x"}) { userErrors { code } } }': "returns:write",
    'mutation { consolidationSend(input: {hub: "x", carrier: "sf", trackingNumber: "x"}) @idempotent(key: "c") { userErrors { code } } }': "returns:write",
    'mutation { jobRetry(input: {id: "x"}) { userErrors { code } } }': "shipments:write",
    'mutation { warehouseDaysSave(input: {warehouse: "x"}) { userErrors { code } } }': "returns:write",
    'mutation { policyPublish(input: {id: "x"}) { userErrors { code } } }': "policies:write",
    'mutation { policySimulate(input: {id: "x"}) { userErrors { code } } }': "policies:write",
    'mutation { policyCreate(input: {code: "x", name: "x", rules: {noReasonDays: 30}}) @idempotent(key: "p") { userErrors { code } } }': "policies:write",
    'mutation { customerTokenCreate(input: {externalId: "x"}) { userErrors { code } } }': "customers:token",
}


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture(scope="module")
async def order(store: Store, seller: make.Someone) -> Order:
    return await make.order(store, seller.merchant_id, "S-1")


@pytest.fixture(scope="module")
async def parcel(store: Store, seller: make.Someone, order: Order) -> Shipment:
    row = await make.shipment(store, seller.merchant_id, "SFS1", orders=[order])
    await make.scan(store, row)
    return row


def without(scope: str) -> list[str]:
    return [each for each in SCOPES if each != scope]


async def both(api: Api, store: Store, seller: make.Someone, query: str, scope: str, **variables: Any) -> Any:
    """What is told without the scope, which must be FORBIDDEN with its name, and what is told with it alone."""
    refused = await api.raw(await make.another_key(store, seller, *without(scope)), query, **variables)
    [error] = refused["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == f"This credential lacks the scope {scope}."
    return await api.ask(await make.another_key(store, seller, scope), query, **variables)


@pytest.mark.parametrize(("query", "scope"), READS.items(), ids=[each.split("(")[0] for each in READS])
async def test_a_read_needs_its_scope(
    api: Api, store: Store, seller: make.Someone, parcel: Shipment, query: str, scope: str
) -> None:
    assert await both(api, store, seller, query, scope)


@pytest.mark.parametrize(("query", "scope"), WRITES.items(), ids=[each.split("(")[0] for each in WRITES])
async def test_a_mutation_needs_its_scope(api: Api, store: Store, seller: make.Someone, query: str, scope: str) -> None:
    assert await both(api, store, seller, query, scope)


@pytest.mark.parametrize("query", FREE)
async def test_what_tells_nothing_of_anybody_needs_no_scope(
    api: Api, store: Store, seller: make.Someone, query: str
) -> None:
    await api.ask(await make.another_key(store, seller, "analytics:read"), query)


@pytest.mark.parametrize(
    ("prefix", "scope"),
    [
        ("ord", "orders:read"),
        ("oln", "orders:read"),
        ("cus", "orders:read"),
        ("shp", "shipments:read"),
        ("evt", "shipments:read"),
        ("acc", "shipments:read"),
        ("rfd", "returns:read"),
    ],
)
async def test_an_id_needs_the_scope_of_what_it_is(
    api: Api, store: Store, seller: make.Someone, prefix: str, scope: str
) -> None:
    id_ = f"{prefix}_{'0' * 26}"

    one = await both(api, store, seller, "query($id: ID!) { node(id: $id) { id } }", scope, id=id_)
    several = await both(api, store, seller, "query($id: ID!) { nodes(ids: [$id]) { id } }", scope, id=id_)

    assert one == {"node": None}
    assert several == {"nodes": [None]}


async def test_a_merchant_and_a_partner_are_found_without_a_scope(api: Api, store: Store, seller: make.Someone) -> None:
    assert seller.merchant
    who = await make.another_key(store, seller, "analytics:read")
    ids = [seller.merchant.typeid, seller.partner.typeid]

    told = await api.ask(who, "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }", ids=ids)

    assert [node["__typename"] for node in told["nodes"]] == ["Merchant", "Partner"]


@pytest.mark.parametrize(
    ("own", "needed", "query"),
    [
        ("orders:read", "shipments:read", '{ order(number: "S-1") { shipments { id } } }'),
        ("orders:read", "shipments:read", '{ order(number: "S-1") { journey { id } } }'),
        ("shipments:read", "orders:read", '{ shipment(trackingNumber: "SFS1") { orders { id } } }'),
    ],
)
async def test_an_edge_from_one_to_the_other_needs_the_others_scope(
    api: Api, store: Store, seller: make.Someone, parcel: Shipment, own: str, needed: str, query: str
) -> None:
    told = await api.raw(await make.another_key(store, seller, own), query)
    allowed = await api.ask(await make.another_key(store, seller, own, needed), query)

    [error] = told["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert needed in error["message"]
    [inner] = allowed.values()
    assert len(next(iter(inner.values()))) == 1


async def test_a_refused_scope_writes_nothing(api: Api, store: Store, seller: make.Someone) -> None:
    who = await make.another_key(store, seller, *without("orders:write"))
    query = next(each for each in WRITES if "ordersSync" in each).replace('"N"', '"REFUSED"')
    assert await api.refused(who, query) == "FORBIDDEN"
    assert (await api.ask(who, '{ order(number: "REFUSED") { id } }'))["order"] is None


@pytest.mark.parametrize("query", [each for each in WRITES if "customerToken" not in each])
async def test_a_buyer_and_a_carrier_change_nothing(
    api: Api, store: Store, seller: make.Someone, order: Order, query: str
) -> None:
    scopes = ("orders:read", "shipments:read", "returns:write", "claims:write")
    carrier = await make.carrier(store, scopes=list(SCOPES))
    for who in (make.buyer(store, order, scopes), carrier):
        assert await api.refused(who, query) == "FORBIDDEN"


@pytest.mark.parametrize("query", WRITES)
async def test_a_platform_must_name_the_merchant_it_writes_for(
    api: Api, store: Store, seller: make.Someone, query: str
) -> None:
    platform = await make.platform(store, seller, scopes=list(SCOPES))
    other = await make.merchant(store)
    assert seller.merchant
    assert other.merchant

    unnamed = await api.raw(platform, query)
    foreign = await api.raw(platform, query, headers_={"Waybridge-Merchant": other.merchant.typeid})
    named = await api.raw(platform, query, headers_={"Waybridge-Merchant": seller.merchant.typeid})

    assert unnamed["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Waybridge-Merchant" in unnamed["errors"][0]["message"]
    assert foreign["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "data" not in foreign
    assert "errors" not in named
