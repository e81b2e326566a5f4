"""Pickups with the mail at USPS: what we ask, what we read, and the sandbox's desk."""

import csv
import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Contact, Order, Ref, Window
from carriers.carrier import Access, CannotAsk, Reply, Request, Unreadable
from carriers.usps import CARRIER, booking
from db.enums import PickupStatus as P
from tests.carriers import bench, west
from tests.carriers import booking_bench as desk
from tests.carriers.bench import answered, material, real

FOLDERS = [path.parent for path in material("usps", "statuses.csv")]
DAY = date(2026, 3, 2)


def access() -> Access:
    return replace(bench.access(CARRIER), token="bearer")


def body_of(request: Request) -> Any:
    return json.loads(request.body)


def no(code: str, status: int = 400) -> Reply:
    return wire.json_reply({"error": {"code": str(status), "errors": [{"code": code, "detail": "no"}]}}, status)


MADE = Reply(200, b'{"confirmationNumber": "WTC123"}', {"etag": '"abc"'})
SERVED = wire.json_reply({"pickupAddress": {"address": {"ZIPCode": "62701"}}})


# --- what we ask ------------------------------------------------------------------------------------------------


def test_a_pickup_says_which_day_at_which_door_and_ends_with_our_reference() -> None:
    wish = replace(west.ORDER, sender=replace(west.SENDER, unit="Apt 3", postal_code="62701-0042"), remark="ring")
    request = booking.request(wish, access())
    assert (request.method, request.url) == ("POST", "http://host/usps/pickup/v3/carrier-pickup")
    assert request.headers["authorization"] == "Bearer bearer"
    assert body_of(request) == {
        "estimatedWeight": 5.5,
        "packages": [{"packageCount": 1, "packageType": "RETURNS"}],
        "pickupAddress": {
            "address": {
                "ZIPCode": "62701",
                "ZIPPlus4": "0042",
                "city": "Springfield",
                "state": "IL",
                "streetAddress": "456 Oak Avenue",
                "secondaryAddress": "Apt 3",
            },
            "firstName": "Jane",
            "lastName": "Smith",
            "contact": [{"phone": "2175551234"}],
        },
        "pickupDate": "2026-03-02",
        "pickupLocation": {"packageLocation": "FRONT_DOOR", "specialInstructions": "ring WB1234567890"},
    }


def test_every_try_is_the_same_request() -> None:
    first, again = (booking.request(west.ORDER, replace(access(), nonce=nonce)) for nonce in ("1", "2"))
    assert first == again


def test_the_day_is_the_doors_own() -> None:
    late = Window(west.WINDOW.start.replace(hour=0, minute=30), west.WINDOW.end)  # still Sunday in Illinois
    assert body_of(booking.request(replace(west.ORDER, window=late), access()))["pickupDate"] == "2026-03-01"


def test_a_cancellation_bears_the_etag_or_is_not_asked() -> None:
    asked = booking.cancel(Ref("WB1", "WTC/1", extras={"etag": '"abc"'}), None, access())
    assert (asked.method, asked.url) == ("DELETE", "http://host/usps/pickup/v3/carrier-pickup/WTC%2F1")
    assert asked.headers["If-Match"] == '"abc"'
    for ref in (Ref("WB1", "WTC1"), Ref("WB1", extras={"etag": "1"})):
        with pytest.raises(CannotAsk, match="ETag"):
            booking.cancel(ref, None, access())
    with pytest.raises(CannotAsk, match="window"):
        booking.request(replace(west.ORDER, window=None), access())


def test_eligibility_is_asked_by_the_address() -> None:
    asked = booking.ask_hours(west.SENDER, DAY, access())
    query = "ZIPCode=62701&city=Springfield&state=IL&streetAddress=456+Oak+Avenue"
    assert asked.url == f"http://host/usps/pickup/v3/carrier-pickup/eligibility?{query}"


# --- what we read -----------------------------------------------------------------------------------------------


def test_a_pickup_is_known_by_its_confirmation_and_its_etag() -> None:
    booked = booking.read(MADE, west.ORDER)
    assert (booked.confirmation, booked.number, booked.status) == ("WTC123", "", P.ACCEPTED)
    assert booked.extras == {"etag": '"abc"'}
    assert booking.read(replace(MADE, headers={}), west.ORDER).extras == {}


def test_a_door_where_somebody_comes_already_is_a_repeat() -> None:
    booked = booking.read(no("020001"), west.ORDER)
    assert booked.was_taken
    assert booked.is_repeat
    assert (booked.confirmation, booked.raw_code) == (west.ORDER.reference, "020001")


@pytest.mark.parametrize("code", ["020016", "020018"])
def test_a_refusal_is_no_booking(code: str) -> None:
    booked = booking.read(no(code), west.ORDER)
    assert not booked.was_taken
    assert [error.code for error in booked.errors] == [code]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"confirmationNumber": ""}', b'{"error": {}}'])
def test_an_answer_that_is_no_booking_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        booking.read(Reply(200, body), west.ORDER)


def test_a_cancellation_is_done_or_refused() -> None:
    assert booking.read_cancel(Reply(200), Ref("WB1")) == booking.read_cancel(Reply(200, b"{}"), Ref("WB1")) == ()
    for status in (200, 412):
        [error] = booking.read_cancel(no("412", status), Ref("WB1"))
        assert error.code == "412"


def test_a_served_door_has_the_day_by_its_own_clock() -> None:
    [slot] = booking.read_hours(SERVED, west.SENDER, DAY)
    assert slot.window.start.isoformat() == "2026-03-02T09:00:00-06:00"
    [slot] = booking.read_hours(SERVED, replace(west.SENDER, region_code="", region=""), DAY)
    assert slot.window.start.utcoffset() == timedelta(hours=-5)
    assert booking.read_hours(no("020004"), west.SENDER, DAY) == ()
    with pytest.raises(Unreadable, match="401"):
        booking.read_hours(no("401", 401), west.SENDER, DAY)


def test_only_unreadable_escapes_whatever_comes() -> None:
    desk.survives(CARRIER, west.ORDER, [MADE.body, SERVED.body, no("020001").body, no("1").body])


# --- the sandbox ------------------------------------------------------------------------------------------------


def test_booked_repeated_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), west.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert not first.is_repeat
    again = desk.booked(CARRIER, wish, world)
    assert again.is_repeat
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert desk.canceled(CARRIER, replace(about, extras={"etag": "old"}), world) == ["412"]
    assert desk.canceled(CARRIER, about, world) == []
    stands = world.desk.booking(wish.reference)
    assert stands
    assert stands.status is P.CANCELED
    assert desk.canceled(CARRIER, about, world) == ["020015"]


def test_what_was_collected_what_is_past_and_what_is_out_of_reach_is_refused() -> None:
    world, wish = desk.world(CARRIER), west.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["020015"]
    early = Window(west.WINDOW.start - timedelta(days=3), west.WINDOW.end)
    for refused, code in ((west.order("1111", window=early), "020016"), (west.order("0002"), "020004")):
        assert [error.code for error in desk.booked(CARRIER, refused, world).errors] == [code]


def test_the_sandbox_tells_which_doors_are_served_and_wants_every_field() -> None:
    world = desk.world(CARRIER)
    account = bench.authorized(CARRIER, world)
    hours = answered(CARRIER, booking.ask_hours(west.SENDER, DAY, account), world)
    assert len(booking.read_hours(hours, west.SENDER, DAY)) == 1
    nowhere = replace(west.SENDER, street=())
    hours = answered(CARRIER, booking.ask_hours(nowhere, DAY, account), world)
    assert booking.read_hours(hours, nowhere, DAY) == ()
    bare = replace(booking.request(west.ORDER, account), body=b"{}")
    assert [error.code for error in booking.read(answered(CARRIER, bare, world), west.ORDER).errors] == ["020003"]


# --- the real files, where they lie beside the checkout -----------------------------------------------------------

if FOLDERS:

    def test_the_pickup_equals_the_sample_but_for_what_returns_are() -> None:
        sample = real("usps", "pickup_create.request.json")
        tom = Contact("Tom", "", "US", city="Georgetown", street=("1098 N Fraser Street",), postal_code="29440")
        tom = replace(tom, company="ABC Corp.")
        window = Window(datetime(2013, 10, 19, 9, tzinfo=west.EASTERN), datetime(2013, 10, 19, 17, tzinfo=west.EASTERN))
        wish = Order("WB1", tom, west.RECIPIENT, window=window, weight_grams=9072, remark="behind the front desk")
        body = body_of(booking.request(replace(wish, service="FIRST-CLASS_PACKAGE_SERVICE"), access()))
        assert sample["pickupAddress"]["firstName"] == "Tall Tom"
        sample["pickupAddress"]["firstName"] = "Tom"  # the last name has a field of its own
        sample["pickupLocation"] = {
            "packageLocation": "FRONT_DOOR",
            "specialInstructions": "behind the front desk WB1",
        }
        assert body == sample

    def test_the_answers_of_the_samples_are_read() -> None:
        [folder] = FOLDERS
        for name, number in (
            ("pickup_create.official.response.json", "{Confirmation Number}"),
            ("pickup_create.response.PLACEHOLDERS.json", "string"),
        ):
            assert booking.read(Reply(body=(folder / name).read_bytes()), west.ORDER).confirmation == number
        served = Reply(body=(folder / "pickup_eligibility.response.json").read_bytes())
        assert len(booking.read_hours(served, west.SENDER, DAY)) == 1

    def test_only_the_documented_word_for_a_pickup_that_exists_is_a_repeat() -> None:
        [folder] = FOLDERS
        with (folder / "errors.official.csv").open() as file:
            rows = [row for row in csv.DictReader(file) if row["api"] == "Carrier Pickup"]
        repeats = [row["message"] for row in rows if booking.read(no(row["error_code"]), west.ORDER).is_repeat]
        assert repeats == ["Pickup already exists for this address."]
