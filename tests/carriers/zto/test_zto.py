"""ZTO: its digest, its requests, its pushes, and its sandbox read back."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from carriers import wire
from carriers.carrier import CannotAsk, Incoming, Parcel, PushRejected, Reply, SandboxParcel, SandboxSubscription
from carriers.zto import CARRIER, push, sandbox, signing, subscribing, tracking
from carriers.zto.statuses import ERRORS, PUSH, QUERY
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NOW, NUMBER

ACCESS = bench.access(CARRIER)
PARCEL = Parcel("73111390619708", phone_tail="5514")


def signed(event: dict[str, str], secret: str = "sandbox-app_secret") -> Incoming:
    told = wire.compact(event)
    fields = {"data": told, "data_digest": signing.digest(told, secret), "msg_type": "Traces", "company_id": "k"}
    return Incoming(urlencode(fields).encode(), NOW)


EVENT = {"billCode": NUMBER, "actionTime": "2026-01-05 09:00:00", "action": "GOT", "desc": "已揽收"}


def test_the_published_signature_is_reproduced() -> None:
    body, secret = '{"billCode":"73111390619708"}', "zto-made-up-secret"
    assert signing.digest(body, secret) == "h7wPPrDAfA04tfgd88FQ/A=="
    assert signing.digest("1716000000000" + body, secret) == "C7RFaiB008e2RkX0/09iYQ=="


def test_the_query_equals_the_published_sample() -> None:
    request = tracking.request([PARCEL], ACCESS)
    assert request.url == "http://host/zto/zto.merchant.waybill.track.query"
    assert json.loads(request.body) == {"billCode": "73111390619708", "mobilePhone": "5514"}
    assert request.headers["x-appKey"] == "sandbox-app_key"
    assert request.headers["x-dataDigest"] == signing.digest(request.body.decode(), "sandbox-app_secret")


def test_the_subscription_equals_the_published_sample() -> None:
    request = subscribing.request([Parcel("73100196611386", phone_tail="5514")], ACCESS)
    assert request.url == "http://host/zto/zto.merchant.waybill.track.subsrcibe"
    assert json.loads(request.body) == {"billCode": "73100196611386", "mobilePhone": "5514"}


@pytest.mark.parametrize("ask", [tracking.request, subscribing.request])
def test_nothing_is_asked_without_a_phone_tail(ask: object) -> None:
    with pytest.raises(CannotAsk, match="phone_tail"):
        ask([Parcel(NUMBER)], ACCESS)  # type: ignore[operator]  # either of two functions


def test_the_published_answer_to_a_subscription_is_read() -> None:
    body = '{"result":null,"message":"操作成功","statusCode":"SYS000","status":true}'
    assert subscribing.read(Reply(200, body.encode()), [PARCEL]).accepted == ("73111390619708",)


def test_the_published_errors_are_known() -> None:
    assert ERRORS["E413"] == "请输入收寄人任一方电话号码后4位"
    for path in bench.material("zto", "errors.common.json"):
        assert json.loads(path.read_text()) == ERRORS


@pytest.mark.parametrize(("code", "again"), [("S211", False), ("S221", True), ("S203", True)])
def test_a_crowded_gateway_may_be_asked_again(code: str, again: bool) -> None:
    body = wire.compact({"message": ERRORS[code], "statusCode": code, "status": False, "result": None})
    [error] = tracking.read(Reply(200, body.encode())).errors
    assert (error.code, error.retryable, error.not_found) == (code, again, False)


def test_one_word_means_different_things_in_a_query_and_in_a_push() -> None:
    meanings = {row.namespace: row.meaning.status for row in CARRIER.codes if row.code == "ARRIVAL"}
    assert meanings == {QUERY: S.AVAILABLE_FOR_PICKUP, PUSH: S.IN_TRANSIT}


def test_a_query_tells_epoch_milliseconds_and_a_push_tells_beijing_time() -> None:
    body = wire.compact({"status": True, "result": [{"scanType": "收件", "scanDate": "1609297452000"}]})
    [asked] = tracking.read(Reply(200, body.encode())).shipments
    [pushed] = push.read(signed(EVENT | {"actionTime": "2020-12-30 11:04:12"})).shipments
    assert asked.scans[0].occurred_at == pushed.scans[0].occurred_at
    assert pushed.scans[0].occurred_at.isoformat() == "2020-12-30T11:04:12+08:00"


def test_a_push_signed_with_the_account_s_secret_is_believed() -> None:
    push.verify(signed(EVENT), ACCESS)


@pytest.mark.parametrize(
    "forged",
    [
        signed(EVENT, secret="another"),
        replace(signed(EVENT), body=signed(EVENT).body.replace(b"GOT", b"SIGNED")),
        Incoming(urlencode({"data": wire.compact(EVENT)}).encode(), NOW),
        Incoming(b"", NOW),
        Incoming(b"\xff\xfe", NOW),
        Incoming(b'{"data": "\\ud800", "data_digest": "x"}', NOW),
    ],
    ids=["wrong secret", "changed", "unsigned", "empty", "not text", "lone surrogate"],
)
def test_a_push_that_is_not_provably_zto_s_is_rejected(forged: Incoming) -> None:
    with pytest.raises(PushRejected):
        push.verify(forged, ACCESS)


def test_an_account_without_a_secret_believes_nobody() -> None:
    with pytest.raises(PushRejected):
        push.verify(signed(EVENT, secret=""), replace(ACCESS, credentials={}))


def test_every_real_push_is_believed() -> None:
    for path in sorted((bench.SHARED / "zto").glob("track_push*")):
        told = json.loads(path.read_text())
        access = replace(ACCESS, credentials={"app_secret": told["made_up_secret"]})
        push.verify(Incoming(urlencode(told["form"]).encode(), NOW), access)


def test_a_push_is_thanked_for_as_the_platform_answers() -> None:
    reply = push.acknowledge(signed(EVENT))
    assert reply.status == 200
    assert json.loads(reply.body)["status"] is True


@pytest.mark.parametrize("status", sandbox.SAYS[QUERY])
def test_every_status_zto_can_tell_is_asked_for_and_read_back(status: S) -> None:
    [shipment] = bench.asked(CARRIER, [bench.scan(status, "script", 9)]).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"


@pytest.mark.parametrize("status", sandbox.SAYS[PUSH])
def test_every_status_zto_can_push_is_believed_and_read_back(status: S) -> None:
    [shipment] = bench.pushed(CARRIER, bench.scan(status), signed_by="王五").shipments
    assert shipment.tracking_number == NUMBER
    assert shipment.scans[0].meaning.status is status
    assert shipment.scans[0].place == bench.scan(status).place
    assert shipment.signed_by == ("王五" if status is S.DELIVERED else None)


def test_the_sandbox_knows_no_other_number() -> None:
    [error] = bench.asked(CARRIER, [bench.scan(S.PICKED_UP)], number="1").errors
    assert error.not_found


def test_the_sandbox_subscribes() -> None:
    world = bench.World()
    reply = bench.answered(CARRIER, subscribing.request([PARCEL], ACCESS), world)
    assert subscribing.read(reply, [PARCEL]).accepted == (PARCEL.tracking_number,)
    assert list(world.subscriptions) == [PARCEL.tracking_number]


@pytest.mark.parametrize(("credentials", "code"), [({"app_secret": "wrong"}, "S211"), ({"app_key": "nobody"}, "S210")])
def test_the_sandbox_refuses_who_does_not_hold_its_secrets(credentials: dict[str, str], code: str) -> None:
    request = tracking.request([PARCEL], bench.access(CARRIER, **credentials))
    reply = bench.answered(CARRIER, request, bench.World())
    assert [error.code for error in tracking.read(reply).errors] == [code]
    assert [error.code for error in subscribing.read(reply, [PARCEL]).errors] == [code]


def test_the_sandbox_asks_for_a_phone_tail() -> None:
    body = '{"billCode":"1"}'
    headers = {"x-appkey": sandbox.KEY, "x-datadigest": signing.digest(body, sandbox.SECRET)}
    reply = sandbox.answer(Incoming(body.encode(), NOW, headers, path=f"/{tracking.API}"), bench.World())
    assert [error.code for error in tracking.read(reply).errors] == ["E413"]


def test_a_push_of_a_status_zto_has_no_code_for_keeps_the_script_s() -> None:
    lost = bench.scan(S.LOST, "SCRIPTED")
    request = sandbox.push(SandboxParcel(NUMBER, (lost,)), [lost], SandboxSubscription(bench.CALLBACK))
    [shipment] = push.read(Incoming(request.body, NOW)).shipments
    assert (shipment.scans[0].meaning.status, shipment.scans[0].raw_code) == (S.UNKNOWN, "SCRIPTED")
