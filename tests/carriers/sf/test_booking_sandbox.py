"""Orders at SF's desk in the sandbox."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from carriers.booking import Fee, Ref
from carriers.carrier import Courier, Meaning, SandboxParcel, Scan
from carriers.intercepting import Diversion
from carriers.sf import CARRIER, booking, booking_quotes, intercepting, signing
from db.enums import PickupStatus as P
from db.enums import TrackingStatus
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import NOW, World, answered
from tests.carriers.sf.orders import ZHANG, access, message_of


def test_booked_repeated_asked_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert first.status is P.ACCEPTED
    again = desk.booked(CARRIER, wish, world)
    assert again.is_repeat
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    told = desk.asked(CARRIER, Ref(wish.reference), world)
    assert told
    assert told.confirmation == first.confirmation == wish.reference
    assert desk.asked(CARRIER, Ref("WB-NEVER"), world) is None
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []  # 8037: it is cancelled already
    assert desk.canceled(CARRIER, Ref("WB-NEVER"), world) == ["8024"]


def test_what_was_collected_is_not_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["resStatus 1"]


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("5678", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]),
        ("0001", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0006", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.FAILED]),
        ("0007", [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.REJECTED]),
        ("0009", [P.ACCEPTED, P.ACCEPTED]),
    ],
)
def test_a_scenario_plays_and_is_read_back(scenario: str, states: list[P]) -> None:
    world, wish = desk.world(CARRIER), desk.order(scenario)
    assert desk.booked(CARRIER, wish, world).was_taken
    assert desk.played(CARRIER, wish, world) == states


def test_a_cancelled_order_that_is_taken_up_again_is_collected() -> None:
    world, wish = desk.world(CARRIER), desk.order("0008")
    desk.booked(CARRIER, wish, world)
    states = desk.played(CARRIER, wish, world)
    assert states[3] is P.CANCELED
    assert states[-1] is P.PICKED_UP


def test_a_door_out_of_reach_is_refused_by_sfs_own_code() -> None:
    told = desk.booked(CARRIER, desk.order("0002"), desk.world(CARRIER))
    assert [error.code for error in told.errors] == ["8018"]


def test_a_late_number_comes_by_asking_and_by_push() -> None:
    world, wish = desk.world(CARRIER), desk.order("0003")
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert first.number == ""
    later = desk.later(world, 3)
    told = desk.asked(CARRIER, desk.ref(wish, first), later)
    assert told
    entry = world.bookings.entries[wish.reference]
    assert told.number == entry.number != ""
    [heard] = desk.heard(
        CARRIER,
        later.desk.stands(entry),
        replace(world.subscriptions[f"booking:{wish.reference}"], callback_url=bench.CALLBACK),
    )
    assert (heard.reference, heard.tracking_number) == (wish.reference, entry.number)
    assert heard.courier == Courier(phone="13800138000")


def test_hours_a_price_and_an_interception_come_from_the_sandbox() -> None:
    world = World(
        {"SF3000000000017": SandboxParcel("SF3000000000017", (Scan(NOW, Meaning(TrackingStatus.IN_TRANSIT), ""),))}
    )
    hours = answered(CARRIER, booking_quotes.ask_hours(ZHANG, date(2026, 3, 2), access()), world)
    [slot] = booking_quotes.read_hours(hours, ZHANG, date(2026, 3, 2))
    assert slot.window.end - slot.window.start == timedelta(hours=11)
    price = answered(CARRIER, booking_quotes.ask_price(desk.ORDER, access()), world)
    [quote] = booking_quotes.read_price(price, desk.ORDER)
    assert quote.fee == Fee(Decimal(14), "CNY")
    assert quote.delivery_at == NOW + timedelta(days=2)
    for number, codes in (("SF3000000000017", []), ("SF3000000000017", ["S0102"]), ("SF1", ["6150"])):
        ref = Ref("WB1", number=number)
        told = answered(CARRIER, intercepting.request(Diversion("redirect", to=ZHANG), ref, access()), world)
        assert [error.code for error in intercepting.read(told, ref)] == codes


def test_an_order_without_its_doors_is_refused() -> None:
    wish = booking.request(desk.ORDER, access())
    bare = signing.signed(booking.CREATE, {**message_of(wish), "contactInfoList": []}, access())
    assert [error.code for error in booking.read(answered(CARRIER, bare, World()), desk.ORDER).errors] == ["S0001"]
