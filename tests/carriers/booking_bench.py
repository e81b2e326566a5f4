"""What the tests of all carriers' bookings share: an order, both ends of the wire, and a desk that time passes at."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.carrier import (
    Booked,
    Carrier,
    Changing,
    Contact,
    Item,
    Order,
    ReadPickup,
    Ref,
    Reply,
    SandboxBooking,
    SandboxSubscription,
    Unreadable,
    Window,
)
from carriers.desk import Desk, states
from carriers.intercepting import Diversion
from carriers.times import BEIJING
from db.enums import PickupStatus
from tests.carriers.bench import CALLBACK, NOW, SECRET, World, access, answered, authorized, incoming
from tests.carriers.breakage import broken

WINDOW = Window(datetime(2026, 3, 2, 9, tzinfo=BEIJING), datetime(2026, 3, 2, 11, tzinfo=BEIJING))
SENDER = Contact(
    "王小明", "+8613912345678", "CN", "广东省", "CN-GD", "深圳市", "南山区", ("科技园路1号",), "3栋502室", "518057"
)
RECIPIENT = Contact(
    "李雷", "+8618900008829", "CN", "上海市", "CN-SH", "上海市", "青浦区", ("仓储路8号",), "", "201700", "Warehouse"
)
ORDER = Order(
    "WB1234567890",
    SENDER,
    RECIPIENT,
    window=WINDOW,
    items=(Item("衣服", 1, Decimal("199.5"), 1500),),
    weight_grams=1500,
)


def order(scenario: str = "5678", **changes: Any) -> Order:
    """An order whose sender's phone asks for a scenario of the desk."""
    sender = replace(SENDER, phone="+861391234" + scenario)
    return replace(ORDER, **{"reference": f"WB00000{scenario}", "sender": sender, **changes})


def world(carrier: Carrier) -> World:
    """A sandbox of a carrier at whose desk nobody has been."""
    return World(bookings=Desk(carrier.code))


def booked(carrier: Carrier, wish: Order, world: World) -> Booked:
    """What we read of the sandbox's answer to a booking."""
    assert carrier.booking
    return carrier.booking.read(
        answered(carrier, carrier.booking.request(wish, authorized(carrier, world)), world), wish
    )


def ref(wish: Order, told: Booked) -> Ref:
    """The booking as it is known afterwards."""
    return Ref(wish.reference, told.confirmation, told.number, NOW, wish.window, told.extras, "CN", wish.carrier)


def asked(carrier: Carrier, about: Ref, world: World) -> Booked | None:
    """What the sandbox says of a booking."""
    assert carrier.booking
    assert carrier.booking.asking
    asking = carrier.booking.asking
    return asking.read(answered(carrier, asking.request(about, authorized(carrier, world)), world), about)


def canceled(carrier: Carrier, about: Ref, world: World) -> list[str]:
    """The codes of what the sandbox refused of a cancellation."""
    assert carrier.booking
    assert carrier.booking.canceling
    changing = carrier.booking.canceling
    reply = answered(carrier, changing.request(about, None, authorized(carrier, world)), world)
    return [error.code for error in changing.read(reply, about)]


def called_off(carrier: Carrier, wish: Order) -> tuple[Booked, Ref, World]:
    """A booking that was sent twice and is one, then cancelled: what was read of it first, and the sandbox it was made at."""
    at = world(carrier)
    first = booked(carrier, wish, at)
    assert first.was_taken
    assert booked(carrier, wish, at).confirmation == first.confirmation
    assert len(at.bookings.entries) == 1
    about = ref(wish, first)
    assert canceled(carrier, about, at) == []
    stands = at.desk.booking(wish.reference)
    assert stands
    assert stands.status is PickupStatus.CANCELED
    return first, about, at


def later(world: World, hours: float) -> World:
    """The same desk some hours later."""
    return replace(world, now=world.now + timedelta(hours=hours))


def played(carrier: Carrier, wish: Order, world: World, hours: float = 12) -> list[PickupStatus]:
    """Every state of a booking, pushed as it comes, verified, recognised where it can be, and read back."""
    assert carrier.sandbox
    assert carrier.sandbox.push_booking
    entry = world.bookings.entries[wish.reference]
    end, seen = later(world, hours), []
    listening = world.subscriptions[f"booking:{wish.reference}"]
    subscription = replace(listening, callback_url=listening.callback_url or CALLBACK)
    for passed, status, reason in states(entry, end.now, 1):
        stood = later(world, passed).desk.stands(entry)
        seen += [each.status for each in heard(carrier, replace(stood, status=status, reason=reason), subscription)]
    return seen


def heard(carrier: Carrier, stands: SandboxBooking, subscription: SandboxSubscription) -> tuple[ReadPickup, ...]:
    """What our push address reads of one state."""
    assert carrier.sandbox
    assert carrier.sandbox.push_booking
    assert carrier.pushing
    request = carrier.sandbox.push_booking(stands, subscription)
    account = replace(access(carrier), push_secret=subscription.secret or SECRET)
    carrier.pushing.verify(incoming(request), account)
    return carrier.pushing.read(incoming(request)).pickups


def readers(carrier: Carrier, wish: Order) -> Iterator[Callable[[Reply], object]]:
    """Everything of a carrier's that reads an answer about bookings."""
    booking, about = carrier.booking, Ref(wish.reference, "1", "2", extras={})
    assert booking
    yield lambda reply: booking.read(reply, wish)
    if asking := booking.asking:
        yield lambda reply: asking.read(reply, about)
    yield from (partial(_changed, each, about) for each in (booking.canceling, booking.rescheduling) if each)
    if timing := booking.timing:
        yield lambda reply: timing.read(reply, wish.sender, date(2026, 3, 2))
    if pricing := booking.pricing:
        yield lambda reply: pricing.read(reply, wish)
    if intercepting := carrier.intercepting:
        yield lambda reply: intercepting.read(reply, about)
        if inquiring := intercepting.asking:
            yield lambda reply: inquiring.read(reply, Diversion("redirect"), about)


def _changed(changing: Changing, about: Ref, reply: Reply) -> object:
    return changing.read(reply, about)


def survives(carrier: Carrier, wish: Order, messages: list[bytes]) -> None:
    """Whatever comes in the place of an answer, only Unreadable escapes."""

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(broken(messages), st.sampled_from([200, 400, 404, 500]))
    def reads(body: bytes, status: int) -> None:
        for read in readers(carrier, wish):
            with suppress(Unreadable):
                read(Reply(status, body, {}, NOW))

    reads()
