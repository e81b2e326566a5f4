"""Orders FedEx to collect parcels, and prints labels to send them back with (``booking_labels``)."""

from typing import Any

from carriers import doors, wire
from carriers.booking import NOT_SUNDAYS
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    Changing,
    Contact,
    Order,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.fedex import booking_labels, booking_prices, tracking
from carriers.fedex.booking_labels import account, address, contact
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

PICKUPS, CANCEL = "/pickup/v1/pickups", "/pickup/v1/pickups/cancel"
EXPRESS, GROUND = "FDXE", "FDXG"


def request(order: Order, access: Access) -> Request:
    """A label, or a courier. FedEx repeats our reference from a header, and knows no booking by it."""
    if order.method is ReturnMethod.LABEL:
        return booking_labels.request(order, access)
    units, weight = doors.weight(order)
    body: dict[str, Any] = {
        "associatedAccountNumber": account(access),
        "carrierCode": carrier_code(order.service),
        "originDetail": _origin(order, access),
        "packageCount": order.parcels,
        "pickupType": "ON_CALL",
        "totalWeight": {"units": units, "value": weight},
    }
    if order.sender.email:
        told = [{"address": order.sender.email, "locale": "en_US"}]
        body["pickupNotificationDetail"] = {"emailDetails": told, "format": "TEXT"}
    if order.remark:
        body["remarks"] = order.remark[:60]
    if order.number:
        body["trackingNumber"] = order.number
    return booking_labels.sent("POST", PICKUPS, body, access, order.reference)


def carrier_code(service: str) -> str:
    """Ground and Home Delivery have couriers of their own."""
    return GROUND if "GROUND" in service.upper() else EXPRESS


def _origin(order: Order, access: Access) -> dict[str, Any]:
    """The door. Its time is the door's own, though FedEx writes a Z behind it."""
    window = doors.window(order)
    return {
        "customerCloseTime": f"{window.end:%H:%M:%S}",
        "packageLocation": "FRONT",
        "pickupAddressType": "OTHER",
        "pickupLocation": {
            "accountNumber": account(access),
            "address": address(order.sender),
            "contact": _caller(order.sender),
        },
        "readyDateTimestamp": f"{window.start:%Y-%m-%dT%H:%M:%S}Z",
    }


def _caller(door: Contact) -> dict[str, str]:
    return {name: value for name, value in contact(door).items() if name != "emailAddress"}


def read(reply: Reply, order: Order) -> Booked:
    """A pickup's confirmation, or a label. Cancelling needs what the confirmation is known with."""
    message = wire.object_of(reply.body)
    if "output" not in message:
        return Booked(errors=tracking.errors_of(message))
    output = message["output"]
    if order.method is ReturnMethod.LABEL:
        return booking_labels.booked(output)
    confirmation = wire.needed(wire.dig(output, "pickupConfirmationCode"), "output.pickupConfirmationCode")
    known = {
        "carrierCode": carrier_code(order.service),
        "location": wire.word(wire.dig(output, "location")),
        "scheduledDate": f"{doors.window(order).start:%Y-%m-%d}" if order.window else "",
    }
    return Booked(
        confirmation=confirmation,
        status=PickupStatus.ACCEPTED,
        raw_code="pickupConfirmationCode",
        extras={name: value for name, value in known.items() if value},
    )


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """A pickup is cancelled by its confirmation with its day and FedEx's location; a label by its number."""
    if not ref.confirmation:
        return booking_labels.cancel(ref, access)
    body = {
        "associatedAccountNumber": account(access),
        "pickupConfirmationCode": ref.confirmation,
        **{name: ref.extras[name] for name in ("carrierCode", "scheduledDate", "location") if name in ref.extras},
    }
    return booking_labels.sent("PUT", CANCEL, body, access, ref.reference)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals: a pickup of an earlier day is not cancelled any more."""
    message = wire.object_of(reply.body)
    if "output" not in message:
        return tracking.errors_of(message)
    output = message["output"]
    if wire.word(wire.dig(output, "cancelConfirmationMessage")) or wire.dig(output, "cancelledShipment") is True:
        return ()
    if wire.dig(output, "cancelledShipment") is False:
        why = wire.word(wire.dig(output, "message")) or "FedEx did not cancel the shipment"
        return (ReadError("cancelledShipment", why),)
    raise Unreadable("output says of nothing that it is cancelled")


BOUNDS = Bounds(days=NOT_SUNDAYS, on_holidays=False, longest_mm=2743, girth_mm=4191)
"""By the ground 108 inches long, 165 with the girth (FedEx Service Guide)."""

BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL}),
    request=request,
    read=read,
    canceling=Changing(cancel, read_cancel),
    bounds=BOUNDS,
    pricing=booking_prices.PRICING,
    services=("FEDEX_GROUND", "STANDARD_OVERNIGHT", "FEDEX_INTERNATIONAL_PRIORITY"),
    over_borders=frozenset({ReturnMethod.LABEL}),  # a pickup says nothing of what is in the parcel
)
