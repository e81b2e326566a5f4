"""Orders at Kuaidi100's desk in the sandbox."""

from decimal import Decimal

import pytest

from carriers.booking import Fee, Order, Ref
from carriers.carrier import (
    Meaning,
    SandboxParcel,
    SandboxSubscription,
    Scan,
)
from carriers.intercepting import Diversion
from carriers.kuaidi100 import (
    CARRIER,
    booking,
    booking_changes,
    intercepting,
    orders,
)
from db.enums import PickupStatus as P
from db.enums import TrackingStatus
from tests.carriers import bench
from tests.carriers import booking_bench as desk
from tests.carriers.bench import CALLBACK, NOW, SECRET, World, answered
from tests.carriers.kuaidi100.orders import ORDER, access


def wish(scenario: str = "5678", carrier: str = "yto") -> Order:
    return desk.order(scenario, carrier=carrier)


def test_booked_repeated_asked_and_cancelled() -> None:
    world, order = desk.world(CARRIER), wish()
    first = desk.booked(CARRIER, order, world)
    assert first.was_taken
    assert first.number.startswith("YT")
    again = desk.booked(CARRIER, order, world)
    assert again.is_repeat
    assert len(world.bookings.entries) == 1
    found = desk.asked(CARRIER, desk.ref(order, again), world)
    assert found
    assert (found.confirmation, found.number, found.extras) == (first.confirmation, first.number, first.extras)
    assert desk.asked(CARRIER, Ref("WB-NEVER"), world) is None
    about = desk.ref(order, found)
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, about, world) == []
    assert desk.canceled(CARRIER, Ref("WB-NEVER", "KU9"), world) == ["500"]


def test_what_was_collected_is_not_cancelled() -> None:
    world, order = desk.world(CARRIER), wish()
    about = desk.ref(order, desk.booked(CARRIER, order, world))
    assert desk.canceled(CARRIER, about, desk.later(world, 4)) == ["500"]


TAKEN_STATES = [P.ACCEPTED, P.ACCEPTED, P.COURIER_ASSIGNED]


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        ("5678", [*TAKEN_STATES, P.PICKED_UP, P.SETTLED]),
        ("0001", [*TAKEN_STATES, P.FAILED]),
        ("0006", [*TAKEN_STATES, P.FAILED]),
        ("0007", [*TAKEN_STATES, P.REJECTED]),
        ("0008", [*TAKEN_STATES, P.CANCELED, P.REQUESTED, P.ACCEPTED, P.COURIER_ASSIGNED, P.PICKED_UP, P.SETTLED]),
        ("0009", [P.ACCEPTED, P.ACCEPTED]),
    ],
)
def test_a_scenario_plays_and_is_read_back(scenario: str, states: list[P]) -> None:
    world, order = desk.world(CARRIER), wish(scenario)
    assert desk.booked(CARRIER, order, world).was_taken
    assert desk.played(CARRIER, order, world) == states


def test_a_heavier_parcel_is_settled_by_what_it_weighed() -> None:
    world, order = desk.world(CARRIER), wish("0004")
    first = desk.booked(CARRIER, order, world)
    end = desk.later(world, 12)
    told = desk.asked(CARRIER, desk.ref(order, first), end)
    assert told
    assert (told.status, told.weight_grams, told.fee) == (P.SETTLED, 4500, Fee(Decimal(36), "CNY"))
    subscription = world.subscriptions[f"booking:{order.reference}"]
    assert subscription == SandboxSubscription(f"{CALLBACK}?booking={order.reference}", SECRET)
    [heard] = desk.heard(CARRIER, end.desk.stands(world.bookings.entries[order.reference]), subscription)
    assert (heard.reference, heard.weight_grams, heard.fee) == (order.reference, 4500, (Decimal(36), "CNY"))


def test_a_state_with_a_wrong_sign_is_refused() -> None:
    world, order = desk.world(CARRIER), wish()
    desk.booked(CARRIER, order, world)
    stands = world.desk.stands(world.bookings.entries[order.reference])
    assert CARRIER.sandbox
    assert CARRIER.sandbox.push_booking
    for salt in ("", "another"):
        request = CARRIER.sandbox.push_booking(stands, SandboxSubscription(CALLBACK, salt))
        assert bench.refused(CARRIER, bench.incoming(request))


def test_a_late_number_comes_by_asking_and_by_push() -> None:
    world, order = desk.world(CARRIER), wish("0003", "yunda")
    first = desk.booked(CARRIER, order, world)
    assert first.was_taken
    assert first.number == ""
    later = desk.later(world, 3)
    told = desk.asked(CARRIER, desk.ref(order, first), later)
    assert told
    assert told.number.startswith("46")
    subscription = world.subscriptions[f"booking:{order.reference}"]
    [heard] = desk.heard(CARRIER, later.desk.stands(world.bookings.entries[order.reference]), subscription)
    assert heard.tracking_number == told.number


def test_a_door_out_of_reach_and_a_bad_account_are_refused() -> None:
    world = desk.world(CARRIER)
    assert [error.code for error in desk.booked(CARRIER, wish("0002"), world).errors] == ["500"]
    for account, code in ((access(secret="wrong"), "503"), (access(key="nobody"), "600")):
        reply = answered(CARRIER, booking.request(wish(), account), world)
        assert [error.code for error in booking.read(reply, wish()).errors] == [code]
    bare = orders.signed("http://host/kuaidi100/order/borderapi.do", "bOrder", {"kuaidicom": "yuantong"}, access())
    assert [error.code for error in booking.read(answered(CARRIER, bare, world), wish()).errors] == ["400"]
    assert not world.bookings.entries


def test_a_price_and_an_interception_come_from_the_sandbox() -> None:
    price = answered(CARRIER, booking_changes.ask_price(ORDER, access()), World())
    [quote] = booking_changes.read_price(price, ORDER)
    assert (quote.fee, quote.carrier, quote.service) == (Fee(Decimal(12), "CNY"), "yto", "标准快递")
    world = World({"YT1": SandboxParcel("YT1", (Scan(NOW, Meaning(TrackingStatus.IN_TRANSIT), ""),))})
    for number, codes in (("YT1", []), ("YT2", ["500"])):
        ref = Ref("WB1", number=number, carrier="yto")
        reply = answered(CARRIER, intercepting.request(Diversion("redirect", to=desk.SENDER), ref, access()), world)
        assert [error.code for error in intercepting.read(reply, ref)] == codes
