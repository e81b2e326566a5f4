"""Goods that come back without an order: who may send them, what is refused, who sees them."""

from typing import Any
from uuid import uuid4

import pytest

from db.ids import typeid
from db.models.orders import Customer
from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import confirmed, inspected, money, received, steps
from tests.returning import bought, change, requested
from tests.without_order import HOME, loose, taken

SCOPES = ("orders:read", "shipments:read", "returns:read", "returns:write")
SEEN = """query ($id: ID!) { return(id: $id) { id status isTerminal order { id } orders { id } shipments { id }
  lines { sku title quantity paid { amount currency } weightGrams hsCode countryOfOrigin orderLine { id }
    customsValue { amount } }
  origin { country city } sizeAdvice { size } customs { isComplete } refund { status amount { amount } order { id } }
  refunds { lines { quantity amount { amount } returnLine { sku } } } } }"""


async def no(api: Api, who: make.Someone, *lines: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    """The codes and places of a request's refusals."""
    told = await requested(api, who, *lines, **{"pickupAddress": HOME, **more})
    assert told["return"] is None
    return [(each["code"], ".".join(each["field"])) for each in told["userErrors"]]


async def test_goods_without_an_order_are_approved_come_back_and_are_paid_for(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    told = await requested(api, who, loose(2), pickupAddress=HOME)

    rma = told["return"]
    assert (told["userErrors"], rma["status"], rma["waitingOn"]) == ([], "REQUESTED", "MERCHANT")
    assert (rma["orders"], rma["order"], rma["decision"]) == ([], None, None)
    assert rma["value"] == {"amount": "160.00", "currency": "CNY"}
    rma = (await change(api, who, "returnApprove", rma, "ReturnRefInput"))["return"]
    assert (rma["status"], rma["decision"]["decidedBy"]) == ("APPROVED", "MERCHANT")
    await inspected(api, who, await received(api, who, rma))
    [refund] = (await money(api, who, rma))["refunds"]
    assert (refund["status"], refund["amount"], refund["trigger"]) == (
        "PENDING",
        {"amount": "160.00", "currency": "CNY"},
        "INSPECTION",
    )
    assert steps(refund) == [("PRICE", "160.00")]

    paid = await confirmed(api, who, refund)

    assert (paid["refund"]["status"], paid["refund"]["return"]["status"]) == ("SUCCEEDED", "COMPLETED")
    known = (await api.ask(who, SEEN, id=rma["id"]))["return"]
    assert (known["orders"], known["order"], known["refund"]["order"]) == ([], None, None)
    [line] = known["lines"]
    assert (line["sku"], line["title"], line["orderLine"], line["paid"]["amount"]) == ("LAMP", "Lamp", None, "80.00")
    assert known["origin"] == {"country": "CN", "city": "深圳市"}


async def test_a_merchant_who_has_decided_approves_at_once(api: Api, store: Store) -> None:
    who = await make.merchant(store)

    rma = await taken(api, who, loose(weightGrams=400, hsCode="9405.11", countryOfOrigin="cn"), method="SHIP_YOURSELF")

    assert (rma["status"], rma["method"], rma["onDeadline"]) == ("APPROVED", "SHIP_YOURSELF", "EXPIRE")
    assert rma["decision"] == {
        "outcome": "APPROVED",
        "decidedBy": "MERCHANT",
        "because": [{"rule": "the merchant approved", "holds": True}],
        "appealUntil": None,
    }
    [line] = (await api.ask(who, SEEN, id=rma["id"]))["return"]["lines"]
    assert (line["weightGrams"], line["hsCode"], line["countryOfOrigin"]) == (400, "940511", "CN")
    assert line["customsValue"] == {"amount": "80.00"}


async def test_a_platform_takes_them_back_for_its_merchant(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    for_them = await make.platform(store, who)
    assert who.merchant
    header = {"Waybridge-Merchant": who.merchant.typeid}
    text = """mutation ($input: ReturnRequestInput!, $key: String!) { returnRequest(input: $input) @idempotent(key: $key) {
      return { id status } userErrors { code } } }"""
    wish = {"lines": [loose()], "pickupAddress": HOME, "approve": True}

    told = await api.ask(for_them, text, input=wish, key=uuid4().hex, headers_=header)
    without = await api.refused(for_them, text, input=wish, key=uuid4().hex)

    rma = told["returnRequest"]["return"]
    assert (await api.ask(who, SEEN, id=rma["id"]))["return"]["status"] == rma["status"] == "APPROVED"
    assert without == "BAD_USER_INPUT"  # for which merchant it acts, a platform must say


async def test_a_buyer_is_refused(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    buyer = make.buyer(store, order.order, SCOPES)

    assert await no(api, buyer, loose()) == [("POLICY", "input.lines.0.goods")]
    assert await no(api, buyer, loose(), approve=True, customerId=typeid("cus", order.order.customer_id)) == [
        ("POLICY", "input.lines.0.goods")
    ]


async def test_the_named_buyer_sees_it_and_others_do_not(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    mine, other = await bought(store, who), await bought(store, who)
    rma = await taken(api, who, loose(), customerId=typeid(Customer.prefix, mine.order.customer_id))
    nobodys = await taken(api, who, loose())
    await inspected(api, who, await received(api, who, rma))
    buyer, stranger = (make.buyer(store, each.order, SCOPES) for each in (mine, other))

    seen = (await api.ask(buyer, SEEN, id=rma["id"]))["return"]
    assert (seen["status"], seen["lines"][0]["sku"], seen["refund"]["status"]) == ("RECEIVED", "LAMP", "PENDING")
    assert (await api.ask(stranger, SEEN, id=rma["id"]))["return"] is None
    assert (await api.ask(buyer, SEEN, id=nobodys["id"]))["return"] is None
    assert (await api.ask(await make.merchant(store), SEEN, id=rma["id"]))["return"] is None


async def test_orders_and_goods_without_one_are_not_mixed(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)

    assert await no(api, who, order.line(), loose()) == [("INVALID", "input.lines")]
    assert await no(api, who, order.line() | loose(), {"reason": "DEFECTIVE"}) == [
        ("INVALID", "input.lines.0"),
        ("INVALID", "input.lines.1"),
    ]


async def test_what_only_goods_without_an_order_have_is_refused_for_lines_of_orders(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    buyer = typeid(Customer.prefix, order.order.customer_id)

    assert await no(api, who, order.line(), approve=True, customerId=buyer) == [
        ("INVALID", "input.customerId"),
        ("INVALID", "input.approve"),
    ]


@pytest.mark.parametrize(
    ("line", "more", "expected"),
    [
        ({}, {"pickupAddress": None}, ("INVALID", "pickupAddress")),
        ({}, {"pickupAddress": {"country": "CN"}}, ("INVALID", "pickupAddress.street")),
        ({}, {"pickupAddress": {**HOME, "country": "China"}}, ("INVALID", "pickupAddress.country")),
        ({}, {"express": True}, ("INVALID", "express")),
        ({}, {"resolution": "REFUND_WITHOUT_RETURN"}, ("POLICY", "resolution")),
        ({}, {"resolution": "RESEND"}, ("POLICY", "resolution")),
        ({}, {"method": "KEEP_ITEM"}, ("POLICY", "method")),
        ({}, {"method": "LOCKER"}, ("INVALID", "near")),
        ({}, {"customerId": "cus_0"}, ("NOT_FOUND", "customerId")),
        ({}, {"resolution": "REPAIR"}, ("INVALID", "repair.symptom")),
        ({"quantity": 0}, {}, ("QUANTITY", "lines.0.quantity")),
        ({"quantity": 100_001}, {}, ("QUANTITY", "lines.0.quantity")),
        ({"sku": " "}, {}, ("INVALID", "lines.0.goods.sku")),
        ({"title": "x" * 201}, {}, ("INVALID", "lines.0.goods.title")),
        ({"unitValue": {"amount": "-1", "currency": "CNY"}}, {}, ("INVALID", "lines.0.goods.unitValue.amount")),
        ({"unitValue": {"amount": "1.001", "currency": "CNY"}}, {}, ("INVALID", "lines.0.goods.unitValue")),
        ({"unitValue": {"amount": "1" * 14, "currency": "CNY"}}, {}, ("INVALID", "lines")),
        ({"weightGrams": -1}, {}, ("INVALID", "lines.0.goods.weightGrams")),
        ({"hsCode": "12"}, {}, ("INVALID", "lines.0.goods.hsCode")),
        ({"countryOfOrigin": "ZZ"}, {}, ("INVALID", "lines.0.goods.countryOfOrigin")),
        ({"category": "fresh", "reason": "NO_LONGER_WANTED"}, {}, ("POLICY", "lines.0.goods")),
        ({"title": "Fireworks", "category": "fireworks"}, {}, ("FORBIDDEN_GOODS", "lines.0.goods")),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    api: Api, store: Store, line: dict[str, Any], more: dict[str, Any], expected: tuple[str, str]
) -> None:
    who = await make.merchant(store)

    found = await no(api, who, loose(**line), **more)

    assert (expected[0], f"input.{expected[1]}") in found


async def test_one_return_is_in_one_currency_and_of_the_merchants_own_buyer(api: Api, store: Store) -> None:
    who, other = await make.merchant(store), await make.merchant(store)
    foreign = await bought(store, other)
    euros = loose(unitValue={"amount": "8.00", "currency": "EUR"})
    buyer = typeid(Customer.prefix, foreign.order.customer_id)

    assert await no(api, who, loose(), euros, customerId=buyer) == [
        ("INVALID", "input.lines"),
        ("NOT_FOUND", "input.customerId"),
    ]
    assert await no(api, who, loose(), customerId=buyer) == await no(
        api, who, loose(), customerId=typeid(Customer.prefix, uuid4())
    )


async def test_a_repeat_has_one_effect(api: Api, store: Store) -> None:
    who, key = await make.merchant(store), uuid4().hex
    text = """mutation ($input: ReturnRequestInput!, $key: String!) { returnRequest(input: $input) @idempotent(key: $key) {
      return { id } userErrors { code } } }"""
    wish = {"lines": [loose()], "pickupAddress": HOME}

    first, again = [await api.ask(who, text, input=wish, key=key) for _ in range(2)]
    other = await api.ask(who, text, input={**wish, "approve": True}, key=key)

    assert first == again
    assert other["returnRequest"]["userErrors"] == [{"code": "KEY_REUSED"}]


async def test_a_preview_is_of_lines_of_orders(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    text = "query ($input: RefundPreviewInput!) { refundPreview(input: $input) { amount { amount } } }"

    assert await api.refused(who, text, input={"lines": [loose()]}) == "BAD_USER_INPUT"
