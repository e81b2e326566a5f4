"""Pickups, return labels and parcels called back at UPS: what we ask, what we read, and the sandbox's desk."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Fee, Order, Ref, Window
from carriers.carrier import Access, CannotAsk, Meaning, Reply, Request, SandboxParcel, Scan, Unreadable
from carriers.intercepting import Diversion
from carriers.ups import CARRIER, booking, booking_changes, intercepting
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P
from db.enums import TrackingStatus
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk
from tests.carriers.bench import NOW, answered

LABEL = replace(west.ORDER, method=ReturnMethod.LABEL, window=None)
DONE = {"ResponseStatus": {"Code": "1", "Description": "Success"}}
PIXEL = "iVBORw0KGgo="  # the first bytes of a PNG


def access(**credentials: str) -> Access:
    return replace(bench.access(CARRIER, **{"account_country": "", **credentials}), token="bearer")


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def told(name: str, answer: object) -> Reply:
    return replace(wire.json_reply({name: answer}), received_at=NOW)


def no(code: str) -> Reply:
    return wire.json_reply({"response": {"errors": [{"code": code, "message": "no"}]}}, 400)


def pending(*listed: dict[str, str]) -> Reply:
    return told("PickupPendingStatusResponse", {"Response": DONE, "PendingStatus": list(listed)})


OURS = {"PRN": "2928H4MPOLF", "ReferenceNumber": "WB1", "OnCallStatusCode": "002"}
SHIPPED = {
    "Response": DONE,
    "ShipmentResults": {
        "ShipmentCharges": {"TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "25.00"}},
        "BillingWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "10.0"},
        "ShipmentIdentificationNumber": "1Z1",
        "PackageResults": {"TrackingNumber": "1Z1", "ShippingLabel": {"GraphicImage": PIXEL}},
    },
}


# --- what we ask ------------------------------------------------------------------------------------------------


def test_a_pickup_says_when_by_the_doors_clock_and_bears_our_reference() -> None:
    request = booking.request(west.ORDER, access())
    assert (request.method, request.url) == ("POST", "http://host/ups/api/pickupcreation/v2409/pickup")
    assert request.headers["authorization"] == "Bearer bearer"
    assert request.headers["transId"] == "WB1234567890"
    body = body_of(request)["PickupCreationRequest"]
    assert body["ReferenceNumber"] == "WB1234567890"
    assert body["PickupDateInfo"] == {"CloseTime": "1300", "ReadyTime": "0800", "PickupDate": "20260302"}
    assert body["TotalWeight"] == {"Weight": "5.5", "UnitOfMeasurement": "LBS"}
    assert body["PickupPiece"][0]["ServiceCode"] == "003"
    assert "SpecialInstruction" not in body


def test_every_try_is_the_same_request() -> None:
    first, again = (booking.request(west.ORDER, replace(access(), nonce=nonce)) for nonce in ("1", "2"))
    assert first == again


def test_a_long_room_stands_with_the_street_and_a_heavy_parcel_is_told() -> None:
    wish = replace(west.ORDER, sender=replace(west.SENDER, unit="Building 12, Room 3"), weight_grams=40_000)
    body = body_of(booking.request(replace(wish, remark="ring"), access(account_country="CA")))["PickupCreationRequest"]
    assert body["PickupAddress"]["AddressLine"] == "456 Oak Avenue, Building 12, Room 3"
    assert "Room" not in body["PickupAddress"]
    assert (body["OverweightIndicator"], body["SpecialInstruction"]) == ("Y", "ring")
    assert body["Shipper"]["Account"]["AccountCountryCode"] == "CA"


def test_what_is_missing_is_named() -> None:
    abroad = replace(west.ORDER, sender=replace(west.SENDER, country="CA"))
    for wish, missing in (
        (replace(west.ORDER, window=None), "window"),
        (abroad, "service"),
        (replace(abroad, method=ReturnMethod.LABEL), "border"),
        (replace(LABEL, parcels=2), "one parcel"),
    ):
        with pytest.raises(CannotAsk, match=missing):
            booking.request(wish, access())
    with pytest.raises(CannotAsk, match="account_number"):
        booking.request(west.ORDER, access(account_number=""))
    with pytest.raises(CannotAsk, match="number"):
        booking_changes.cancel(Ref("WB1"), None, access())
    with pytest.raises(CannotAsk, match="sender"):
        intercepting.request(Diversion("return"), Ref("WB1", number="1Z1"), access())


def test_questions_and_cancellations_go_by_what_ups_knows() -> None:
    asked = booking_changes.ask(Ref("WB1"), access())
    assert (asked.method, asked.url) == ("GET", "http://host/ups/api/shipments/v2409/pickup/oncall")
    assert (asked.headers["AccountNumber"], asked.body) == ("sandbox-account_number", b"")
    stopped = booking_changes.cancel(Ref("WB1", "2928H4MPOLF", "1Z1"), None, access())
    assert (stopped.method, stopped.url) == ("DELETE", "http://host/ups/api/shipments/v2409/pickup/02")
    assert stopped.headers["Prn"] == "2928H4MPOLF"
    voided = booking_changes.cancel(Ref("WB1", number="1Z 1"), None, access())
    assert voided.url == "http://host/ups/api/shipments/v2409/void/cancel/1Z%201"


# --- what we read -----------------------------------------------------------------------------------------------


def test_a_pickup_is_known_by_its_number_and_may_have_a_price() -> None:
    rated = {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "10.46"}
    booked = booking.read(told("PickupCreationResponse", {"PRN": "P1", "RateResult": rated}), west.ORDER)
    assert (booked.confirmation, booked.number, booked.status) == ("P1", "", P.ACCEPTED)
    assert booked.fee == Fee(Decimal("10.46"), "USD")
    assert booking.read(told("PickupCreationResponse", {"PRN": "P1"}), west.ORDER).fee is None


def test_a_label_is_read_with_its_picture_price_and_weight() -> None:
    booked = booking.read(told("ShipmentResponse", SHIPPED), LABEL)
    assert (booked.confirmation, booked.number, booked.weight_grams) == ("", "1Z1", 4536)
    assert booked.fee == Fee(Decimal("25.00"), "USD")
    assert [(each.media_type, each.number) for each in booked.labels] == [("image/png", "1Z1")]


@pytest.mark.parametrize("wish", [west.ORDER, LABEL])
def test_a_refusal_is_no_booking(wish: Order) -> None:
    booked = booking.read(no("9560131"), wish)
    assert not booked.was_taken
    assert [error.code for error in booked.errors] == ["9560131"]


def test_an_answer_that_is_no_booking_is_unreadable() -> None:
    for name, answer in (("PickupCreationResponse", {}), ("ShipmentResponse", {}), ("PickupCreationResponse", "P1")):
        for wish in (west.ORDER, LABEL):
            with pytest.raises(Unreadable):
                booking.read(told(name, answer), wish)


def test_a_pending_pickup_is_found_by_our_reference_or_its_own_number() -> None:
    for ref in (Ref("WB1"), Ref("WB2", "2928H4MPOLF")):
        found = booking_changes.read(pending({"PRN": "X", "ReferenceNumber": ""}, OURS), ref)
        assert found
        assert (found.confirmation, found.status, found.raw_code) == ("2928H4MPOLF", P.COURIER_ASSIGNED, "002")


def test_only_what_would_be_listed_was_never_made() -> None:
    soon = Ref("WB9", window=west.WINDOW)  # tomorrow
    assert booking_changes.read(pending(OURS), soon) is None
    assert booking_changes.read(told("PickupPendingStatusResponse", {"Response": DONE}), soon) is None
    late = Window(west.WINDOW.start + timedelta(days=1), west.WINDOW.end + timedelta(days=1))
    for ref in (replace(soon, window=late), replace(soon, window=None), replace(soon, confirmation="GONE")):
        with pytest.raises(Unreadable):
            booking_changes.read(pending(OURS), ref)
    with pytest.raises(Unreadable, match="9500512"):
        booking_changes.read(no("9500512"), soon)


def test_a_cancellation_is_done_or_refused() -> None:
    assert booking_changes.read_cancel(told("PickupCancelResponse", {"Response": DONE}), Ref("WB1")) == ()
    voided = {"SummaryResult": {"Status": {"Code": "0", "Description": "partly"}}}
    [error] = booking_changes.read_cancel(told("VoidShipmentResponse", voided), Ref("WB1"))
    assert (error.code, error.message) == ("0", "partly")
    [error] = booking_changes.read_cancel(no("9510117"), Ref("WB1"))
    assert error.code == "9510117"


def test_a_wish_that_failed_says_so_inside_a_200() -> None:
    assert intercepting.read(wire.json_reply({"success": True, "errors": None}), Ref("WB1")) == ()
    failed = {"success": False, "errors": [{"errorCode": "500", "errorMessage": "System Error"}]}
    [error] = intercepting.read(wire.json_reply(failed), Ref("WB1"))
    assert (error.code, error.message) == ("500", "System Error")
    [error] = intercepting.read(no("710"), Ref("WB1"))
    assert error.code == "710"
    with pytest.raises(Unreadable):
        intercepting.read(wire.json_reply({"success": False}), Ref("WB1"))


def test_only_unreadable_escapes_whatever_comes() -> None:
    rated = {"RateResult": {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "10.46"}}
    messages = [
        told("PickupCreationResponse", {"PRN": "P1", **rated}).body,
        told("ShipmentResponse", SHIPPED).body,
        pending(OURS).body,
        told("PickupCancelResponse", {"Response": DONE}).body,
        told("PickupRateResponse", rated).body,
        wire.json_reply({"success": False, "errors": [{"errorCode": "500"}]}).body,
        no("1").body,
    ]
    for wish in (west.ORDER, LABEL):
        desk.survives(CARRIER, wish, messages)


# --- the sandbox ------------------------------------------------------------------------------------------------


def test_booked_repeated_asked_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), west.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert desk.booked(CARRIER, wish, world).confirmation == first.confirmation
    assert len(world.bookings.entries) == 1
    lost = Ref(wish.reference, window=wish.window)
    found = desk.asked(CARRIER, lost, world)
    assert found
    assert (found.confirmation, found.status) == (first.confirmation, P.ACCEPTED)
    assert desk.asked(CARRIER, Ref("WB-NEVER", window=wish.window), world) is None
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, replace(about, confirmation="NEVER"), world) == ["9510117"]
    found = desk.asked(CARRIER, about, world)
    assert found
    assert found.status is P.CANCELED


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("5678", [P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]),
        ("0001", [P.ACCEPTED, P.COURIER_ASSIGNED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0006", [P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED, P.FAILED]),
        ("0007", [P.ACCEPTED, P.COURIER_ASSIGNED, P.CANCELED, P.CANCELED]),
        ("0008", [P.ACCEPTED, P.COURIER_ASSIGNED, P.ACCEPTED, P.COURIER_ASSIGNED]),
        ("0009", [P.ACCEPTED, P.ACCEPTED, P.ACCEPTED, P.ACCEPTED]),
    ],
)
def test_a_scenario_plays_and_is_read_when_asked_after(scenario: str, states: list[P]) -> None:
    world, wish = desk.world(CARRIER), west.order(scenario)
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    found = [desk.asked(CARRIER, about, desk.later(world, hours)) for hours in (0.5, 1.5, 3.2, 5.5)]
    assert [each.status for each in found if each] == states


def test_what_was_collected_and_what_is_past_is_refused() -> None:
    world, wish = desk.world(CARRIER), west.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["9510117"]
    early = Window(west.WINDOW.start - timedelta(days=3), west.WINDOW.end)
    refused = desk.booked(CARRIER, west.order("1111", window=early), world)
    assert [error.code for error in refused.errors] == ["9560131"]


@pytest.mark.parametrize("method", [ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL])
def test_a_door_out_of_reach_is_refused(method: ReturnMethod) -> None:
    assert not desk.booked(CARRIER, west.order("0002", method=method), desk.world(CARRIER)).was_taken


def test_another_account_is_refused() -> None:
    world = desk.world(CARRIER)
    account = replace(bench.authorized(CARRIER, world), credentials=access(account_number="A1B2C3").credentials)
    for wish, code in ((west.ORDER, "9510111"), (LABEL, "120100")):
        booked = booking.read(answered(CARRIER, booking.request(wish, account), world), wish)
        assert [error.code for error in booked.errors] == [code]
    soon = Ref("WB1", window=west.WINDOW)
    reply = answered(CARRIER, booking_changes.ask(soon, account), world)
    with pytest.raises(Unreadable, match="9510111"):
        booking_changes.read(reply, soon)


def test_a_label_is_printed_and_voided() -> None:
    world, wish = desk.world(CARRIER), west.order(method=ReturnMethod.LABEL, window=None)
    first = desk.booked(CARRIER, wish, world)
    assert first.labels[0].content.startswith(b"\x89PNG")
    assert (first.number, first.fee) == (world.bookings.entries[wish.reference].number, Fee(Decimal(12), "USD"))
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["190117"]
    assert desk.canceled(CARRIER, about, world) == []


def test_a_price_and_a_parcel_called_back_come_from_the_sandbox() -> None:
    scan = Scan(NOW, Meaning(TrackingStatus.IN_TRANSIT), "")
    world = bench.World({"1Z1": SandboxParcel("1Z1", (scan,))})
    account = bench.authorized(CARRIER, world)
    reply = answered(CARRIER, booking_changes.ask_price(west.ORDER, account), world)
    assert [each.fee for each in booking_changes.read_price(reply, west.ORDER)] == [Fee(Decimal("10.46"), "USD")]
    for number, codes in (("1Z1", []), ("1Z2", ["500"])):
        ref = Ref("WB1", number=number)
        reply = answered(CARRIER, intercepting.request(Diversion("return", west.SENDER), ref, account), world)
        assert [error.code for error in intercepting.read(reply, ref)] == codes
