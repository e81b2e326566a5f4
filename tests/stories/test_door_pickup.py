"""Goods go back by a courier at the door, told through GraphQL, with the carrier's sandbox over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.refunding import confirmed, inspected, money, received, steps
from tests.returning import requested
from tests.stories.conftest import Stage

WAY = """query($id: ID!) { return(id: $id) { status method onDeadline waitingOn breaches rmaNumber
  lines { id quantity logistics condition disposition missing }
  pickups { id number status confirmation trackingNumber carrier { code } courier { name phone pickupCode } settledGrams
    fee { amount } failure { message } attempts { number status reason } doubtful deadlineAt onDeadline }
  shipments { trackingNumber direction status }
  timeline(first: 100) { nodes { kind after } } } }"""


LATER = """mutation($input: PickupRescheduleInput!) { pickupReschedule(input: $input) {
  pickup { status deadlineAt } userErrors { code message } } }"""


async def seen(stage: Stage, who: Any, rma: dict[str, Any]) -> Any:
    return (await stage.api.ask(who, WAY, id=rma["id"]))["return"]


async def test_a_courier_comes_and_the_money_goes_back(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    rma = (await requested(stage.api, stage.buyer(order), order.line(quantity=2)))["return"]
    assert (rma["status"], rma["method"]) == ("APPROVED", "DOOR_PICKUP")

    await stage.work()
    booked = await seen(stage, who, rma)
    [pickup] = booked["pickups"]
    assert (pickup["status"], pickup["carrier"]["code"]) == ("ACCEPTED", "sf")
    assert pickup["trackingNumber"].startswith("SF")
    assert booked["status"] == "APPROVED"

    await stage.pass_time(2)
    [coming] = (await seen(stage, who, rma))["pickups"]
    assert (coming["status"], coming["courier"]["phone"]) == ("COURIER_ASSIGNED", "138******00")

    await stage.pass_time(2)
    on_the_way = await seen(stage, who, rma)
    assert (on_the_way["pickups"][0]["status"], on_the_way["status"]) == ("PICKED_UP", "SHIPPED_BACK")
    [parcel] = on_the_way["shipments"]
    assert (parcel["direction"], on_the_way["lines"][0]["logistics"]) == ("REVERSE", "IN_TRANSIT")

    await stage.pass_time(40, step=5)
    arrived = await seen(stage, who, rma)
    assert (arrived["lines"][0]["logistics"], arrived["onDeadline"]) == ("DELIVERED", "RECEIVE")
    assert arrived["waitingOn"] == "WAREHOUSE"

    await received(stage.api, who, rma)
    await inspected(stage.api, who, rma)
    judged = await seen(stage, who, rma)
    assert (judged["waitingOn"], judged["onDeadline"], judged["breaches"]) == ("MERCHANT", "REMIND", 0)
    refund = (await money(stage.api, who, rma))["refund"]
    assert (refund["status"], steps(refund)) == ("PENDING", [("PRICE", "199.00"), ("RETURN_FEE", "-12.00")])
    paid = (await confirmed(stage.api, who, refund))["refund"]

    assert (paid["status"], paid["paid"]["amount"], paid["return"]["status"]) == ("SUCCEEDED", "187.00", "COMPLETED")
    book = (await money(stage.api, stage.buyer(order), rma))["order"]["moneyBack"]
    assert (book["granted"]["amount"], book["paid"]["amount"]) == ("187.00", "187.00")


async def test_the_buyer_is_told_who_comes_and_others_see_half_a_phone(stage: Stage) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()
    await stage.pass_time(2)

    [shown] = (await seen(stage, stage.buyer(order), rma))["pickups"]
    [masked] = (await seen(stage, who, rma))["pickups"]

    assert shown["courier"] == {"name": "Li Wei", "phone": "13800138000", "pickupCode": "4711"}
    assert masked["courier"] == {**shown["courier"], "phone": "138******00"}


@pytest.mark.parametrize("carrier", ["sf", "kuaidi100"])
async def test_a_number_that_comes_late_is_followed_once_it_is_there(stage: Stage, carrier: str) -> None:
    who = await stage.seller(carrier)
    order = await stage.order(who, phone="13800130003")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()
    early = await seen(stage, who, rma)
    assert (early["pickups"][0]["status"], early["pickups"][0]["trackingNumber"]) == ("ACCEPTED", None)
    assert early["shipments"] == []

    await stage.pass_time(5)

    told = await seen(stage, who, rma)
    [parcel] = told["shipments"]
    assert parcel["trackingNumber"] == told["pickups"][0]["trackingNumber"] is not None
    assert (told["status"], parcel["direction"]) == ("SHIPPED_BACK", "REVERSE")


async def test_a_parcel_that_weighs_more_than_was_told_is_settled_by_its_weight(stage: Stage) -> None:
    who = await stage.seller("sf", "kuaidi100")
    order = await stage.order(who, phone="13800130004")
    rma = (await requested(stage.api, who, order.line(quantity=2)))["return"]

    await stage.work()
    await stage.pass_time(8)

    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert (pickup["status"], pickup["settledGrams"], pickup["fee"]["amount"]) == ("SETTLED", 3 * 360, "36.00")


async def test_a_courier_who_never_comes_is_replaced_by_another_carrier(stage: Stage) -> None:
    who = await stage.seller("kuaidi100", "sf")
    order = await stage.order(who, phone="13800130001")
    buyer = stage.buyer(order)
    rma = (await requested(stage.api, buyer, order.line()))["return"]
    await stage.work()

    await stage.pass_time(13, step=2)

    told = await seen(stage, who, rma)
    first, second = told["pickups"][:2]
    assert (told["rmaNumber"], told["status"]) == (rma["rmaNumber"], "APPROVED")
    assert first["carrier"] != second["carrier"]
    assert (first["status"], second["status"]) == ("SUPERSEDED", "COURIER_ASSIGNED")
    why = first["failure"]["message"]
    assert [(visit["number"], visit["status"], visit["reason"]) for visit in first["attempts"]] == [
        (1, "FAILED", why),
        (2, "FAILED", why),
    ]
    for reader in (who, stage.buyer(order)):
        news = (await seen(stage, reader, rma))["timeline"]["nodes"]
        [told] = [each["after"]["failover"] for each in news if each["after"].get("failover")]
        assert told == {"from": first["carrier"]["code"], "to": second["carrier"]["code"], "because": why}


async def test_nobody_at_home_brings_the_same_courier_again(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, phone="13800130006")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()

    await stage.pass_time(40, step=2)

    told = await seen(stage, who, rma)
    [pickup] = told["pickups"]
    assert [(visit["status"], visit["reason"]) for visit in pickup["attempts"]] == [
        ("FAILED", "暂未联系上客户"),
        ("PICKED_UP", None),
    ]
    assert told["status"] == "SHIPPED_BACK"


async def test_an_order_that_the_carrier_revives_is_another_attempt(stage: Stage) -> None:
    who = await stage.seller("kuaidi100")
    order = await stage.order(who, phone="13800130008")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()
    await stage.pass_time(2.5, step=0.5)
    assert (await seen(stage, who, rma))["pickups"][0]["status"] == "CANCELED"

    await stage.pass_time(5)

    told = await seen(stage, who, rma)
    [pickup] = told["pickups"]
    assert [(visit["number"], visit["status"]) for visit in pickup["attempts"]] == [(1, "CANCELED"), (2, "PICKED_UP")]
    assert told["status"] == "SHIPPED_BACK"


@pytest.mark.parametrize(("phone", "why"), [("13800130002", "超出服务范围"), ("13800130007", "调度取消订单")])
async def test_a_carrier_that_will_not_come_leaves_a_way_and_says_why(stage: Stage, phone: str, why: str) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, phone=phone)
    rma = (await requested(stage.api, who, order.line()))["return"]

    await stage.work()
    await stage.pass_time(30, step=2)

    told = await seen(stage, stage.buyer(order), rma)
    assert (told["status"], told["method"]) == ("APPROVED", "SHIP_YOURSELF"), repr(told)
    [pickup] = told["pickups"]
    assert (pickup["status"], pickup["attempts"][0]["reason"]) == ("REJECTED", why)
    assert {"from": "sf", "to": None, "because": why} in [
        each["after"].get("failover") for each in told["timeline"]["nodes"]
    ]


async def test_a_carrier_that_says_nothing_more_is_called_off_and_another_comes(stage: Stage) -> None:
    who = await stage.seller("sf", "kuaidi100")
    order = await stage.order(who, phone="13800130009")
    rma = (await requested(stage.api, who, order.line()))["return"]

    await stage.work()
    await stage.pass_time(24 * 2, step=4)

    told = await seen(stage, who, rma)
    first, second = told["pickups"][:2]
    assert first["carrier"] != second["carrier"]
    assert (first["status"], [visit["status"] for visit in first["attempts"]]) == ("SUPERSEDED", ["FAILED"])
    assert "without a word" in first["attempts"][0]["reason"]
    [entry] = stage.book.desk(first["carrier"]["code"]).entries.values()
    assert entry.canceled_at is not None


async def test_a_courier_who_is_to_come_another_day_is_given_up_only_after_that_day(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, "13800130009")  # taken, and not a word more
    rma = (await requested(stage.api, stage.buyer(order), order.line()))["return"]
    await stage.work()
    [pickup] = (await seen(stage, who, rma))["pickups"]
    day = (stage.api.clock.now + timedelta(days=2)).date()
    window = {"start": f"{day}T10:00:00+08:00", "end": f"{day}T12:00:00+08:00"}

    moved = (await stage.api.ask(who, LATER, input={"id": pickup["id"], "window": window}))["pickupReschedule"]

    until = datetime.fromisoformat(window["end"]) + timedelta(hours=4)  # the policy's pickup_grace
    assert moved["userErrors"] == []
    assert (datetime.fromisoformat(moved["pickup"]["deadlineAt"]), moved["pickup"]["status"]) == (until, "ACCEPTED")
    await stage.pass_time(24, step=6)
    assert [each["status"] for each in (await seen(stage, who, rma))["pickups"]] == ["ACCEPTED"]
    await stage.pass_time((until - stage.api.clock.now) / timedelta(hours=1) + 1, step=12)
    assert (await seen(stage, who, rma))["pickups"][0]["status"] != "ACCEPTED"
