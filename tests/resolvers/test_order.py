"""One order, by id or by number, as its merchant sees it."""

from uuid import UUID

import pytest

from db.ids import typeid
from db.session import Store
from tests import make
from tests.asking import Api

ORDER = """query($id: ID, $number: String) { order(id: $id, number: $number) {
  id number externalId status total { amount currency } placedAt promisedDeliveryAt needsAction
  flags problems { flag message field line } customer { id externalId name phone }
  shippingAddress { name phone country region regionCode city district street unit postalCode }
  lines { sku title quantity unitPrice { amount currency } weightGrams category attributes { name value } }
  shipments { trackingNumber } merchant { id name } } }"""
NUMBERED = "query($number: String!) { order(number: $number) { id } }"


async def test_an_order_is_found_by_its_number_and_by_its_id(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    row = await make.order(store, seller.merchant_id, "A-1", externalId="x-1")
    await make.shipment(store, seller.merchant_id, "SF1", orders=[row])

    told = await api.ask(seller, ORDER, number="A-1")

    assert told == await api.ask(seller, ORDER, id=row.typeid)
    assert told["order"] == {
        "id": row.typeid,
        "number": "A-1",
        "externalId": "x-1",
        "status": "PLACED",
        "total": {"amount": "199.00", "currency": "CNY"},
        "placedAt": "2026-05-20T08:00:00+00:00",
        "promisedDeliveryAt": None,
        "needsAction": False,
        "flags": [],
        "problems": [],
        "customer": {
            "id": typeid("cus", row.customer_id),
            "externalId": "c-A-1",
            "name": "王**",
            "phone": "+861********00",
        },
        "shippingAddress": {
            "name": "王**",
            "phone": "+861********00",
            "country": "CN",
            "region": "广东省",
            "regionCode": "44",
            "city": "深圳市",
            "district": "南山区",
            "street": ["科技园路1号"],
            "unit": "***",
            "postalCode": "518057",
        },
        "lines": [
            {
                "sku": "TEE-RED-M",
                "title": "T恤 红色",
                "quantity": 2,
                "unitPrice": {"amount": "99.50", "currency": "CNY"},
                "weightGrams": 180,
                "category": None,
                "attributes": [{"name": "size", "value": "M"}],
            }
        ],
        "shipments": [{"trackingNumber": "SF1"}],
        "merchant": {"id": seller.merchant.typeid if seller.merchant else "", "name": seller.partner.name},
    }


@pytest.mark.parametrize("arguments", [{}, {"id": "ord_x", "number": "A-1"}])
async def test_exactly_one_of_id_and_number_is_given(api: Api, store: Store, arguments: dict[str, str]) -> None:
    assert await api.refused(await make.merchant(store), ORDER, **arguments) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "id_", ["", "ord_", "x", typeid("ord", UUID(int=1)), typeid("shp", UUID(int=1)), "ord_" + "z" * 26]
)
async def test_an_id_that_is_no_orders_is_no_order(api: Api, store: Store, id_: str) -> None:
    assert (await api.ask(await make.merchant(store), ORDER, id=id_))["order"] is None


async def test_a_platform_reads_across_its_merchants_and_an_ambiguous_number_asks_for_one(
    api: Api, store: Store
) -> None:
    one, two, stranger = [await make.merchant(store) for _ in range(3)]
    platform = await make.platform(store, one, two)
    rows = [await make.order(store, each.merchant_id, "SAME") for each in (one, two, stranger)]
    await make.order(store, two.merchant_id, "ONLY-TWO")

    alone = await api.ask(platform, NUMBERED, number="ONLY-TWO")
    ambiguous = await api.raw(platform, NUMBERED, number="SAME")

    assert alone["order"]
    assert ambiguous["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert "Waybridge-Merchant" in ambiguous["errors"][0]["message"]
    for each, row in zip((one, two), rows, strict=False):
        assert each.merchant
        named = await api.raw(platform, NUMBERED, number="SAME", headers_={"Waybridge-Merchant": each.merchant.typeid})
        assert named["data"]["order"]["id"] == row.typeid
    foreign = await api.raw(platform, ORDER, id=rows[2].typeid)
    assert foreign["data"]["order"] is None
