"""Orders at JD: what we ask, what we read, and its desk in the sandbox."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from carriers import wire
from carriers.booking import Fee, Ref
from carriers.carrier import CannotAsk, Courier, Reply, Request, Unreadable
from carriers.jd import CARRIER, booking, booking_changes, booking_quotes, signing
from carriers.jd.statuses import PICKUPS, STATE, TABLE
from carriers.times import BEIJING
from db.enums import PickupStatus as P
from db.enums import TrackingStatus
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import NOW, answered

ACCESS = bench.access(CARRIER)
DAY = date(2026, 3, 2)
NUMBERS = {"orderCode": "EO1", "waybillCode": "JDV000000000001"}
HOUR = {"startTime": "10:24:51", "endTime": "11:24:51"}
CHECKED = {
    "commonFeeInfoResponse": {"calWeight": 5, "currency": "CNY"},
    "pickupSliceTimes": [
        {"dateKey": "2026-03-02", "pickupSliceTimes": [HOUR, {"startTime": "12:00:00", "endTime": "12:00:00"}]},
        {"dateKey": "2026-03-03", "pickupSliceTimes": [HOUR]},
    ],
    "productInfos": [
        {"productCode": "ed-m-0001", "freightPre": 20, "deliveryPromiseTime": 1772467200000},
        {"productCode": "ed-m-0002", "freightPre": "17.5"},
        {"productCode": "ed-m-0003"},
    ],
}


def message_of(request: Request) -> Any:
    [message] = json.loads(request.body)
    return message


def reply(data: object, *, success: bool = True, **more: object) -> Reply:
    return wire.json_reply({"code": 0 if success else 500, "success": success, "msg": "", "data": data, **more})


# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_when_and_who_pays() -> None:
    request = booking.request(replace(desk.ORDER, size_mm=(300, 200, 105)), ACCESS)
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert urlsplit(request.url).path == "/jd/ecap/v1/orders/create"
    fields = {name: query[name] for name in ("access_token", "app_key", "timestamp")}
    assert query["sign"] == signing.sign(booking.CREATE, request.body.decode(), fields, "sandbox-app_secret")
    assert message_of(request) == {
        "orderId": "WB1234567890",
        "senderContact": {
            "name": "王小明",
            "mobile": "13912345678",
            "fullAddress": "广东省深圳市南山区科技园路1号3栋502室",
        },
        "receiverContact": {
            "name": "李雷",
            "mobile": "18900008829",
            "fullAddress": "上海市青浦区仓储路8号",
        },
        "orderOrigin": 1,
        "customerCode": "sandbox-customer_code",
        "productsReq": {"productCode": "ed-m-0001"},
        "settleType": "3",
        "cargoes": [
            {
                "name": "衣服",
                "quantity": 1,
                "weight": 1.5,
                "volume": 6300,
                "length": 30,
                "width": 20,
                "hight": 10.5,
            }
        ],
        "commonChannelInfo": {"channelCode": "0030001"},
        "pickupStartTime": 1772413200000,
        "pickupEndTime": 1772420400000,
    }


def test_what_is_not_usual_goes_along() -> None:
    wish = replace(
        desk.ORDER, payer="recipient", remark="易碎", number="JDV1", service="ed-m-0002", weight_grams=4, items=()
    )
    message = message_of(booking.request(wish, ACCESS))
    assert (message["settleType"], message["remark"], message["waybillCode"]) == ("2", "易碎", "JDV1")
    assert message["productsReq"] == {"productCode": "ed-m-0002"}
    assert message["cargoes"] == [{"name": "goods", "quantity": 1, "weight": 0.01}]


def test_only_a_number_can_be_cancelled() -> None:
    with pytest.raises(CannotAsk, match="waybill"):
        booking_changes.cancel(Ref("WB1", confirmation="EO1"), None, ACCESS)


# --- what we read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "is_repeat"), [("", False), ("0_0001", True)])
def test_an_order_taken_has_both_numbers_and_a_repeat_the_first_ones(code: str, is_repeat: bool) -> None:
    told = booking.read(reply(NUMBERS, subCode=code), desk.ORDER)
    assert told.was_taken
    assert (told.confirmation, told.number, told.status) == ("EO1", "JDV000000000001", P.ACCEPTED)
    assert told.is_repeat is is_repeat


def test_a_refusal_is_no_order() -> None:
    told = booking.read(reply(None, success=False, subCode="1_0002", subMsg="超区"), desk.ORDER)
    assert not told.was_taken
    assert [(error.code, error.message) for error in told.errors] == [("1_0002", "超区")]


@pytest.mark.parametrize("data", [None, [], {}, {"orderCode": ""}, "EO1"])
def test_an_answer_without_an_order_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable):
        booking.read(reply(data), desk.ORDER)


def test_hours_are_those_of_the_day_and_prices_those_of_each_product() -> None:
    [slot] = booking_quotes.read_hours(reply(CHECKED), desk.SENDER, DAY)
    assert slot.window.start == datetime(2026, 3, 2, 10, 24, 51, tzinfo=BEIJING)
    quotes = booking_quotes.read_price(reply(CHECKED), desk.ORDER)
    assert [(each.service, each.fee.amount) for each in quotes] == [
        ("ed-m-0001", Decimal(20)),
        ("ed-m-0002", Decimal("17.5")),
    ]
    assert [each.delivery_at for each in quotes] == [datetime(2026, 3, 3, tzinfo=BEIJING), None]
    refusal = reply(None, success=False)
    assert booking_quotes.read_price(refusal, desk.ORDER) == ()
    with pytest.raises(Unreadable, match="500"):
        booking_quotes.read_hours(refusal, desk.SENDER, DAY)


def test_every_state_of_a_pickup_has_its_row() -> None:
    assert {code for code in PICKUPS if TABLE.meaning(STATE, code).is_mapped} == set(PICKUPS)
    collected = [code for code, status in PICKUPS.items() if status is P.PICKED_UP]
    assert [TABLE.meaning(STATE, code).status for code in collected] == [TrackingStatus.PICKED_UP]


def test_only_unreadable_escapes_whatever_comes() -> None:
    bodies = [reply(NUMBERS).body, reply(CHECKED).body, reply(None, success=False).body]
    desk.survives(CARRIER, desk.ORDER, bodies)


# --- its desk ---------------------------------------------------------------------------------------------------


def test_booked_repeated_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert not first.is_repeat
    again = desk.booked(CARRIER, wish, world)
    assert again.is_repeat
    assert (again.confirmation, again.number) == (first.confirmation, first.number)
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["2003"]  # it is collected
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB1", number="JDV9"), world) == ["2002"]


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("5678", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]),
        ("0001", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0003", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]),
        ("0006", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0007", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0009", [P.ACCEPTED, P.ACCEPTED]),
    ],
)
def test_a_scenario_plays_and_is_read_back(scenario: str, states: list[P]) -> None:
    world, wish = desk.world(CARRIER), desk.order(scenario)
    assert desk.booked(CARRIER, wish, world).was_taken
    assert desk.played(CARRIER, wish, world) == states


def test_a_cancelled_order_that_is_taken_up_again_is_asked_for_anew() -> None:
    world, wish = desk.world(CARRIER), desk.order("0008")
    desk.booked(CARRIER, wish, world)
    assert desk.played(CARRIER, wish, world)[3:5] == [P.CANCELED, P.REQUESTED]


def test_the_courier_and_the_number_are_heard() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    stands = desk.later(world, 1).desk.booking(wish.reference)
    assert stands
    listening = replace(world.subscriptions[f"booking:{wish.reference}"], callback_url=bench.CALLBACK)
    [heard] = desk.heard(CARRIER, stands, listening)
    assert (heard.reference, heard.tracking_number) == (wish.reference, first.number)
    assert heard.courier == Courier("Li Wei", "13800138000")


def test_a_door_out_of_reach_is_refused() -> None:
    told = desk.booked(CARRIER, desk.order("0002"), desk.world(CARRIER))
    assert [error.code for error in told.errors] == ["2001"]


def test_hours_and_a_price_come_from_the_sandbox() -> None:
    world = desk.world(CARRIER)
    hours = answered(CARRIER, booking_quotes.ask_hours(desk.SENDER, DAY, ACCESS), world)
    assert len(booking_quotes.read_hours(hours, desk.SENDER, DAY)) == 13
    price = answered(CARRIER, booking_quotes.ask_price(desk.ORDER, ACCESS), world)
    [quote] = booking_quotes.read_price(price, desk.ORDER)
    assert (quote.fee, quote.delivery_at) == (Fee(Decimal(14), "CNY"), NOW + timedelta(days=2))


def test_an_order_without_its_doors_is_refused() -> None:
    bare = signing.request(booking.CREATE, {"orderId": "WB1"}, ACCESS)
    told = booking.read(answered(CARRIER, bare, desk.world(CARRIER)), desk.ORDER)
    assert [error.code for error in told.errors] == ["400"]
