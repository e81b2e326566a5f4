"""What is odd about an order is flagged by line and field, all at once, and the order enters."""

from typing import Any

import pytest

from db.enums import OrderFlag
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import sync

ADDRESS: dict[str, Any] = make.order_form()["shippingAddress"]
LINE: dict[str, Any] = make.order_form()["lines"][0]
PROVOKED: dict[str, tuple[dict[str, Any], int | None, str]] = {
    "PHONE_INVALID": ({"shippingAddress": {**ADDRESS, "phone": "1234"}}, None, "shippingAddress.phone"),
    "ADDRESS_INCOMPLETE": (
        {"shippingAddress": {"country": "CN", "region": "广东省", "phone": "13800138000"}},
        None,
        "shippingAddress.",
    ),
    "REGION_MISMATCH": ({"shippingAddress": {**ADDRESS, "region": "北京市"}}, None, "shippingAddress."),
    "FORBIDDEN_GOODS": ({"lines": [LINE, {**LINE, "sku": "F", "title": "烟花爆竹"}]}, 1, "title"),
    "WEIGHT_MISSING": ({"lines": [LINE, {**LINE, "sku": "W", "weightGrams": None}]}, 1, "weightGrams"),
}


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


def test_every_flag_is_provoked_here() -> None:
    assert set(PROVOKED) | {"DUPLICATE"} == {flag.name for flag in OrderFlag}


@pytest.mark.parametrize("flag", PROVOKED)
async def test_an_odd_order_enters_with_its_flag(api: Api, seller: make.Someone, flag: str) -> None:
    changes, line, field = PROVOKED[flag]

    [told] = await sync(api, seller, make.order_form("F-1", **changes))

    order = told["order"]
    assert told["outcome"] == "CREATED"
    assert flag in order["flags"]
    assert order["needsAction"] is True
    problem = next(each for each in order["problems"] if each["flag"] == flag)
    assert problem["line"] == line
    assert problem["field"].startswith(field)
    assert problem["message"].endswith(".")


async def test_everything_odd_is_told_at_once(api: Api, seller: make.Someone) -> None:
    lines = [{**LINE, "weightGrams": None}, {**LINE, "sku": "F", "title": "烟花爆竹"}]
    [told] = await sync(
        api, seller, make.order_form("F-1", lines=lines, shippingAddress={**ADDRESS, "phone": "1", "region": "北京市"})
    )
    assert {"PHONE_INVALID", "REGION_MISMATCH", "FORBIDDEN_GOODS", "WEIGHT_MISSING"} <= set(told["order"]["flags"])


async def test_a_mended_order_is_odd_no_more(api: Api, seller: make.Someone) -> None:
    await sync(api, seller, make.order_form("F-1", **PROVOKED["PHONE_INVALID"][0]))
    [told] = await sync(api, seller, make.order_form("F-1"))
    assert (told["outcome"], told["order"]["flags"], told["order"]["needsAction"]) == ("UPDATED", [], False)


BUYER = {"externalId": "twin", "name": "王小明", "phone": "13800138000"}


def twin(number: str, **changes: Any) -> dict[str, Any]:
    return make.order_form(number, **{"customer": BUYER, **changes})


async def test_a_twin_is_flagged_with_the_others_number(api: Api, seller: make.Someone) -> None:
    await sync(api, seller, twin("T-1"))
    [told] = await sync(api, seller, twin("T-2", placedAt="2026-05-21T08:00:00Z"))

    assert told["order"]["flags"] == ["DUPLICATE"]
    assert told["order"]["problems"][0]["field"] == "number"
    assert "T-1" in told["order"]["problems"][0]["message"]


async def test_twins_of_one_call_are_found_too(api: Api, seller: make.Someone) -> None:
    told = await sync(api, seller, *(twin(f"T-{n}") for n in range(3)))
    assert [each["order"]["flags"] for each in told] == [[], ["DUPLICATE"], ["DUPLICATE"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"placedAt": "2026-05-21T08:00:00.000001Z"},
        {"placedAt": "2026-05-19T07:59:59Z"},
        {"customer": {**BUYER, "externalId": "somebody else"}},
        {"total": {"amount": "198.99", "currency": "CNY"}},
        {"lines": [{**LINE, "quantity": 3}]},
        {"lines": [LINE, {**LINE, "sku": "B"}]},
    ],
    ids=["a day and more later", "more than a day before", "another buyer", "another total", "more", "other goods"],
)
async def test_what_differs_is_no_twin(api: Api, seller: make.Someone, changes: dict[str, Any]) -> None:
    await sync(api, seller, twin("T-1"))
    [told] = await sync(api, seller, twin("T-2", **changes))
    assert told["order"]["flags"] == []


async def test_another_merchants_order_is_no_twin(api: Api, store: Store, seller: make.Someone) -> None:
    await sync(api, await make.merchant(store), twin("T-1"))
    [told] = await sync(api, seller, twin("T-2"))
    assert told["order"]["flags"] == []


async def test_an_order_is_not_its_own_twin(api: Api, seller: make.Someone) -> None:
    await sync(api, seller, twin("T-1"))
    [told] = await sync(api, seller, twin("T-1", externalId="x"))
    assert told["order"]["flags"] == []
