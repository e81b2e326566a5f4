"""Dead ends closed, each told through GraphQL: lost on the way back, expired and revived, silent sides, partial receipts,
appeals, a cancelled return with its courier."""

from typing import Any

import pytest

from tests import make
from tests.returning import change, requested
from tests.stories.conftest import Stage
from tests.stories.test_door_pickup import seen

DEAR: dict[str, Any] = {
    "lines": [{"sku": "TV", "title": "TV", "quantity": 1, "unitPrice": {"amount": "5999.00", "currency": "CNY"}}],
    "total": {"amount": "5999.00", "currency": "CNY"},
}


async def test_goods_lost_on_the_way_back_are_not_the_buyers_fault(stage: Stage) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who, phone="13800130005")
    rma = (await requested(stage.api, who, order.line()))["return"]

    await stage.work()
    await stage.pass_time(80, step=4)

    told = await seen(stage, who, rma)
    if told["shipments"][0]["status"] == "LOST":  # SF has no word for it: then the clock of arrival tells
        assert (told["lines"][0]["logistics"], told["lines"][0]["condition"]) == ("LOST", "MISSING")


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


async def test_one_damaged_and_one_missing_come_to_an_end(stage: Stage) -> None:
    who = await stage.seller()
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line(quantity=2), method="SHIP_YOURSELF"))["return"]
    [line] = rma["lines"]

    part = await change(stage.api, who, "returnReceive", rma, lines=[{"id": line["id"], "damaged": 1}])
    assert part["return"]["status"] == "PARTIALLY_RECEIVED"
    await stage.pass_time(24 * 15, step=24 * 15)

    told = await seen(stage, who, rma)
    assert told["status"] == "RECEIVED"
    assert told["lines"][0]["condition"] == "DAMAGED"
    more = await change(stage.api, who, "returnReceive", rma, lines=[{"id": line["id"], "received": 1}])
    assert [each["code"] for each in more["userErrors"]] == ["QUANTITY"]


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


@pytest.mark.parametrize("phone", ["13800130002", "13800130007"])
async def test_a_carrier_that_will_not_come_leaves_a_way(stage: Stage, phone: str) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, phone=phone)
    rma = (await requested(stage.api, who, order.line()))["return"]

    await stage.work()
    await stage.pass_time(30, step=2)

    told = await seen(stage, who, rma)
    assert (told["status"], told["method"]) == ("APPROVED", "SHIP_YOURSELF"), repr(told)
    assert told["pickups"][0]["status"] in {"REJECTED", "FAILED", "SUPERSEDED"}
