"""Orders at STO: what we ask, what we read, and its desk in the sandbox."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Contact, Item, Order, Ref
from carriers.carrier import CannotAsk, Courier, PushRejected, Reply, Request, Unreadable
from carriers.sto import CARRIER, booking, push, sandbox_booking, signing
from db.enums import PickupStatus as P
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import CALLBACK, answered, material, real

ACCESS = bench.access(CARRIER)
NUMBERS = {"orderNo": "WB1234567890", "waybillNo": "773012345678901"}


def content_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["content"])


def reply(data: object, *, success: object = "true", code: str = "") -> Reply:
    return wire.json_reply({"success": success, "errorCode": code, "errorMsg": "", "data": data})


def door(told: dict[str, str]) -> Contact:
    return Contact(
        told["name"],
        told["mobile"],
        "CN",
        told["province"],
        city=told["city"],
        district=told["area"],
        street=(told["address"],),
        postal_code=told["postCode"],
    )


# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_and_on_which_account() -> None:
    request = booking.request(replace(desk.ORDER, size_mm=(300, 200, 105), declared=Decimal("99.5")), ACCESS)
    fields = wire.form_of(request.body)
    assert request.url == "http://host/sto/gateway/link.do"
    assert (fields["api_name"], fields["to_appkey"], fields["to_code"]) == (
        "OMS_EXPRESS_ORDER_CREATE",
        "sto_oms",
        "sto_oms",
    )
    assert fields["data_digest"] == signing.digest(fields["content"], "sandbox-secret_key")
    assert content_of(request) == {
        "orderNo": "WB1234567890",
        "orderSource": "sandbox-order_source",
        "billType": "00",
        "orderType": "01",
        "sender": {
            "name": "王小明",
            "mobile": "13912345678",
            "postCode": "518057",
            "country": "中国",
            "province": "广东省",
            "city": "深圳市",
            "area": "南山区",
            "address": "科技园路1号3栋502室",
        },
        "receiver": {
            "name": "李雷",
            "mobile": "18900008829",
            "postCode": "201700",
            "country": "中国",
            "province": "上海市",
            "city": "上海市",
            "area": "青浦区",
            "address": "仓储路8号",
        },
        "cargo": {
            "battery": "10",
            "goodsType": "小件",
            "goodsName": "衣服",
            "goodsCount": 1,
            "weight": 1.5,
            "spaceX": 30,
            "spaceY": 20,
            "spaceZ": 10.5,
            "goodsAmount": "99.5",
        },
        "customer": {
            "siteCode": "sandbox-site_code",
            "customerName": "sandbox-customer_name",
            "sitePwd": "sandbox-site_password",
            "monthCustomerCode": "sandbox-month_customer_code",
        },
    }


def test_what_is_not_usual_goes_along() -> None:
    wish = replace(desk.ORDER, remark="易碎", number="773012345678901", weight_grams=9000, items=())
    content = content_of(booking.request(wish, bench.access(CARRIER, month_customer_code="")))
    assert (content["remark"], content["waybillNo"]) == ("易碎", "773012345678901")
    assert content["cargo"] == {
        "battery": "10",
        "goodsType": "大件",
        "goodsName": "goods",
        "goodsCount": 1,
        "weight": 9,
    }
    assert "monthCustomerCode" not in content["customer"]


@pytest.mark.parametrize("name", ["order_source", "site_code", "customer_name", "site_password"])
def test_without_an_account_nothing_is_ordered(name: str) -> None:
    with pytest.raises(CannotAsk, match=name):
        booking.request(desk.ORDER, bench.access(CARRIER, **{name: ""}))


def test_only_the_account_pays() -> None:
    with pytest.raises(CannotAsk, match="account"):
        booking.request(replace(desk.ORDER, payer="recipient"), ACCESS)


if material("sto", "create_order.request.content.json"):

    def test_the_order_equals_the_sample_but_for_what_we_never_know() -> None:
        sample = real("sto", "create_order.request.content.json")
        wish = Order(
            "8885452262",
            door(sample["sender"]),
            door(sample["receiver"]),
            weight_grams=10_000,
            size_mm=(100, 100, 100),
            items=(Item("XX物", 10),),
            declared=Decimal(100),
            remark="无备注",
        )
        own = {
            "order_source": "****",
            "site_code": "666666",
            "customer_name": "666666000001",
            "site_password": "<site password>",
            "month_customer_code": "9000000",
        }
        for end in ("sender", "receiver"):  # a telephone beside the mobile, and a town
            del sample[end]["tel"], sample[end]["town"]
        del sample["receiver"]["safeNo"], sample["cargo"]["cargoItemList"]  # of a platform; of a border
        assert content_of(booking.request(wish, bench.access(CARRIER, **own))) == sample

    def test_the_cancellation_equals_the_sample() -> None:
        ref = Ref("<order no>", number="<waybill>")
        request = booking.cancel(ref, None, bench.access(CARRIER, order_source="<source code>"))
        assert content_of(request) == real("sto", "cancel_order.request.content.json")


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_has_its_number_unless_it_comes_later() -> None:
    told = booking.read(reply(NUMBERS), desk.ORDER)
    assert told.was_taken
    assert (told.confirmation, told.number, told.status) == ("WB1234567890", "773012345678901", P.ACCEPTED)
    late = booking.read(reply({**NUMBERS, "waybillNo": None}, success=True), desk.ORDER)
    assert late.was_taken
    assert late.number == ""


@pytest.mark.parametrize(("code", "retryable"), [("006", False), ("009", True)])
def test_a_refusal_is_no_order(code: str, retryable: bool) -> None:
    refusal = reply(None, success="false", code=code)
    told = booking.read(refusal, desk.ORDER)
    assert not told.was_taken
    assert [(error.code, error.retryable) for error in told.errors] == [(code, retryable)]
    assert [error.code for error in booking.read_cancel(refusal, Ref("WB1"))] == [code]


def test_a_refusal_of_the_gateway_is_xml() -> None:
    request = booking.request(desk.ORDER, bench.access(CARRIER, secret_key="wrong"))
    told = booking.read(answered(CARRIER, request, desk.world(CARRIER)), desk.ORDER)
    assert [error.code for error in told.errors] == ["007"]


@pytest.mark.parametrize("data", [None, [], {}, {"orderNo": ""}, "WB1"])
def test_an_answer_without_an_order_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable):
        booking.read(reply(data), desk.ORDER)


def test_only_unreadable_escapes_whatever_comes() -> None:
    xml = b"<response><success>false</success><errorCode>007</errorCode></response>"
    desk.survives(CARRIER, desk.ORDER, [reply(NUMBERS).body, reply(None, success="false", code="009").body, xml])


# --- its desk ---------------------------------------------------------------------------------------------------


def test_booked_twice_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert desk.booked(CARRIER, wish, world) == first
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["103"]  # it is collected
    assert desk.canceled(CARRIER, Ref(wish.reference), world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB-NEVER"), world) == ["005"]


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("5678", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]),
        ("0001", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0006", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0007", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0009", [P.ACCEPTED, P.ACCEPTED]),
    ],
)
def test_a_scenario_plays_and_is_read_back(scenario: str, states: list[P]) -> None:
    world, wish = desk.world(CARRIER), desk.order(scenario)
    assert desk.booked(CARRIER, wish, world).was_taken
    assert desk.played(CARRIER, wish, world) == states


def test_a_late_number_and_the_courier_come_by_push() -> None:
    world, wish = desk.world(CARRIER), desk.order("0003")
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert first.number == ""
    listening = replace(world.subscriptions[f"booking:{wish.reference}"], callback_url=CALLBACK)
    assigned, known = (desk.later(world, hours).desk.booking(wish.reference) for hours in (1, 3))
    assert assigned
    assert known
    [heard] = desk.heard(CARRIER, assigned, listening)
    assert (heard.reference, heard.tracking_number) == (wish.reference, None)
    assert heard.courier == Courier("Li Wei", "13800138000")
    [heard] = desk.heard(CARRIER, known, listening)
    assert heard.tracking_number == known.number != ""
    unsigned = sandbox_booking.push_booking(known, listening)
    with pytest.raises(PushRejected):
        push.verify(bench.incoming(unsigned), bench.access(CARRIER, secret_key="wrong"))


def test_a_door_out_of_reach_is_refused() -> None:
    told = desk.booked(CARRIER, desk.order("0002"), desk.world(CARRIER))
    assert [error.code for error in told.errors] == ["101"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"orderSource": "else"}, "006"), ({"customer": {}}, "006"), ({"sender": None}, "008"), ({"orderNo": ""}, "008")],
)
def test_the_sandbox_refuses_what_is_no_order(changes: dict[str, Any], code: str) -> None:
    content = content_of(booking.request(desk.ORDER, ACCESS)) | changes
    request = signing.request(booking.CREATE, booking.CREATE_SERVICE, content, ACCESS)
    told = booking.read(answered(CARRIER, request, desk.world(CARRIER)), desk.ORDER)
    assert [error.code for error in told.errors] == [code]
