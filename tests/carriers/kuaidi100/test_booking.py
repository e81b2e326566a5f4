"""Orders at Kuaidi100: what we ask, and what we read."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from carriers import wire
from carriers.booking import Fee, Ref, Window
from carriers.carrier import (
    CannotAsk,
    Courier,
    Incoming,
    Unreadable,
)
from carriers.intercepting import Diversion
from carriers.kuaidi100 import (
    CARRIER,
    booking,
    booking_changes,
    intercepting,
    pickups,
    push,
    statuses,
    tracking,
)
from carriers.times import BEIJING
from db.enums import PickupStatus as P
from tests.carriers import booking_bench as desk
from tests.carriers.bench import CALLBACK, NOW, SECRET
from tests.carriers.kuaidi100.orders import ORDER, TAKEN, access, message_of, refusal, state, told

# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_comes_to_whom_when_and_where_to_tell() -> None:
    request = booking.request(ORDER, access())
    fields = wire.form_of(request.body)
    assert request.url == "http://host/kuaidi100/order/borderapi.do"
    assert (fields["method"], fields["key"], fields["t"]) == ("bOrder", "sandbox-key", "1772366400000")
    assert fields["sign"] == tracking.sign(fields["param"], fields["t"], "sandbox-key", "sandbox-secret")
    assert message_of(request) == {
        "kuaidicom": "yuantong",
        "recManName": "李雷",
        "recManMobile": "18900008829",
        "recManPrintAddr": "上海市青浦区仓储路8号",
        "sendManName": "王小明",
        "sendManMobile": "13912345678",
        "sendManPrintAddr": "广东省深圳市南山区科技园路1号3栋502室",
        "cargo": "衣服",
        "callBackUrl": f"{CALLBACK}?booking=WB1234567890",
        "payment": "SHIPPER",
        "serviceType": "标准快递",
        "weight": "1.5",
        "remark": "",
        "salt": SECRET,
        "dayType": "明天",
        "pickupStartTime": "09:00",
        "pickupEndTime": "11:00",
        "passwordSigning": "",
        "valinsPay": "",
        "op": "0",
        "pollCallBackUrl": "",
        "resultv2": "0",
        "thirdOrderId": "WB1234567890",
    }


@pytest.mark.parametrize(("carrier", "product"), [("sf", "顺丰标快"), ("jd", "特惠送"), ("zto", "标准快递")])
def test_each_carrier_has_its_product(carrier: str, product: str) -> None:
    assert message_of(booking.request(replace(ORDER, carrier=carrier), access()))["serviceType"] == product


def test_the_service_may_name_the_carrier_or_its_product() -> None:
    by_service = message_of(booking.request(replace(ORDER, carrier="", service="sto"), access()))
    assert (by_service["kuaidicom"], by_service["serviceType"]) == ("shentong", "标准快递")
    express = message_of(booking.request(replace(ORDER, carrier="sf", service="顺丰特快"), access()))
    assert express["serviceType"] == "顺丰特快"
    for carrier in ("", "ups", "dhl_express"):
        with pytest.raises(CannotAsk, match="which carrier"):
            booking.request(replace(ORDER, carrier=carrier), access())


@pytest.mark.parametrize(("ahead", "day"), [(0, "今天"), (2, "后天")])
def test_days_are_told_in_words(ahead: int, day: str) -> None:
    start = datetime(2026, 3, 1 + ahead, 21, tzinfo=BEIJING)  # it is eight in the evening of the first
    window = Window(start, start + timedelta(hours=1))
    assert message_of(booking.request(replace(ORDER, window=window), access()))["dayType"] == day


@pytest.mark.parametrize("days", [-1, 3])
def test_a_day_they_have_no_word_for_is_not_asked(days: int) -> None:
    start = datetime(2026, 3, 1, 9, tzinfo=BEIJING) + timedelta(days=days)
    with pytest.raises(CannotAsk, match="tomorrow"):
        booking.request(replace(ORDER, window=Window(start, start + timedelta(hours=2))), access())


def test_what_cannot_be_asked_is_named() -> None:
    for lacking in (replace(access(), callback_url=""), replace(access(), push_secret="")):
        with pytest.raises(CannotAsk, match="salt"):
            booking.request(ORDER, lacking)
    with pytest.raises(CannotAsk, match="secret"):
        booking.request(ORDER, access(secret=""))
    with pytest.raises(CannotAsk, match="300"):
        booking.request(replace(ORDER, sender=replace(desk.SENDER, street=("路" * 120,))), access())
    with pytest.raises(CannotAsk, match="taskId"):
        booking_changes.cancel(Ref("WB1", "WB1"), None, access())
    for ref, door in ((Ref("WB1", carrier="yto"), desk.SENDER), (Ref("WB1", number="YT1", carrier="yto"), None)):
        with pytest.raises(CannotAsk):
            intercepting.request(Diversion("redirect", to=door), ref, access())
    back = message_of(intercepting.request(Diversion("return"), Ref("WB1", number="YT1", carrier="yto"), access()))
    assert (back["interceptType"], "recManInfo" in back) == ("RETURN_SEND_ADDR", False)


def test_a_question_names_the_order_in_every_way_we_know() -> None:
    assert message_of(booking_changes.ask(Ref("WB1"), access())) == {"thirdOrderId": "WB1"}
    assert message_of(booking_changes.ask(Ref("WB1", "9FC2"), access())) == {"thirdOrderId": "WB1", "taskId": "9FC2"}


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_is_known_by_their_task() -> None:
    read = booking.read(wire.json_reply(TAKEN), ORDER)
    assert read.was_taken
    assert (read.confirmation, read.number, read.extras) == ("9FC2", "YT3000000000017", {"orderId": "20066771"})
    late = booking.read(told({"taskId": "9FC2", "kuaidinum": None}), ORDER)
    assert late.was_taken
    assert late.number == ""


def test_a_repeat_is_the_first_order_and_a_refusal_is_none() -> None:
    again = booking.read(refusal("501"), ORDER)
    assert again.was_taken
    assert again.is_repeat
    no = booking.read(refusal("500", "目的网点停派"), ORDER)
    assert not no.was_taken
    assert [(error.code, error.retryable, error.not_found) for error in no.errors] == [("500", False, False)]


@pytest.mark.parametrize("body", [{}, {"result": True}, {"result": True, "data": []}, {"data": {"taskId": "1"}}])
def test_an_answer_that_is_no_order_is_unreadable(body: object) -> None:
    with pytest.raises(Unreadable):
        booking.read(wire.json_reply(body), ORDER)


def test_an_order_asked_for_is_told_as_it_stands() -> None:
    data = {"status": "15", "taskId": "9FC2", "orderId": "2", "kuaidiNum": "YT1", "courierName": "李", "freight": "9.5"}
    read = booking_changes.read(told({**data, "weight": "2.5"}), Ref("WB1"))
    assert read
    assert (read.status, read.number, read.fee, read.weight_grams) == (
        P.SETTLED,
        "YT1",
        Fee(Decimal("9.5"), "CNY"),
        2500,
    )
    assert (read.courier, read.extras) == (Courier("李"), {"orderId": "2"})


def test_only_words_say_that_an_order_was_never_made() -> None:
    assert booking_changes.read(refusal("500", "订单不存在"), Ref("WB1")) is None
    for reply in (refusal("500"), refusal("503"), told({}), told([]), told(None), wire.json_reply({"result": True})):
        with pytest.raises(Unreadable):
            booking_changes.read(reply, Ref("WB1"))


def test_what_is_cancelled_already_is_done() -> None:
    for reply in (told({}), refusal("500", "订单已取消")):
        assert booking_changes.read_cancel(reply, Ref("WB1")) == ()
    assert [error.code for error in booking_changes.read_cancel(refusal("500", "已取件"), Ref("WB1"))] == ["500"]
    with pytest.raises(Unreadable):
        booking_changes.read_cancel(wire.json_reply({}), Ref("WB1"))


def test_a_way_without_a_price_has_no_quote() -> None:
    for reply in (refusal("500", "当前线路未设置价格"), told({"price": None}), told([])):
        assert booking_changes.read_price(reply, ORDER) == ()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("0", P.ACCEPTED),
        ("1", P.COURIER_ASSIGNED),
        ("2", P.COURIER_ASSIGNED),
        ("10", P.PICKED_UP),
        ("11", P.FAILED),
        ("9", P.CANCELED),
        ("99", P.CANCELED),
        ("15", P.SETTLED),
        ("155", P.SETTLED),
        ("166", P.REQUESTED),
        ("610", P.REJECTED),
        ("7", P.UNKNOWN),
    ],
)
def test_a_state_of_an_order_is_read(code: str, status: P) -> None:
    body = wire.form_request("", {"param": tracking.param(state(code, orderId="2"))}).body
    assert CARRIER.recognise
    assert CARRIER.recognise(body) == "pickup"
    [read] = pickups.read(body).pickups
    assert (read.status, read.raw_code, read.reference, read.reason) == (status, code, "2", "说明")
    [here] = push.read(Incoming(body, NOW, query={"booking": "WB1"})).pickups
    assert here == replace(read, reference="WB1")


def test_weight_and_fee_count_once_they_are_charged() -> None:
    told = {"weight": "4.5", "freight": "36.00", "courierName": "李", "courierMobile": "138"}
    charged, before = (pickups.state(state(code, **told)) for code in ("155", "10"))
    assert (charged.weight_grams, charged.fee) == (4500, (Decimal("36.00"), "CNY"))
    assert (before.weight_grams, before.fee) == (None, None)
    assert before.courier == Courier("李", "138")


def test_every_state_of_a_pickup_has_its_row() -> None:
    assert statuses.PICKUPS.keys() == {row.code for row in statuses.CODES if row.namespace == statuses.ORDER}


def test_only_unreadable_escapes_whatever_comes() -> None:
    price = {"serviceType": "标准快递", "price": "10.0", "kuaidiCom": "yuantong"}
    detail = {"status": "15", "taskId": "9FC2", "orderId": "2", "kuaidiNum": "YT1", "freight": "9.5", "weight": "2"}
    replies = [wire.json_reply(TAKEN), told(detail), told(price), told({}), refusal("501")]
    desk.survives(CARRIER, ORDER, [reply.body for reply in replies])
