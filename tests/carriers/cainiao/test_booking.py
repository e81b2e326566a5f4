"""Orders at Cainiao: what we ask, and what we read."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Ref, Slot
from carriers.cainiao import CARRIER, booking, booking_changes, signing
from carriers.carrier import CannotAsk, Courier, Unreadable
from db.enums import PickupStatus as P
from tests.carriers import booking_bench as desk
from tests.carriers.cainiao.orders import AFTERNOON, DAY, OURS, access, message_of, refusal, told

# --- what we ask ------------------------------------------------------------------------------------------------


def test_an_order_says_who_sends_what_to_whom_and_when() -> None:
    request = booking.request(replace(desk.ORDER, remark="电话联系"), access())
    fields = wire.form_of(request.body)
    assert (request.url, fields["msg_type"]) == ("http://host/cainiao/gateway/api", "GUOGUO_CREATE_SEND_ORDER")
    assert fields["data_digest"] == signing.digest(fields["logistics_interface"], "sandbox-secret")
    assert message_of(request) == {
        "senderInfo": {
            "name": "王小明",
            "mobile": "13912345678",
            "fullAddressDetail": "广东省深圳市南山区科技园路1号3栋502室",
            "provinceName": "广东省",
            "cityName": "深圳市",
            "areaName": "南山区",
            "address": "科技园路1号3栋502室",
        },
        "receiverInfo": {
            "name": "李雷",
            "mobile": "18900008829",
            "fullAddressDetail": "上海市上海市青浦区仓储路8号",
            "provinceName": "上海市",
            "cityName": "上海市",
            "areaName": "青浦区",
            "address": "仓储路8号",
        },
        "itemType": 2,
        "weight": 1.5,
        "itemId": "3000000040",
        "itemVersion": 2,
        "timeType": 2,
        "externalUserId": "sandbox-account_id",
        "externalUserMobile": "13912345678",
        "outOrderInfoList": [{"itemType": "衣服", "outOrderId": "WB1234567890"}],
        "appointGotStartTime": "2026-03-02 09:00:00",
        "appointGotEndTime": "2026-03-02 11:00:00",
        "userRemark": "电话联系",
    }


def test_what_cannot_be_asked_is_named() -> None:
    with pytest.raises(CannotAsk, match="time"):
        booking.request(replace(desk.ORDER, window=None), access())
    with pytest.raises(CannotAsk, match="account_id"):
        booking.request(desk.ORDER, access(account_id=""))
    with pytest.raises(CannotAsk, match="new time"):
        booking_changes.move(OURS, None, access())


def test_an_order_without_cainiaos_number_cannot_be_asked_after() -> None:
    for build in (booking_changes.ask, lambda ref, account: booking_changes.cancel(ref, None, account)):
        with pytest.raises(CannotAsk, match="own number"):
            build(Ref("WB1"), access())


# --- what we read -----------------------------------------------------------------------------------------------


def test_an_order_taken_has_its_code_for_the_courier() -> None:
    read = booking.read(told({"orderId": "CN1", "mailNo": None, "gotCode": "4711", "cpCode": "YTO"}), desk.ORDER)
    assert read.was_taken
    assert (read.confirmation, read.number, read.pickup_code, read.extras) == ("CN1", "", "4711", {"cpCode": "YTO"})


def test_a_refusal_is_no_order() -> None:
    read = booking.read(refusal("S07"), desk.ORDER)
    assert not read.was_taken
    assert [(error.code, error.retryable) for error in read.errors] == [("S07", True)]
    for body in (told(None), told({}), told([]), told({"mailNo": "SF1"}), wire.json_reply({})):
        with pytest.raises(Unreadable):
            booking.read(body, desk.ORDER)


@pytest.mark.parametrize(
    ("detail", "status"),
    [
        ({"status": "0"}, P.REQUESTED),
        ({"status": "100"}, P.ACCEPTED),
        ({"orderStatusCode": "100", "courierInfo": {"name": "李"}}, P.COURIER_ASSIGNED),
        ({"status": "400", "courierInfo": {"name": "李"}}, P.PICKED_UP),
        ({"status": "1000"}, P.PICKED_UP),
        ({"status": "77"}, P.UNKNOWN),
        ({}, P.UNKNOWN),
    ],
)
def test_an_order_asked_for_is_told_as_it_stands(detail: dict[str, Any], status: P) -> None:
    package = {"mailNo": "SF1", "cpCode": "SF"}
    read = booking_changes.read(told({"orderId": "CN1", "packageInfo": package, **detail}), OURS)
    assert (read.status, read.number, read.extras) == (status, "SF1", {"cpCode": "SF"})
    assert read.courier == (Courier("李") if "courierInfo" in detail else None)


def test_no_answer_means_that_an_order_was_never_made() -> None:
    for reply in (refusal(), told(None), told(data=False), told([])):
        with pytest.raises(Unreadable):
            booking_changes.read(reply, OURS)


def test_a_change_is_done_or_refused() -> None:
    assert booking_changes.read_change(told(data=True), OURS) == ()
    for reply, code in ((told(data=False), "false"), (refusal(), "E1")):
        assert [error.code for error in booking_changes.read_change(reply, OURS)] == [code]
    with pytest.raises(Unreadable):
        booking_changes.read_change(wire.json_reply({}), OURS)


def test_nothing_is_free_when_cainiao_is_full() -> None:
    listed = [{"startTime": "2023-08-01 14:00:00", "endTime": "2023-08-01 18:00:00", "selectable": True}]
    for full, is_free in ((True, False), (False, True)):
        slots = booking_changes.read_times(told({"full": full, "timeList": listed}), desk.SENDER, DAY)
        assert slots == (Slot(AFTERNOON, is_free=is_free),)
    assert booking_changes.read_times(told({"timeList": listed}), desk.SENDER, date(2023, 8, 2)) == ()
    for reply in (refusal(), told(None), told({"timeList": [{"startTime": "soon"}]})):
        with pytest.raises(Unreadable):
            booking_changes.read_times(reply, desk.SENDER, DAY)


def test_only_unreadable_escapes_whatever_comes() -> None:
    order = {"orderId": "CN1", "mailNo": "SF1", "gotCode": "1", "packageInfo": {"cpCode": "SF"}, "courierInfo": {}}
    slot = {"startTime": "2023-08-01 14:00:00", "endTime": "2023-08-01 18:00:00", "selectable": True}
    replies = [told(order), told({"full": False, "timeList": [slot]}), told(data=True), refusal()]
    desk.survives(CARRIER, desk.ORDER, [reply.body for reply in replies])
