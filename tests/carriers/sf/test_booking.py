"""Orders at SF: what we ask, and what we read."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from carriers import wire
from carriers.booking import Fee, Ref, Window
from carriers.carrier import CannotAsk, Unreadable
from carriers.intercepting import Diversion
from carriers.sf import CARRIER, booking, booking_changes, booking_quotes, intercepting, signing, statuses
from carriers.times import BEIJING
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P
from tests.carriers import booking_bench as desk
from tests.carriers.sf.orders import TAKEN, ZHANG, access, message_of, reply, service_of

# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_when_and_who_pays() -> None:
    request = booking.request(desk.ORDER, access())
    fields = wire.form_of(request.body)
    assert request.url == "http://host/sf/std/service"
    assert fields["serviceCode"] == "EXP_RECE_CREATE_ORDER"
    assert fields["msgDigest"] == signing.digest(fields["msgData"], fields["timestamp"], "sandbox-check_word")
    assert message_of(request) == {
        "cargoDetails": [{"amount": 199.5, "count": 1, "name": "衣服", "unit": "件", "weight": 1.5}],
        "contactInfoList": [
            {
                "address": "科技园路1号3栋502室",
                "city": "深圳市",
                "contact": "王小明",
                "contactType": 1,
                "county": "南山区",
                "mobile": "13912345678",
                "province": "广东省",
            },
            {
                "address": "仓储路8号",
                "city": "上海市",
                "company": "Warehouse",
                "contact": "李雷",
                "contactType": 2,
                "county": "青浦区",
                "mobile": "18900008829",
                "province": "上海市",
            },
        ],
        "customsInfo": {},
        "expressTypeId": 1,
        "extraInfoList": [],
        "isDocall": 1,
        "isOneselfPickup": 0,
        "language": "zh-CN",
        "monthlyCard": "sandbox-monthly_card",
        "orderId": "WB1234567890",
        "parcelQty": 1,
        "payMethod": 1,
        "sendStartTm": "2026-03-02 09:00:00",
        "totalWeight": 1.5,
    }


def test_across_a_border_the_value_the_origin_and_the_countries_are_told() -> None:
    goods = replace(desk.ORDER.items[0], origin="TR")
    abroad = replace(desk.ORDER, recipient=replace(desk.ORDER.recipient, country="HK"), items=(goods,))
    message = message_of(booking.request(abroad, access()))
    assert message["customsInfo"] == {"declaredValue": 199.5, "declaredValueCurrency": "CNY"}
    [cargo] = message["cargoDetails"]
    assert (cargo["currency"], cargo["sourceArea"]) == ("CNY", "TR")
    assert [each["country"] for each in message["contactInfoList"]] == ["CN", "HK"]


def test_a_label_calls_no_courier() -> None:
    message = message_of(booking.request(replace(desk.ORDER, method=ReturnMethod.LABEL, window=None), access()))
    assert not {"isDocall", "sendStartTm"} & message.keys()


def test_the_payer_decides_on_the_monthly_account() -> None:
    by_recipient = message_of(booking.request(replace(desk.ORDER, payer="recipient"), access(monthly_card="")))
    assert by_recipient["payMethod"] == 2
    assert "monthlyCard" not in by_recipient
    with pytest.raises(CannotAsk, match="monthly_card"):
        booking.request(desk.ORDER, access(monthly_card=""))


def test_a_remark_a_service_and_a_number_we_have_go_along() -> None:
    wish = replace(desk.ORDER, remark="易碎", service="2", number="SF3000000000017", items=())
    message = message_of(booking.request(wish, access()))
    assert (message["remark"], message["expressTypeId"]) == ("易碎", 2)
    assert message["waybillNoInfoList"] == [{"waybillType": 1, "waybillNo": "SF3000000000017"}]
    assert message["cargoDetails"] == [{"name": "goods", "count": 1}]
    with pytest.raises(CannotAsk, match="numbers"):
        booking.request(replace(desk.ORDER, service="express"), access())


def test_questions_and_changes_go_by_our_reference() -> None:
    asked = booking_changes.ask(Ref("WB1"), access())
    assert (service_of(asked), message_of(asked)) == (
        "EXP_RECE_SEARCH_ORDER_RESP",
        {"searchType": "1", "orderId": "WB1", "language": "zh-cn"},
    )
    stopped = booking_changes.cancel(Ref("WB1"), None, access())
    assert (service_of(stopped), message_of(stopped)) == ("EXP_RECE_UPDATE_ORDER", {"dealType": 2, "orderId": "WB1"})


@pytest.mark.parametrize("kind", ["redirect", "return"])
def test_an_interception_to_a_door_needs_a_number_and_the_door(kind: str) -> None:
    for ref, door in ((Ref("WB1"), ZHANG), (Ref("WB1", number="SF1"), None)):
        with pytest.raises(CannotAsk):
            intercepting.request(Diversion(kind, door, door), ref, access())


def test_each_wish_has_its_service() -> None:
    ref, sender = Ref("WB1", number="SF1"), replace(ZHANG, name="李雷")
    wishes = {
        "1": Diversion("redirect", sender, ZHANG),
        "2": Diversion("return", sender, ZHANG),
        "5": Diversion("hold", sender),
        "7": Diversion("reschedule", sender, window=desk.WINDOW),
    }
    asked = {code: message_of(intercepting.request(wish, ref, access())) for code, wish in wishes.items()}
    assert [told["serviceCode"] for told in asked.values()] == list(wishes)
    assert asked["1"]["newDestAddress"]["contact"] == ZHANG.name
    assert asked["2"]["newDestAddress"]["contact"] == "李雷"
    assert asked["5"]["selfPickPoint"] == "3"
    assert {name for name in asked["7"] if name.startswith("deliver")} == {
        "deliverDate",
        "deliverTimeMin",
        "deliverTimeMax",
    }
    assert not any(name.startswith("deliver") for name in asked["1"])
    with pytest.raises(CannotAsk, match="time"):
        intercepting.request(Diversion("reschedule"), ref, access())


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_has_its_number_and_the_text_of_its_code() -> None:
    label = {"routeLabelData": {"waybillNo": "SF3000000000017", "twoDimensionCode": "MMM={'k1':'1'}"}}
    told = booking.read(reply({**TAKEN, "routeLabelInfo": [label, {}, {"routeLabelData": None}]}), desk.ORDER)
    assert told.was_taken
    assert (told.confirmation, told.number, told.status) == ("WB1", "SF3000000000017", P.ACCEPTED)
    assert [(each.media_type, each.content, each.number) for each in told.labels] == [
        ("text/plain", b"MMM={'k1':'1'}", "SF3000000000017")
    ]


@pytest.mark.parametrize(("result", "status"), [(1, P.REQUESTED), ("2", P.ACCEPTED), (None, P.REQUESTED)])
def test_an_order_without_a_number_yet_is_an_order(result: object, status: P) -> None:
    told = booking.read(reply({"orderId": "WB1", "filterResult": result, "waybillNoInfoList": None}), desk.ORDER)
    assert told.was_taken
    assert (told.number, told.status) == ("", status)


def test_a_door_that_sf_does_not_serve_is_a_refusal() -> None:
    told = booking.read(reply({"orderId": "WB1", "filterResult": 3, "remark": "派方超范围"}), desk.ORDER)
    assert not told.was_taken
    assert [(error.code, error.message) for error in told.errors] == [("filterResult 3", "派方超范围")]


def test_a_repeated_reference_is_the_first_order() -> None:
    told = booking.read(reply(None, success=False, code="8016"), desk.ORDER)
    assert told.was_taken
    assert told.is_repeat
    assert (told.confirmation, told.number) == (desk.ORDER.reference, "")


@pytest.mark.parametrize(("code", "retryable"), [("8018", False), ("A1005", True), ("S0001", False)])
def test_a_refusal_is_no_order(code: str, retryable: bool) -> None:
    body = wire.json_reply({"apiResultCode": code}) if code[0] == "A" else reply(None, success=False, code=code)
    told = booking.read(body, desk.ORDER)
    assert not told.was_taken
    assert [(error.code, error.retryable) for error in told.errors] == [(code, retryable)]


@pytest.mark.parametrize("inner", [None, [], {}, {"orderId": ""}, {"orderId": "WB1", "waybillNoInfoList": "SF1"}])
def test_an_answer_that_is_no_order_is_unreadable(inner: object) -> None:
    with pytest.raises(Unreadable):
        booking.read(reply(inner), desk.ORDER)


@pytest.mark.parametrize("code", ["8024", "6150"])
def test_only_an_unknown_order_was_never_made(code: str) -> None:
    assert booking_changes.read(reply(None, success=False, code=code), Ref("WB1")) is None
    with pytest.raises(Unreadable, match="A1005"):
        booking_changes.read(wire.json_reply({"apiResultCode": "A1005"}), Ref("WB1"))


def test_what_is_cancelled_already_is_done() -> None:
    assert booking_changes.read_cancel(reply(None, success=False, code="8037"), Ref("WB1")) == ()
    assert booking_changes.read_cancel(reply({"orderId": "WB1", "resStatus": 2}), Ref("WB1")) == ()
    [error] = booking_changes.read_cancel(reply({"orderId": "WB1", "resStatus": 1}), Ref("WB1"))
    assert error.code == "resStatus 1"
    [error] = booking_changes.read_cancel(reply(None, success=False, code="8024"), Ref("WB1"))
    assert error.not_found


def test_hours_are_those_of_the_day_or_none() -> None:
    day = date(2026, 3, 2)
    hours = booking_quotes.read_hours(reply({"status": True, "startTm": "0800", "endTm": "21:30"}), ZHANG, day)
    assert [each.window for each in hours] == [
        Window(datetime(2026, 3, 2, 8, tzinfo=BEIJING), datetime(2026, 3, 2, 21, 30, tzinfo=BEIJING))
    ]
    assert booking_quotes.read_hours(reply({"status": False, "exceptionReason": "休息"}), ZHANG, day) == ()
    assert booking_quotes.read_hours(reply(inner=False), ZHANG, day) == ()
    for told in (True, {"status": True}, {"status": True, "startTm": "2100", "endTm": "0900"}, {"startTm": "9x00"}):
        with pytest.raises(Unreadable):
            booking_quotes.read_hours(reply(told), ZHANG, day)
    with pytest.raises(Unreadable, match="8018"):
        booking_quotes.read_hours(reply(None, success=False, code="8018"), ZHANG, day)


def test_products_without_a_price_are_no_quotes() -> None:
    fees = [119, "12.5", None, "free", -1, "1E+999999", "NaN"]
    told = {"deliverTmDto": [{"businessType": str(n), "fee": fee} for n, fee in enumerate(fees)]}
    quotes = booking_quotes.read_price(reply(told), desk.ORDER)
    assert [(each.service, each.fee) for each in quotes] == [
        ("0", Fee(Decimal(119), "CNY")),
        ("1", Fee(Decimal("12.5"), "CNY")),
    ]
    assert booking_quotes.read_price(reply(None, success=False, code="8018"), desk.ORDER) == ()


def test_a_state_push_tells_when_and_why() -> None:
    state = {"orderNo": "WB1", "orderStateCode": "04-40002-40004", "orderStateDesc": "暂未联系上客户"}
    body = wire.compact({"orderState": [{**state, "createTm": "2026-03-05 10:00:00"}, state]}).encode()
    assert CARRIER.read_pickup
    first, second = CARRIER.read_pickup(body).pickups
    assert (first.status, first.reason) == (P.FAILED, "暂未联系上客户")
    assert first.occurred_at == datetime(2026, 3, 5, 10, tzinfo=BEIJING)
    assert second.occurred_at is None


def test_every_state_of_a_pickup_has_its_row() -> None:
    rows = {row.code for row in statuses.CODES if row.namespace == statuses.ORDER}
    assert statuses.PICKUPS.keys() == rows


def test_only_unreadable_escapes_whatever_comes() -> None:
    label = {"routeLabelData": {"waybillNo": "SF1", "twoDimensionCode": "x"}}
    answers = [
        reply({**TAKEN, "routeLabelInfo": [label]}),
        reply({"status": True, "startTm": "0800", "endTm": "2100"}),
        reply({"deliverTmDto": [{"businessType": "2", "fee": 12, "deliverTime": "2026-03-02 18:00:00"}]}),
        reply({"orderId": "WB1", "resStatus": 2}),
        reply(None, success=False, code="8016"),
    ]
    desk.survives(CARRIER, desk.ORDER, [each.body for each in answers])
