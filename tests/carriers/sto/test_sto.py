"""STO: its gateway's form and digest, its pushes, and its sandbox read back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest

from carriers import wire
from carriers.carrier import Access, Incoming, Parcel, PushRejected, Reply, Unreadable
from carriers.sto import CARRIER, push, sandbox, signing, subscribing, tracking
from carriers.sto.statuses import ERRORS, PICKUPS
from db.enums import PickupStatus
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NOW, NUMBER

ACCESS = bench.access(CARRIER)
TRACE = {"waybillNo": NUMBER, "linkCode": "OUR-1", "trace": {"opTime": "2026-01-05 09:00:00", "scanType": "收件"}}


def signed(content: Mapping[str, object], secret: str = "sandbox-secret_key") -> Incoming:
    text = wire.compact(dict(content))
    return Incoming(urlencode({"content": text, "data_digest": signing.digest(text, secret)}).encode(), NOW)


def test_the_published_signature_is_reproduced() -> None:
    content = '{"order":"desc","waybillNoList":["773012345678901"]}'
    assert signing.digest(content, "made-up-secret") == "Je5XbbdVhTL+iBDXS+7/rQ=="


def test_the_query_equals_the_published_sample() -> None:
    access = Access("http://host/sto", {"app_key": "<key>", "secret_key": "s"}, NOW, "nonce")
    request = tracking.request([Parcel("<waybill>")], access)
    content = '{"order":"desc","waybillNoList":["<waybill>"]}'
    assert request.url == "http://host/sto/gateway/link.do"
    assert dict(parse_qsl(request.body.decode())) == {
        "content": content,
        "api_name": "STO_TRACE_QUERY_COMMON",
        "from_appkey": "<key>",
        "from_code": "<key>",
        "to_appkey": "sto_trace_query",
        "to_code": "sto_trace_query",
        "data_digest": signing.digest(content, "s"),
    }


def test_a_resource_code_of_its_own_is_sent_as_such() -> None:
    fields = dict(parse_qsl(tracking.request([Parcel(NUMBER)], ACCESS).body.decode()))
    assert (fields["from_appkey"], fields["from_code"]) == ("sandbox-app_key", "sandbox-from_code")


def test_the_published_errors_are_known() -> None:
    assert ERRORS["005"] == "运单号错误"
    for path in bench.material("sto", "errors.common.json"):
        assert {k: v for k, v in json.loads(path.read_text()).items() if k != "_source"} == ERRORS


@pytest.mark.parametrize(
    ("body", "code", "not_found", "again"),
    [
        (b'{"success":"false","errorCode":"005","errorMsg":"x"}', "005", True, False),
        (b'{"success":"false","errorCode":"009","errorMsg":"x"}', "009", False, True),
        (b'{"success":"false","errorCode":"S01","needRetry":"true"}', "S01", False, True),
        (b"<r><success>false</success><errorCode>006</errorCode><errorMsg>x</errorMsg></r>", "006", False, False),
        (b'<r xmlns="urn:x"><success>false</success><errorCode>007</errorCode></r>', "007", False, False),
    ],
)
def test_a_refusal_is_read_from_json_or_xml(body: bytes, code: str, not_found: bool, again: bool) -> None:
    [error] = tracking.read(Reply(200, body)).errors
    assert (error.code, error.not_found, error.retryable) == (code, not_found, again)


def test_success_is_the_text_true() -> None:
    scans = '[{"opTime":"2026-01-05 09:00:00","scanType":"收件"}]'
    assert tracking.read(Reply(200, f'{{"success":"true","data":{{"1":{scans}}}}}'.encode())).shipments
    with pytest.raises(Unreadable, match="success"):
        tracking.read(Reply(200, b'{"data":{}}'))


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("", "+08:00"),
        ("8", "+08:00"),
        ("+08:00", "+08:00"),
        ("GMT+9", "+09:00"),
        ("UTC-0530", "-05:30"),
        ("local", "+08:00"),
        ("99", "+08:00"),
    ],
)
def test_a_scan_s_own_time_zone_counts_and_beijing_s_without_one(zone: str, offset: str) -> None:
    told = {"opTime": "2026-01-05 09:00:00", "scanType": "收件", "tz": zone}
    assert tracking.scan(told, "trace").occurred_at.isoformat() == f"2026-01-05T09:00:00{offset}"


def test_a_push_s_key_and_our_reference_are_kept() -> None:
    trace = {"outBizCode": "b-1", "opTime": "2026-01-05 09:00:00", "scanType": "签收", "signoffPeople": "本人"}
    [shipment] = push.read(signed(TRACE | {"trace": trace})).shipments
    assert (shipment.scans[0].event_id, shipment.reference, shipment.signed_by) == ("b-1", "OUR-1", "本人")


def test_a_push_signed_with_the_account_s_secret_is_believed() -> None:
    push.verify(signed(TRACE), ACCESS)


@pytest.mark.parametrize(
    "forged",
    [
        signed(TRACE, secret="another"),
        replace(signed(TRACE), body=signed(TRACE).body.replace(b"OUR-1", b"OUR-2")),
        Incoming(urlencode({"content": wire.compact(TRACE)}).encode(), NOW),
        Incoming(b"", NOW),
        Incoming(b'{"content": "\\ud800", "data_digest": "x"}', NOW),
    ],
    ids=["wrong secret", "changed", "unsigned", "empty", "lone surrogate"],
)
def test_a_push_that_is_not_provably_sto_s_is_rejected(forged: Incoming) -> None:
    with pytest.raises(PushRejected):
        push.verify(forged, ACCESS)


def test_an_account_without_a_secret_believes_nobody() -> None:
    with pytest.raises(PushRejected):
        push.verify(signed(TRACE, secret=""), replace(ACCESS, credentials={}))


def test_a_push_is_thanked_for_as_the_gateway_answers() -> None:
    assert json.loads(push.acknowledge(signed(TRACE)).body)["success"] == "true"


@pytest.mark.parametrize(("code", "status"), PICKUPS.items())
def test_a_pickup_s_change_comes_by_push_too(code: str, status: PickupStatus) -> None:
    change = {"orderId": "OUR-1", "billCode": NUMBER, "status": code, "userName": "赵六", "printCode": "8812"}
    [pickup] = push.read(signed({"event": "ORDER_STATUS_CHANGE_NOTIFY", "changeInfo": change})).pickups
    assert (pickup.status, pickup.reference, pickup.raw_code) == (status, "OUR-1", code)
    assert pickup.courier
    assert (pickup.courier.name, pickup.confirmation) == ("赵六", "8812")


@pytest.mark.parametrize("status", sandbox.SAYS)
def test_every_status_sto_can_tell_is_read_back_from_a_query_and_a_push(status: S) -> None:
    scan = bench.scan(status, "script")
    [asked] = bench.asked(CARRIER, [scan]).shipments
    [pushed] = bench.pushed(CARRIER, scan).shipments
    assert asked.tracking_number == pushed.tracking_number == NUMBER
    assert asked.scans[0].meaning.status is pushed.scans[0].meaning.status is status
    assert asked.scans[0].occurred_at == pushed.scans[0].occurred_at == scan.occurred_at
    assert asked.scans[0].place == scan.place


def test_the_sandbox_knows_no_other_number() -> None:
    [error] = bench.asked(CARRIER, [bench.scan(S.PICKED_UP)], number="1").errors
    assert (error.code, error.not_found) == ("005", True)


def test_the_sandbox_subscribes() -> None:
    world, parcels = bench.World(), [Parcel("1"), Parcel("2")]
    request = subscribing.request(parcels, ACCESS)
    content = '{"subscribeInfoList":[{"waybillNo":"1"},{"waybillNo":"2"}]}'
    assert dict(parse_qsl(request.body.decode()))["content"] == content
    assert subscribing.read(bench.answered(CARRIER, request, world), parcels).accepted == ("1", "2")
    assert list(world.subscriptions) == ["1", "2"]


@pytest.mark.parametrize(("credentials", "code"), [({"secret_key": "wrong"}, "007"), ({"app_key": "nobody"}, "006")])
def test_the_sandbox_s_gateway_refuses_in_xml(credentials: dict[str, str], code: str) -> None:
    request = tracking.request([Parcel(NUMBER)], bench.access(CARRIER, **credentials))
    reply = bench.answered(CARRIER, request, bench.World())
    assert reply.body.startswith(b"<?xml")
    assert [error.code for error in tracking.read(reply).errors] == [code]
    assert [error.code for error in subscribing.read(reply, []).errors] == [code]
