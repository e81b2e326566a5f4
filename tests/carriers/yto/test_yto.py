"""YTO: its signature, its query, its answers of two shapes, and its sandbox read back."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from carriers.carrier import CannotAsk, Parcel, Reply
from carriers.yto import CARRIER, sandbox, signing, tracking
from db.enums import TrackingStatus as S
from tests.carriers import bench

ACCESS = bench.access(CARRIER)
PARAM = '{"NUMBER":"YT2600227881409"}'


@pytest.mark.parametrize(
    ("secret", "sign"), [("123456", "uhSL6hg8txxadZi26YPYPg=="), ("1QLlIZ", "A5VvsQJFjUk8wEHg6wxDsQ==")]
)
def test_the_published_signature_is_reproduced(secret: str, sign: str) -> None:
    assert signing.sign(PARAM, "track_query_adapter", secret) == sign


def test_the_query_equals_the_published_sample() -> None:
    now = datetime.fromtimestamp(1630056973, UTC) + timedelta(milliseconds=33)
    own = {"user_id": "u1", "client_code": "TEST", "track_secret": "123456"}
    request = tracking.request([Parcel("YT2600227881409")], replace(ACCESS, credentials=own, now=now))
    assert request.url == "http://host/yto/open/track_query_adapter/v1/u1/TEST"
    assert dict(parse_qsl(request.body.decode())) == {
        "timestamp": "1630056973033",
        "param": PARAM,
        "sign": "uhSL6hg8txxadZi26YPYPg==",
        "format": "JSON",
    }


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(CannotAsk, match="track_secret"):
        tracking.request([Parcel("1")], replace(ACCESS, credentials={"user_id": "u", "client_code": "c"}))


def test_an_array_is_a_found_number_and_an_object_is_not() -> None:
    found = tracking.read(Reply(200, b'[{"waybill_No":"YT1","upload_Time":"2026-01-05 09:00:00","infoContent":"GOT"}]'))
    unknown = tracking.read(Reply(200, b'{"code":"1001","map":{"YT1":[]},"message":"","success":true}'))
    assert [shipment.tracking_number for shipment in found.shipments] == ["YT1"]
    assert [(error.tracking_number, error.not_found) for error in unknown.errors] == [("YT1", True)]


@pytest.mark.parametrize("body", [b"[]", b'{"code":"1001","map":{},"success":true}'])
def test_an_empty_answer_is_an_unknown_number(body: bytes) -> None:
    [error] = tracking.read(Reply(200, body)).errors
    assert (error.tracking_number, error.not_found) == (None, True)


def test_a_bad_signature_is_no_unknown_number() -> None:
    [error] = tracking.read(Reply(200, b'{"Response":{"code":"3001","success":"false","reason":"x"}}')).errors
    assert (error.code, error.not_found, error.message) == ("3001", False, "x")


@pytest.mark.parametrize("written", ["2026-1-5 9:05:00", "2026/1/5 9:05:00", "2026-01-05 09:05:00"])
def test_dates_without_padding_or_with_slashes_are_read(written: str) -> None:
    body = json.dumps([{"Waybill_No": "YT1", "Upload_Time": written, "ProcessInfo": "已收件"}])
    [shipment] = tracking.read(Reply(200, body.encode())).shipments
    assert shipment.scans[0].occurred_at.isoformat() == "2026-01-05T09:05:00+08:00"


@pytest.mark.parametrize("status", sandbox.SAYS)
def test_every_status_yto_can_tell_is_asked_for_and_read_back(status: S) -> None:
    [shipment] = bench.asked(CARRIER, [bench.scan(status, "script")]).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at.isoformat() == "2026-01-05T09:00:00+08:00"
    assert scan.place
    assert scan.place.text == "青浦华新"


def test_the_sandbox_knows_no_other_number() -> None:
    [error] = bench.asked(CARRIER, [bench.scan(S.PICKED_UP)], number="YT9").errors
    assert (error.code, error.tracking_number, error.not_found) == ("1001", "YT9", True)


def test_the_sandbox_refuses_a_wrong_signature() -> None:
    request = tracking.request([Parcel("YT9")], bench.access(CARRIER, track_secret="wrong"))
    assert [e.code for e in tracking.read(bench.answered(CARRIER, request, bench.World())).errors] == ["3001"]
