import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from carriers import wire
from carriers.carrier import CannotAsk, Parcel, Reply, Unreadable
from carriers.dhl_express import CARRIER, sandbox, tracking
from db.enums import DeliveryMode, TrackingReason, TrackingStatus
from tests.carriers.bench import World, access, answered, answers, parcel_in

OWN = {code.code: code.meaning for code in CARRIER.codes}
PICKED = {"date": "2026-02-02", "time": "17:30:00", "typeCode": "PU", "description": "Picked up"}


def test_a_query_always_asks_for_the_offset_of_every_event() -> None:
    request = tracking.request([Parcel("1234567890")], access(CARRIER))
    assert request.url == (
        "http://host/dhl_express/shipments/1234567890/tracking"
        "?trackingView=all-checkpoints&levelOfDetail=all&requestGMTOffsetPerEvent=true"
    )
    assert request.method == "GET"
    assert request.headers["Authorization"] == wire.basic("sandbox-api_key", "sandbox-api_secret")
    assert len(request.headers["Message-Reference"]) == 36


def test_without_the_secret_nothing_can_be_asked() -> None:
    with pytest.raises(CannotAsk, match="api_secret"):
        tracking.request([Parcel("1")], replace(access(CARRIER), credentials={"api_key": "k"}))


def test_damage_and_misrouting_keep_the_party_that_a_claim_needs() -> None:
    assert OWN["DD"].reason is TrackingReason.CARRIER_DAMAGE
    assert OWN["DD"].delivery_mode is DeliveryMode.RECIPIENT
    assert OWN["MS"].reason is TrackingReason.CARRIER_MISROUTED


def test_events_that_every_piece_repeats_are_one() -> None:
    pieces = [{"trackingNumber": f"JD{n}", "events": [PICKED]} for n in range(3)]
    [shipment] = tracking.read(
        Reply(
            200,
            json.dumps({"shipments": [{"shipmentTrackingNumber": "1", "events": [PICKED], "pieces": pieces}]}).encode(),
        )
    ).shipments
    assert [scan.piece for scan in shipment.scans] == [None]


def test_twins_of_one_second_stay_two_and_each_piece_keeps_its_own() -> None:
    twin = {**PICKED, "description": "Picked up, second courier"}
    pieces = [{"trackingNumber": f"JD{n}", "events": [{**PICKED, "typeCode": "OK"}]} for n in range(2)]
    told = {"shipmentTrackingNumber": "1", "events": [PICKED, twin, PICKED], "pieces": pieces}
    [shipment] = tracking.read(Reply(200, json.dumps({"shipments": [told]}).encode())).shipments
    assert [(scan.raw_code, scan.piece) for scan in shipment.scans] == [
        ("PU", None),
        ("PU", None),
        ("OK", "JD0"),
        ("OK", "JD1"),
    ]


@pytest.mark.parametrize(
    ("area", "hour"),
    [("SYDNEY-AU", 6), ("AUCKLAND-NZ", 4), ("LEIPZIG-DE", 16), ("NEW YORK-US", 22), ("ALICE SPRINGS-AU", 17), ("", 17)],
)
def test_without_an_offset_a_time_is_of_the_service_area(area: str, hour: int) -> None:
    event = {**PICKED, "serviceArea": [{"code": "XXX", "description": area}]}
    body = json.dumps({"shipments": [{"shipmentTrackingNumber": "1", "events": [event]}]}).encode()
    [shipment] = tracking.read(Reply(200, body)).shipments
    assert shipment.scans[0].occurred_at.astimezone(UTC) == datetime(2026, 2, 2, hour, 30, tzinfo=UTC)


def test_pounds_become_grams() -> None:
    for system, weight, grams in (
        ("imperial", 2, 907),
        ("metric", 0.99, 990),
        ("metric", True, None),
        ("odd", 1, None),
    ):
        told = {"shipmentTrackingNumber": "1", "unitOfMeasurements": system, "totalWeight": weight}
        [shipment] = tracking.read(Reply(200, json.dumps({"shipments": [told]}).encode())).shipments
        assert shipment.weight_grams == grams


def test_an_answer_of_neither_kind_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        tracking.read(Reply(200, b'{"hello": []}'))


def test_a_gateway_page_is_an_error_to_try_again() -> None:
    [error] = tracking.read(Reply(502, b"<html>")).errors
    assert (error.code, error.retryable) == ("502", True)


@pytest.mark.parametrize("status", sandbox.SAYS, ids=lambda s: s.name)
def test_the_sandbox_answer_reads_back_to_its_script(status: TrackingStatus) -> None:
    parcel = parcel_in(status)
    [shipment] = answers(CARRIER, World({parcel.tracking_number: parcel}), parcel.tracking_number).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at == parcel.scans[0].occurred_at
    assert scan.occurred_at.utcoffset() == parcel.scans[0].occurred_at.utcoffset()


def test_the_sandbox_refuses_as_dhl_does() -> None:
    [unknown] = answers(CARRIER, World(), "1251820953").errors
    assert (unknown.code, unknown.not_found, unknown.tracking_number) == ("404", True, "1251820953")
    request = tracking.request([Parcel("1")], access(CARRIER))
    wrong = replace(request, headers={"Authorization": wire.basic("sandbox-api_key", "other")})
    assert answered(CARRIER, wrong, World()).status == 401


def test_the_sandbox_gives_offsets_only_when_asked() -> None:
    parcel = parcel_in(TrackingStatus.PICKED_UP)
    request = tracking.request([Parcel(parcel.tracking_number)], access(CARRIER))
    plain = replace(request, url=request.url.partition("?")[0])
    answer = answered(CARRIER, plain, World({parcel.tracking_number: parcel}))
    assert b"GMTOffset" not in answer.body
