"""Mutations of many items under a key: one effect, and each item answered as it was the first time."""

from typing import Any

from sqlalchemy import func, select

from db.models.shipments import Shipment, TrackingEvent
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

SYNC = """mutation($input: [OrderInput!]!, $key: String!) { ordersSync(input: $input) @idempotent(key: $key) {
  results { index number outcome order { id number lines { sku } } userErrors { code message field } }
  userErrors { code } } }"""
REGISTER = """mutation($input: [ShipmentInput!]!, $key: String!) { shipmentsRegister(input: $input) @idempotent(key: $key) {
  results { index trackingNumber outcome shipment { id carrier { code } } userErrors { code field } }
  userErrors { code } } }"""
CORRECT = """mutation($id: ID!) { shipmentCorrectCarrier(input: {id: $id, carrier: "zto"}) { userErrors { code } } }"""
PUSH = """mutation($input: [TrackingEventInput!]!, $key: String!) { trackingEventsPush(input: $input) @idempotent(key: $key) {
  results { index trackingNumber outcome userErrors { code } } userErrors { code } } }"""


async def rows(store: Store, model: Any, merchant: make.Someone) -> int:
    async with store.reading(EVERYTHING) as session:
        counted = select(func.count(model.id)).where(model.merchant_id == merchant.merchant_id)
        return await session.scalar(counted) or 0


async def test_orders_sent_again_under_their_key_are_answered_as_they_were(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    wish = {
        "input": [make.order_form("K-1"), make.order_form("K-2", total={"amount": "1.234", "currency": "CNY"})],
        "key": "orders",
    }

    first = await api.raw(seller, SYNC, **wish)
    again = await api.raw(seller, SYNC, **wish)

    good, bad = first["data"]["ordersSync"]["results"]
    assert (good["outcome"], good["order"]["number"], bad["outcome"], bad["order"]) == (
        "CREATED",
        "K-1",
        "REFUSED",
        None,
    )
    assert bad["userErrors"][0]["field"][:2] == ["input", "1"]
    assert again["data"] == first["data"]
    assert again["extensions"]["replayed"] is True
    without = await api.ask(
        seller, SYNC.replace(" @idempotent(key: $key)", "").replace(", $key: String!", ""), input=wish["input"]
    )
    assert without["ordersSync"]["results"][0]["outcome"] == "UNCHANGED"


async def test_a_parcel_registered_again_under_its_key_stays_one_though_its_carrier_was_corrected(
    api: Api, store: Store
) -> None:
    seller = await make.merchant(store)
    wish = {"input": [{"carrier": "sf", "trackingNumber": "SF7000000000001"}], "key": "parcels"}
    [made] = (await api.ask(seller, REGISTER, **wish))["shipmentsRegister"]["results"]
    assert (await api.ask(seller, CORRECT, id=made["shipment"]["id"]))["shipmentCorrectCarrier"]["userErrors"] == []

    [again] = (await api.ask(seller, REGISTER, **wish))["shipmentsRegister"]["results"]

    assert again == {**made, "shipment": {"id": made["shipment"]["id"], "carrier": {"code": "zto"}}}
    assert await rows(store, Shipment, seller) == 1


async def test_other_items_under_the_key_are_refused_as_a_whole(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    first, other = ([{"carrier": "sf", "trackingNumber": f"SF700000000001{n}"}] for n in (1, 2))
    await api.ask(seller, REGISTER, input=first, key="reused")

    told = (await api.ask(seller, REGISTER, input=other, key="reused"))["shipmentsRegister"]

    assert (told["results"], [each["code"] for each in told["userErrors"]]) == ([], ["KEY_REUSED"])
    assert await rows(store, Shipment, seller) == 1


async def test_a_carriers_scans_under_a_key_are_recorded_once(api: Api, store: Store) -> None:
    seller, carrier = await make.merchant(store), await make.carrier(store, "sf")
    parcel = await make.shipment(store, seller.merchant_id, "SF7000000000021")
    scan = {"trackingNumber": parcel.tracking_number, "occurredAt": make.NOW.isoformat(), "status": "PICKED_UP"}
    first = await api.raw(carrier, PUSH, input=[scan], key="scans")
    again = await api.raw(carrier, PUSH, input=[scan], key="scans")

    assert first["data"]["trackingEventsPush"]["results"][0]["outcome"] == "RECORDED"
    assert again["data"] == first["data"]
    assert again["extensions"]["replayed"] is True
    assert await rows(store, TrackingEvent, seller) == 1
