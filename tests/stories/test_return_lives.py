"""Dead ends closed, each told through GraphQL: lost on the way back, expired and revived, silent sides, partial receipts,
appeals, a cancelled return with its courier."""

from typing import Any

from db.case_enums import ReturnMethod
from tests import make
from tests.refunding import confirmed, inspected, money, policy, priced, received, steps, total
from tests.returning import change, requested
from tests.stories.conftest import Stage
from tests.stories.labeling import american, sent_back
from tests.stories.test_door_pickup import seen

DEAR: dict[str, Any] = {
    "lines": [{"sku": "TV", "title": "TV", "quantity": 1, "unitPrice": {"amount": "5999.00", "currency": "CNY"}}],
    "total": {"amount": "5999.00", "currency": "CNY"},
}


async def test_goods_lost_on_the_way_back_are_not_the_buyers_fault(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "ups", phone="+12175550005")
    await policy(stage.store, who, trigger="INSPECTION")
    ways((ReturnMethod.LABEL, "ups"))
    rma = await sent_back(stage, who, order)

    await stage.work()
    await stage.pass_time(60, step=4)

    told = await seen(stage, who, rma)
    assert [each["status"] for each in told["shipments"]] == ["LOST"]
    assert (told["lines"][0]["logistics"], told["lines"][0]["condition"]) == ("LOST", "MISSING")
    refund = (await money(stage.api, who, rma))["refund"]
    paid = (await confirmed(stage.api, who, refund))["refund"]
    assert (paid["paid"]["amount"], paid["return"]["status"]) == ("99.50", "COMPLETED")


async def test_what_never_arrives_is_lost_when_its_clock_has_run(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, phone="13800130010")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()
    await stage.pass_time(6)
    assert (await seen(stage, who, rma))["status"] == "SHIPPED_BACK"

    await stage.pass_time(24 * 31, step=24 * 8)

    told = await seen(stage, who, rma)
    assert (told["lines"][0]["logistics"], told["lines"][0]["condition"]) == ("LOST", "MISSING")
    assert told["status"] in {"RECEIVED", "COMPLETED"}


async def test_a_silent_merchant_approves_and_a_silent_buyer_lets_it_expire(stage: Stage) -> None:
    who = await stage.seller()
    order = await stage.order(who, **DEAR)
    rma = (await requested(stage.api, who, order.line()))["return"]
    assert (rma["status"], rma["onDeadline"]) == ("REQUESTED", "APPROVE")

    await stage.pass_time(49, step=49)
    assert (await seen(stage, who, rma))["status"] == "APPROVED"

    await stage.pass_time(24 * 15, step=24 * 15)
    assert (await seen(stage, who, rma))["status"] == "EXPIRED"


async def test_a_question_that_nobody_answers_lets_it_expire(stage: Stage) -> None:
    who = await stage.seller()
    order = await stage.order(who, **DEAR)
    rma = (await requested(stage.api, stage.buyer(order), order.line()))["return"]
    asked = (await change(stage.api, who, "returnAsk", rma, question="Is the seal whole?"))["return"]
    assert (asked["status"], asked["waitingOn"], asked["onDeadline"]) == ("NEEDS_INFO", "BUYER", "EXPIRE")

    await stage.pass_time(24 * 7, step=24 * 7)

    assert (await seen(stage, who, rma))["status"] == "EXPIRED"
    again = (await requested(stage.api, who, order.line()))["userErrors"]
    assert [each["code"] for each in again] == ["WINDOW_CLOSED"]  # and not that it is coming back already


async def test_a_scan_after_it_expired_brings_it_back_to_life(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "fedex", phone="+12175550012")
    ways((ReturnMethod.LABEL, "fedex"))
    rma = await sent_back(stage, who, order)
    await stage.work()
    await stage.pass_time(24 * 15, step=24 * 5)
    assert (await seen(stage, who, rma))["status"] == "EXPIRED"

    await stage.pass_time(24 * 6, step=12)

    told = await seen(stage, who, rma)
    assert (told["status"], told["lines"][0]["logistics"]) == ("SHIPPED_BACK", "IN_TRANSIT")
    assert "return.revived" in [each["kind"] for each in told["timeline"]["nodes"]]


async def test_goods_of_little_worth_stay_and_their_money_goes_back(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, lines=[priced("PEN", "8.00")], total=total("8.00"))

    rma = (
        await requested(
            stage.api, stage.buyer(order), order.line(reason="DEFECTIVE"), resolution="REFUND_WITHOUT_RETURN"
        )
    )["return"]

    await stage.work()
    told = await seen(stage, who, rma)
    assert (told["status"], told["lines"][0]["logistics"], told["pickups"]) == ("RECEIVED", "KEPT", [])
    paid = (await confirmed(stage.api, who, (await money(stage.api, who, rma))["refund"]))["refund"]
    assert (paid["paid"]["amount"], paid["return"]["status"]) == ("8.00", "COMPLETED")


async def test_a_pickup_that_nobody_weighs_is_settled_at_the_price_that_was_told(stage: Stage) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who, phone="13800130011")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()
    await stage.pass_time(4)
    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert (pickup["status"], pickup["onDeadline"]) == ("PICKED_UP", "SETTLE")

    await stage.pass_time(24 * 7, step=24)

    [settled] = (await seen(stage, who, rma))["pickups"]
    assert (settled["status"], settled["settledGrams"], settled["fee"]) == ("SETTLED", None, pickup["fee"])


async def test_what_never_comes_of_a_part_is_missing_when_its_clock_has_run(stage: Stage) -> None:
    who = await stage.seller()
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line(quantity=2), method="SHIP_YOURSELF"))["return"]
    [line] = rma["lines"]

    part = await change(stage.api, who, "returnReceive", rma, lines=[{"id": line["id"], "damaged": 1}])
    assert part["return"]["status"] == "PARTIALLY_RECEIVED"
    await stage.pass_time(24 * 15, step=24 * 15)

    told = await seen(stage, who, rma)
    assert told["status"] == "RECEIVED"
    assert (told["lines"][0]["condition"], told["lines"][0]["missing"]) == ("DAMAGED", 1)
    more = await change(stage.api, who, "returnReceive", rma, lines=[{"id": line["id"], "received": 1}])
    assert [each["code"] for each in more["userErrors"]] == ["QUANTITY"]


async def test_one_damaged_and_one_missing_are_paid_to_the_last_cent(stage: Stage) -> None:
    who = await stage.seller("kuaidi100")
    lines = [priced("TEE", "33.33", 2), priced("CAP", "19.99"), priced("MUG", "7.01")]
    order = await stage.order(who, lines=lines, total=total("80.00"))  # 13.66 off 93.66
    rma = (await requested(stage.api, who, order.line(0, 2), order.line(1), order.line(2)))["return"]
    await stage.work()
    await stage.pass_time(40, step=5)

    await received(stage.api, who, rma, {"received": 1, "damaged": 1}, {"missing": 1}, {"received": 1})
    await inspected(stage.api, who, rma, 1, 2)
    await inspected(stage.api, who, rma, 0, buyersFault=True, disposition="DESTROY")

    after = await money(stage.api, who, rma)
    [refund] = after["refunds"]
    assert steps(refund) == [
        *(("PRICE", "66.66"), ("DISCOUNT", "-9.72"), ("WITHHELD", "-28.47")),  # one of two, as the buyer had damaged it
        *(("PRICE", "19.99"), ("DISCOUNT", "-2.92"), ("WITHHELD", "-17.07")),
        *(("PRICE", "7.01"), ("DISCOUNT", "-1.02")),
        ("RETURN_FEE", "-12.00"),  # once, though the mug was judged before
    ]
    assert [each["money"] for each in after["lines"]] == ["DUE", "WITHHELD", "DUE"]
    for cents in ("12.34", "10.12"):
        wish: Any = {"amount": {"amount": cents, "currency": "CNY"}, "reference": cents}
        paid = (await confirmed(stage.api, who, refund, **wish))["refund"]
    assert (paid["status"], paid["paid"]["amount"], paid["return"]["status"]) == ("SUCCEEDED", "22.46", "COMPLETED")


async def test_a_declined_buyer_appeals_once_and_the_platform_rules(stage: Stage) -> None:
    who = await stage.seller()
    platform = await make.platform(stage.store, who)
    order = await stage.order(who, **DEAR)
    buyer = stage.buyer(order)
    rma = (await requested(stage.api, buyer, order.line()))["return"]
    declined = await change(stage.api, who, "returnDecline", rma, reason="It was used.")
    assert declined["return"]["decision"]["appealUntil"] == declined["return"]["deadlineAt"]
    assert not declined["return"]["isTerminal"]

    appealed = await change(stage.api, buyer, "returnDispute", rma, reason="It was not.")
    assert (appealed["return"]["status"], appealed["return"]["waitingOn"]) == ("DISPUTED", "PLATFORM")
    assert who.merchant
    headers = {"Waybridge-Merchant": who.merchant.typeid}
    text = "mutation($input: ReturnRuleInput!) { returnRule(input: $input) { return { status isTerminal } userErrors { code } } }"
    wish = {"id": rma["id"], "ruling": "DECLINE", "reason": "The pictures show use."}
    ruled: Any = await stage.api.raw(platform, text, input=wish, headers_=headers)

    assert ruled["data"]["returnRule"] == {"return": {"status": "DECLINED", "isTerminal": True}, "userErrors": []}


async def test_goods_brought_before_the_courier_came_call_it_off(stage: Stage) -> None:
    who = await stage.seller("sf")
    rma = (await requested(stage.api, who, (await stage.order(who)).line()))["return"]
    await stage.work()

    await received(stage.api, who, rma)

    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert pickup["status"] == "CANCELED"


async def test_cancelling_undoes_the_courier_in_the_same_command(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()

    canceled = await change(stage.api, who, "returnCancel", rma)
    assert canceled["return"]["status"] == "CANCELED"
    assert (await seen(stage, who, rma))["pickups"][0]["status"] == "CANCELED"
    await stage.work()
    await stage.pass_time(8, step=4)

    told = await seen(stage, who, rma)
    assert (told["status"], told["pickups"][0]["status"]) == ("CANCELED", "CANCELED")
