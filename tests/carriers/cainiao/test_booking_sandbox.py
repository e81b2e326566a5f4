"""Orders at Cainiao's desk in the sandbox."""

from datetime import date, timedelta
from typing import Any

import pytest

from carriers.booking import Ref, Window
from carriers.cainiao import CARRIER, booking, booking_changes, signing
from db.enums import PickupStatus as P
from tests.carriers import booking_bench as desk
from tests.carriers.bench import World, answered
from tests.carriers.cainiao.orders import access


def asked(ref: Ref, world: World) -> Any:
    return desk.asked(CARRIER, ref, world)


def moved(ref: Ref, window: Window, world: World) -> list[str]:
    reply = answered(CARRIER, booking_changes.move(ref, window, access()), world)
    return [error.code for error in booking_changes.read_change(reply, ref)]


def test_booked_repeated_asked_moved_and_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert first.pickup_code == "4711"
    assert desk.booked(CARRIER, wish, world) == first
    assert len(world.bookings.entries) == 1
    about = desk.ref(wish, first)
    assert asked(about, world).number == first.number
    later = Window(desk.WINDOW.start + timedelta(days=1), desk.WINDOW.end + timedelta(days=1))
    assert moved(about, later, world) == []
    assert world.bookings.entries[wish.reference].order.window == later
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert moved(about, later, world) == ["false"]
    nobodys = Ref("WB-NEVER", "CA9")
    assert desk.canceled(CARRIER, nobodys, world) == moved(nobodys, later, world) == ["ORDER_NOT_EXIST"]


def test_what_was_collected_is_neither_moved_nor_cancelled() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    end = desk.later(world, 4)
    assert desk.canceled(CARRIER, about, end) == moved(about, desk.WINDOW, end) == ["false"]


def test_a_booking_is_followed_by_asking() -> None:
    world, wish = desk.world(CARRIER), desk.order()
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    followed = [asked(about, desk.later(world, hours)).status for hours in (0, 2, 4, 8)]
    assert followed == [P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.PICKED_UP]


@pytest.mark.parametrize("scenario", ["0001", "0006", "0007", "0008"])
def test_what_cainiao_has_no_word_for_says_nothing(scenario: str) -> None:
    world, wish = desk.world(CARRIER), desk.order(scenario)
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    assert asked(about, desk.later(world, 2.5 if scenario == "0008" else 5.5)).status is P.UNKNOWN


def test_a_moved_pickup_is_another_try() -> None:
    world, wish = desk.world(CARRIER), desk.order("0006")
    about = desk.ref(wish, desk.booked(CARRIER, wish, world))
    failed = desk.later(world, 4)
    assert (
        moved(about, Window(desk.WINDOW.start + timedelta(days=1), desk.WINDOW.end + timedelta(days=1)), failed) == []
    )
    assert asked(about, desk.later(failed, 4)).status is P.PICKED_UP


def test_a_late_number_comes_by_asking() -> None:
    world, wish = desk.world(CARRIER), desk.order("0003")
    first = desk.booked(CARRIER, wish, world)
    assert first.was_taken
    assert first.number == ""
    assert asked(desk.ref(wish, first), desk.later(world, 3)).number.startswith("LP")


def test_refusals_are_told() -> None:
    world = desk.world(CARRIER)
    assert [error.code for error in desk.booked(CARRIER, desk.order("0002"), world).errors] == ["OUT_OF_SERVICE_AREA"]
    for account, code in ((access(secret="wrong"), "S02"), (access(provider_id="nobody"), "S03")):
        reply = answered(CARRIER, booking.request(desk.ORDER, account), world)
        assert [error.code for error in booking.read(reply, desk.ORDER).errors] == [code]
    for bare in ({}, {"outOrderInfoList": [{"outOrderId": "WB1"}]}, {"outOrderInfoList": "x"}):
        reply = answered(CARRIER, signing.signed(booking.CREATE, bare, access()), world)
        assert [error.code for error in booking.read(reply, desk.ORDER).errors] == ["S01"]
    assert not world.bookings.entries


def test_times_come_from_the_sandbox() -> None:
    day = date(2026, 3, 2)
    reply = answered(CARRIER, booking_changes.ask_times(desk.SENDER, day, access()), World())
    slots = booking_changes.read_times(reply, desk.SENDER, day)
    assert [(slot.window.start.hour, slot.is_free) for slot in slots] == [(9, True), (14, True), (18, False)]
