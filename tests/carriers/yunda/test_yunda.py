"""Yunda: its signature, its requests, its answers, and its sandbox read back."""

import json

import pytest

from carriers.carrier import Parcel, Reply
from carriers.yunda import CARRIER, sandbox, signing, subscribing, tracking
from db.enums import DeliveryMode
from db.enums import TrackingStatus as S
from tests.carriers import bench
from tests.carriers.bench import NOW

ACCESS = bench.access(CARRIER)


def answer(status: str, *steps: dict[str, str]) -> Reply:
    told = {"mailno": "3309876541228", "status": status, "steps": list(steps)}
    body = {"result": True, "code": "0000", "message": "请求成功", "data": told}
    return Reply(200, json.dumps(body).encode(), received_at=NOW)


def test_the_published_signature_is_reproduced() -> None:
    sign = signing.sign('{"mailno":"313000000514213"}', "made-up-secret")
    assert sign == "b3b65c7a8a630d17b6a1e9f65205a371"


def test_the_query_equals_the_published_sample() -> None:
    request = tracking.request([Parcel("313000000514213")], ACCESS)
    assert request.url == "http://host/yunda/openapi/outer/logictis/query"
    assert request.body == b'{"mailno":"313000000514213"}'
    assert request.headers["app-key"] == "sandbox-app_key"
    assert request.headers["req-time"] == "1772366400000"
    assert request.headers["sign"] == signing.sign(request.body.decode(), "sandbox-app_secret")


def test_the_subscription_equals_the_published_sample() -> None:
    request = subscribing.request([Parcel("3309876541228", reference="9987765544332")], ACCESS)
    assert request.url == "http://host/yunda/openapi/outer/logictis/subscribe"
    assert json.loads(request.body) == {"orders": [{"orderid": "9987765544332", "mailno": "3309876541228"}]}


def test_a_parcel_is_subscribed_before_it_is_asked_for() -> None:
    assert CARRIER.subscribing
    assert CARRIER.subscribing.before_query
    assert CARRIER.pushing is None


def test_our_reading_agrees_with_the_published_normalised_example() -> None:
    answers = bench.material("yunda", "track_query.response.RECONSTRUCTED.json")
    examples = bench.material("yunda", "track_response.OLTS_normalised.json")
    for written, example in zip(answers, examples, strict=True):
        [shipment] = tracking.read(Reply(200, written.read_bytes())).shipments
        told = json.loads(example.read_text())
        assert shipment.tracking_number == told["trackingNumber"]
        assert [f"action:{scan.raw_code}" for scan in shipment.scans] == [e["carrierEventCode"] for e in told["events"]]
        assert [scan.occurred_at.isoformat() for scan in shipment.scans] == [e["eventTime"] for e in told["events"]]


def test_steps_win_over_a_status_that_lags_behind() -> None:
    step = {"time": "2026-01-05 09:00:00", "action": "SIGNED", "description": "已签收"}
    [shipment] = tracking.read(answer("TRANSIT", step)).shipments
    assert [scan.meaning.status for scan in shipment.scans] == [S.DELIVERED]


def test_a_status_alone_is_one_scan_at_the_time_of_the_answer() -> None:
    [shipment] = tracking.read(answer("TRANSIT")).shipments
    [scan] = shipment.scans
    assert (scan.occurred_at, scan.meaning.status, scan.raw_code) == (NOW, S.IN_TRANSIT, "TRANSIT")


@pytest.mark.parametrize(
    ("text", "mode"),
    [("快件已被合作驿站代签收", DeliveryMode.STATION), ("本人已签收", DeliveryMode.RECIPIENT)],
)
def test_a_station_s_signature_is_not_the_recipient_s(text: str, mode: DeliveryMode) -> None:
    step = {"time": "2026-01-05 09:00:00", "action": "SIGNED", "description": text}
    [shipment] = tracking.read(answer("SIGNED", step)).shipments
    assert shipment.scans[0].meaning.delivery_mode is mode


@pytest.mark.parametrize("status", sandbox.SAYS)
def test_every_status_yunda_can_tell_is_asked_for_and_read_back(status: S) -> None:
    [shipment] = bench.asked(CARRIER, [bench.scan(status, "script")]).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"


def test_the_sandbox_knows_no_other_number() -> None:
    assert [e.not_found for e in bench.asked(CARRIER, [bench.scan(S.PICKED_UP)], number="9").errors] == [True]


def test_the_sandbox_subscribes() -> None:
    parcels = [Parcel("3309876541228")]
    reply = bench.answered(CARRIER, subscribing.request(parcels, ACCESS), bench.World())
    assert subscribing.read(reply, parcels).accepted == ("3309876541228",)


@pytest.mark.parametrize("credentials", [{"app_secret": "wrong"}, {"app_key": "nobody"}])
def test_the_sandbox_refuses_who_does_not_hold_its_secrets(credentials: dict[str, str]) -> None:
    request = tracking.request([Parcel("1")], bench.access(CARRIER, **credentials))
    reply = bench.answered(CARRIER, request, bench.World())
    [error] = tracking.read(reply).errors
    assert not error.not_found
    assert subscribing.read(reply, []).errors == (error,)
