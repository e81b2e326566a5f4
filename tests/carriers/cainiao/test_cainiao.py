"""Cainiao's digest, query, answers and sandbox."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from carriers import wire
from carriers.cainiao import CARRIER, pickups, sandbox, signing, statuses, tracking
from carriers.carrier import Access, CannotAsk, Meaning, Parcel, Place, Reply, Request, SandboxParcel, Scan
from db.enums import PickupStatus, TrackingStatus, TrackingStep
from tests.carriers import bench
from tests.carriers.bench import NOW, World, answered, material

PARCEL = Parcel("SF123456789", reference="CN123456")
FOLDERS = [path.parent for path in material("cainiao", "statuses.csv")]


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def sent(request: Request, world: World) -> Reply:
    return answered(CARRIER, request, world)


def page(*modules: dict[str, Any]) -> Reply:
    return Reply(body=wire.compact({"success": True, "module": list(modules)}).encode(), received_at=NOW)


# --- the digest and the query ----------------------------------------------------------------------------------


def test_the_digest_equals_the_vectors() -> None:
    message = '{"request":{"orderId":"CN123456","needLogisticsDetail":true},"accessOption":{"accessCode":"made-up"}}'
    assert signing.digest(message, "made-up-secret") == "aDKf5M/tV3mXT/tcafb8Vg=="


def test_the_query_equals_the_sample() -> None:
    account = access(provider_id="<providerId>", secret="made-up-secret", access_code="<accessCode>")
    request = tracking.request([PARCEL], account)
    assert request.url == "http://host/cainiao/gateway/api"
    assert wire.form_of(request.body) == {
        "msg_type": "guoguo.pickup.query.logistics.detail",
        "logistic_provider_id": "<providerId>",
        "logistics_interface": (
            '{"request":{"mailNo":"SF123456789","orderCode":"CN123456"},"accessOption":{"accessCode":"<accessCode>"}}'
        ),
        "data_digest": "io9oQmFzDhM/SMWw7lfIRQ==",
    }


def test_a_missing_credential_is_named() -> None:
    with pytest.raises(CannotAsk, match="access_code"):
        tracking.request([PARCEL], access(access_code=""))


# --- statuses --------------------------------------------------------------------------------------------------


def test_an_unknown_code_is_known_by_a_failing_end_only() -> None:
    assert statuses.of_action("GTMS_DO_REJECT").status is TrackingStatus.EXCEPTION
    assert not statuses.of_action("GTMS_DO_SUCCESS").is_mapped
    assert not statuses.of_action("").is_mapped


def test_a_warehouse_at_work_has_not_collected() -> None:
    assert statuses.of_pickup("150") is PickupStatus.ACCEPTED
    assert statuses.of_pickup("1000") is PickupStatus.PICKED_UP
    assert statuses.of_pickup("77") is PickupStatus.UNKNOWN


# --- answers ---------------------------------------------------------------------------------------------------


def test_the_epoch_is_believed_and_no_clock_text() -> None:
    event = {
        "time": 1748410407000,
        "timeStr": "2025-05-28 13:33:27",
        "timeZone": "GMT-3",
        "actionCode": "CC_IM_SUCCESS",
    }
    [shipment] = tracking.read(page({"mailNo": "LP1", "detailList": [event]})).shipments
    [scan] = shipment.scans
    assert scan.occurred_at == datetime(2025, 5, 28, 5, 33, 27, tzinfo=UTC)
    assert scan.meaning.step is TrackingStep.CLEARED


def test_under_way_is_not_out_for_delivery() -> None:
    [shipment] = tracking.read(page({"mailNo": "LP1", "status": "DELIVERING", "detailList": []})).shipments
    assert [(scan.meaning.status, scan.occurred_at) for scan in shipment.scans] == [(TrackingStatus.IN_TRANSIT, NOW)]


def test_the_latest_trace_is_no_second_event() -> None:
    event = {"time": 1748410407000, "actionCode": "GTMS_SIGNED"}
    [shipment] = tracking.read(page({"mailNo": "LP1", "latestTrace": event, "detailList": [event]})).shipments
    assert len(shipment.scans) == 1


def test_ends_estimate_and_linked_number_are_read() -> None:
    module = {
        "mailNo": "AP1",
        "copyRealMailNo": "CNG1",
        "originCountry": "Mainland China",
        "destCountry": "Brazil",
        "globalEtaInfo": {"deliveryMinTime": 1749006268984, "deliveryMaxTime": 1750475068984},
        "detailList": [],
    }
    [shipment] = tracking.read(page(module)).shipments
    assert shipment.linked_numbers == ("CNG1",)
    assert (shipment.origin, shipment.destination) == (Place(text="Mainland China"), Place(text="Brazil"))
    assert shipment.estimated_delivery_at == datetime(2025, 6, 21, 3, 4, 28, 984000, tzinfo=UTC)


def test_an_unknown_number_is_not_found() -> None:
    [error] = tracking.read(page({"mailNo": "LP1", "detailList": []})).errors
    assert (error.not_found, error.tracking_number) == (True, "LP1")


def test_the_couriers_phone_stays_out_of_a_scan() -> None:
    step = {"status": "600", "desc": "派送中", "time": "2026-03-01 10:00:00", "courierInfo": {"mobile": "13000000002"}}
    body = wire.compact({"success": True, "data": {"logisticsDetails": [step]}}).encode()
    assert "13000000002" not in repr(tracking.read(Reply(body=body)))


def test_a_pickup_keeps_the_code_the_courier_must_be_shown() -> None:
    body = wire.compact({"success": True, "data": {"orderId": "CN1", "mailNo": "SF1", "gotCode": "4321"}}).encode()
    [pickup] = pickups.read(body).pickups
    assert (pickup.confirmation, pickup.pickup_code, pickup.status) == ("CN1", "4321", PickupStatus.REQUESTED)


# --- the sandbox -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sandbox.WRITTEN)
def test_a_status_comes_back_from_a_query(status: TrackingStatus) -> None:
    scan = Scan(NOW, Meaning(status), "x", "text", Place(text="杭州市", city="杭州市"))
    world = World({PARCEL.tracking_number: SandboxParcel(PARCEL.tracking_number, (scan,))})
    [shipment] = tracking.read(sent(tracking.request([PARCEL], access()), world)).shipments
    [read] = shipment.scans
    assert (read.occurred_at, read.meaning.status, read.description) == (NOW, status, "text")
    assert read.place == scan.place


def test_the_sandbox_refuses_as_the_gateway_does() -> None:
    def codes(request: Request) -> list[str]:
        return [error.code for error in tracking.read(sent(request, World())).errors]

    asked = tracking.request([PARCEL], access())
    assert codes(asked) == ["EMPTY_DETAILS"]
    assert codes(tracking.request([PARCEL], access(secret="wrong"))) == ["S02"]
    assert codes(tracking.request([PARCEL], access(provider_id="nobody"))) == ["S03"]
    assert codes(signing.signed("GUOGUO_NO_SUCH", {}, access())) == ["S04"]
    assert codes(replace(asked, body=b"")) == ["S01"]


# --- the real files, where they lie beside the checkout -------------------------------------------------------

if FOLDERS:
    [folder] = FOLDERS

    def test_the_digest_equals_every_signed_sample() -> None:
        samples = sorted(folder.glob("pickup.*.request.json"))
        assert samples
        for path in samples:
            sample = json.loads(path.read_text())
            form = sample["form"]
            assert signing.digest(form["logistics_interface"], sample["made_up_secret"]) == form["data_digest"]
