"""Orders YTO to collect a parcel, and cancels the order. Its answers are read as public integrations read them."""

from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Changing,
    Contact,
    Item,
    Order,
    ReadError,
    Ref,
    Reply,
    Request,
    Window,
)
from carriers.yto import signing, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

CREATE, CANCEL = "privacy_create_adapter", "korder_cancel_adapter"
OWN = ("order_client_code", "order_secret")

STANDARD = "PK"
INSURANCE = 4  # among the ``increments``


def request(order: Order, access: Access) -> Request:
    """An order of the account's, which pays; our reference is the order's one name (``logisticsNo``)."""
    if order.payer != "shipper":
        raise CannotAsk("YTO's orders are charged to the account")
    if order.number:
        raise CannotAsk("YTO numbers every order itself")
    param: dict[str, Any] = {
        "logisticsNo": order.reference,
        **_door("sender", order.sender),
        **_door("recipient", order.recipient),
        "goods": [_item(item) for item in order.items],
        "weight": wire.kilograms(order.weight_grams),
        "productCode": order.service or STANDARD,
    }
    if order.window is not None:
        param |= {"startTime": times.beijing(order.window.start), "endTime": times.beijing(order.window.end)}
    if order.remark:
        param["remark"] = order.remark
    if order.declared:
        param["increments"] = [{"type": INSURANCE, "amount": float(order.declared)}]
    return signing.request(CREATE, param, OWN, access)


def _door(who: str, door: Contact) -> dict[str, str]:
    told = {
        "Name": door.name,
        "ProvinceName": door.region,
        "CityName": door.city,
        "CountyName": door.district,
        "Address": door.in_one_line(),
        "Mobile": wire.national(door.phone, "86"),
    }
    return {who + name: value for name, value in told.items()}


def _item(item: Item) -> dict[str, Any]:
    told = {
        "name": item.title,
        "weight": wire.kilograms(item.weight_grams),
        "price": float(item.value),
        "quantity": item.quantity,
    }
    return {name: value for name, value in told.items() if value}


def read(reply: Reply, _order: Order) -> Booked:
    """The order as YTO took it, with its waybill number (``mailNo``) where it gives one."""
    answer = wire.object_of(reply.body)
    if errors := _refused(answer):
        return Booked(errors=errors)
    confirmation, number = (wire.word(answer.get(name)) for name in ("logisticsNo", "mailNo"))
    return Booked(confirmation, number, PickupStatus.ACCEPTED)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation of an order by our reference."""
    return signing.request(CANCEL, {"logisticsNo": ref.reference, "cancelDesc": "用户取消"}, OWN, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusal, if there is one."""
    return _refused(wire.object_of(reply.body))


def _refused(answer: dict[str, Any]) -> tuple[ReadError, ...]:
    """What was done names the order and is no failure; anything else must say why not."""
    names_it = any(wire.word(answer.get(name)) for name in ("logisticsNo", "mailNo"))
    return () if names_it and answer.get("success") in (None, True, "true") else tracking.refusals(answer)


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"}), longest_days=6),
    canceling=Changing(cancel, read_cancel),
    services=(STANDARD,),
)
