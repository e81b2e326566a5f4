"""Orders STO to collect a parcel, and cancels the order. Answers were never seen: they are read as STO lists them."""

from typing import Any

from carriers import wire
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
from carriers.sto import signing, tracking
from db.case_enums import ReturnMethod
from db.enums import PickupStatus

CREATE, CREATE_SERVICE = "OMS_EXPRESS_ORDER_CREATE", "sto_oms"
CANCEL, CANCEL_SERVICE = "EDI_MODIFY_ORDER_CANCEL", "edi_modify_order"

DOMESTIC = "00"  # ``billType``
ORDINARY = "01"  # ``orderType``
BATTERY_UNKNOWN = "10"
SMALL, LARGE = "小件", "大件"
SMALL_GRAMS = 3_000


def request(order: Order, access: Access) -> Request:
    """An order on the account of a branch, which pays. STO has no field for the window."""
    if order.payer != "shipper":
        raise CannotAsk("STO's orders are charged to the account")
    content: dict[str, Any] = {
        "orderNo": order.reference,
        "orderSource": access.credential("order_source"),
        "billType": DOMESTIC,
        "orderType": ORDINARY,
        "sender": _door(order.sender),
        "receiver": _door(order.recipient),
        "cargo": _cargo(order),
        "customer": _customer(access),
    }
    optional = {"waybillNo": order.number, "remark": order.remark}
    content |= {name: told for name, told in optional.items() if told}
    return signing.request(CREATE, CREATE_SERVICE, content, access)


def _door(who: Contact) -> dict[str, str]:
    told = {
        "name": who.name,
        "mobile": wire.national(who.phone, "86"),
        "postCode": who.postal_code,
        "country": "中国",
        "province": who.region,
        "city": who.city,
        "area": who.district,
        "address": who.in_one_line(),
    }
    return {name: value for name, value in told.items() if value or name != "postCode"}


def _cargo(order: Order) -> dict[str, Any]:
    """What is in it: kilograms, and centimetres where they are known."""
    told: dict[str, Any] = {
        "battery": BATTERY_UNKNOWN,
        "goodsType": SMALL if order.weight_grams <= SMALL_GRAMS else LARGE,
        "goodsName": order.goods or "goods",
        "goodsCount": sum(item.quantity for item in order.items) or 1,
        "weight": wire.kilograms(order.weight_grams),
    }
    if order.size_mm is not None:
        told |= {name: side / 10 for name, side in zip(("spaceX", "spaceY", "spaceZ"), order.size_mm, strict=True)}
    if order.declared:
        told["goodsAmount"] = f"{order.declared:f}"
    return told


def _customer(access: Access) -> dict[str, str]:
    told = {
        "siteCode": access.credential("site_code"),
        "customerName": access.credential("customer_name"),
        "sitePwd": access.credential("site_password"),
        "monthCustomerCode": access.credentials.get("month_customer_code", ""),
    }
    return {name: value for name, value in told.items() if value}


def read(reply: Reply, _order: Order) -> Booked:
    """The order as STO took it, with its waybill number where it gives one."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        return Booked(errors=(tracking.refusal(answer),))
    confirmation, number = (wire.word(wire.dig(answer, "data", name)) for name in ("orderNo", "waybillNo"))
    if not confirmation and not number:
        raise Unreadable("data has neither orderNo nor waybillNo")
    return Booked(confirmation, number, PickupStatus.ACCEPTED)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation, by our reference; the waybill number goes along once it is known."""
    content = {
        "billCode": ref.number,
        "sourceOrderId": ref.reference,
        "orderSource": access.credential("order_source"),
        "orderType": ORDINARY,
        "remark": "用户取消",
        "creater": "",
    }
    return signing.request(CANCEL, CANCEL_SERVICE, content, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusal, if there is one."""
    answer = tracking.answered(reply.body)
    return () if tracking.succeeded(answer) else (tracking.refusal(answer),)


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"})),
    canceling=Changing(cancel, read_cancel),
)
