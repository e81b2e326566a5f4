"""ordersSync: one outcome an order, refusals named by item and field, safe to repeat."""

import json
from typing import Any

import pytest

from db.models.log import Event
from db.models.orders import Customer, Order, OrderLine
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting
from tests.resolvers.syncing import SYNC, outcomes, rows, sync

LINE = make.order_form()["lines"][0]
PARCEL = {"carrier": "SF", "trackingNumber": " sf 123 "}


def form(number: str = "A-1001", **changes: Any) -> dict[str, Any]:
    return make.order_form(number, **changes)


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def test_a_good_order_enters_with_its_parcels(api: Api, seller: make.Someone) -> None:
    [told] = await sync(api, seller, form(promisedOn="2026-06-03", status="PAID", shipments=[PARCEL]))

    assert (told["outcome"], told["number"], told["userErrors"]) == ("CREATED", "A-1001", [])
    order = told["order"]
    assert order["status"] == "PAID"
    assert order["promisedDeliveryAt"] == "2026-06-03T16:00:00+00:00"  # the day's end in China
    assert order["lines"][0] | {"id": ""} == {"id": "", "sku": "TEE-RED-M", "quantity": 2, "title": "T恤 红色"}
    [parcel] = order["shipments"]
    assert parcel["trackingNumber"] == "SF123"
    assert parcel["carrier"] == {"code": "sf"}
    assert parcel["promisedDeliveryAt"] == order["promisedDeliveryAt"]
    assert order["flags"] == []


async def test_a_chinese_address_line_is_taken_apart(api: Api, seller: make.Someone) -> None:
    line = "浙江省杭州市西湖区文三路398号东信大厦5楼"
    [told] = await sync(api, seller, form(shippingAddress={"country": "cn", "street": [line], "phone": "13800138000"}))

    address = told["order"]["shippingAddress"]
    assert (address["region"], address["city"], address["district"]) == ("浙江省", "杭州市", "西湖区")
    assert address["regionCode"] == "33"
    assert address["street"][0].startswith("文三路398号")


async def test_a_repeat_changes_nothing_and_writes_nothing(api: Api, store: Store, seller: make.Someone) -> None:
    forms = [form("R-1", shipments=[PARCEL]), form("R-2", promisedAt="2026-06-03T10:00:00+08:00")]
    tables = (Order, OrderLine, Customer, Shipment, Event)
    first = await sync(api, seller, *forms)
    before = [await rows(store, table, seller) for table in tables]

    with counting(store) as statements:
        again = await sync(api, seller, *forms)

    assert [each["outcome"] for each in first] == ["CREATED", "CREATED"]
    assert [each["outcome"] for each in again] == ["UNCHANGED", "UNCHANGED"]
    assert [each["order"] for each in again] == [each["order"] for each in first]
    assert [await rows(store, table, seller) for table in tables] == before
    changes = [each.split()[:2] for each in statements if each.startswith(("INSERT", "UPDATE"))]
    assert [table for _, table in changes if table != "inbox"] == []


MONEY = {"amount": "1.00", "currency": "CNY"}
REFUSED: list[tuple[str, dict[str, Any], list[str]]] = [
    ("an unknown currency", {"total": {"amount": "1", "currency": "XYZ"}}, ["total", "currency"]),
    ("decimals a currency has not", {"total": {"amount": "1.5", "currency": "JPY"}}, ["total"]),
    ("too many decimals", {"total": {"amount": "1.001", "currency": "CNY"}}, ["total"]),
    ("a negative total", {"total": {"amount": "-1", "currency": "CNY"}}, ["total", "amount"]),
    ("no number", {"total": {"amount": "NaN", "currency": "CNY"}}, ["total", "amount"]),
    ("an endless total", {"total": {"amount": "1e999999", "currency": "CNY"}}, ["total", "amount"]),
    ("an infinite total", {"total": {"amount": "Infinity", "currency": "CNY"}}, ["total", "amount"]),
    ("a total beyond any", {"total": {"amount": "1" * 16, "currency": "CNY"}}, ["total", "amount"]),
    ("a quantity of 0", {"lines": [LINE, {**LINE, "quantity": 0}]}, ["lines", "1", "quantity"]),
    ("a negative quantity", {"lines": [{**LINE, "quantity": -1}]}, ["lines", "0", "quantity"]),
    ("a line without a name", {"lines": [{**LINE, "sku": " "}]}, ["lines", "0", "sku"]),
    ("another currency", {"lines": [{**LINE, "unitPrice": {"amount": "1", "currency": "USD"}}]}, []),
    ("no country", {"shippingAddress": {"country": ""}}, ["shippingAddress", "country"]),
    ("a country in words", {"shippingAddress": {"country": "China"}}, ["shippingAddress", "country"]),
    ("no time zone", {"placedAt": "2026-05-20T08:00:00"}, ["placedAt"]),
    ("a day before computers", {"placedAt": "0001-01-01T00:00:00+14:00"}, ["placedAt"]),
    ("a day after all", {"placedAt": "9999-12-31T23:59:59-14:00"}, ["placedAt"]),
    ("a promise before time", {"promisedAt": "0001-01-01T00:00:00+14:00"}, ["promisedAt"]),
    ("a promised day after all", {"promisedOn": "9999-12-31"}, ["promisedOn"]),
    ("no number of its own", {"number": " "}, ["number"]),
    ("a bell in a name", {"number": "A\x07"}, ["number"]),
    ("too long a number", {"number": "A" * 101}, ["number"]),
    ("a mail address that is none", {"customer": {"email": "x"}}, ["customer", "email"]),
    (
        "a parcel without a number",
        {"shipments": [{"carrier": "sf", "trackingNumber": " "}]},
        ["shipments", "0", "trackingNumber"],
    ),
    (
        "a carrier that is no code",
        {"shipments": [{"carrier": "S F!", "trackingNumber": "1"}]},
        ["shipments", "0", "carrier"],
    ),
]


@pytest.mark.parametrize(("changes", "field"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
async def test_what_means_nothing_is_refused_by_its_field_and_the_others_enter(
    api: Api, seller: make.Someone, changes: dict[str, Any], field: list[str]
) -> None:
    good, bad, last = await sync(api, seller, form("G-1"), form(**{"number": "B-1", **changes}), form("G-2"))

    assert (good["outcome"], last["outcome"]) == ("CREATED", "CREATED")
    assert bad["outcome"] == "REFUSED"
    assert bad["order"] is None
    assert bad["userErrors"][0]["code"] == "INVALID"
    assert bad["userErrors"][0]["field"] == ["input", "1", *field]


async def test_an_order_refused_tells_everything_at_once(api: Api, seller: make.Someone) -> None:
    [told] = await sync(
        api, seller, form(total={"amount": "1", "currency": "XYZ"}, lines=[{**LINE, "quantity": 0, "sku": ""}])
    )
    assert [each["field"][2:] for each in told["userErrors"]] == [
        ["total", "currency"],
        ["lines", "0", "sku"],
        ["lines", "0", "quantity"],
    ]


async def test_an_unknown_field_does_not_pass_the_schema(api: Api, seller: make.Someone) -> None:
    assert await api.refused(seller, SYNC, input=[form(colour="red")]) == "BAD_USER_INPUT"


async def test_250_orders_are_taken_and_251_are_not(api: Api, store: Store, seller: make.Someone) -> None:
    small = "mutation($input: [OrderInput!]!) { ordersSync(input: $input) { results { outcome } } }"
    forms = [form(f"L-{number}") for number in range(251)]

    assert await api.refused(seller, small, input=forms) == "LIMIT_EXCEEDED"
    assert await rows(store, Order, seller) == 0
    told = await api.ask(seller, small, input=forms[:250])

    assert {each["outcome"] for each in told["ordersSync"]["results"]} == {"CREATED"}
    assert await rows(store, Order, seller) == 250


async def test_no_orders_are_no_work(api: Api, seller: make.Someone) -> None:
    assert await sync(api, seller) == []


async def test_of_two_with_one_number_the_first_is_taken(api: Api, seller: make.Someone) -> None:
    first, second, other = await sync(api, seller, form("D-1"), form(" D-1 ", status="PAID"), form("D-2"))

    assert first["outcome"] == other["outcome"] == "CREATED"
    assert first["order"]["status"] == "PLACED"
    assert second["outcome"] == "REFUSED"
    assert second["userErrors"][0]["code"] == "DUPLICATE"
    assert second["userErrors"][0]["field"] == ["input", "1", "number"]


async def test_an_unknown_carrier_refuses_the_parcel_and_not_the_order(api: Api, seller: make.Someone) -> None:
    unknown = {"carrier": "no_such_carrier", "trackingNumber": "1"}
    [told] = await sync(api, seller, form(shipments=[PARCEL, unknown]))

    assert told["outcome"] == "CREATED"
    assert [each["trackingNumber"] for each in told["order"]["shipments"]] == ["SF123"]
    [error] = told["userErrors"]
    assert error["code"] == "NOT_FOUND"
    assert error["field"] == ["input", "0", "shipments", "1", "carrier"]


@pytest.mark.parametrize("text", ["\0", "\ud800", "A\udfff"])
async def test_text_that_no_database_keeps_is_refused_at_the_door(api: Api, seller: make.Someone, text: str) -> None:
    escaped = json.dumps({"query": SYNC, "variables": {"input": [form(text)]}})
    plain = json.dumps({"query": SYNC, "variables": {"input": [form(text)]}}, ensure_ascii=False)
    for content in (escaped.encode(), plain.encode("utf-8", "surrogatepass")):
        headers = {**seller.headers, "content-type": "application/json"}
        answer = await api.http.post("/graphql", content=content, headers=headers)
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_one_merchants_number_is_free_for_another(api: Api, store: Store, seller: make.Someone) -> None:
    other = await make.merchant(store)
    assert await outcomes(api, seller, form("SAME")) == ["CREATED"]
    assert await outcomes(api, other, form("SAME")) == ["CREATED"]
    assert await outcomes(api, seller, form("SAME")) == ["UNCHANGED"]


async def test_what_customs_ask_for_is_kept_clean_and_refused_where_it_is_none(api: Api, seller: make.Someone) -> None:
    good = {**LINE, "hsCode": "6109.10.00", "countryOfOrigin": "pt"}
    wrong = [{**LINE, "hsCode": "6109"}, {**LINE, "countryOfOrigin": "ZZ"}]
    [told] = await sync(api, seller, form("HS-1", lines=[good]))
    [again] = await outcomes(api, seller, form("HS-1", lines=[good]))
    [other] = await outcomes(api, seller, form("HS-1", lines=[{**good, "hsCode": "610990"}]))
    [refused] = await sync(api, seller, form("HS-2", lines=wrong))

    assert (told["outcome"], again, other, refused["outcome"]) == ("CREATED", "UNCHANGED", "UPDATED", "REFUSED")
    fields = [each["field"] for each in refused["userErrors"]]
    assert fields == [["input", "0", "lines", "0", "hsCode"], ["input", "0", "lines", "1", "countryOfOrigin"]]
    lines = await api.ask(seller, '{ order(number: "HS-1") { lines { hsCode countryOfOrigin } } }')
    assert lines["order"]["lines"] == [{"hsCode": "610990", "countryOfOrigin": "PT"}]
