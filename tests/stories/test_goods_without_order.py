"""Goods without an order come back by a courier and over a customs border, told through GraphQL, with the carriers' sandboxes
over HTTP."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from db.models.orders import Customer
from tests import make
from tests.refunding import confirmed, inspected, money, received
from tests.returning import requested
from tests.stories.conftest import Stage
from tests.stories.crossing import GERMAN, entries, seen, told

LAMP = {"sku": "LAMP", "title": "Lamp", "unitValue": {"amount": "80.00", "currency": "CNY"}, "weightGrams": 900}
SHIRT = {
    "sku": "SHIRT",
    "title": "Cotton shirt",
    "unitValue": {"amount": "40.00", "currency": "EUR"},
    "weightGrams": 300,
}
WAY = """query($id: ID!) { return(id: $id) { status method orders { id } order { id } lines { logistics orderLine { id } }
  pickups { status carrier { code } trackingNumber } shipments { trackingNumber direction } } }"""


async def taken(stage: Stage, who: make.Someone, goods: dict[str, Any], **more: Any) -> Any:
    """Two of some goods, taken back by their merchant's own decision."""
    lines = {"goods": goods, "quantity": 2, "reason": "DEFECTIVE"}
    answer = await requested(stage.api, who, lines, approve=True, **more)
    assert answer["userErrors"] == []
    return answer["return"]


async def test_a_courier_collects_them_and_the_money_goes_back(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    address = {**make.order_form()["shippingAddress"], "phone": "13800138000"}
    customer = {"customerId": Customer(id=order.order.customer_id).typeid}
    rma = await taken(stage, who, LAMP, pickupAddress=address, **customer)
    assert (rma["status"], rma["method"], rma["order"]) == ("APPROVED", "DOOR_PICKUP", None)

    await stage.work()
    await stage.pass_time(4)
    going = (await stage.api.ask(who, WAY, id=rma["id"]))["return"]
    assert (going["status"], going["pickups"][0]["status"], going["orders"]) == ("SHIPPED_BACK", "PICKED_UP", [])
    assert [each["direction"] for each in going["shipments"]] == ["REVERSE"]
    await stage.pass_time(40, step=5)
    arrived = (await stage.api.ask(stage.buyer(order), WAY, id=rma["id"]))["return"]
    assert arrived["lines"] == [{"logistics": "DELIVERED", "orderLine": None}]
    await inspected(stage.api, who, await received(stage.api, who, rma))
    [refund] = (await money(stage.api, who, rma))["refunds"]
    paid = (await confirmed(stage.api, who, refund))["refund"]

    assert (paid["status"], paid["paid"]["amount"], paid["return"]["status"]) == ("SUCCEEDED", "160.00", "COMPLETED")


async def test_nobody_does_anything_and_time_brings_them_to_their_end(stage: Stage) -> None:
    who = await stage.seller("sf")
    address = {**make.order_form()["shippingAddress"], "phone": "13800138000"}
    line = {"goods": LAMP, "quantity": 1, "reason": "NO_LONGER_WANTED"}
    rma = (await requested(stage.api, who, line, pickupAddress=address))["return"]
    assert rma["status"] == "REQUESTED"

    await stage.pass_time(24 * 30, step=12)

    known = await money(stage.api, who, rma)
    [refund] = known["refunds"]
    assert (known["status"], refund["status"], refund["amount"]["amount"]) == ("RECEIVED", "PENDING", "68.00")


async def test_over_a_border_customs_are_told_what_the_merchant_says(stage: Stage) -> None:
    who = await stage.seller("fedex")
    papers = {"hsCode": "6109.10.00", "countryOfOrigin": "pt"}
    rma = await taken(stage, who, SHIRT | papers, pickupAddress=GERMAN)

    await stage.work()

    known = await seen(stage, who, rma)
    assert (known["customs"]["isComplete"], known["customs"]["isWaiting"], known["customs"]["exports"]) == (
        True,
        False,
        [],
    )
    assert known["customs"]["value"] == {"amount": "80.00", "currency": "EUR"}
    [label] = known["labels"]
    assert (label["state"], label["carrier"]["code"]) == ("READY", "fedex")
    [booked] = [each.order for each in entries(stage, "fedex") if each.number == label["trackingNumber"]]
    [item] = booked.items
    assert (item.hs_code, item.origin, item.quantity, item.value) == ("61091000", "PT", 2, Decimal(40))
    assert booked.invoice == rma["rmaNumber"]


async def test_without_papers_they_wait_for_them(stage: Stage) -> None:
    who = await stage.seller("fedex")
    rma = await taken(stage, who, SHIRT, pickupAddress=GERMAN)
    await stage.work()
    waits = await seen(stage, who, rma)
    assert (waits["waitingOn"], waits["customs"]["isWaiting"], waits["labels"]) == ("MERCHANT", True, [])
    stage.api.clock.now += timedelta(hours=1)

    line = {"id": waits["lines"][0]["id"], "hsCode": "610910", "countryOfOrigin": "PT"}
    assert (await told(stage, who, rma, lines=[line]))["userErrors"] == []
    await stage.work()

    [label] = (await seen(stage, who, rma))["labels"]
    assert label["state"] == "READY"
