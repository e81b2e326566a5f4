"""UPS: three code namespaces, its clocks, both versions of Track Alert, and its sandbox; traps 15 and 16."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from aftersales.rules import shipments
from carriers import vocabulary
from carriers.carrier import (
    CannotAsk,
    Incoming,
    Meaning,
    Parcel,
    PushRejected,
    Reply,
    SandboxSubscription,
    Unreadable,
)
from carriers.ups import CARRIER, push, subscribing, tracking
from carriers.ups.activities import Clock
from carriers.ups.sandbox import CODES
from carriers.ups.statuses import meaning
from cli.reading import seen
from db.enums import TrackingReason, TrackingStatus, TrackingStep
from tests.carriers import bench

NUMBER = "1ZCIETST0111111114"
ACCESS = replace(bench.access(CARRIER), token="issued-by-us")
NAMESPACES = {
    "activity type": "type",
    "currentStatus/statusCode (3 digit)": "status",
    "activity code (2 char)": "exception",
}


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (Clock("20240423", "091519", "20240423", "131519"), "2024-04-23T09:15:19-04:00"),
        (Clock("20250303", "234700", "20250304", "44700", "-05:00"), "2025-03-03T23:47:00-05:00"),
        (Clock("20250304", "024100", "20250304", "09:41:00"), "2025-03-04T02:41:00-07:00"),
        (Clock("20250304", "74700", gmt_offset="-04.00"), "2025-03-04T07:47:00-04:00"),
        (Clock("20250304", "151000", "20250304", "094000"), "2025-03-04T15:10:00+05:30"),
        (Clock("20250304", "101500"), "2025-03-04T10:15:00-05:00"),
        (Clock("20250304", "101500", "20250101", "101500"), "2025-01-01T10:15:00+00:00"),
        (Clock("20250304", ""), "2025-03-04T00:00:00-05:00"),
    ],
    ids=[
        "as pushed",
        "another day",
        "with colons",
        "a dotted offset",
        "half an hour",
        "nothing known",
        "absurd",
        "bare",
    ],
)
def test_the_offset_is_local_against_gmt(clock: Clock, expected: str) -> None:
    assert clock.moment(None).isoformat() == expected


def test_without_gmt_the_place_tells_the_zone() -> None:
    message = (bench.HERE / "ups/cases/delivered_though_current_status_is_stale/message.json").read_bytes()

    [shipment] = tracking.read(Reply(200, message)).shipments

    assert {scan.occurred_at.utcoffset() for scan in shipment.scans} == {timedelta(hours=-8)}


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("D", "F4", "011"), TrackingStatus.DELIVERED),
        (("M", "MP", "003"), TrackingStatus.INFO_RECEIVED),
        (("I", "OT", "021"), TrackingStatus.OUT_FOR_DELIVERY),
        (("I", "", ""), TrackingStatus.IN_TRANSIT),
        (("I", "DP", "999"), TrackingStatus.IN_TRANSIT),
        (("D", "ZP", "161"), TrackingStatus.AVAILABLE_FOR_PICKUP),
        (("X", "SR", "003"), TrackingStatus.EXCEPTION),
        (("", "F4", ""), TrackingStatus.UNKNOWN),
        (("NA", "", "000"), TrackingStatus.UNKNOWN),
        (("MV", "VP", "007"), TrackingStatus.CANCELED),
    ],
)
def test_a_meaning_needs_all_three_codes(codes: tuple[str, str, str], expected: TrackingStatus) -> None:
    assert meaning(*codes).status is expected


def test_an_exception_tells_its_cause() -> None:
    assert meaning("X", "DJ", "052") == Meaning(TrackingStatus.EXCEPTION, reason=TrackingReason.WEATHER)
    assert meaning("X", "BB", "124").reason is TrackingReason.CUSTOMS_DOCUMENTS
    assert meaning("X", "E7", "130").step is TrackingStep.INFO
    assert meaning("X", "nonsense", "") == vocabulary.meaning("exception")


def test_request_asks_for_one_number_with_its_headers() -> None:
    request = tracking.request([Parcel("1Z 1/2")], replace(ACCESS, locale="zh"))

    assert request.url == ("http://host/ups/api/track/v1/details/1Z%201%2F2?locale=zh_CN&returnSignature=false")
    assert request.headers["transId"] == "5f9c3a4e000040008000000000000001"
    assert request.headers["transactionSrc"] == "waybridge"
    with pytest.raises(CannotAsk):
        tracking.request([Parcel("1"), Parcel("2")], ACCESS)


def test_the_second_version_subscribes_as_the_examples_do_and_the_first_tells_where_to_push() -> None:
    second = replace(ACCESS, credentials={"alert_version": "v2"})
    parcels = [Parcel(NUMBER), Parcel("1ZCIETST0422222228")]
    plain = {"locale": "en_US", "countryCode": "US", "trackingNumberList": [NUMBER, "1ZCIETST0422222228"]}

    assert json.loads(subscribing.request(parcels, second).body) == plain
    assert subscribing.request(parcels, second).url.endswith("/api/track/v2/subscription/standard/package")
    first = json.loads(subscribing.request(parcels, ACCESS).body)
    destination = {"url": bench.CALLBACK, "credentialType": "Bearer", "credential": "our sécret"}
    assert first == {**plain, "destination": destination}


def test_numbers_that_are_not_taken_are_errors() -> None:
    body = {"validTrackingNumbers": [NUMBER], "invalidTrackingNumbers": ["1Z1234567$8"]}

    subscribed = subscribing.read(Reply(200, json.dumps(body).encode()), [])

    assert subscribed.accepted == (NUMBER,)
    assert [error.tracking_number for error in subscribed.errors] == ["1Z1234567$8"]


@pytest.mark.parametrize(
    "headers",
    [
        {"credential": "our sécret"},
        {"authorization": "Bearer issued-by-us", "x-api-key": "client"},
        {"authorization": "bearer issued-by-us", "credential": "wrong"},
    ],
)
def test_a_push_with_our_secret_or_our_bearer_is_believed(headers: dict[str, str]) -> None:
    push.verify(Incoming(b"{}", bench.NOW, headers), ACCESS)


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({}, {}),
        ({"credential": ""}, {}),
        ({"credential": "our secret"}, {}),
        ({"authorization": "Basic issued-by-us"}, {}),
        ({"authorization": "Bearer our sécret"}, {}),
        ({"authorization": "Bearer "}, {"token": ""}),
        ({"credential": ""}, {"push_secret": ""}),
    ],
)
def test_a_push_without_them_is_rejected(headers: dict[str, str], changes: dict[str, str]) -> None:
    with pytest.raises(PushRejected):
        push.verify(Incoming(b"{}", bench.NOW, headers), replace(ACCESS, **changes))  # type: ignore[arg-type]  # texts


def test_a_push_is_thanked_with_an_empty_200() -> None:
    assert push.acknowledge(Incoming(b"{}", bench.NOW)) == Reply(200)


def test_the_sandbox_refuses_as_ups_does() -> None:
    assert CARRIER.authorizing
    wrong = bench.access(CARRIER, client_id="x", client_secret="y")
    world = bench.World()

    with pytest.raises(Unreadable, match="access_token is missing"):
        CARRIER.authorizing.read(bench.answered(CARRIER, CARRIER.authorizing.request(wrong), world))
    stranger = tracking.read(bench.answered(CARRIER, tracking.request([Parcel(NUMBER)], ACCESS), world))
    assert stranger.errors[0].code == "250002"
    assert bench.answers(CARRIER, world, "1Z$").errors[0].code == "TV1002"
    [unknown] = bench.answers(CARRIER, world, NUMBER).errors
    assert (unknown.code, unknown.not_found, unknown.tracking_number) == ("TW0001", True, NUMBER)


@pytest.mark.parametrize("status", CODES)
def test_the_sandbox_is_read_back(status: TrackingStatus) -> None:
    parcel = bench.parcel_in(status)

    [shipment] = bench.answers(CARRIER, bench.World({parcel.tracking_number: parcel}), parcel.tracking_number).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert shipment.scans[0].occurred_at.isoformat() == "2026-02-27T08:05:09-07:00"
    assert shipment.estimated_delivery_at is not None


@pytest.mark.parametrize("status", CODES)
def test_the_sandbox_pushes_to_who_subscribed_and_is_read(status: TrackingStatus) -> None:
    assert CARRIER.sandbox
    assert CARRIER.sandbox.push
    parcel = bench.parcel_in(status)
    number, world = parcel.tracking_number, bench.World()
    account = bench.authorized(CARRIER, world)
    reply = bench.answered(CARRIER, subscribing.request([Parcel(number)], account), world)

    assert subscribing.read(reply, [Parcel(number)]).accepted == (number,)
    received = bench.incoming(CARRIER.sandbox.push(parcel, parcel.scans, world.subscriptions[number]))
    push.verify(received, account)
    [shipment] = push.read(received).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert shipment.scans[0].occurred_at == datetime(2026, 2, 27, 8, 5, 9, tzinfo=timezone(timedelta(hours=-7)))


def test_the_sandbox_pushes_the_second_version_with_the_bearer_it_fetched() -> None:
    assert CARRIER.sandbox
    assert CARRIER.sandbox.push
    parcel = bench.parcel_in(TrackingStatus.DELIVERED)
    wished = SandboxSubscription(bench.CALLBACK, extras={"token": "issued-by-us", "client_id": "c-1"})

    received = bench.incoming(CARRIER.sandbox.push(parcel, parcel.scans, wished))

    push.verify(received, ACCESS)
    assert received.headers["x-api-key"] == "c-1"
    assert "credential" not in received.headers


if bench.SHARED.exists():

    def test_subscription_examples_are_built_and_read() -> None:
        examples = bench.real("ups", "track_alert.subscription.examples.json")
        wished = examples["POST /subscription/{type}/package request"][0]["1"]
        second = replace(ACCESS, credentials={"alert_version": "v2"})
        parcels = [Parcel(number) for number in wished["trackingNumberList"]]
        assert json.loads(subscribing.request(parcels, second).body) == wished
        for answer, count in ((200, 0), (400, 1), (401, 1), (404, 1), (500, 1)):
            for named in examples[f"POST /subscription/{{type}}/package {answer}"]:
                [body] = named.values()
                subscribed = subscribing.read(Reply(answer, json.dumps(body).encode()), parcels)
                invalid = len(body.get("invalidTrackingNumbers", []))
                assert list(subscribed.accepted) == body.get("validTrackingNumbers", [])
                assert len(subscribed.errors) == count + invalid
