from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from carriers import wire
from carriers.carrier import CannotAsk, Parcel, Reply, Unreadable
from carriers.dhl_parcel_de import CARRIER, pickups, sandbox, statuses, tracking
from db.enums import DeliveryMode, TrackingReason, TrackingStatus
from tests.carriers.bench import World, access, answered, answers, parcel_in

OWN = {code.code: code.meaning for code in CARRIER.codes}


def test_a_query_carries_the_tracking_user_inside_its_xml() -> None:
    parcels = [Parcel("00340434161094000017"), Parcel("00340434161094000024")]
    request = tracking.request(parcels, replace(access(CARRIER), locale="de"))
    url = urlsplit(request.url)
    assert url.path == "/dhl_parcel_de/parcel/de/tracking/v0/shipments"
    asked_for = wire.xml_of(parse_qs(url.query)["xml"][0].encode())
    assert asked_for.tag == "data"
    assert asked_for.attrib == {
        "appname": "sandbox-tracking_user",
        "language-code": "de",
        "password": "sandbox-tracking_password",
        "piece-code": "00340434161094000017;00340434161094000024",
        "request": "d-get-piece-detail",
    }
    assert request.headers["DHL-API-Key"] == "sandbox-api_key"


def test_what_is_asked_for_cannot_break_out_of_the_xml() -> None:
    request = tracking.request([Parcel('1" request="other')], access(CARRIER))
    told = wire.xml_of(parse_qs(urlsplit(request.url).query)["xml"][0].encode())
    assert told.get("piece-code") == '1" request="other'
    assert told.get("request") == "d-get-piece-detail"


def test_without_a_tracking_user_nothing_can_be_asked() -> None:
    with pytest.raises(CannotAsk, match="tracking_user"):
        tracking.request([Parcel("1")], replace(access(CARRIER), credentials={"api_key": "k"}))


def test_ready_for_collection_is_not_awaiting_a_pickup() -> None:
    for code, meaning in OWN.items():
        if code.startswith(("CNRFC", "HLDCC")):
            assert meaning.status is TrackingStatus.AVAILABLE_FOR_PICKUP
    assert OWN["HLDCC/LDPCK/LA"].delivery_mode is DeliveryMode.LOCKER
    assert OWN["HLDCC/SERPT/ZF"].delivery_mode is DeliveryMode.STATION


def test_money_and_data_services_say_nothing_of_the_goods() -> None:
    told = [meaning for code, meaning in OWN.items() if code.endswith("/GT")]
    assert told
    assert not any(meaning.has_status for meaning in told)
    assert not OWN["ADVIS/STBSD/DD"].has_status


def test_reason_codes_name_the_party() -> None:
    assert OWN["EXPHD/FRMJR/BV"].reason is TrackingReason.FORCE_MAJEURE
    assert OWN["NTDEL/NTCCN/ZN"].reason is TrackingReason.RECIPIENT_UNCLAIMED
    assert OWN["NTPUP/BDADD/AN"].reason is TrackingReason.SHIPPER_ADDRESS
    assert OWN["DLVRD/ACCDM/ZU"].reason is TrackingReason.CARRIER_DAMAGE
    assert OWN["DLVRD/ACCDM/ZU"].status is TrackingStatus.DELIVERED


def test_event_and_reason_carry_the_meaning_under_another_standard_code() -> None:
    assert statuses.meaning("PCKDU", "PUBCR", "ES", "").status is TrackingStatus.PICKED_UP
    assert statuses.meaning("DLVRD", "CODRP", "XX", "").status is TrackingStatus.UNKNOWN
    assert statuses.meaning("NEWXX", "NRQRD", "AA", "").status is TrackingStatus.UNKNOWN


@pytest.mark.parametrize("text", ["has been loaded onto the delivery vehicle", "in das Zustellfahrzeug geladen"])
def test_the_delivery_vehicle_is_told_by_the_text(text: str) -> None:
    assert statuses.meaning("SRTED", "NRQRD", "PO", text).status is TrackingStatus.OUT_FOR_DELIVERY
    assert statuses.meaning("SRTED", "NRQRD", "PO", "sorted").status is TrackingStatus.IN_TRANSIT


@pytest.mark.parametrize(
    ("text", "hour"), [("17.01.2026 12:00", 11), ("17.07.2026 12:00", 10), ("29.03.2026 03:30:15", 1)]
)
def test_times_are_german_local_time_in_summer_and_winter(text: str, hour: int) -> None:
    assert tracking.german(text).astimezone(UTC).hour == hour


@pytest.mark.parametrize("text", ["", "17.13.2026 12:00", "2026-01-17 12:00", "17.01.2026"])
def test_another_form_of_time_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        tracking.german(text)


def test_a_token_is_asked_for_with_the_password_grant() -> None:
    request = pickups.authorize(access(CARRIER))
    assert request.url == "http://host/dhl_parcel_de/parcel/de/account/auth/ropc/v1/token"
    assert wire.form_of(request.body) == {
        "grant_type": "password",
        "username": "sandbox-portal_user",
        "password": "sandbox-portal_password",
        "client_id": "sandbox-api_key",
        "client_secret": "sandbox-api_secret",
    }
    token = wire.granted(answered(CARRIER, request, World()))
    assert token.lasts == timedelta(seconds=3600)
    refused = answered(CARRIER, replace(request, body=b"grant_type=password"), World())
    assert refused.status == 401
    with pytest.raises(Unreadable):
        wire.granted(refused)


@pytest.mark.parametrize("status", sandbox.SAYS, ids=lambda s: s.name)
def test_the_sandbox_answer_reads_back_to_its_script(status: TrackingStatus) -> None:
    parcel = parcel_in(status)
    [shipment] = answers(CARRIER, World({parcel.tracking_number: parcel}), parcel.tracking_number).shipments
    [scan] = shipment.scans
    assert scan.meaning.status is status
    assert scan.occurred_at == parcel.scans[0].occurred_at.replace(second=0)
    assert datetime(2026, 2, 27, 16, 5, tzinfo=tracking.GERMANY) == scan.occurred_at


def test_the_sandbox_refuses_as_dhl_does() -> None:
    [unknown] = answers(CARRIER, World(), "00340434161094000017").errors
    assert (unknown.code, unknown.not_found) == ("100", True)
    request = tracking.request([Parcel("1")], access(CARRIER))
    assert answered(CARRIER, replace(request, headers={}), World()).status == 401
    other = tracking.request(
        [Parcel("1")], replace(access(CARRIER), credentials={**access(CARRIER).credentials, "tracking_user": "x"})
    )
    [login] = tracking.read(answered(CARRIER, other, World())).errors
    assert (login.code, login.not_found) == ("5", False)


def test_an_http_error_is_read_whatever_its_body() -> None:
    [error] = tracking.read(Reply(429, b"slow down")).errors
    assert (error.code, error.retryable) == ("429", True)
