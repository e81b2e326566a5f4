"""Asks the USPS letter carrier to take parcels along with the mail, and calls that off."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from carriers import doors, wire
from carriers.booking import NOT_SUNDAYS
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Changing,
    Contact,
    Order,
    ReadError,
    Ref,
    Reply,
    Request,
    Slot,
    Timing,
    Unreadable,
    Window,
)
from carriers.times import zone_of
from carriers.usps import errors
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

PICKUPS = "/pickup/v3/carrier-pickup"
ELIGIBILITY = f"{PICKUPS}/eligibility"
RETURNS = "RETURNS"
ALREADY_THERE = "020001"  # "Pickup already exists for this address."
REFUSED = frozenset({400, 404})  # an address where nobody comes

BOUNDS = Bounds(countries=frozenset({"US"}), longest_days=365, days=NOT_SUNDAYS, on_holidays=False, girth_mm=3302)
"""No pickup is taken more than a year ahead (error 020017). 130 inches with the girth (USPS Ground Advantage)."""


def request(order: Order, access: Access) -> Request:
    """A visit on the window's day. USPS has no field for our reference: it stands last in what the carrier is told."""
    window = doors.window(order)
    body = {
        "estimatedWeight": doors.pounds(order.weight_grams),
        "packages": [{"packageCount": order.parcels, "packageType": order.service or RETURNS}],
        "pickupAddress": _door(order.sender),
        "pickupDate": f"{window.start:%Y-%m-%d}",
        "pickupLocation": {
            "packageLocation": "FRONT_DOOR",
            "specialInstructions": f"{order.remark[:200]} {order.reference}".strip(),
        },
    }
    return wire.json_request("POST", access.base_url + PICKUPS, body, headers(access))


def headers(access: Access) -> dict[str, str]:
    """Who asks."""
    return {"authorization": f"Bearer {access.token}", "accept": "application/json"}


def _door(door: Contact) -> dict[str, Any]:
    first, _, last = door.name.rpartition(" ")
    contact = [{"email": door.email}] if door.email else []
    contact += [{"phone": doors.phone(door)}] if door.phone else []
    told = {
        "address": address(door),
        "firm": door.company,
        "firstName": first or last,
        "lastName": last if first else "",
        "contact": contact,
    }
    return {name: value for name, value in told.items() if value}


def address(door: Contact) -> dict[str, str]:
    """A door in the United States, its ZIP code in two."""
    five, _, four = door.postal_code.partition("-")
    told = {
        "ZIPCode": five,
        "ZIPPlus4": four,
        "city": door.city,
        "state": doors.state(door),
        "streetAddress": " ".join(door.street),
        "secondaryAddress": door.unit,
    }
    return {name: value for name, value in told.items() if value}


def read(reply: Reply, order: Order) -> Booked:
    """The confirmation, with the ETag that a cancellation must bear. There is one visit a door and day: where there was
    one already, the parcel goes with it, and its number is not told."""
    message = wire.object_of(reply.body)
    number = wire.word(message.get("confirmationNumber"))
    if number:
        etag = reply.headers.get("etag", "")
        return Booked(
            confirmation=number,
            status=PickupStatus.ACCEPTED,
            raw_code="confirmationNumber",
            extras={"etag": etag} if etag else {},
        )
    found = errors.of(message)
    if any(error.code == ALREADY_THERE for error in found):
        return Booked(
            confirmation=order.reference, status=PickupStatus.ACCEPTED, raw_code=ALREADY_THERE, is_repeat=True
        )
    return Booked(errors=found)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """By the confirmation, and only as it stands: with the ETag of its last answer."""
    etag = ref.extras.get("etag")
    if not ref.confirmation or not etag:
        raise CannotAsk("USPS cancels a pickup by its confirmation and ETag, and one of them is not known")
    url = f"{access.base_url}{PICKUPS}/{quote(ref.confirmation, safe='')}"
    return Request("DELETE", url, {**headers(access), "If-Match": etag})


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals; a success needs no words."""
    if reply.status >= 400:
        return errors.of(wire.object_of(reply.body))
    told = wire.object_of(reply.body) if reply.body.strip() else {}
    return errors.of(told) if "error" in told else ()


def ask_hours(door: Contact, _day: date, access: Access) -> Request:
    """Whether the letter carrier takes parcels along at a door, on any day."""
    url = f"{access.base_url}{ELIGIBILITY}?{urlencode(address(door))}"
    return Request("GET", url, headers(access))


def read_hours(reply: Reply, door: Contact, day: date) -> tuple[Slot, ...]:
    """The whole day where it does: nobody says when the mail comes. None where the address is refused."""
    message = wire.object_of(reply.body)
    if isinstance(wire.dig(message, "pickupAddress", "address"), dict):
        zone = zone_of("US", doors.state(door)) or zone_of("US", "NY")
        hours = (datetime.combine(day, hour, zone) for hour in (BOUNDS.opens, BOUNDS.closes))
        return (Slot(Window(*hours)),)
    found = errors.of(message)
    if reply.status in REFUSED:
        return ()
    raise Unreadable(f"USPS told nothing of the address, but {found[0].code}")


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=BOUNDS,
    same_reference_same_booking=True,
    canceling=Changing(cancel, read_cancel),
    timing=Timing(ask_hours, read_hours),
    services=(RETURNS, "FIRST-CLASS_PACKAGE_SERVICE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS", "OTHER"),
)
