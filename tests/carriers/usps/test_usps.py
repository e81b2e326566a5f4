"""USPS: times that pretend to be UTC, errors of their own codes, and its sandbox; trap 13."""

import csv
import json
from dataclasses import replace

import pytest

from aftersales.rules import shipments
from carriers import vocabulary, wire
from carriers.carrier import CannotAsk, Parcel, Reply, Unreadable
from carriers.usps import CARRIER, errors, tracking
from carriers.usps.sandbox import CODES
from carriers.usps.statuses import TABLE, of_summary
from cli.reading import seen
from db.enums import TrackingReason, TrackingStatus
from tests.carriers import bench

NUMBER = "9400000000000000000001"
ACCESS = replace(bench.access(CARRIER), token="t")
# Where the published proposal contradicts the code's own text we follow the text: the recipient collects, or it is gone.
TEXT_WINS = {
    **dict.fromkeys(["14", "16", "58", "62", "73", "CC", "DF", "DH"], TrackingStatus.AVAILABLE_FOR_PICKUP),
    "DP": TrackingStatus.DISPOSED,
}


def event_at(**fields: object) -> str:
    """The time of one event, as we read it."""
    body = {"trackingNumber": NUMBER, "trackingEvents": [{"eventCode": "10", **fields}]}
    [shipment] = tracking.read(Reply(200, json.dumps(body).encode())).shipments
    return shipment.scans[0].occurred_at.isoformat()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"eventTimestamp": "2023-08-02T07:31:00Z", "eventState": "VA"}, "2023-08-02T07:31:00-04:00"),
        ({"eventTimestamp": "2023-08-02T07:31:00Z", "eventState": "AZ"}, "2023-08-02T07:31:00-07:00"),
        ({"eventTimestamp": "2023-01-02T07:31:00"}, "2023-01-02T07:31:00-05:00"),
        ({"eventTimestamp": "2024-04-04T07:03:12", "GMTOffset": "-7:00"}, "2024-04-04T07:03:12-07:00"),
        (
            {"eventTimestamp": "2024-04-04T07:03:12", "GMTTimestamp": "2024-04-04T14:03:12Z"},
            "2024-04-04T07:03:12-07:00",
        ),
        ({"eventTimestamp": "2024-04-04T22:03:12", "GMTOffset": "+09:00"}, "2024-04-04T22:03:12+09:00"),
    ],
)
def test_an_event_is_local_whatever_its_z_says(fields: dict[str, str], expected: str) -> None:
    assert event_at(**fields) == expected


@pytest.mark.parametrize(
    ("code", "not_found"),
    [("150001", True), ("150002", True), ("150003", True), ("150009", True), ("150008", False)],
)
def test_an_unknown_number_is_a_code_within_a_400(code: str, not_found: bool) -> None:
    body = {"apiVersion": "v3", "error": {"code": "400", "message": "", "errors": [{"code": code, "detail": "d"}]}}

    [error] = tracking.read(Reply(400, json.dumps(body).encode())).errors

    assert (error.code, error.message, error.not_found, error.retryable) == (code, "d", not_found, not_found)


def test_a_service_name_is_told_without_html() -> None:
    message = (bench.HERE / "usps/cases/local_times_that_end_in_z/message.json").read_bytes()

    [shipment] = tracking.read(Reply(200, message)).shipments

    assert shipment.service == "Priority Mail®"
    assert shipment.destination
    assert (shipment.destination.city, shipment.destination.country) == ("BOISE", "US")


def test_an_error_in_the_older_shape_is_an_error() -> None:
    info = {"@ID": NUMBER, "Error": {"Number": "-2147219283", "Description": "A status update is not yet available"}}

    [error] = tracking.read(Reply(200, json.dumps({"TrackResults": {"TrackInfo": [info]}}).encode())).errors

    assert (error.code, error.tracking_number, error.not_found) == ("-2147219283", NUMBER, True)


def test_a_summary_we_do_not_know_says_nothing() -> None:
    assert of_summary("Something new happened.") == vocabulary.UNKNOWN


def test_causes_are_told_where_the_text_names_them() -> None:
    assert TABLE.meaning("event", "WX").reason is TrackingReason.WEATHER
    assert TABLE.meaning("event", "27").reason is TrackingReason.RECIPIENT_UNCLAIMED


def test_request_asks_for_one_number_in_detail() -> None:
    request = tracking.request([Parcel(NUMBER)], ACCESS)

    assert request.url == f"http://host/usps/tracking/v3/tracking/{NUMBER}?expand=DETAIL"
    assert request.headers["authorization"] == "Bearer t"
    with pytest.raises(CannotAsk):
        tracking.request([Parcel("1"), Parcel("2")], ACCESS)


def test_the_sandbox_refuses_as_usps_does() -> None:
    wrong = bench.access(CARRIER, client_id="x", client_secret="y")
    world = bench.World()
    reply = bench.answered(CARRIER, errors.token_request(wrong), world)

    assert errors.read_error(reply.body).errors[0].code == "invalid_client"
    with pytest.raises(Unreadable, match="access_token is missing"):
        wire.granted(reply)
    assert bench.answered(CARRIER, tracking.request([Parcel(NUMBER)], ACCESS), world).status == 401
    [unknown] = bench.answers(CARRIER, world, NUMBER).errors
    assert (unknown.code, unknown.not_found) == ("150002", True)


@pytest.mark.parametrize("status", CODES)
def test_the_sandbox_is_read_back(status: TrackingStatus) -> None:
    parcel = bench.parcel_in(status, NUMBER)

    [shipment] = bench.answers(CARRIER, bench.World({NUMBER: parcel}), NUMBER).shipments

    assert shipments.fold(map(seen, shipment.scans)).status is status
    assert shipment.scans[0].occurred_at.isoformat() == "2026-02-27T08:05:09-07:00"
    assert shipment.scans[0].place == parcel.scans[0].place


if bench.SHARED.exists():

    def test_official_tracking_errors_are_told_apart() -> None:
        with (bench.SHARED / "usps/errors.official.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["api"] == "Tracking"]
        for row in rows:
            inner = {"status": row["http"], "code": row["error_code"], "detail": row["message"]}
            body = json.dumps({"error": {"code": row["http"], "errors": [inner]}}).encode()
            [error] = errors.read_error(body).errors
            waits = row["error_code"] in {"150001", "150002", "150003", "150009"}
            assert (error.code, error.message, error.not_found) == (row["error_code"], row["message"].strip(), waits)
        assert len(rows) >= 13
