"""shipmentsRegister: one outcome a parcel, safe to repeat."""

import asyncio
from typing import Any

import pytest

from db.models.log import Event
from db.models.orders import Order
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting
from tests.resolvers.syncing import rows

REGISTER = """mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) {
  results { index trackingNumber outcome userErrors { code message field } shipment {
    id trackingNumber externalId service direction status promisedDeliveryAt weightGrams
    declaredValue { amount currency } freight { amount currency } carrier { code } orders { number }
    tracking { method account { name } nextPollAt stoppedAt } } }
  userErrors { code message field } } }"""
STOP = "mutation($id: ID!) { shipmentStopTracking(input: {id: $id}) { shipment { id } userErrors { code } } }"


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture
async def order(store: Store, seller: make.Someone) -> Order:
    return await make.order(store, seller.merchant_id, "A-1")


def parcel(number: str = "SF1", **given: Any) -> dict[str, Any]:
    return {"carrier": "sf", "trackingNumber": number, **given}


async def register(api: Api, who: make.Someone, *items: dict[str, Any]) -> list[Any]:
    told = (await api.ask(who, REGISTER, input=list(items)))["shipmentsRegister"]
    assert told["userErrors"] == []
    assert [each["index"] for each in told["results"]] == list(range(len(items)))
    results: list[Any] = told["results"]
    return results


async def test_a_parcel_is_followed_from_now_on(api: Api, store: Store, seller: make.Someone, order: Order) -> None:
    await make.account(store, seller.merchant_id, name="live")
    full = parcel(
        " sf 12 ",
        carrier="SF",
        orderNumbers=["A-1"],
        externalId="p-1",
        service="express",
        promisedOn="2026-06-03",
        declaredValue={"amount": "100.00", "currency": "CNY"},
        freight={"amount": "12.50", "currency": "CNY"},
        weightGrams=500,
        phone="13800138000",
    )

    [told] = await register(api, seller, full)

    assert (told["outcome"], told["trackingNumber"], told["userErrors"]) == ("REGISTERED", " sf 12 ", [])
    shown = told["shipment"]
    assert shown["trackingNumber"] == "SF12"
    assert (shown["externalId"], shown["service"], shown["weightGrams"]) == ("p-1", "express", 500)
    assert shown["status"] == "UNKNOWN"
    assert shown["promisedDeliveryAt"] == "2026-06-03T16:00:00+00:00"
    assert shown["declaredValue"] == {"amount": "100.00", "currency": "CNY"}
    assert shown["freight"] == {"amount": "12.50", "currency": "CNY"}
    assert shown["orders"] == [{"number": "A-1"}]
    assert shown["tracking"]["account"] == {"name": "live"}
    assert shown["tracking"]["method"] == "PUSH"


async def test_orders_are_named_by_id_or_number(api: Api, store: Store, seller: make.Someone, order: Order) -> None:
    await make.order(store, seller.merchant_id, "A-2")
    [told] = await register(api, seller, parcel(orderIds=[order.typeid], orderNumbers=["A-2"]))
    assert {each["number"] for each in told["shipment"]["orders"]} == {"A-1", "A-2"}


async def test_a_repeat_changes_nothing_and_writes_nothing(
    api: Api, store: Store, seller: make.Someone, order: Order
) -> None:
    item = parcel(orderIds=[order.typeid], promisedAt="2026-06-03T10:00:00+08:00", phone="13800138000")
    [first] = await register(api, seller, item)
    before = [await rows(store, table, seller) for table in (Shipment, Event)]

    [again] = await register(api, seller, item)

    assert (first["outcome"], again["outcome"]) == ("REGISTERED", "UNCHANGED")
    assert again["shipment"] == first["shipment"]
    assert [await rows(store, table, seller) for table in (Shipment, Event)] == before


async def test_what_is_given_anew_changes_and_the_rest_stays(api: Api, seller: make.Someone) -> None:
    await register(api, seller, parcel(service="express", weightGrams=5))
    [told] = await register(api, seller, parcel(weightGrams=6))
    assert told["outcome"] == "CHANGED"
    assert (told["shipment"]["service"], told["shipment"]["weightGrams"]) == ("express", 6)


async def test_a_stopped_parcel_is_followed_again(api: Api, seller: make.Someone) -> None:
    [told] = await register(api, seller, parcel())
    await api.ask(seller, STOP, id=told["shipment"]["id"])

    [again] = await register(api, seller, parcel())

    assert again["outcome"] == "CHANGED"
    assert again["shipment"]["tracking"]["stoppedAt"] is None


CNY, USD = {"amount": "1.00", "currency": "CNY"}, {"amount": "1.00", "currency": "USD"}
REFUSED: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("an unknown carrier", {"carrier": "no_such"}, "NOT_FOUND", ["carrier"]),
    ("a carrier that is no code", {"carrier": "!"}, "INVALID", ["carrier"]),
    ("no number", {"trackingNumber": " "}, "INVALID", ["trackingNumber"]),
    ("too long a number", {"trackingNumber": "1" * 61}, "INVALID", ["trackingNumber"]),
    ("an unprintable number", {"trackingNumber": "1\u200b2"}, "INVALID", ["trackingNumber"]),
    ("an id that is none", {"orderIds": ["x"]}, "NOT_FOUND", ["orderIds"]),
    ("an id of something else", {"orderIds": ["shp_" + "0" * 26]}, "NOT_FOUND", ["orderIds"]),
    ("an unknown order", {"orderIds": ["ord_" + "0" * 26]}, "NOT_FOUND", ["orderIds"]),
    ("an unknown order number", {"orderNumbers": ["A-1", "never"]}, "NOT_FOUND", ["orderNumbers"]),
    ("two currencies", {"declaredValue": CNY, "freight": USD}, "INVALID", ["freight", "currency"]),
    ("decimals beyond the currency's", {"freight": {"amount": "1.001", "currency": "CNY"}}, "INVALID", ["freight"]),
    ("a negative weight", {"weightGrams": -1}, "INVALID", ["weightGrams"]),
    ("a moment without offset", {"promisedAt": "2026-06-03T10:00:00"}, "INVALID", ["promisedAt"]),
    ("a day beyond time", {"promisedOn": "9999-12-31"}, "INVALID", ["promisedOn"]),
]


@pytest.mark.parametrize(
    ("changes", "code", "field"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
async def test_what_cannot_be_is_refused_and_the_others_are_registered(
    api: Api, seller: make.Someone, order: Order, changes: dict[str, Any], code: str, field: list[str]
) -> None:
    good, bad = await register(api, seller, parcel("SFGOOD"), {**parcel("SFBAD"), **changes})

    assert good["outcome"] == "REGISTERED"
    assert (bad["outcome"], bad["shipment"]) == ("REFUSED", None)
    assert bad["userErrors"][0]["code"] == code
    assert bad["userErrors"][0]["field"] == ["input", "1", *field]


async def test_250_parcels_are_taken_in_as_many_statements_as_10_and_251_are_not(
    api: Api, store: Store, seller: make.Someone
) -> None:
    small = "mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) { results { outcome } } }"
    forms = [parcel(f"SFL{number}") for number in range(261)]
    assert await api.refused(seller, small, input=forms[:251]) == "LIMIT_EXCEEDED"
    counts = []
    for part in (forms[:250], forms[250:260]):
        with counting(store) as statements:
            told = await api.ask(seller, small, input=part)
        assert {each["outcome"] for each in told["shipmentsRegister"]["results"]} == {"REGISTERED"}
        counts.append(len(statements))

    assert await rows(store, Shipment, seller) == 260
    assert counts[0] == counts[1] <= 30


async def test_a_number_twice_in_a_call_is_one_parcel(api: Api, store: Store, seller: make.Someone) -> None:
    one, two = await register(api, seller, parcel("SFT"), parcel(" sft", weightGrams=7))
    assert one["shipment"]["id"] == two["shipment"]["id"]
    assert await rows(store, Shipment, seller) == 1


async def test_equal_calls_at_once_make_one_parcel(api: Api, store: Store, seller: make.Someone) -> None:
    told = await asyncio.gather(*(api.raw(seller, REGISTER, input=[parcel("SFR")]) for _ in range(8)))

    assert all("errors" not in each for each in told)
    outcomes = [each["data"]["shipmentsRegister"]["results"][0]["outcome"] for each in told]
    assert sorted(outcomes) == ["REGISTERED"] + ["UNCHANGED"] * 7
    assert await rows(store, Shipment, seller) == 1
    assert await rows(store, Event, seller) == 1
