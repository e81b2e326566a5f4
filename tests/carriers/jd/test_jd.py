"""JD: its signature, its requests, its scans in pushes and answers, and its sandbox read back."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from carriers import wire
from carriers.carrier import Incoming, Parcel, Reply
from carriers.jd import CARRIER, push, sandbox, signing, subscribing, tracking
from db.enums import PushAuthenticity
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NOW, NUMBER

ACCESS = bench.access(CARRIER)


def told(**more: Any) -> dict[str, Any]:
    return {"waybillCode": "JDV000000000001", "operationTime": "2026-01-05 09:00:00", "state": "200001", **more}


def pushed(**more: Any) -> Incoming:
    return Incoming(wire.compact(told(**more)).encode(), NOW)


def answer(*details: dict[str, Any]) -> Reply:
    body = {"code": 0, "success": True, "msg": "成功", "data": {"traceDetails": list(details)}}
    return Reply(200, wire.compact(body).encode())


def test_the_published_signature_is_reproduced() -> None:
    body = '[{"waybillCode":"JDVA42692820772","orderOrigin":1}]'
    fields = {"access_token": "made-up-token", "app_key": "made-up-key", "timestamp": "2025-05-20 10:00:00"}
    sign = signing.sign("/ecap/v1/orders/trace/query", body, fields, "made-up-secret")
    assert sign == "CE932D7C08D526F12D24DC73529A2140"


def test_the_query_equals_the_published_sample() -> None:
    request = tracking.request([Parcel("JDVA42692820772")], ACCESS)
    url = urlsplit(request.url)
    query = dict(parse_qsl(url.query))
    assert url.path == "/jd/ecap/v1/orders/trace/query"
    assert json.loads(request.body) == [
        {"waybillCode": "JDVA42692820772", "orderOrigin": 1, "customerCode": "sandbox-customer_code"}
    ]
    fields = {name: query[name] for name in ("access_token", "app_key", "timestamp")}
    assert query == {
        "LOP-DN": "ECAP",
        "access_token": "sandbox-access_token",
        "app_key": "sandbox-app_key",
        "timestamp": "2026-03-01 20:00:00",
        "v": "2.0",
        "sign": signing.sign(tracking.PATH, request.body.decode(), fields, "sandbox-app_secret"),
        "algorithm": "md5-salt",
    }
    assert request.headers["lop-tz"] == "8"


def test_the_subscription_equals_the_published_sample() -> None:
    parcel = Parcel("JDVE00132473532", phone_tail="5514", reference="EO0020042856228")
    assert json.loads(subscribing.request([parcel], ACCESS).body) == [
        {
            "waybillCode": "JDVE00132473532",
            "orderCode": "EO0020042856228",
            "mobile": "5514",
            "orderOrigin": 1,
            "customerCode": "sandbox-customer_code",
            "businessUnitCode": "sandbox-customer_code",
        }
    ]


def test_our_own_reference_is_not_sent_as_jd_s_order_code() -> None:
    [order] = json.loads(subscribing.request([Parcel(NUMBER, reference="OUR-1")], ACCESS).body)
    assert "orderCode" not in order


def test_the_published_answer_to_a_subscription_is_read() -> None:
    body = '{"response":{"content":{"code":0,"data":"订阅成功","msg":"成功","success":true},"code":0}}'
    assert subscribing.read(Reply(200, body.encode()), [Parcel(NUMBER)]).accepted == (NUMBER,)


def test_a_state_is_a_text_in_a_push_and_a_number_in_an_answer() -> None:
    [by_push] = push.read(pushed(state="200076", category=430)).shipments
    [by_answer] = tracking.read(answer(told(state=200076, category=430))).shipments
    assert by_push.scans == by_answer.scans
    assert by_push.scans[0].raw_code == "200076"


def test_received_at_the_place_the_customer_named_is_delivered() -> None:
    [shipment] = push.read(pushed(state="10034", category=510)).shipments
    assert shipment.scans[0].meaning.status is S.DELIVERED


@pytest.mark.parametrize("code", ["JDV1-1-1-", "JDV1-1-1"])
def test_parcels_of_one_waybill_are_told_apart(code: str) -> None:
    [shipment] = push.read(pushed(waybillCode=code)).shipments
    assert (shipment.tracking_number, shipment.scans[0].piece) == ("JDV1", "1")


def test_twins_of_two_parcels_are_both_kept_and_repeats_are_not() -> None:
    details = [told(waybillCode="JDV1-1-2-"), told(waybillCode="JDV1-2-2-"), told(waybillCode="JDV1-1-2-")]
    [shipment] = tracking.read(answer(*details)).shipments
    assert [scan.piece for scan in shipment.scans] == ["1", "2"]


def test_a_new_label_names_the_number_it_stands_for() -> None:
    [shipment] = push.read(pushed(state="200020", operationRemark="换单打印，新运单号JDV000000000009")).shipments
    assert shipment.linked_numbers == ("JDV000000000009",)


def test_no_push_is_signed_so_the_address_alone_vouches() -> None:
    assert CARRIER.pushing
    assert CARRIER.pushing.authenticity is PushAuthenticity.ADDRESS_ONLY
    push.verify(pushed(), ACCESS)


def test_a_push_is_thanked_for_as_jd_answers() -> None:
    assert json.loads(push.acknowledge(pushed()).body)["success"] is True


@pytest.mark.parametrize("status", sandbox.SAYS)
def test_every_status_jd_can_tell_is_read_back_from_a_query_and_a_push(status: S) -> None:
    scan = bench.scan(status, "script")
    [asked] = bench.asked(CARRIER, [scan]).shipments
    [told_] = bench.pushed(CARRIER, scan).shipments
    assert asked.scans[0].meaning.status is told_.scans[0].meaning.status is status
    assert asked.scans[0].occurred_at == told_.scans[0].occurred_at == scan.occurred_at
    assert told_.scans[0].place == scan.place


def test_the_sandbox_knows_no_other_number() -> None:
    assert [e.not_found for e in bench.asked(CARRIER, [bench.scan(S.PICKED_UP)], number="9").errors] == [True]


def test_the_sandbox_subscribes() -> None:
    world = bench.World()
    reply = bench.answered(CARRIER, subscribing.request([Parcel(NUMBER)], ACCESS), world)
    assert subscribing.read(reply, [Parcel(NUMBER)]).accepted == (NUMBER,)
    assert list(world.subscriptions) == [NUMBER]


@pytest.mark.parametrize(("credentials", "code"), [({"app_secret": "wrong"}, "403"), ({"access_token": "old"}, "401")])
def test_the_sandbox_refuses_who_does_not_hold_its_secrets(credentials: dict[str, str], code: str) -> None:
    request = tracking.request([Parcel(NUMBER)], bench.access(CARRIER, **credentials))
    reply = bench.answered(CARRIER, request, bench.World())
    assert [error.code for error in tracking.read(reply).errors] == [code]
    assert [error.code for error in subscribing.read(reply, []).errors] == [code]
