"""Orders DHL in Germany to collect parcels, and labels or QR codes for returns (``booking_labels``)."""

from typing import Any
from urllib.parse import urlencode

from carriers import doors, wire
from carriers.booking import NOT_SUNDAYS
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Changing,
    Order,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.dhl_parcel_de import booking_labels, pickups
from carriers.dhl_parcel_de.booking_labels import address, bearer
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

ORDERS = "/parcel/de/transportation/pickup/v3/orders"
PARCEL = "PAKET"


def request(order: Order, access: Access) -> Request:
    """A return's label or code; else a courier on the window's day, between its hours. Our reference is each parcel's."""
    if order.method is not ReturnMethod.DOOR_PICKUP:
        return booking_labels.request(order, access)
    window, sender = doors.window(order), order.sender
    person: dict[str, Any] = {"name": sender.name, "phone": sender.phone}
    if sender.email:
        mails = {"sendPickupConfirmationEmail": True, "sendPickupTimeWindowEmail": True}
        person |= {"email": sender.email, "emailNotification": mails}
    details: dict[str, Any] = {
        "pickupDate": {"type": "Date", "value": f"{window.start:%Y-%m-%d}"},
        "totalWeight": {"uom": "g", "value": order.weight_grams},
    }
    if order.remark:
        details["comment"] = order.remark
    parcel = {"transportationType": PARCEL, "customerReference": order.reference}
    if order.number:
        parcel["shipmentNo"] = order.number
    body = {
        "customerDetails": {"billingNumber": access.credential("billing_number")},
        "pickupLocation": {
            "type": "Address",
            "pickupAddress": {**address(sender), "country": sender.country},
            "businessHours": [{"timeFrom": f"{window.start:%H:%M}", "timeUntil": f"{window.end:%H:%M}"}],
        },
        "contactPerson": [person],
        "pickupDetails": details,
        "shipmentDetails": {"shipments": [parcel] * order.parcels},
    }
    return wire.json_request("POST", access.base_url + ORDERS, body, bearer(access))


def read(reply: Reply, order: Order) -> Booked:
    """A pickup's order, or a return's label."""
    if reply.status >= 400:
        return Booked(errors=errors(reply))
    told = wire.object_of(reply.body)
    if order.method is not ReturnMethod.DOOR_PICKUP:
        return booking_labels.booked(told) if "shipmentNo" in told else Booked(errors=errors(reply))
    if "confirmation" not in told:
        return Booked(errors=errors(reply))
    [pickup] = pickups.read(reply.body).pickups
    return Booked(
        confirmation=pickup.confirmation or "",
        number=pickup.tracking_number or "",
        status=pickup.status if pickup.status is not PickupStatus.UNKNOWN else PickupStatus.REQUESTED,
        raw_code=pickup.raw_code,
    )


def errors(reply: Reply) -> tuple[ReadError, ...]:
    """The problem; Unreadable where a success is none of what was asked for."""
    try:
        return pickups.read_error(reply.body).errors
    except Unreadable:
        if reply.status >= 400:
            return (wire.refused(reply),)
        raise


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """A pickup by its order's id. A return's label cannot be cancelled."""
    if not ref.confirmation:
        raise CannotAsk("DHL cancels a pickup by its order's id, and no label of a return")
    query = urlencode({"orderID": ref.confirmation})
    return Request("DELETE", f"{access.base_url}{ORDERS}?{query}", bearer(access))


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals: DHL answers with a list of what it cancelled and one of what not."""
    if reply.status >= 400:
        return errors(reply)
    told = wire.object_of(reply.body)
    if "confirmedCancellations" not in told and "failedCancellations" not in told:
        return errors(reply)
    found = pickups.read(reply.body)
    if not found.pickups and not found.errors:
        raise Unreadable("neither list of cancellations has an order")
    return found.errors


BOUNDS = Bounds(
    countries=frozenset({"DE"}), days=NOT_SUNDAYS, on_holidays=False, most_grams=31_500, longest_mm=1200, girth_mm=3600
)
"""31.5 kg, 120 x 60 x 60 cm (DHL Paket); what is longer is bulky and priced apart."""

BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL, ReturnMethod.BOX_FREE_QR}),
    request=request,
    read=read,
    bounds=BOUNDS,
    canceling=Changing(cancel, read_cancel),
)
