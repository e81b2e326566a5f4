"""SF's requests, signature, pushes, pickups and sandbox."""

import json
from dataclasses import replace
from typing import Any

import pytest

from carriers import wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Incoming,
    Meaning,
    Parcel,
    Place,
    Reply,
    Request,
    SandboxParcel,
    SandboxSubscription,
    Scan,
)
from carriers.sf import CARRIER, push, sandbox, signing, statuses, subscribing, tracking
from db.enums import PushAuthenticity, TrackingStatus
from tests.carriers import bench
from tests.carriers.bench import NOW, World, answered, material

NUMBER = "SF3000000000017"
FOLDERS = [path.parent for path in material("sf", "statuses.csv")]


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def sent(request: Request, world: World) -> Reply:
    return answered(CARRIER, request, world)


def message_of(request: Request) -> Any:
    return json.loads(wire.form_of(request.body)["msgData"])


# --- signature and requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "timestamp", "word", "digest"),
    [
        (
            '{"language":"zh-CN","orderId":"QIAO-20200618-004"}',
            "12312334453453",
            "fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci",
            "IIKJtuLVzoFTu4kHI8M8vA==",
        ),
        (
            '{"trackingType":"1","trackingNumber":["SF7444407228423"],"methodType":"1","language":"zh-CN"}',
            "1747984353248",
            "made-up-checkword",
            "kJz22rc0rpahOnvQIMhP8g==",
        ),
        ('{"remark":"加急 a*b~c (x)"}', "1747984353249", "made-up-checkword", "aCL+YF4/KtWCA6a/nn/BDA=="),
    ],
)
def test_the_digest_equals_the_vectors(message: str, timestamp: str, word: str, digest: str) -> None:
    assert signing.digest(message, timestamp, word) == digest


def test_urls_are_encoded_as_java_does() -> None:
    assert signing.java_encoded("a*b~c (x)-._") == "a*b%7Ec+%28x%29-._"


def test_the_queries_equal_the_samples() -> None:
    by_waybill = tracking.request([Parcel("SF7444407228423")], access())
    by_order = tracking.request([Parcel("", reference="QIAO-20200605-003")], access())
    common = {"language": "0", "methodType": "1"}
    assert message_of(by_waybill) == {**common, "trackingType": "1", "trackingNumber": ["SF7444407228423"]}
    assert message_of(by_order) == {**common, "trackingType": "2", "trackingNumber": ["QIAO-20200605-003"]}
    fields = wire.form_of(by_waybill.body)
    assert by_waybill.url == "http://host/sf/std/service"
    assert (fields["serviceCode"], fields["timestamp"]) == ("EXP_RECE_SEARCH_ROUTES", "1772366400000")
    assert fields["msgDigest"] == signing.digest(fields["msgData"], fields["timestamp"], "sandbox-check_word")
    assert fields["requestID"] == access().nonce


def test_phone_digits_go_along_in_the_order_of_the_numbers() -> None:
    asked = message_of(
        tracking.request([Parcel("SF1", phone_tail="1111"), Parcel("SF2"), Parcel("SF3", "3333")], access())
    )
    assert asked["trackingNumber"] == ["SF1", "SF2", "SF3"]
    assert asked["checkPhoneNo"] == "1111,,3333"


def test_numbers_and_orders_are_not_asked_together() -> None:
    with pytest.raises(CannotAsk):
        tracking.request([Parcel("SF1"), Parcel("", reference="W-1")], access())


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(CannotAsk, match="check_word"):
        tracking.request([Parcel("SF1")], access(check_word=""))


def test_the_subscription_equals_the_sample() -> None:
    request = subscribing.request([Parcel("444205982316", phone_tail="5888")], access(client_ip="10.118.92.11"))
    assert message_of(request) == {
        "attributeNo": "444205982316",
        "type": "2",
        "checkPhoneNo": "5888",
        "orderId": "",
        "clientIp": "10.118.92.11",
        "language": "zh-CN",
        "country": "CN",
    }


# --- statuses --------------------------------------------------------------------------------------------------


def test_a_real_delivery_reads_as_one() -> None:
    told = [
        ("54", "顺丰速运 已收取快件", "PICKED_UP"),
        ("501", "快件运输中", "IN_TRANSIT"),
        ("407", "快件已发往【上海浦东康桥店】", "IN_TRANSIT"),
        ("30", "快件在【上海浦东康桥店】完成分拣，准备发往 【上海浦江中转场】", "IN_TRANSIT"),
        ("36", "快件离开 【上海浦东康桥店】，已在发往  【上海浦江中转场】 的路上", "IN_TRANSIT"),
        ("31", "快件到达 【佛山南海甘蕉店】", "IN_TRANSIT"),
        ("44", "我们正在为您的快件分配最合适的快递员，请您稍等。", "IN_TRANSIT"),
        ("204", "快件交给陈某某，正在派送途中", "OUT_FOR_DELIVERY"),
        ("80", "您的快件已签收", "DELIVERED"),
    ]
    assert [statuses.of_operation(code, text).status.name for code, text, _ in told] == [word for *_, word in told]


def test_the_widely_copied_wrong_table_is_not_ours() -> None:
    assert statuses.of_operation("30", "").status is TrackingStatus.IN_TRANSIT
    assert not statuses.of_operation("160", "").is_mapped


def test_44_without_a_telling_text_is_not_guessed() -> None:
    assert not statuses.of_operation("44", "").is_mapped


def test_forwarding_is_no_return() -> None:
    assert statuses.of_operation("648", "快件已转寄,新单号为SF1").status is TrackingStatus.IN_TRANSIT
    assert statuses.of_operation("648", "快件已退回,新单号为SF1").status is TrackingStatus.RETURNED


def test_the_new_number_of_returned_goods_is_linked() -> None:
    route = {"mailno": NUMBER, "acceptTime": "2026-03-05 10:00:00", "opCode": "648"}
    body = wire.compact({"Body": {"WaybillRoute": [{**route, "remark": "快件已退回,新单号为：SF3000000000041"}]}})
    [shipment] = push.read(Incoming(body.encode(), NOW)).shipments
    assert shipment.linked_numbers == ("SF3000000000041",)


def test_the_stricter_group_wins_over_an_operation_that_contradicts_it() -> None:
    delivered, moving = statuses.of_group("4", "401", ""), statuses.of_operation("31", "")
    assert statuses.combined(delivered, moving).status is TrackingStatus.DELIVERED
    waiting = statuses.of_operation("130", "")
    assert statuses.combined(statuses.of_group("3", "301", ""), waiting).status is TrackingStatus.AVAILABLE_FOR_PICKUP
    assert statuses.combined(statuses.of_group("6", "", ""), moving) == moving


# --- pushes ----------------------------------------------------------------------------------------------------


def test_pushes_are_known_by_their_address_only() -> None:
    assert push.PUSHING.authenticity is PushAuthenticity.ADDRESS_ONLY
    push.verify(Incoming(b"{}", NOW), access())


def test_the_acknowledgement_is_sfs_own() -> None:
    assert json.loads(push.acknowledge(Incoming(b"", NOW)).body) == {"return_code": "0000", "return_msg": "成功"}


def test_a_pushed_route_keeps_its_identity_and_its_order() -> None:
    route = {"mailno": NUMBER, "orderid": "W-1", "acceptTime": "2026-03-05 10:00:00", "opCode": "50", "id": "77"}
    body = wire.compact({"Body": {"WaybillRoute": [route]}}).encode()
    [shipment] = push.read(Incoming(body, NOW)).shipments
    assert shipment.reference == "W-1"
    assert shipment.scans[0].event_id == "77"


def test_an_order_state_at_the_push_address_is_read_as_a_pickup() -> None:
    body = wire.compact({"orderState": [{"orderNo": "W-1", "orderStateCode": "04-40037"}]}).encode()
    assert push.read(Incoming(body, NOW)) == push.read_pickup(body)


@pytest.mark.parametrize(
    ("code", "retryable", "not_found"), [("A1005", True, False), ("A1006", False, False), ("8024", False, True)]
)
def test_errors_say_whether_to_try_again(code: str, retryable: bool, not_found: bool) -> None:
    gateway = {"apiResultCode": code, "apiErrorMsg": "no"}
    service = {"apiResultCode": "A1000", "apiResultData": wire.compact({"success": False, "errorCode": code})}
    body = gateway if code.startswith("A") else service
    [error] = tracking.read(Reply(body=wire.compact(body).encode())).errors
    assert (error.code, error.retryable, error.not_found) == (code, retryable, not_found)


def test_an_old_xml_error_is_an_error() -> None:
    body = '<Response service="RouteService"><Head>ERR</Head><ERROR code="4001">系统错误</ERROR></Response>'
    [error] = tracking.read(Reply(body=body.encode())).errors
    assert (error.code, error.message) == ("4001", "系统错误")


# --- the sandbox -----------------------------------------------------------------------------------------------


def scan(status: TrackingStatus) -> Scan:
    return Scan(NOW, Meaning(status), "x", "", Place(city="深圳市"))


@pytest.mark.parametrize("status", sandbox.WRITTEN)
def test_a_status_comes_back_from_query_and_push(status: TrackingStatus) -> None:
    parcel = SandboxParcel(NUMBER, (scan(status),))
    reply = sent(tracking.request([Parcel(NUMBER)], access()), World({NUMBER: parcel}))
    pushed = sandbox.push(parcel, parcel.scans, SandboxSubscription("https://ours.test/push"))
    incoming = Incoming(pushed.body, NOW, pushed.headers)
    push.verify(incoming, access())
    for reading in (tracking.read(reply), push.read(incoming)):
        [shipment] = reading.shipments
        assert shipment.tracking_number == NUMBER
        assert [(each.occurred_at, each.meaning.status) for each in shipment.scans] == [(NOW, status)]


def test_what_sf_cannot_say_comes_back_unknown() -> None:
    parcel = SandboxParcel(NUMBER, (scan(TrackingStatus.LOST),))
    [shipment] = tracking.read(sent(tracking.request([Parcel(NUMBER)], access()), World({NUMBER: parcel}))).shipments
    assert shipment.scans[0].raw_code == "922"
    assert not shipment.scans[0].meaning.is_mapped


def test_the_sandbox_refuses_as_sf_does() -> None:
    def codes(request: Request) -> list[str]:
        return [error.code for error in tracking.read(sent(request, World())).errors]

    asked = tracking.request([Parcel(NUMBER)], access())
    assert codes(asked) == [tracking.NO_ROUTES]
    assert codes(tracking.request([Parcel(NUMBER)], access(check_word="wrong"))) == ["A1006"]
    assert codes(tracking.request([Parcel(NUMBER)], access(partner_id="nobody"))) == ["A1004"]
    assert codes(replace(asked, body=b"")) == ["A1001"]
    assert codes(tracking.request([Parcel(f"SF{n}") for n in range(11)], access())) == ["8003"]


def test_a_subscription_is_taken() -> None:
    world, parcel = World(), Parcel(NUMBER)
    taken = subscribing.read(sent(subscribing.request([parcel], access()), world), [parcel])
    assert taken.accepted == (NUMBER,)
    assert list(world.subscriptions) == [NUMBER]
    refused = sent(subscribing.request([parcel], access(check_word="wrong")), world)
    assert [error.code for error in subscribing.read(refused, [parcel]).errors] == ["A1006"]


# --- the real files, where they lie beside the checkout -------------------------------------------------------

if FOLDERS:
    [folder] = FOLDERS

    def test_the_real_samples_are_what_we_ask() -> None:
        asked = {
            "track_by_waybill.request.json": Parcel("SF7444407228423"),
            "track_by_order.request.json": Parcel("", reference="QIAO-20200605-003"),
        }
        for name, parcel in asked.items():
            assert message_of(tracking.request([parcel], access())) == json.loads((folder / name).read_text())
