"""The money of returns: worked out before, granted once when its milestone is reached, withheld, withdrawn, promised."""

from typing import Any

import pytest

from aftersales import cases, return_goods
from aftersales.cases import Step
from aftersales.log import By
from db.enums import Party, TrackingStatus
from db.models.returns import Return
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import confirmed, id_of, inspected, money, policy, priced, received, steps, total
from tests.returning import bought, requested

TWO = [priced("TEE", "100.00", 2), priced("CAP", "50.00")]
CARRIER = By(Party.CARRIER, "push")


async def scanned(store: Store, rma: dict[str, Any], status: TrackingStatus) -> None:
    """News of the parcel on its way back."""
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, id_of(rma))
        parcel = Shipment(merchant_id=row.merchant_id, carrier_code="sf", tracking_number="SF1", status=status)
        await return_goods.follow(session, row, parcel, Step(CARRIER, make.NOW))


async def test_the_sum_shown_before_is_the_sum_granted(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who, lines=TWO, total=total("225.00"))  # 25 of discount over 250
    wish = {"lines": [order.line(0, 1, "DEFECTIVE"), order.line(1, 1, "DEFECTIVE")]}
    query = """query($input: RefundPreviewInput) { refundPreview(input: $input) {
      amount { amount } trigger tender steps { kind amount { amount } } } }"""

    asked = (await api.ask(who, query, input=wish))["refundPreview"]
    rma = (await requested(api, who, *wish["lines"]))["return"]
    before = (await money(api, who, rma))["refundPreview"]
    await inspected(api, who, await received(api, who, rma))
    refund = (await money(api, who, rma))["refund"]

    assert steps(asked) == [("PRICE", "100.00"), ("DISCOUNT", "-10.00"), ("PRICE", "50.00"), ("DISCOUNT", "-5.00")]
    assert (asked["amount"]["amount"], asked["trigger"], asked["tender"]) == ("135.00", "INSPECTION", "ORIGINAL")
    assert steps(before) == steps(refund) == steps(asked)
    assert before["steps"] == refund["steps"]
    assert refund["amount"]["amount"] == "135.00"
    assert [(each["returnLine"]["sku"], each["amount"]["amount"]) for each in refund["lines"]] == [
        ("TEE", "90.00"),
        ("CAP", "45.00"),
    ]


@pytest.mark.parametrize(
    ("trigger", "reached"), [("APPROVAL", 0), ("FIRST_SCAN", 1), ("RECEIPT", 2), ("INSPECTION", 3)]
)
async def test_the_policy_says_what_makes_money_due_and_it_is_granted_once(
    api: Api, store: Store, trigger: str, reached: int
) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger=trigger)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(quantity=2, reason="DEFECTIVE")))["return"]
    granted = [len((await money(api, who, rma))["refunds"])]

    await scanned(store, rma, TrackingStatus.IN_TRANSIT)
    await scanned(store, rma, TrackingStatus.OUT_FOR_DELIVERY)
    granted.append(len((await money(api, who, rma))["refunds"]))
    await received(api, who, rma)
    granted.append(len((await money(api, who, rma))["refunds"]))
    await inspected(api, who, rma)
    after = await money(api, who, rma)
    granted.append(len(after["refunds"]))

    assert granted == [0] * reached + [1] * (4 - reached)
    assert after["refund"]["trigger"] == trigger
    assert after["order"]["moneyBack"]["granted"] == {"amount": "199.00"}
    assert after["refundPreview"] is None


async def test_what_is_judged_is_granted_and_the_rest_later(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who, lines=TWO, total=total("270.00"))  # 20 of shipping
    rma = (await requested(api, who, order.line(0, 2, "DEFECTIVE"), order.line(1, 1, "DEFECTIVE")))["return"]
    await received(api, who, rma)

    await inspected(api, who, rma, 0)
    first = await money(api, who, rma)
    await inspected(api, who, rma, 1)
    both = await money(api, who, rma)

    assert [(each["sku"], each["money"]) for each in first["lines"]] == [("TEE", "DUE"), ("CAP", "NOT_DUE")]
    assert [steps(each) for each in first["refunds"]] == [[("PRICE", "200.00")]]
    assert steps(first["refundPreview"]) == [("PRICE", "50.00"), ("SHIPPING", "20.00")]
    assert [steps(each) for each in both["refunds"]] == [
        [("PRICE", "200.00")],
        [("PRICE", "50.00"), ("SHIPPING", "20.00")],
    ]
    assert both["refund"]["shipping"] == {"amount": "20.00"}
    assert both["order"]["moneyBack"]["left"] == {"amount": "0.00"}
    assert (await confirmed(api, who, both["refunds"][0]))["refund"]["return"]["status"] == "RECEIVED"
    assert (await confirmed(api, who, both["refunds"][1]))["refund"]["return"]["status"] == "COMPLETED"


async def test_a_part_received_is_granted_by_line_where_receipt_makes_it_due(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="RECEIPT")
    order = await bought(store, who, lines=TWO, total=total("250.00"))
    rma = (await requested(api, who, order.line(0, 2, "DEFECTIVE"), order.line(1, 1, "DEFECTIVE")))["return"]

    some = await received(api, who, rma, {"received": 1}, {"damaged": 1})
    first = await money(api, who, rma)
    await received(api, who, rma, {"missing": 1})
    after = await money(api, who, rma)

    assert some["status"] == "PARTIALLY_RECEIVED"
    assert [steps(each) for each in first["refunds"]] == [[("PRICE", "50.00")]]
    assert [steps(each) for each in after["refunds"]][1:] == [[("PRICE", "200.00"), ("WITHHELD", "-100.00")]]


@pytest.mark.parametrize(
    ("reason", "count", "found", "paid"),
    [
        ("DEFECTIVE", {"damaged": 2}, {}, "200.00"),
        ("NO_LONGER_WANTED", {"received": 1, "damaged": 1}, {}, "200.00"),
        ("NO_LONGER_WANTED", {"received": 1, "damaged": 1}, {"buyersFault": True}, "100.00"),
        ("NO_LONGER_WANTED", {"received": 2}, {"condition": "DAMAGED", "buyersFault": True}, None),
        ("NO_LONGER_WANTED", {"received": 1, "missing": 1}, {}, "100.00"),
        ("NO_LONGER_WANTED", {"received": 1, "wrong": 1}, {}, "100.00"),
        ("NO_LONGER_WANTED", {"received": 2}, {"condition": "WRONG_ITEM"}, None),
        ("WRONG_ITEM", {"wrong": 2}, {}, "200.00"),
        ("MISSING_PARTS", {"received": 1, "missing": 1}, {}, "200.00"),
    ],
)
async def test_only_what_is_the_buyers_fault_is_withheld(
    api: Api, store: Store, reason: str, count: dict[str, int], found: dict[str, Any], paid: str | None
) -> None:  # fmt: skip
    who = await make.merchant(store)
    await policy(store, who)
    order = await bought(store, who, lines=[priced("TEE", "100.00", 2)], total=total("200.00"))
    rma = (await requested(api, who, order.line(0, 2, reason)))["return"]
    await received(api, who, rma, count)

    await inspected(api, who, rma, **found)

    after = await money(api, who, rma)
    assert (after["refund"] and after["refund"]["amount"]["amount"]) == paid
    assert (after["lines"][0]["money"], after["status"]) == (("DUE", "RECEIVED") if paid else ("WITHHELD", "COMPLETED"))


@pytest.mark.parametrize(("refunds_lost", "paid"), [(True, "199.00"), (False, None)])
async def test_what_is_lost_on_the_way_back_is_refunded_by_policy(
    api: Api, store: Store, refunds_lost: bool, paid: str | None
) -> None:  # fmt: skip
    who = await make.merchant(store)
    await policy(store, who, refundLost=refunds_lost)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(quantity=2)))["return"]

    await scanned(store, rma, TrackingStatus.IN_TRANSIT)
    await scanned(store, rma, TrackingStatus.LOST)

    refund = (await money(api, who, rma))["refund"]
    assert (refund and refund["amount"]["amount"]) == paid


async def test_the_buyer_pays_for_the_way_back_and_for_restocking_where_the_policy_says_so(
    api: Api, store: Store
) -> None:
    who = await make.merchant(store)
    await policy(
        store, who, trigger="APPROVAL", buyerPays=["NO_LONGER_WANTED"], feeMinor={"CNY": 1200}, restockingPercent=10
    )
    order = await bought(store, who, lines=[priced("TEE", "99.99", 2)], total=total("199.98"))
    query = "query($input: RefundPreviewInput) { refundPreview(input: $input) { steps { kind amount { amount } } } }"
    chosen, faulty = [
        (await api.ask(who, query, input={"lines": [order.line(0, 2, reason)]}))["refundPreview"]
        for reason in ("NO_LONGER_WANTED", "DEFECTIVE")
    ]

    assert steps(chosen) == [("PRICE", "199.98"), ("RESTOCKING", "-20.00"), ("RETURN_FEE", "-12.00")]
    assert steps(faulty) == [("PRICE", "199.98")]
    rma = (await requested(api, who, order.line(0, 2), method="LABEL"))["return"]
    assert steps((await money(api, who, rma))["refund"]) == steps(chosen)


async def test_store_credit_is_a_tender_of_its_own(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    order = await bought(store, who)

    rma = (await requested(api, who, order.line(), resolution="STORE_CREDIT"))["return"]

    refund = (await money(api, who, rma))["refund"]
    assert (refund["tender"], refund["amount"]["amount"]) == ("STORE_CREDIT", "99.50")
    told = await confirmed(api, who, refund)
    assert told["refund"]["transfers"][0]["tender"] == "STORE_CREDIT"


async def test_goods_of_little_worth_are_kept_and_refunded_at_once(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, keepBelowMinor={"CNY": 20000})
    order = await bought(store, who)

    rma = (await requested(api, who, order.line(), resolution="REFUND_WITHOUT_RETURN"))["return"]

    after = await money(api, who, rma)
    assert (after["status"], after["lines"][0]["money"], after["refund"]["status"]) == ("RECEIVED", "DUE", "PENDING")
    done = await confirmed(api, who, after["refund"])
    assert done["refund"]["return"]["status"] == "COMPLETED"


@pytest.mark.parametrize(("currency", "price", "paid"), [("JPY", "999", "666"), ("KWD", "9.999", "6.666")])
async def test_currencies_of_other_decimals_are_exact(
    api: Api, store: Store, currency: str, price: str, paid: str
) -> None:  # fmt: skip
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    order = await bought(store, who, lines=[priced("TEE", price, 3, currency)], total=total(price, currency))

    rma = (await requested(api, who, order.line(quantity=2)))["return"]

    refund = (await money(api, who, rma))["refund"]
    assert refund["amount"] == {"amount": paid, "currency": currency}


async def test_a_return_of_two_orders_is_refunded_by_order(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    same = {"externalId": "c-both", "name": "王小明", "phone": "13800138000"}
    one, two = await bought(store, who, customer=same), await bought(store, who, customer=same, total=total("99.50"))

    rma = (await requested(api, who, one.line(), two.line()))["return"]

    found = (await money(api, who, rma))["refunds"]
    assert sorted(each["amount"]["amount"] for each in found) == ["49.75", "99.50"]


@pytest.mark.parametrize("more", [{}, {"returnId": "ret_x", "input": {"lines": []}}])
async def test_a_preview_is_of_one_thing(api: Api, store: Store, more: dict[str, Any]) -> None:
    who = await make.merchant(store)
    query = "query($returnId: ID, $input: RefundPreviewInput) { refundPreview(returnId: $returnId, input: $input) { trigger } }"

    assert await api.refused(who, query, **more) == "BAD_USER_INPUT"


async def test_a_preview_needs_its_scope_and_tells_nothing_foreign(api: Api, store: Store) -> None:
    who, stranger = await make.merchant(store), await make.merchant(store)
    order = await bought(store, who)
    reader = await make.another_key(store, who, "orders:read")
    query = "query($input: RefundPreviewInput) { refundPreview(input: $input) { trigger } }"
    wish = {"lines": [order.line()]}

    assert await api.refused(reader, query, input=wish) == "FORBIDDEN"
    assert await api.refused(who, query, input={"lines": []}) == "LIMIT_EXCEEDED"
    assert await api.refused(who, query, input={"lines": [order.line(quantity=0)]}) == "BAD_USER_INPUT"
    for each in (wish, {"lines": [{**order.line(), "orderLineId": "oln_nonsense"}]}):
        assert await api.ask(stranger, query, input=each) == {"refundPreview": None}
