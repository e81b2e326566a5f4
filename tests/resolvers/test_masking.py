"""Personal data is masked unless it is one's own or the key may reveal it, and stands in no log and no error."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from db.models.orders import Order
from db.models.shipments import Shipment
from db.session import Store
from tests import make
from tests.asking import Api

PERSONAL = """query($order: ID!) { order(id: $order) {
  customer { name phone email deliveryPreference { mode window note } }
  shippingAddress { name phone street unit city postalCode }
  problems { message } shipments { proofOfDelivery { signedBy } events { carrierWords } } } }"""
SECRETS = ("小明", "13800138000", "wang.xiaoming", "501", "大明")
ADDRESS = {**make.order_form()["shippingAddress"], "unit": "501室"}
CUSTOMER = {"externalId": "b-1", "name": "王小明", "phone": "13800138000", "email": "wang.xiaoming@example.com"}


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture(scope="module")
async def order(store: Store, seller: make.Someone) -> Order:
    return await make.order(store, seller.merchant_id, "M-1", customer=CUSTOMER, shippingAddress=ADDRESS)


@pytest.fixture(scope="module", autouse=True)
async def parcel(store: Store, seller: make.Someone, order: Order) -> Shipment:
    row = await make.shipment(
        store, seller.merchant_id, "SFM1", orders=[order], delivered_at=make.NOW, signed_by="王大明"
    )
    await make.scan(store, row, carrier_words="已签收")
    return row


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str):
        yield value


async def shown(api: Api, who: make.Someone, order: Order) -> Any:
    return (await api.ask(who, PERSONAL, order=order.typeid))["order"]


async def test_a_merchant_sees_it_masked(api: Api, seller: make.Someone, order: Order) -> None:
    told = await shown(api, seller, order)

    assert told["customer"] == {
        "name": "王**",
        "phone": "+861********00",
        "email": "w***@example.com",
        "deliveryPreference": None,
    }
    assert told["shippingAddress"]["unit"] == "***"
    assert told["shippingAddress"]["name"] == "王**"
    assert told["shippingAddress"]["city"] == "深圳市"
    assert told["shipments"][0]["proofOfDelivery"]["signedBy"] == "王**"
    assert not any(secret in text for secret in SECRETS for text in texts(told))


async def test_a_platform_sees_it_masked_with_and_without_naming_the_merchant(
    api: Api, store: Store, seller: make.Someone, order: Order
) -> None:
    platform = await make.platform(store, seller)
    assert seller.merchant
    named = {"Waybridge-Merchant": seller.merchant.typeid}
    for headers in ({}, named):
        told = await api.raw(platform, PERSONAL, order=order.typeid, headers_=headers)
        assert told["data"]["order"] == await shown(api, seller, order)


@pytest.mark.parametrize("reader", ["a key that may reveal", "the buyer"])
async def test_who_may_sees_it_in_the_clear(
    api: Api, store: Store, seller: make.Someone, order: Order, reader: str
) -> None:
    scopes = ("orders:read", "shipments:read", "personal:reveal")
    who = make.buyer(store, order) if reader == "the buyer" else await make.another_key(store, seller, *scopes)

    told = await shown(api, who, order)

    assert told["customer"]["name"] == "王小明"
    assert told["customer"]["phone"] == "+8613800138000"
    assert told["customer"]["email"] == "wang.xiaoming@example.com"
    assert told["shippingAddress"]["name"] == "王小明"
    assert told["shippingAddress"]["phone"] == "+8613800138000"
    assert "501" in "".join([*told["shippingAddress"]["street"], told["shippingAddress"]["unit"] or ""])
    assert told["shipments"][0]["proofOfDelivery"]["signedBy"] == "王大明"


async def test_a_carrier_sees_who_signed_masked(api: Api, store: Store, parcel: Shipment) -> None:
    query = "query($id: ID!) { shipment(id: $id) { proofOfDelivery { signedBy } } }"
    told = await api.ask(await make.carrier(store), query, id=parcel.typeid)
    assert told["shipment"]["proofOfDelivery"]["signedBy"] == "王**"


SYNC = """mutation($input: [OrderInput!]!) { ordersSync(input: $input) { results {
  outcome order { number customer { name } problems { message } } userErrors { message field } } } }"""


async def test_nothing_personal_is_logged_or_told_in_a_refusal(
    api: Api, seller: make.Someone, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Good and bad orders alike: a flagged phone, a refused mail address, and a name where a number should be."""
    caplog.set_level(0)
    form = make.order_form("M-2", customer=CUSTOMER, shippingAddress=ADDRESS)
    flagged = make.order_form("M-3", shippingAddress={**ADDRESS, "phone": "1380013800099999", "region": "北京市"})
    refused = make.order_form("M-4", customer={**CUSTOMER, "email": "wang.xiaoming at example.com"})
    mistyped = make.order_form("M-5", total={"amount": "王小明", "currency": "CNY"})
    with capture_logs() as logs:
        told = await api.raw(seller, SYNC, input=[form, flagged, refused])
        bad = await api.raw(seller, SYNC, input=[mistyped])

    results = told["data"]["ordersSync"]["results"]
    assert [each["outcome"] for each in results] == ["CREATED", "CREATED", "REFUSED"]
    assert results[1]["order"]["problems"]
    assert results[2]["userErrors"][0]["field"] == ["input", "2", "customer", "email"]
    assert bad["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert not any(secret in text for secret in SECRETS for text in texts(told))
    written = json.dumps(logs, default=str, ensure_ascii=False) + "".join(capsys.readouterr()) + caplog.text
    assert "answered" in written
    assert not any(secret in written for secret in SECRETS)
