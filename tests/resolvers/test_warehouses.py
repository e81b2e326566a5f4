"""Warehouses and stock: saved again and again, counts that respect what is kept."""

from typing import Any

import pytest
from sqlalchemy import update

from db.models.warehouses import Stock
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

SAVE = """mutation ($input: WarehouseSaveInput!) { warehouseSave(input: $input) {
  warehouse { id code name country region zone isDefault returns address { country } } userErrors { code field } } }"""
SYNC = """mutation ($input: StockSyncInput!) { stockSync(input: $input) {
  results { index sku outcome stock { onHand reserved free wanted } userErrors { code field } } userErrors { code field } } }"""
ADDRESS = {"country": "CN", "region": "广东", "city": "深圳", "street": ["1 Keyuan Road"]}


@pytest.fixture
async def who(store: Store) -> make.Someone:
    return await make.merchant(store)


async def saved(api: Api, who: make.Someone, code: str = "SZ", **more: Any) -> Any:
    wish = {"code": code, "name": "Shenzhen", "address": ADDRESS, **more}
    return (await api.ask(who, SAVE, input=wish))["warehouseSave"]


async def synced(api: Api, who: make.Someone, *items: dict[str, Any], code: str = "SZ") -> Any:
    return (await api.ask(who, SYNC, input={"warehouse": code, "items": list(items)}))["stockSync"]


async def test_a_warehouse_is_saved_once_by_its_code_and_one_is_the_default(api: Api, who: make.Someone) -> None:
    first = (await saved(api, who, isDefault=True))["warehouse"]
    again = (await saved(api, who, isDefault=True, name="South"))["warehouse"]
    await saved(api, who, "BJ", isDefault=True)

    assert (first["id"], first["region"], first["zone"]) == (again["id"], "44", "Asia/Shanghai")
    told = (await api.ask(who, "{ warehouses { code name isDefault } }"))["warehouses"]
    assert [(each["code"], each["name"], each["isDefault"]) for each in told] == [
        ("BJ", "Shenzhen", True),
        ("SZ", "South", False),
    ]


async def test_counts_are_taken_over_and_what_is_kept_stays(api: Api, store: Store, who: make.Someone) -> None:
    await saved(api, who)
    item = {"sku": "TEE", "onHand": 5, "wanted": 2}
    first, again = await synced(api, who, item), await synced(api, who, item)
    async with store.writing(EVERYTHING) as session:
        await session.execute(update(Stock).where(Stock.merchant_id == who.merchant_id).values(reserved=3))

    told = (await synced(api, who, {"sku": "TEE", "onHand": 2}, {"sku": "TEE", "onHand": 4}))["results"]

    assert [each["results"][0]["outcome"] for each in (first, again)] == ["CREATED", "UNCHANGED"]
    assert (told[0]["outcome"], told[0]["userErrors"][0]["code"]) == ("REFUSED", "QUANTITY")
    assert told[1]["stock"] == {"onHand": 4, "reserved": 3, "free": 1, "wanted": 0}


async def test_what_cannot_be_meant_is_refused(api: Api, store: Store, who: make.Someone) -> None:
    await saved(api, who)
    stranger, reader = await make.merchant(store), await make.another_key(store, who, "returns:read")
    item = {"sku": "TEE", "onHand": 1}

    assert (await saved(api, who, ""))["userErrors"][0]["code"] == "INVALID"
    assert (await saved(api, who, address={"country": "nowhere"}))["userErrors"][0]["field"] == ["input", "address"]
    assert (await synced(api, stranger, item))["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await synced(api, who, {"sku": "", "onHand": 1}))["userErrors"][0]["code"] == "INVALID"
    assert await api.refused(reader, SYNC, input={"warehouse": "SZ", "items": [item]}) == "FORBIDDEN"
    assert await api.refused(reader, SAVE, input={"code": "X", "name": "X", "address": ADDRESS}) == "FORBIDDEN"
    assert await api.refused(who, SYNC, input={"warehouse": "SZ", "items": [item] * 251}) == "LIMIT_EXCEEDED"
    assert (await api.ask(stranger, "{ warehouses { id } }"))["warehouses"] == []
