"""Orders at ZTO: what we ask, what we read, and its desk in the sandbox."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Contact, Item, Order, Ref, Window
from carriers.carrier import CannotAsk, Reply, Request, Unreadable
from carriers.times import BEIJING
from carriers.zto import CARRIER, booking, signing
from db.enums import PickupStatus as P
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import answered, material, real

ACCESS = bench.access(CARRIER)
NUMBERS = {"orderCode": "250522000006047100", "billCode": "73100196611386", "partnerOrderCode": "WB1"}


def message_of(request: Request) -> Any:
    return json.loads(request.body)


def reply(result: object, *, status: object = True, code: str = "0000") -> Reply:
    return wire.json_reply({"message": "", "statusCode": code, "status": status, "result": result})


# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_when_and_on_which_account() -> None:
    request = booking.request(replace(desk.ORDER, size_mm=(500, 300, 105)), ACCESS)
    assert request.url == "http://host/zto/zto.open.createOrder"
    assert request.headers["x-dataDigest"] == signing.digest(request.body.decode(), "sandbox-app_secret")
    assert message_of(request) == {
        "partnerType": "2",
        "orderType": "2",
        "partnerOrderCode": "WB1234567890",
        "accountInfo": {
            "accountId": "sandbox-account_id",
            "accountPassword": "sandbox-account_password",
            "type": 1,
        },
        "senderInfo": {
            "senderName": "王小明",
            "senderMobile": "13912345678",
            "senderProvince": "广东省",
            "senderCity": "深圳市",
            "senderDistrict": "南山区",
            "senderAddress": "科技园路1号3栋502室",
        },
        "receiveInfo": {
            "receiverName": "李雷",
            "receiverMobile": "18900008829",
            "receiverProvince": "上海市",
            "receiverCity": "上海市",
            "receiverDistrict": "青浦区",
            "receiverAddress": "仓储路8号",
        },
        "summaryInfo": {
            "quantity": 1,
            "size": "50,30,10.5",
            "startTime": "2026-03-02 09:00:00",
            "endTime": "2026-03-02 11:00:00",
        },
        "orderItems": [{"name": "衣服", "quantity": 1}],
    }


def test_a_remark_and_a_number_we_have_go_along() -> None:
    message = message_of(booking.request(replace(desk.ORDER, remark="易碎", number="73100196611386"), ACCESS))
    assert (message["remark"], message["billCode"]) == ("易碎", "73100196611386")


@pytest.mark.parametrize(("changes", "missing"), [({"payer": "recipient"}, "account"), ({"service": "9"}, "types")])
def test_what_zto_does_not_take_is_not_asked_for(changes: dict[str, Any], missing: str) -> None:
    with pytest.raises(CannotAsk, match=missing):
        booking.request(replace(desk.ORDER, **changes), ACCESS)


@pytest.mark.parametrize("name", ["account_id", "account_password"])
def test_without_an_account_nothing_is_ordered(name: str) -> None:
    with pytest.raises(CannotAsk, match=name):
        booking.request(desk.ORDER, bench.access(CARRIER, **{name: ""}))


def test_an_order_without_any_number_of_ztos_cannot_be_cancelled() -> None:
    with pytest.raises(CannotAsk, match="numbers"):
        booking.cancel(Ref("WB1"), None, ACCESS)


if material("zto", "create_order.request.json"):

    def test_the_order_equals_the_sample_but_for_what_is_blank_or_in_unknown_units() -> None:
        sample = real("zto", "create_order.request.json")
        sender, recipient = (_door(sample[f"{info}Info"], who) for info, who in SIDES)
        begins = datetime(2025, 5, 22, 11, tzinfo=BEIJING)
        wish = Order(
            "SJ20250806",
            sender,
            recipient,
            window=Window(begins, begins + timedelta(hours=1)),
            parcels=3,
            size_mm=(500, 500, 500),
            items=(Item("联想笔记本电脑", 3),),
            service="1",
            remark="盛捷物流供应链下单",
        )
        message = message_of(booking.request(wish, bench.access(CARRIER, account_id="test", account_password="ZTO123")))
        for name in ("billCode", "hallCode", "siteCode", "siteName"):
            assert sample.pop(name) == ""
        del sample["orderVasList"], sample["cabinet"]  # cash on delivery; a locker
        del sample["accountInfo"]["customerId"], sample["senderInfo"]["senderId"]
        del sample["senderInfo"]["senderPhone"], sample["receiveInfo"]["receiverPhone"]  # beside the mobile
        for name in ("price", "freight", "premium"):
            del sample["summaryInfo"][name]
        [item] = sample["orderItems"]
        sample["orderItems"] = [{name: item[name] for name in ("name", "quantity")}]
        assert message == sample

    def test_the_cancellation_equals_the_sample() -> None:
        sample = real("zto", "cancel_preorder.request.json")
        assert message_of(booking.cancel(Ref("WB1", number="73567696585xxx"), None, ACCESS)) == sample

    def test_the_answers_of_the_samples_are_read() -> None:
        [path] = material("zto", "create_order.response.json")
        told = booking.read(Reply(body=path.read_bytes()), desk.ORDER)
        assert (told.confirmation, told.number) == ("250522000006047100", "73100196611386")
        [path] = material("zto", "cancel_preorder.response.json")
        assert booking.read_cancel(Reply(body=path.read_bytes()), Ref("WB1")) == ()


SIDES = (("sender", "sender"), ("receive", "receiver"))


def _door(told: dict[str, str], who: str) -> Contact:
    name, phone, region, city, district, address = (
        told[who + field] for field in ("Name", "Mobile", "Province", "City", "District", "Address")
    )
    return Contact(name, phone, "CN", region, city=city, district=district, street=(address,))


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_has_both_numbers() -> None:
    told = booking.read(reply(NUMBERS), desk.ORDER)
    assert told.was_taken
    assert (told.confirmation, told.number, told.status) == (NUMBERS["orderCode"], NUMBERS["billCode"], P.ACCEPTED)


def test_an_order_without_a_waybill_number_is_an_order() -> None:
    told = booking.read(reply({**NUMBERS, "billCode": None}), desk.ORDER)
    assert told.was_taken
    assert told.number == ""


@pytest.mark.parametrize(("code", "retryable"), [("E404", False), ("S221", True)])
def test_a_refusal_is_no_order(code: str, retryable: bool) -> None:
    told = booking.read(reply(None, status=False, code=code), desk.ORDER)
    assert not told.was_taken
    assert [(error.code, error.retryable) for error in told.errors] == [(code, retryable)]
    [error] = booking.read_cancel(reply(None, status="false", code=code), Ref("WB1"))
    assert error.code == code


@pytest.mark.parametrize("result", [None, [], {}, {"orderCode": ""}, "WB1"])
def test_an_answer_without_an_order_is_unreadable(result: object) -> None:
    with pytest.raises(Unreadable):
        booking.read(reply(result), desk.ORDER)


def test_only_unreadable_escapes_whatever_comes() -> None:
    desk.survives(CARRIER, desk.ORDER, [reply(NUMBERS).body, reply(None, status=False, code="S211").body])


# --- its desk ---------------------------------------------------------------------------------------------------


def test_booked_twice_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert desk.booked(CARRIER, wish, world) == first
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["Z003"]  # it is collected
    assert desk.canceled(CARRIER, replace(about, confirmation=""), world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB1", confirmation="9"), world) == ["Z002"]


def test_a_door_out_of_reach_is_refused() -> None:
    told = desk.booked(CARRIER, desk.order("0002"), desk.world(CARRIER))
    assert [error.code for error in told.errors] == ["Z001"]


def test_a_number_that_comes_late_is_not_in_the_answer() -> None:
    told = desk.booked(CARRIER, desk.order("0003"), desk.world(CARRIER))
    assert told.was_taken
    assert told.number == ""


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"accountInfo": {"accountId": "sandbox-account_id", "accountPassword": "wrong"}}, "E404"),
        ({"senderInfo": None}, "S208"),
        ({"partnerOrderCode": ""}, "S208"),
        ({"summaryInfo": {"startTime": "soon", "endTime": "later"}}, "S208"),
    ],
)
def test_the_sandbox_refuses_what_is_no_order(changes: dict[str, Any], code: str) -> None:
    message = message_of(booking.request(desk.ORDER, ACCESS)) | changes
    told = booking.read(
        answered(CARRIER, signing.signed(booking.CREATE, message, ACCESS), desk.world(CARRIER)), desk.ORDER
    )
    assert [error.code for error in told.errors] == [code]


def test_the_sandbox_checks_the_digest_of_an_order() -> None:
    request = booking.request(desk.ORDER, bench.access(CARRIER, app_secret="wrong"))
    told = booking.read(answered(CARRIER, request, desk.world(CARRIER)), desk.ORDER)
    assert [error.code for error in told.errors] == ["S211"]
