"""Many at once and many in a call: one row, never a failure of ours, and no more statements than for a few."""

import asyncio
from typing import Any

import pytest

from db.models.log import Event
from db.models.orders import Customer, Order, OrderLine
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.counting import counting
from tests.resolvers.syncing import SYNC, rows

SMALL = """mutation($input: [OrderInput!]!) { ordersSync(input: $input) {
  results { outcome userErrors { code } } userErrors { code message } } }"""


def form(number: str, **changes: Any) -> dict[str, Any]:
    parcel = {"carrier": "sf", "trackingNumber": f"SF{number}"}
    return make.order_form(number, shipments=[parcel], **changes)


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def test_equal_calls_at_once_make_one_row(api: Api, store: Store, seller: make.Someone) -> None:
    """Somebody wins; the others hear UNCHANGED, or CONFLICT and may repeat."""
    forms = [form(f"R-{n}", customer={"externalId": "same", "phone": "13800138000"}) for n in range(3)]

    told = await asyncio.gather(*(api.raw(seller, SYNC, input=forms) for _ in range(8)))

    created = 0
    for each in told:
        assert "errors" not in each
        payload = each["data"]["ordersSync"]
        if payload["userErrors"]:
            assert [error["code"] for error in payload["userErrors"]] == ["CONFLICT"]
        else:
            outcomes = {result["outcome"] for result in payload["results"]}
            assert outcomes in ({"CREATED"}, {"UNCHANGED"})
            created += outcomes == {"CREATED"}
    assert created == 1
    assert [await rows(store, table, seller) for table in (Order, OrderLine, Shipment, Customer)] == [3, 3, 3, 1]
    assert await rows(store, Event, seller) == 6


async def test_different_amendments_at_once_leave_one_of_them(api: Api, store: Store, seller: make.Someone) -> None:
    await api.ask(seller, SMALL, input=[form("R-1")])

    amended = [form("R-1", total={"amount": f"{n}.00", "currency": "CNY"}) for n in range(1, 7)]
    told = await asyncio.gather(*(api.raw(seller, SMALL, input=[each]) for each in amended))

    assert all("errors" not in each for each in told)
    query = '{ order(number: "R-1") { total { amount } lines { id } } }'
    shown = (await api.ask(seller, query))["order"]
    assert shown["total"]["amount"] in {f"{n}.00" for n in range(1, 7)}
    assert len(shown["lines"]) == 1


async def test_calls_that_name_the_same_orders_in_opposite_order_do_not_lock_each_other_out(
    api: Api, store: Store, seller: make.Someone
) -> None:
    numbers = [f"O-{n}" for n in range(10)]
    await api.ask(seller, SMALL, input=[form(number) for number in numbers])

    told = []
    for round_ in range(3):
        calls = [[form(number, externalId=f"{round_}-{way}") for number in numbers[::way]] for way in (1, -1, 1, -1)]
        told += await asyncio.gather(*(api.raw(seller, SMALL, input=call) for call in calls))

    assert all("errors" not in each for each in told)
    codes = {error["code"] for each in told for error in each["data"]["ordersSync"]["userErrors"]}
    assert codes <= {"CONFLICT"}


async def statements(api: Api, store: Store, seller: make.Someone, forms: list[dict[str, Any]]) -> int:
    await api.ask(seller, "{ viewer { kind } }")
    with counting(store) as seen:
        told = await api.ask(seller, SMALL, input=forms)
    assert len(told["ordersSync"]["results"]) == len(forms)
    assert told["ordersSync"]["userErrors"] == []
    return len(seen)


def buyers(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [form(f"S{count}-{n}", **changes) for n in range(count)]


async def test_more_orders_do_not_take_more_statements(api: Api, store: Store, seller: make.Someone) -> None:
    """Creating, repeating: as many for 100 orders as for 10. An amended order's version is checked row by row."""
    few, many = buyers(10), buyers(100)

    created = [await statements(api, store, seller, forms) for forms in (few, many)]
    repeated = [await statements(api, store, seller, forms) for forms in (few, many)]

    assert created[0] == created[1]
    assert repeated[0] == repeated[1]
    assert created[1] <= 30
    assert repeated[1] <= 15
    amended = [
        await statements(api, store, seller, [{**each, "externalId": "x"} for each in forms]) for forms in (few, many)
    ]
    assert amended[1] - amended[0] == 90
