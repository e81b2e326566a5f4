"""Orders UPS to collect parcels, and prints labels to send them back with (``booking_labels``)."""

from typing import Any

from carriers import doors, wire
from carriers.booking import NOT_SUNDAYS
from carriers.carrier import Access, Booked, Booking, Bounds, CannotAsk, Fee, Order, Reply, Request, Unreadable
from carriers.ups import booking_changes, booking_labels, tracking
from carriers.ups.booking_labels import ORIGIN_SERVICE, sent
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

CREATE = "/api/pickupcreation/v2409/pickup"
BY_ACCOUNT, PACKAGE = "01", "01"
OVERWEIGHT_GRAMS = 31_751  # 70 pounds


def request(order: Order, access: Access) -> Request:
    """A label, or a courier on call. UPS keeps our reference with the pickup and tells it with its state."""
    if order.method is ReturnMethod.LABEL:
        return booking_labels.request(order, access)
    window = doors.window(order)
    units, weight = booking_labels.weight(order)
    body: dict[str, Any] = {
        "RatePickupIndicator": "N",
        "Shipper": {
            "Account": {
                "AccountNumber": access.credential("account_number"),
                "AccountCountryCode": access.credentials.get("account_country") or order.recipient.country,
            }
        },
        "PickupDateInfo": {
            "CloseTime": f"{window.end:%H%M}",
            "ReadyTime": f"{window.start:%H%M}",
            "PickupDate": f"{window.start:%Y%m%d}",
        },
        "PickupAddress": _door(order),
        "AlternateAddressIndicator": "Y",
        "PickupPiece": [
            {
                "ServiceCode": service(order).zfill(3),
                "Quantity": str(order.parcels),
                "DestinationCountryCode": order.recipient.country,
                "ContainerCode": PACKAGE,
            }
        ],
        "TotalWeight": {"Weight": str(weight), "UnitOfMeasurement": units},
        "OverweightIndicator": "Y" if order.weight_grams > OVERWEIGHT_GRAMS * order.parcels else "N",
        "PaymentMethod": BY_ACCOUNT,
        "ReferenceNumber": order.reference,
    }
    if order.remark:
        body["SpecialInstruction"] = order.remark[:57]
    return sent("POST", CREATE, {"PickupCreationRequest": body}, access, order.reference)


def service(order: Order) -> str:
    """UPS's code of the service: the ground at home; across a border it must be said."""
    if not order.service and order.sender.country != order.recipient.country:
        raise CannotAsk("across a border UPS must be told which service")
    return order.service or ORIGIN_SERVICE


def _door(order: Order) -> dict[str, Any]:
    sender = order.sender
    told = {
        "CompanyName": sender.company or sender.name,
        "ContactName": sender.name,
        "AddressLine": ", ".join(sender.street),
        "Room": sender.unit,
        "City": sender.city,
        "StateProvince": doors.state(sender),
        "PostalCode": sender.postal_code,
        "CountryCode": sender.country,
        "ResidentialIndicator": "N" if sender.company else "Y",
        "Phone": {"Number": doors.phone(sender)},
    }
    if len(sender.unit) > 8:  # as much as UPS writes down of a room
        told |= {"AddressLine": ", ".join(doors.lines(sender)), "Room": ""}
    return {name: value for name, value in told.items() if value}


def read(reply: Reply, order: Order) -> Booked:
    """A pickup's request number (PRN), or a label."""
    message = wire.object_of(reply.body)
    if order.method is ReturnMethod.LABEL and "ShipmentResponse" in message:
        return booking_labels.booked(message["ShipmentResponse"])
    answer = message.get("PickupCreationResponse")
    if answer is None:
        return Booked(errors=tracking.errors_of(message))
    if order.method is ReturnMethod.LABEL:
        raise Unreadable("ShipmentResponse is missing")
    amount = wire.amount(wire.dig(answer, "RateResult", "GrandTotalOfAllCharge"))
    currency = wire.word(wire.dig(answer, "RateResult", "CurrencyCode"))
    return Booked(
        confirmation=wire.needed(wire.dig(answer, "PRN"), "PickupCreationResponse.PRN"),
        status=PickupStatus.ACCEPTED,
        raw_code=wire.word(wire.dig(answer, "Response", "ResponseStatus", "Code")),
        fee=Fee(amount, currency) if amount is not None and currency else None,
    )


BOUNDS = Bounds(days=NOT_SUNDAYS, on_holidays=False, longest_mm=2743, girth_mm=4191)
"""On Saturdays where its weekend territory says so. 108 inches long, 165 with the girth (its guide to sizes)."""

BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL}),
    request=request,
    read=read,
    asking=booking_changes.ASKING,
    canceling=booking_changes.CANCELING,
    pricing=booking_changes.PRICING,
    bounds=BOUNDS,
    services=("01", "02", "03", "12"),
)
