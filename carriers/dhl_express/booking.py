"""Orders DHL Express to collect parcels, and cancels that."""

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
    Unreadable,
    Window,
)
from carriers.dhl_express import tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

PICKUPS = "/pickups"
SHORTEST_REFERENCE = 28  # of a Message-Reference; the longest is 36
HOME, UNION, ABROAD = "N", "U", "P"
REQUESTOR, REASON = "Waybridge", "cancelled by the sender"


def request(order: Order, access: Access) -> Request:
    """A courier. Our reference is the remark and, made long enough, the message's own."""
    window = doors.window(order)
    account = [{"typeCode": "shipper", "number": access.credential("account_number")}]
    body: dict[str, Any] = {
        "plannedPickupDateAndTime": planned(window),
        "closeTime": f"{window.end:%H:%M}",
        "locationType": "business" if order.sender.company else "residence",
        "accounts": account,
        "remark": order.reference,
        "customerDetails": {"shipperDetails": party(order.sender), "receiverDetails": party(order.recipient)},
        "shipmentDetails": [_shipment(order, account)],
    }
    if order.sender.unit:
        body["location"] = order.sender.unit[:80]
    if order.remark:
        body["specialInstructions"] = [{"value": order.remark[:75], "typeCode": "TBD"}]
    return wire.json_request("POST", access.base_url + PICKUPS, body, headers(order.reference, access))


def headers(reference: str, access: Access) -> dict[str, str]:
    """Who asks, and which message it is: the same on every try."""
    return {
        "Authorization": wire.basic(access.credential("api_key"), access.credential("api_secret")),
        "Accept": "application/json",
        "Message-Reference": reference.ljust(SHORTEST_REFERENCE, "0"),
    }


def planned(window: Window) -> str:
    """The window's beginning by the door's clock, its offset behind it."""
    told = window.start.isoformat(timespec="seconds")
    return f"{told[:19]} GMT{told[19:]}"


def party(door: Contact) -> dict[str, Any]:
    """A door and who is there: at most three lines, the rest in the last."""
    street = doors.lines(door)
    parts = [*street[:2], " ".join(street[2:])]
    address = {
        "postalCode": door.postal_code,
        "cityName": door.city,
        "countryCode": door.country,
        "provinceCode": door.region_code.rpartition("-")[2],
        "countyName": door.region if not door.region_code else "",
        **{f"addressLine{n}": line for n, line in enumerate(parts, 1)},
    }
    person = {
        "email": door.email,
        "phone": door.phone,
        "companyName": door.company or door.name,
        "fullName": door.name,
    }
    return {
        "postalAddress": {name: value for name, value in address.items() if value},
        "contactInformation": {name: value for name, value in person.items() if value},
    }


def product(order: Order) -> str:
    """DHL's letter of the service: at home, within the European Union, and across a customs border."""
    if order.sender.country == order.recipient.country:
        return order.service or HOME
    return order.service or (ABROAD if doors.crosses_border(order) else UNION)


def _shipment(order: Order, account: list[dict[str, str]]) -> dict[str, Any]:
    length, width, height = (-(-mm // 10) for mm in doors.box(order))
    package = {
        "weight": wire.kilograms(-(-order.weight_grams // order.parcels)),
        "dimensions": {"length": length, "width": width, "height": height},
    }
    declared = doors.crosses_border(order)
    shipment: dict[str, Any] = {
        "accounts": account,
        "packages": [package] * order.parcels,
        "productCode": product(order),
        "unitOfMeasurement": "metric",
        "isCustomsDeclarable": declared,
    }
    if declared:
        shipment |= {"declaredValue": float(doors.worth(order)), "declaredValueCurrency": order.currency}
    if order.number:
        shipment["shipmentTrackingNumber"] = order.number
    return shipment


def read(reply: Reply, _order: Order) -> Booked:
    """The confirmation number, which is all that DHL says."""
    if reply.status >= 400:
        return Booked(errors=_errors(reply))
    told = wire.object_of(reply.body)
    numbers = told.get("dispatchConfirmationNumbers")
    if not isinstance(numbers, list) or not numbers:
        return Booked(errors=tracking.read_error(reply.body).errors)
    number = wire.needed(numbers[0], "dispatchConfirmationNumbers[]")
    return Booked(confirmation=number, status=PickupStatus.ACCEPTED, raw_code="dispatchConfirmationNumbers")


def _errors(reply: Reply) -> tuple[ReadError, ...]:
    """The problem, or what its HTTP status says where its body says nothing."""
    try:
        return tracking.read_error(reply.body).errors
    except Unreadable:
        return (wire.refused(reply),)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """By the confirmation number; DHL wants to know who asks, and why."""
    if not ref.confirmation:
        raise CannotAsk("DHL Express cancels a pickup by its confirmation number")
    query = urlencode({"requestorName": REQUESTOR, "reason": REASON}, quote_via=quote)
    url = f"{access.base_url}{PICKUPS}/{quote(ref.confirmation, safe='')}?{query}"
    return Request("DELETE", url, headers(ref.reference, access))


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals; an answer without a body is a yes. A pickup that is cancelled already is not found."""
    if reply.status >= 400:
        return _errors(reply)
    told = wire.object_of(reply.body) if reply.body.strip() else {}
    if "title" in told or "detail" in told:
        return tracking.read_error(reply.body).errors
    return ()


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(days=NOT_SUNDAYS, on_holidays=False),
    canceling=Changing(cancel, read_cancel),
    services=(HOME, UNION, ABROAD),
    over_borders=frozenset({ReturnMethod.DOOR_PICKUP}),
)
