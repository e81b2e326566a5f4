"""Orders at YTO: what we ask, what we read, and its desk in the sandbox."""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Contact, Item, Order, Ref, Window
from carriers.carrier import CannotAsk, Reply, Request, Unreadable
from carriers.times import BEIJING
from carriers.yto import CARRIER, booking, signing
from db.enums import PickupStatus as P
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import answered, material, real

ACCESS = bench.access(CARRIER)
TAKEN = {"logisticsNo": "WB1234567890", "mailNo": "YT2600227881409"}
REFUSED = {"code": "1002", "message": "参数错误。", "success": False}
BAD_SIGNATURE = {"Response": {"code": "3001", "success": "false", "reason": "x"}}


def param_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["param"])


# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_and_when() -> None:
    request = booking.request(replace(desk.ORDER, remark="易碎", declared=Decimal("888.5")), ACCESS)
    fields = wire.form_of(request.body)
    assert request.url == ("http://host/yto/open/privacy_create_adapter/v1/sandbox-user_id/sandbox-order_client_code")
    assert fields["sign"] == signing.sign(fields["param"], "privacy_create_adapter", "sandbox-order_secret")
    assert fields["format"] == "JSON"
    assert param_of(request) == {
        "logisticsNo": "WB1234567890",
        "senderName": "王小明",
        "senderProvinceName": "广东省",
        "senderCityName": "深圳市",
        "senderCountyName": "南山区",
        "senderAddress": "科技园路1号3栋502室",
        "senderMobile": "13912345678",
        "recipientName": "李雷",
        "recipientProvinceName": "上海市",
        "recipientCityName": "上海市",
        "recipientCountyName": "青浦区",
        "recipientAddress": "仓储路8号",
        "recipientMobile": "18900008829",
        "goods": [{"name": "衣服", "weight": 1.5, "price": 199.5, "quantity": 1}],
        "weight": 1.5,
        "productCode": "PK",
        "startTime": "2026-03-02 09:00:00",
        "endTime": "2026-03-02 11:00:00",
        "remark": "易碎",
        "increments": [{"type": 4, "amount": 888.5}],
    }


@pytest.mark.parametrize(("changes", "why"), [({"payer": "recipient"}, "account"), ({"number": "YT1"}, "numbers")])
def test_what_yto_does_not_take_is_not_asked_for(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotAsk, match=why):
        booking.request(replace(desk.ORDER, **changes), ACCESS)


@pytest.mark.parametrize("name", ["order_client_code", "order_secret"])
def test_without_an_account_nothing_is_ordered(name: str) -> None:
    with pytest.raises(CannotAsk, match=name):
        booking.request(desk.ORDER, bench.access(CARRIER, **{name: ""}))


if material("yto", "create_order.request.param.json"):

    def test_the_order_equals_the_sample_but_for_what_we_never_know() -> None:
        sample = real("yto", "create_order.request.param.json")
        moment = datetime(2025, 10, 16, 17, 6, 3, tzinfo=BEIJING)
        wish = Order(
            "DXqXQ0G135P",
            door(sample, "sender"),
            door(sample, "recipient"),
            window=Window(moment, moment),
            weight_grams=5000,
            items=(Item("mobile", 1, Decimal(100), 5000),),
            declared=Decimal(888),
            remark="remark-test",
        )
        for side in ("length", "width", "height"):  # nobody says in which unit
            del sample["goods"][0][side]
        del sample["gotCode"], sample["cstOrderNo"]  # a code that the sender says; a second reference
        assert param_of(booking.request(wish, ACCESS)) == sample

    def test_the_cancellation_equals_the_sample_but_for_its_reason() -> None:
        request = booking.cancel(Ref("DXqXQ0G135P"), None, ACCESS)
        sample = real("yto", "cancel_order.request.param.json")
        assert param_of(request) == {**sample, "cancelDesc": "用户取消"}
        assert "/open/korder_cancel_adapter/v1/" in request.url


def door(told: dict[str, str], who: str) -> Contact:
    name, region, city, district, address, phone = (
        told[who + field] for field in ("Name", "ProvinceName", "CityName", "CountyName", "Address", "Mobile")
    )
    return Contact(name, phone, "CN", region, city=city, district=district, street=(address,))


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_has_its_number_unless_there_is_none_yet() -> None:
    told = booking.read(wire.json_reply(TAKEN), desk.ORDER)
    assert told.was_taken
    assert (told.confirmation, told.number, told.status) == ("WB1234567890", "YT2600227881409", P.ACCEPTED)
    late = booking.read(wire.json_reply({"logisticsNo": "WB1234567890", "success": True}), desk.ORDER)
    assert late.was_taken
    assert late.number == ""


@pytest.mark.parametrize(
    ("answer", "code"), [(REFUSED, "1002"), (BAD_SIGNATURE, "3001"), (REFUSED | {"logisticsNo": "WB1"}, "1002")]
)
def test_a_refusal_is_no_order(answer: dict[str, Any], code: str) -> None:
    told = booking.read(wire.json_reply(answer), desk.ORDER)
    assert not told.was_taken
    assert [error.code for error in told.errors] == [code]
    assert [error.code for error in booking.read_cancel(wire.json_reply(answer), Ref("WB1"))] == [code]


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"success":true}', b'{"logisticsNo":""}', b"<html>"])
def test_an_answer_that_says_nothing_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        booking.read(Reply(body=body), desk.ORDER)
    with pytest.raises(Unreadable):
        booking.read_cancel(Reply(body=body), Ref("WB1"))


def test_only_unreadable_escapes_whatever_comes() -> None:
    desk.survives(CARRIER, desk.ORDER, [wire.compact(each).encode() for each in (TAKEN, REFUSED, BAD_SIGNATURE)])


# --- its desk ---------------------------------------------------------------------------------------------------


def test_booked_twice_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert desk.booked(CARRIER, wish, world) == first
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["9003"]  # it is collected
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB-NEVER"), world) == ["9002"]


def test_a_door_out_of_reach_is_refused() -> None:
    told = desk.booked(CARRIER, desk.order("0002"), desk.world(CARRIER))
    assert [error.code for error in told.errors] == ["9001"]


def test_a_number_that_comes_late_is_not_in_the_answer() -> None:
    told = desk.booked(CARRIER, desk.order("0003"), desk.world(CARRIER))
    assert told.was_taken
    assert told.number == ""


@pytest.mark.parametrize("changes", [{"logisticsNo": ""}, {"senderName": None}, {"startTime": "soon"}])
def test_the_sandbox_refuses_what_is_no_order(changes: dict[str, Any]) -> None:
    param = param_of(booking.request(desk.ORDER, ACCESS)) | changes
    request = signing.request(booking.CREATE, param, booking.OWN, ACCESS)
    told = booking.read(answered(CARRIER, request, desk.world(CARRIER)), desk.ORDER)
    assert [error.code for error in told.errors] == ["1002"]


def test_the_sandbox_checks_the_account_of_an_order() -> None:
    for changes, code in (({"order_secret": "wrong"}, "3001"), ({"order_client_code": "wrong"}, "1002")):
        request = booking.request(desk.ORDER, bench.access(CARRIER, **changes))
        told = booking.read(answered(CARRIER, request, desk.world(CARRIER)), desk.ORDER)
        assert [error.code for error in told.errors] == [code]
