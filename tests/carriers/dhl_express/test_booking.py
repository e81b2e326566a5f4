"""Pickups at DHL Express: what we ask, what we read, and the sandbox's desk."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from carriers import wire
from carriers.booking import Contact, Item, Order, Ref, Window
from carriers.carrier import Access, CannotAsk, Reply, Request, Unreadable
from carriers.dhl_express import CARRIER, booking
from db.enums import PickupStatus as P
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk
from tests.carriers.bench import material, real

FOLDERS = [path.parent for path in material("dhl_express", "statuses.csv")]
LONDON = ZoneInfo("Europe/London")
GONE = {"detail": "Requested Pickup was not found", "title": "Pickup not found", "status": "404"}


def access(**credentials: str) -> Access:
    return bench.access(CARRIER, **credentials)


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def abroad(**changes: Any) -> Order:
    return replace(west.ORDER, recipient=replace(west.RECIPIENT, country="GB", region_code=""), **changes)


# --- what we ask ------------------------------------------------------------------------------------------------


def test_a_pickup_says_when_by_the_doors_clock_and_bears_our_reference() -> None:
    request = booking.request(west.ORDER, access())
    assert (request.method, request.url) == ("POST", "http://host/dhl_express/pickups")
    assert request.headers["Authorization"] == wire.basic("sandbox-api_key", "sandbox-api_secret")
    assert request.headers["Message-Reference"] == "WB1234567890" + 16 * "0"
    body = body_of(request)
    assert (body["plannedPickupDateAndTime"], body["closeTime"]) == ("2026-03-02T08:00:00 GMT-06:00", "13:00")
    assert (body["remark"], body["locationType"]) == ("WB1234567890", "residence")
    [shipment] = body["shipmentDetails"]
    assert (shipment["productCode"], shipment["isCustomsDeclarable"]) == ("N", False)
    assert "declaredValue" not in shipment
    assert shipment["packages"] == [{"weight": 2.5, "dimensions": {"length": 24, "width": 24, "height": 24}}]


def test_every_try_is_the_same_request() -> None:
    first, again = (booking.request(west.ORDER, replace(access(), nonce=nonce)) for nonce in ("1", "2"))
    assert first == again


def test_across_a_border_the_worth_is_declared_but_not_within_the_union() -> None:
    [shipment] = body_of(booking.request(abroad(), access()))["shipmentDetails"]
    assert (shipment["productCode"], shipment["declaredValue"]) == ("P", 19.5)
    inside = abroad(sender=replace(west.SENDER, country="FR", region_code=""))
    inside = replace(inside, recipient=replace(inside.recipient, country="DE"))
    [shipment] = body_of(booking.request(inside, access()))["shipmentDetails"]
    assert (shipment["productCode"], shipment["isCustomsDeclarable"]) == ("U", False)


def test_several_parcels_a_remark_and_a_number_go_along() -> None:
    wish = replace(west.ORDER, parcels=2, remark="ring", number="1234567890", service="D", size_mm=(301, 200, 100))
    body = body_of(booking.request(wish, access()))
    [shipment] = body["shipmentDetails"]
    assert [each["weight"] for each in shipment["packages"]] == [1.25, 1.25]
    assert shipment["packages"][0]["dimensions"] == {"length": 31, "width": 20, "height": 10}
    assert (shipment["shipmentTrackingNumber"], shipment["productCode"]) == ("1234567890", "D")
    assert body["specialInstructions"] == [{"value": "ring", "typeCode": "TBD"}]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(CannotAsk, match="window"):
        booking.request(replace(west.ORDER, window=None), access())
    with pytest.raises(CannotAsk, match="account_number"):
        booking.request(west.ORDER, access(account_number=""))
    with pytest.raises(CannotAsk, match="confirmation"):
        booking.cancel(Ref("WB1"), None, access())


def test_a_cancellation_names_who_asks_and_why() -> None:
    asked = booking.cancel(Ref("WB1", "PRG/1"), None, access())
    assert asked.method == "DELETE"
    query = "requestorName=Waybridge&reason=cancelled%20by%20the%20sender"
    assert asked.url == f"http://host/dhl_express/pickups/PRG%2F1?{query}"


# --- what we read -----------------------------------------------------------------------------------------------


def test_a_pickup_is_known_by_its_first_confirmation() -> None:
    booked = booking.read(wire.json_reply({"dispatchConfirmationNumbers": ["PRG1", "PRG2"]}, 201), west.ORDER)
    assert booked.was_taken
    assert (booked.confirmation, booked.number, booked.status) == ("PRG1", "", P.ACCEPTED)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (wire.json_reply({"detail": "8003: no", "title": "Bad request", "status": "400"}, 400), "400"),
        (wire.json_reply({"detail": "8003: no", "title": "Bad request", "status": "400"}), "400"),
        (Reply(403, b"<html>"), "403"),
    ],
)
def test_a_refusal_is_no_booking(reply: Reply, code: str) -> None:
    booked = booking.read(reply, west.ORDER)
    assert not booked.was_taken
    assert [error.code for error in booked.errors] == [code]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"dispatchConfirmationNumbers": [""]}', b"<html>"])
def test_an_answer_that_is_no_booking_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        booking.read(Reply(201, body), west.ORDER)


def test_a_cancellation_is_done_or_refused() -> None:
    done = wire.json_reply({"dispatchConfirmationNumber": "PRG1", "status": "cancelled"})
    for reply in (Reply(200), Reply(204), done):
        assert booking.read_cancel(reply, Ref("WB1")) == ()
    for status in (200, 404):
        [error] = booking.read_cancel(wire.json_reply(GONE, status), Ref("WB1"))
        assert error.not_found


def test_only_unreadable_escapes_whatever_comes() -> None:
    messages = [{"dispatchConfirmationNumbers": ["PRG1"]}, {"dispatchConfirmationNumber": "PRG1", "status": "x"}, GONE]
    desk.survives(CARRIER, west.ORDER, [json.dumps(each).encode() for each in messages])


# --- the sandbox ------------------------------------------------------------------------------------------------


def test_booked_repeated_and_cancelled() -> None:
    _, about, world = desk.called_off(CARRIER, west.order())
    assert desk.canceled(CARRIER, about, world) == ["404"]  # it is gone


def test_what_was_collected_what_is_past_and_what_is_out_of_reach_is_refused() -> None:
    world, wish = desk.world(CARRIER), west.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["404"]
    early = Window(west.WINDOW.start - timedelta(days=3), west.WINDOW.end)
    for refused in (west.order("1111", window=early), west.order("0002")):
        assert [error.code for error in desk.booked(CARRIER, refused, world).errors] == ["400"]


def test_wrong_credentials_and_missing_fields_are_refused() -> None:
    world = desk.world(CARRIER)
    refused = bench.answered(CARRIER, booking.request(west.ORDER, access(api_secret="wrong")), world)
    assert [error.code for error in booking.read(refused, west.ORDER).errors] == ["401"]
    other = bench.answered(CARRIER, booking.request(west.ORDER, access(account_number="1")), world)
    assert "8003" in booking.read(other, west.ORDER).errors[0].message
    bare = replace(
        booking.request(west.ORDER, access()),
        body=b'{"accounts": [{"typeCode": "shipper", "number": "sandbox-account_number"}]}',
    )
    assert [e.code for e in booking.read(bench.answered(CARRIER, bare, world), west.ORDER).errors] == ["422"]
    nameless = replace(booking.cancel(Ref("WB1", "PRG1"), None, access()), url="http://host/dhl_express/pickups/PRG1")
    [error] = booking.read_cancel(bench.answered(CARRIER, nameless, world), Ref("WB1"))
    assert "requestorName" in error.message


# --- the real files, where they lie beside the checkout -----------------------------------------------------------

if FOLDERS:

    def test_the_pickup_equals_the_sample_but_for_what_an_order_does_not_know() -> None:
        sample = real("dhl_express", "pickup_create.request.json")
        birmingham = ("498 Bromford Gate", "Bromford Lane", "Erdington")
        sender = Contact("Adam Spencer", "+1123456789", "GB", "", "", "BIRMINGHAM", "", birmingham, "", "B24 8DW")
        sender = replace(sender, company="Company Name", email="that@before.gb")
        prague = ("V Parku 2308/10", "addres2", "addres3")
        recipient = Contact("John Brew", "+1123456789", "CZ", "", "CZ-CZ", "Prague", "", prague, "", "14800")
        recipient = replace(recipient, company="Company Name", email="that@before.de")
        window = Window(datetime(2022, 11, 20, 1, 19, 40, tzinfo=LONDON), datetime(2022, 11, 20, 18, tzinfo=LONDON))
        wish = Order(
            "two parcels required pickup",
            sender,
            recipient,
            window=window,
            weight_grams=10_500,
            size_mm=(250, 350, 150),
            items=(Item("goods", 1, Decimal(50)),),
            currency="EUR",
            remark="please ring front desk",
        )
        body = body_of(booking.request(wish, access(account_number="123456789")))
        assert sample["plannedPickupDateAndTime"] == "2022-11-20T09:19:40 GMT+08:00"  # of a door in Birmingham
        sample["plannedPickupDateAndTime"] = "2022-11-20T01:19:40 GMT+00:00"
        assert sample.pop("location") == "reception"
        for party in sample["customerDetails"].values():
            del party["contactInformation"]["mobilePhone"]  # there is one phone
        del sample["customerDetails"]["receiverDetails"]["postalAddress"]["countyName"]  # told by its code
        [shipment] = sample["shipmentDetails"]
        del shipment["valueAddedServices"]  # no insurance is bought
        del shipment["packages"][0]["typeCode"]  # it is in no box of DHL's
        assert body == sample

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS
        booked = booking.read(Reply(201, (folder / "pickup_create.response.json").read_bytes()), west.ORDER)
        assert booked.confirmation == "PRG221222000062"
        stopped = Reply(body=(folder / "pickup_cancel.response.karrio.json").read_bytes())
        assert booking.read_cancel(stopped, Ref("WB1")) == ()
        for call, problems in real("dhl_express", "errors.official.json").items():
            for each in problems:
                reply = wire.json_reply(each, int(each["status"]))
                assert [error.code for error in booking.read_cancel(reply, Ref("WB1"))] == [each["status"]], call
                assert not booking.read(reply, west.ORDER).was_taken
