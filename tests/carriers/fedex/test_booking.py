"""Pickups and return labels at FedEx: what we ask, what we read, and the sandbox's desk."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from carriers import doors, wire
from carriers.booking import Contact, Fee, Ref, Window
from carriers.carrier import Access, CannotAsk, Reply, Request, Unreadable
from carriers.fedex import CARRIER, booking, booking_prices
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk
from tests.carriers.bench import answered

LABEL = replace(west.ORDER, method=ReturnMethod.LABEL, window=None)
ABROAD = replace(
    LABEL,
    sender=Contact("Wang", "+8613912345678", "CN", "广东省", "CN-GD", "Shenzhen", "", ("Road 1",), "", "518057"),
)


def access(**credentials: str) -> Access:
    return replace(bench.access(CARRIER, **credentials), token="bearer")


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def told(output: object, status: int = 200) -> Reply:
    return wire.json_reply({"transactionId": "1", "output": output}, status)


def no(code: str, status: int = 400) -> Reply:
    return wire.json_reply({"transactionId": "1", "errors": [{"code": code, "message": "no"}]}, status)


MADE = {"pickupConfirmationCode": "3001", "location": "COSA"}
PICTURE = "JVBERi0xLjQK"  # %PDF-1.4
SHIPPED = {
    "transactionShipments": [
        {
            "masterTrackingNumber": "794953535000",
            "pieceResponses": [
                {"trackingNumber": "794953535000", "packageDocuments": [{"docType": "PDF", "encodedLabel": PICTURE}]}
            ],
        }
    ]
}
RATED = {
    "rateReplyDetails": [
        {
            "serviceType": "FEDEX_GROUND",
            "ratedShipmentDetails": [
                {"rateType": "LIST", "totalNetCharge": 30, "currency": "USD"},
                {"rateType": "ACCOUNT", "totalNetCharge": 20.5, "currency": "USD"},
                {"rateType": "PREFERRED_CURRENCY", "totalNetCharge": 25, "currency": "CAD"},
            ],
        },
        {"serviceType": "WITHOUT_A_PRICE", "ratedShipmentDetails": []},
    ]
}


# --- what we ask ------------------------------------------------------------------------------------------------


def test_a_pickup_says_who_waits_where_and_until_when() -> None:
    request = booking.request(west.ORDER, access())
    assert (request.method, request.url) == ("POST", "http://host/fedex/pickup/v1/pickups")
    assert request.headers["authorization"] == "Bearer bearer"
    assert request.headers["x-customer-transaction-id"] == "WB1234567890"
    account = {"value": "sandbox-account_number"}
    assert body_of(request) == {
        "associatedAccountNumber": account,
        "carrierCode": "FDXE",
        "originDetail": {
            "customerCloseTime": "13:00:00",  # two in the afternoon in New York is one in Springfield
            "packageLocation": "FRONT",
            "pickupAddressType": "OTHER",
            "pickupLocation": {
                "accountNumber": account,
                "address": {
                    "city": "Springfield",
                    "countryCode": "US",
                    "postalCode": "62701",
                    "residential": True,
                    "stateOrProvinceCode": "IL",
                    "streetLines": ["456 Oak Avenue"],
                },
                "contact": {"personName": "Jane Smith", "phoneNumber": "2175551234"},
            },
            "readyDateTimestamp": "2026-03-02T08:00:00Z",
        },
        "packageCount": 1,
        "pickupType": "ON_CALL",
        "totalWeight": {"units": "LB", "value": 5.5},
    }


def test_every_try_carries_the_same_reference_and_another_call_another_number() -> None:
    first, again = (booking.request(west.ORDER, replace(access(), nonce=nonce)) for nonce in ("1", "2"))
    assert first == again


def test_a_remark_a_number_and_the_ground_go_along() -> None:
    wish = replace(west.ORDER, remark="ring twice", number="794953535000", service="FEDEX_GROUND")
    body = body_of(booking.request(wish, access()))
    assert (body["remarks"], body["trackingNumber"], body["carrierCode"]) == ("ring twice", "794953535000", "FDXG")


def test_nothing_is_asked_without_an_account_or_a_window() -> None:
    with pytest.raises(CannotAsk, match="account_number"):
        booking.request(west.ORDER, access(account_number=""))
    with pytest.raises(CannotAsk, match="window"):
        booking.request(replace(west.ORDER, window=None), access())
    with pytest.raises(CannotAsk, match="number"):
        booking.cancel(Ref("WB1"), None, access())
    with pytest.raises(CannotAsk, match="one parcel"):
        booking.request(replace(LABEL, parcels=2), access())
    with pytest.raises(CannotAsk, match="what is in"):
        booking.request(replace(ABROAD, items=()), access())


def test_a_label_is_a_shipment_that_is_a_return() -> None:
    body = body_of(booking.request(LABEL, access()))
    shipment = body["requestedShipment"]
    assert shipment["shipmentSpecialServices"]["returnShipmentDetail"] == {"returnType": "PRINT_RETURN_LABEL"}
    assert shipment["serviceType"] == "FEDEX_GROUND"
    [package] = shipment["requestedPackageLineItems"]
    assert package["customerReferences"] == [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "WB1234567890"}]
    assert "customsClearanceDetail" not in shipment


def test_across_a_border_customs_are_told() -> None:
    shipment = body_of(booking.request(ABROAD, access()))["requestedShipment"]
    [goods] = shipment["customsClearanceDetail"]["commodities"]
    assert (goods["harmonizedCode"], goods["countryOfManufacture"]) == ("610910", "PT")
    assert goods["weight"] == {"units": "KG", "value": 2.0}
    assert shipment["serviceType"] == "FEDEX_INTERNATIONAL_PRIORITY"


def test_within_the_union_nothing_is_declared() -> None:
    inside = replace(LABEL, sender=replace(west.SENDER, country="FR"), recipient=replace(west.RECIPIENT, country="DE"))
    assert not doors.crosses_border(inside)
    assert doors.crosses_border(ABROAD)


def test_a_label_that_is_no_picture_is_left_out() -> None:
    for encoded in ("R0lGODlh", "no base64", "é", None, 3, ""):
        assert doors.labels(encoded) == ()


# --- what we read -----------------------------------------------------------------------------------------------


def test_a_pickup_is_read_with_what_cancelling_needs() -> None:
    booked = booking.read(told(MADE), west.ORDER)
    assert (booked.confirmation, booked.number, booked.status) == ("3001", "", P.ACCEPTED)
    assert booked.extras == {"carrierCode": "FDXE", "location": "COSA", "scheduledDate": "2026-03-02"}
    body = body_of(booking.cancel(desk.ref(west.ORDER, booked), None, access()))
    assert body == {
        "associatedAccountNumber": {"value": "sandbox-account_number"},
        "pickupConfirmationCode": "3001",
        "carrierCode": "FDXE",
        "scheduledDate": "2026-03-02",
        "location": "COSA",
    }


def test_a_label_is_read_with_its_picture() -> None:
    booked = booking.read(told(SHIPPED), LABEL)
    assert (booked.confirmation, booked.number) == ("", "794953535000")
    [label] = booked.labels
    assert (label.media_type, label.content, label.number) == ("application/pdf", b"%PDF-1.4\n", "794953535000")
    assert booked.fee is None  # its currency is not told


@pytest.mark.parametrize(
    ("code", "retryable"), [("PICKUP.REQUESTED.PREVIOUS.DAY", False), ("SERVICE.UNAVAILABLE.ERROR", True)]
)
def test_a_refusal_is_no_booking(code: str, retryable: bool) -> None:
    for wish in (west.ORDER, LABEL):
        booked = booking.read(no(code), wish)
        assert not booked.was_taken
        assert [(error.code, error.retryable) for error in booked.errors] == [(code, retryable)]


@pytest.mark.parametrize("output", [None, [], {}, {"pickupConfirmationCode": ""}, {"transactionShipments": [{}]}])
def test_an_answer_that_is_no_booking_is_unreadable(output: object) -> None:
    for wish in (west.ORDER, LABEL):
        with pytest.raises(Unreadable):
            booking.read(told(output), wish)


def test_a_cancellation_is_done_refused_or_unreadable() -> None:
    assert booking.read_cancel(told({"cancelConfirmationMessage": "done"}), Ref("WB1")) == ()
    assert booking.read_cancel(told({"cancelledShipment": True}), Ref("WB1")) == ()
    [error] = booking.read_cancel(told({"cancelledShipment": False, "message": "too late"}), Ref("WB1"))
    assert error.message == "too late"
    [error] = booking.read_cancel(no("PICKUP.NUMBER.EXPIRED"), Ref("WB1"))
    assert error.code == "PICKUP.NUMBER.EXPIRED"
    with pytest.raises(Unreadable):
        booking.read_cancel(told({}), Ref("WB1"))


def test_a_price_is_asked_with_a_courier_at_the_door_or_without() -> None:
    asked = [
        json.loads(booking_prices.request(replace(west.ORDER, method=method), access()).body)["requestedShipment"]
        for method in (ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL)
    ]

    assert [each["pickupType"] for each in asked] == ["CONTACT_FEDEX_TO_SCHEDULE", "DROPOFF_AT_FEDEX_LOCATION"]
    assert booking_prices.PRICING.by_method


def test_a_price_is_the_accounts_in_the_currency_asked_for() -> None:
    [quote] = booking_prices.read(told(RATED), west.ORDER)
    assert quote.fee == Fee(Decimal("20.5"), "USD")
    [quote] = booking_prices.read(told(RATED), replace(west.ORDER, currency="CAD"))
    assert quote.fee == Fee(Decimal(25), "CAD")
    [quote] = booking_prices.read(told(RATED), replace(west.ORDER, currency="EUR"))
    assert quote.fee == Fee(Decimal("20.5"), "USD")
    assert booking_prices.read(no("RATE.ERROR"), west.ORDER) == ()


def test_only_unreadable_escapes_whatever_comes() -> None:
    messages = [told(each).body for each in (MADE, SHIPPED, RATED, {"cancelledShipment": True})]
    for wish in (west.ORDER, LABEL):
        desk.survives(CARRIER, wish, [*messages, no("X").body])


# --- the sandbox ------------------------------------------------------------------------------------------------


def test_booked_repeated_and_cancelled() -> None:
    _, about, world = desk.called_off(CARRIER, west.order())
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, replace(about, confirmation="NEVER"), world) == ["NOT.FOUND.ERROR"]
    assert desk.canceled(CARRIER, replace(about, extras={}), world) == ["INVALID.INPUT.EXCEPTION"]


def test_a_label_is_printed_and_deleted() -> None:
    world, wish = desk.world(CARRIER), west.order(method=ReturnMethod.LABEL, window=None)
    first = desk.booked(CARRIER, wish, world)
    assert first.number == world.bookings.entries[wish.reference].number != ""
    assert first.labels[0].content.startswith(b"%PDF")
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["cancelledShipment"]  # it is on its way by then
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB1", number="7"), world) == ["NOT.FOUND.ERROR"]


def test_what_was_collected_and_what_is_past_is_refused() -> None:
    world, wish = desk.world(CARRIER), west.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["PICKUP.NUMBER.EXPIRED"]
    early = Window(west.WINDOW.start - timedelta(days=3), west.WINDOW.end)
    refused = desk.booked(CARRIER, west.order("1111", window=early), world)
    assert [error.code for error in refused.errors] == ["PICKUP.REQUESTED.PREVIOUS.DAY"]


@pytest.mark.parametrize("method", [ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL])
def test_a_door_out_of_reach_is_refused(method: ReturnMethod) -> None:
    refused = desk.booked(CARRIER, west.order("0002", method=method), desk.world(CARRIER))
    assert not refused.was_taken
    assert [error.code for error in refused.errors] == ["INVALID.INPUT.EXCEPTION"]


def test_another_account_is_refused() -> None:
    world = desk.world(CARRIER)
    account = replace(bench.authorized(CARRIER, world), credentials=access(account_number="740561073").credentials)
    for wish in (west.ORDER, LABEL):
        booked = booking.read(answered(CARRIER, booking.request(wish, account), world), wish)
        assert [error.code for error in booked.errors] == ["ACCOUNTNUMBER.REGISTRATION.REQUIRED"]


def test_a_price_comes_from_the_sandbox() -> None:
    world = desk.world(CARRIER)
    account = bench.authorized(CARRIER, world)
    reply = answered(CARRIER, booking_prices.request(west.ORDER, account), world)
    assert [quote.fee for quote in booking_prices.read(reply, west.ORDER)] == [Fee(Decimal("15.0"), "USD")]
