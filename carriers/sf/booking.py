"""Orders SF to collect a parcel; SF knows the order by our reference and by nothing else."""

from typing import Any

from carriers import doors, times, wire
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Contact,
    Item,
    Order,
    Reply,
    Request,
)
from carriers.sf import answers, booking_changes, booking_quotes, orders, signing
from db.case_enums import ReturnMethod

CREATE = "EXP_RECE_CREATE_ORDER"

SENDER, RECIPIENT = 1, 2
PAYERS = {"shipper": 1, "sender": 1, "recipient": 2}
REPEATED = "8016"


def request(order: Order, access: Access) -> Request:
    """An order. A courier is called (``isDocall``) for the window's beginning; without a window SF only gives a number.
    The shipper pays by monthly account, which the account with us must hold then."""
    message: dict[str, Any] = {
        "cargoDetails": [_cargo(item, order) for item in order.items] or [{"name": order.goods or "goods", "count": 1}],
        "contactInfoList": [_door(order, order.sender, SENDER), _door(order, order.recipient, RECIPIENT)],
        "customsInfo": _customs(order),
        "expressTypeId": service(order),
        "extraInfoList": [],
        "isOneselfPickup": 0,
        "language": "zh-CN",
        "orderId": order.reference,
        "parcelQty": order.parcels,
        "payMethod": PAYERS.get(order.payer, 1),
        "totalWeight": wire.kilograms(order.weight_grams),
    }
    if order.payer == "shipper":
        message["monthlyCard"] = access.credential("monthly_card")
    if order.method is ReturnMethod.DOOR_PICKUP:
        message["isDocall"] = 1
    if order.window is not None:
        message["sendStartTm"] = times.beijing(order.window.start)
    if order.remark:
        message["remark"] = order.remark
    if order.number:
        message["waybillNoInfoList"] = [{"waybillType": 1, "waybillNo": order.number}]
    return signing.signed(CREATE, message, access)


def service(order: Order) -> int:
    """``expressTypeId``: 1 is the express, 2 the standard product; SF has many more by number."""
    if not (order.service or "1").isdecimal():
        raise CannotAsk("SF's services are numbers: 1 is express, 2 is standard")
    return int(order.service or 1)


def contact(who: Contact, kind: int) -> dict[str, Any]:
    """A door as SF is told it; ``kind`` is SENDER or RECIPIENT."""
    told = {
        "address": who.in_one_line(),
        "city": who.city,
        "company": who.company,
        "contact": who.name,
        "contactType": kind,
        "county": who.district,
        "mobile": wire.national(who.phone, "86"),
        "province": who.region,
    }
    return {name: value for name, value in told.items() if value or name != "company"}


def _door(order: Order, who: Contact, kind: int) -> dict[str, Any]:
    """A door, with its country where the two are not in one."""
    abroad = {"country": who.country, "postCode": who.postal_code} if doors.crosses_border(order) else {}
    return {**contact(who, kind), **abroad}


def _customs(order: Order) -> dict[str, Any]:
    """Across a border SF must be told what all of it is worth; at home nothing."""
    if not doors.crosses_border(order):
        return {}
    return {"declaredValue": float(doors.worth(order)), "declaredValueCurrency": order.currency}


def _cargo(item: Item, order: Order) -> dict[str, Any]:
    abroad = doors.crosses_border(order)
    told = {
        "amount": float(item.value),
        "count": item.quantity,
        "currency": order.currency if abroad else "",
        "sourceArea": item.origin if abroad else "",
        "name": item.title,
        "unit": "件",
        "weight": wire.kilograms(item.weight_grams),
    }
    return {name: value for name, value in told.items() if value}


def read(reply: Reply, order: Order) -> Booked:
    """The order as SF took it. A reference that it had already (8016) is told without its number: it is asked for, or
    comes with the states."""
    message, errors = answers.opened(reply.body)
    if any(error.code == REPEATED for error in errors):
        return Booked(confirmation=order.reference, raw_code=REPEATED, is_repeat=True)
    return Booked(errors=errors) if errors else orders.booked(message)


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"})),
    same_reference_same_booking=True,
    asking=booking_changes.ASKING,
    canceling=booking_changes.CANCELING,
    timing=booking_quotes.TIMING,
    pricing=booking_quotes.PRICING,
    services=("1", "2"),
    over_borders=frozenset({ReturnMethod.DOOR_PICKUP, ReturnMethod.LABEL}),
)
