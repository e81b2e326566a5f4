"""What may be exported, by whom, and what they find in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.session import Store
from tests import make
from tests.asking import serving
from tests.exporting import CANCEL, CREATE, SHOW, Exporting

ORDERS = "{ orders { nodes { number } } }"


@pytest.fixture(scope="module")
async def kept(store: Store, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exporting]:
    folder: Path = tmp_path_factory.mktemp("files")
    async with serving(store, files=folder) as api:
        yield Exporting(api, store, folder)


@pytest.fixture
async def exporting(kept: Exporting) -> AsyncIterator[Exporting]:
    yield kept
    await kept.end_all()


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    who = await make.merchant(store)
    for number in range(3):
        order = await make.order(store, who.merchant_id, f"X-{number}")
        await make.shipment(store, who.merchant_id, f"SFX{number}", orders=[order])
    return who


@pytest.fixture(scope="module")
async def other(store: Store) -> make.Someone:
    who = await make.merchant(store)
    order = await make.order(store, who.merchant_id, "THEIRS")
    await make.shipment(store, who.merchant_id, "SFTHEIRS", orders=[order])
    return who


async def test_pages_are_ours_and_variables_of_pages_fall_away(exporting: Exporting, seller: make.Someone) -> None:
    query = """query Mine($n: Int!, $after: String, $status: [OrderStatus!], $classifier: Classifier) {
      found: orders(first: $n, after: $after, filter: {status: $status}) {
        totalCount pageInfo { hasNextPage }
        edges { cursor node { name: number ...Parcels } } } }
      fragment Parcels on Order { shipments { trackingNumber events(classifier: $classifier) { id } } }"""

    rows = await exporting.run(seller, query, n=1, status=["PLACED", "SHIPPED", "PAID"], classifier="ACTUAL")

    assert sorted(rows, key=lambda row: row["name"]) == [
        {"name": f"X-{number}", "shipments": [{"trackingNumber": f"SFX{number}", "events": []}]} for number in range(3)
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ orders { nodes { number } } shipments { nodes { id } } }", "one connection"),
        ("{ viewer { scopes } }", "viewer is no connection"),
        ("{ nothing { nodes { id } } }", "nothing is no connection"),
        ("{ orders { pageInfo { hasNextPage } } }", "one connection"),
        ("{ orders { nodes { number } edges { node { id } } } }", "one connection"),
        ("{ orders { nodes { number } nodes { id } } }", "one connection"),
        ("{ orders { ...All } } fragment All on OrderConnection { nodes { id } }", "one connection"),
        ("{ orders @skip(if: true) { nodes { id } } }", "one connection"),
        ("{ ...Root } fragment Root on Query { orders { nodes { id } } }", "one connection"),
        ('mutation { shipmentStopTracking(input: {id: "x"}) { shipment { id } } }', "one connection"),
        ("subscription { changes { position } }", "one connection"),
        ("query A { orders { nodes { id } } } query B { orders { nodes { id } } }", "one connection"),
        ("{ orders { nodes { number", "Syntax Error"),
        ("", "Syntax Error"),
        ("{ orders { nodes { secret } } }", "secret"),
        ("{ orders(colour: RED) { nodes { id } } }", "colour"),
        ("{ orders { nodes { timeline(first: 100) { nodes { position } } } } }", "costs"),
        ("{ orders { nodes { " + "a: number " * 4000 + "} } }", "tokens"),
        ("query($f: OrderFilter!, $unused: Int) { orders(filter: $f) { nodes { id } } }", ""),
    ],
)
async def test_what_cannot_be_exported_is_refused_with_the_reason(
    exporting: Exporting, seller: make.Someone, query: str, said: str
) -> None:
    told = await exporting.payload(seller, query)
    if not said:
        assert told["export"]["state"] == "QUEUED"  # what its variables lack is told when it runs
        return
    [error] = told["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["input", "query"])
    assert said in error["message"]


async def test_variables_that_do_not_fit_end_it(exporting: Exporting, seller: make.Someone) -> None:
    made = await exporting.create(seller, "query($s: OrderSort!) { orders(sort: $s) { nodes { id } } }", s="BY_COLOUR")
    await exporting.drain()
    shown = await exporting.show(seller, made["id"])

    assert (shown["state"], shown["error"]["code"]) == ("FAILED", "BAD_USER_INPUT")


async def test_variables_are_an_object(exporting: Exporting, seller: make.Someone) -> None:
    told = await exporting.api.ask(seller, CREATE, text=ORDERS, given=[1], headers_={"idempotency-key": "x-0"})

    assert told["exportCreate"]["userErrors"][0]["field"] == ["input", "variables"]


@pytest.mark.parametrize(
    ("query", "scope"),
    [
        (ORDERS, "orders:read"),
        ("{ shipments { nodes { id } } }", "shipments:read"),
        ("{ jobs { nodes { id } } }", "shipments:read"),
        ("{ alerts { nodes { kind } } }", "shipments:read"),
        ("{ changes { nodes { position } } }", "orders:read"),
    ],
)
async def test_it_takes_the_scope_of_what_it_reads(
    exporting: Exporting, store: Store, seller: make.Someone, query: str, scope: str
) -> None:
    without = await make.another_key(store, seller, "analytics:read")

    assert await exporting.api.refused(without, CREATE, text=query, headers_={"idempotency-key": query}) == "FORBIDDEN"
    assert await exporting.run(await make.another_key(store, seller, scope), query) is not None


async def test_five_run_at_once_and_no_more(exporting: Exporting, seller: make.Someone, other: make.Someone) -> None:
    made = [await exporting.create(seller, ORDERS) for _ in range(5)]
    told = await exporting.payload(seller, ORDERS)
    assert told["userErrors"][0]["code"] == "LIMIT"
    assert (await exporting.payload(other, ORDERS))["userErrors"] == []

    await exporting.api.ask(seller, CANCEL, id=made[0]["id"])
    assert (await exporting.payload(seller, ORDERS))["userErrors"] == []


async def test_a_key_spent_twice_makes_one_export(exporting: Exporting, seller: make.Someone) -> None:
    keyed = CREATE.replace(
        "exportCreate(input: {query: $text, variables: $given})",
        'exportCreate(input: {query: $text, variables: $given}) @idempotent(key: "x-1")',
    )
    assert keyed != CREATE
    one, two = [(await exporting.api.raw(seller, keyed, text=ORDERS)) for _ in range(2)]

    assert one["data"]["exportCreate"]["export"]["id"] == two["data"]["exportCreate"]["export"]["id"]
    assert two["extensions"]["replayed"] is True
    other_arguments = await exporting.api.ask(seller, keyed, text="{ shipments { nodes { id } } }")
    assert other_arguments["exportCreate"]["userErrors"][0]["code"] == "KEY_REUSED"


async def test_another_partner_neither_sees_nor_cancels_it(
    exporting: Exporting, seller: make.Someone, other: make.Someone
) -> None:
    made = await exporting.create(seller, ORDERS)

    assert (await exporting.api.ask(other, SHOW, id=made["id"]))["export"] is None
    assert (await exporting.api.ask(other, "query($id: ID!) { node(id: $id) { id } }", id=made["id"]))["node"] is None
    told = await exporting.api.ask(other, CANCEL, id=made["id"])
    assert told["exportCancel"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await exporting.show(seller, made["id"]))["state"] == "QUEUED"
    own = await exporting.api.ask(seller, "{ exports(first: 1) { nodes { id } totalCount } }")
    assert own["exports"]["nodes"] == [{"id": made["id"]}]
    assert made["id"] not in str(await exporting.api.ask(other, "{ exports(first: 100) { nodes { id } } }"))


async def test_a_platform_exports_all_its_merchants_or_the_one_it_names(
    exporting: Exporting, store: Store, seller: make.Someone, other: make.Someone
) -> None:
    third = await make.merchant(store)
    await make.order(store, third.merchant_id, "NOT-LINKED")
    platform = await make.platform(store, seller, other)
    assert other.merchant

    everything = await exporting.run(platform, ORDERS)
    named = await exporting.run(platform, ORDERS, {"Waybridge-Merchant": other.merchant.typeid})

    assert sorted(row["number"] for row in everything) == ["THEIRS", "X-0", "X-1", "X-2"]
    assert [row["number"] for row in named] == ["THEIRS"]


async def test_a_carrier_exports_its_parcels_and_a_buyer_nothing(
    exporting: Exporting, store: Store, seller: make.Someone, other: make.Someone
) -> None:
    await make.shipment(store, other.merchant_id, "ZTO1", "zto")
    carrier = await make.carrier(store, "zto")
    order = await make.order(store, seller.merchant_id, "X-0")

    rows = await exporting.run(carrier, "{ shipments { nodes { trackingNumber merchant { name } } } }")

    assert rows == [{"trackingNumber": "ZTO1", "merchant": None}]
    assert await exporting.api.refused(make.buyer(store, order), CREATE, text=ORDERS) == "FORBIDDEN"


async def test_names_are_masked_as_for_the_key_that_asked(
    exporting: Exporting, store: Store, seller: make.Someone
) -> None:
    query = "{ orders { nodes { customer { name } } } }"
    revealing = await make.another_key(store, seller, "orders:read", "personal:reveal")

    assert {row["customer"]["name"] for row in await exporting.run(seller, query)} == {"王**"}
    assert {row["customer"]["name"] for row in await exporting.run(revealing, query)} == {"王小明"}


async def test_the_change_feed_is_exported_in_its_order(exporting: Exporting, seller: make.Someone) -> None:
    feed = await exporting.api.ask(seller, "{ changes(first: 100) { nodes { number kind } } }")
    assert feed["changes"]["nodes"] == await exporting.run(seller, "{ changes { nodes { number kind } } }")


async def test_a_foreign_merchant_cannot_be_asked_for(
    exporting: Exporting, store: Store, seller: make.Someone, other: make.Someone
) -> None:
    platform = await make.platform(store, seller)
    assert other.merchant
    headers = {"Waybridge-Merchant": other.merchant.typeid}

    assert await exporting.api.refused(platform, CREATE, text=ORDERS, headers_=headers) == "FORBIDDEN"
