"""SF's desk in the sandbox: orders taken, told, cancelled and priced in its own words, and its pushes of their states."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from carriers import times, wire
from carriers.carrier import (
    Contact,
    Order,
    Request,
    SandboxBooking,
    SandboxSubscription,
    SandboxWorld,
    Unreadable,
    Window,
)
from carriers.diversions import No, divert
from carriers.sf.booking import CREATE, RECIPIENT, SENDER
from carriers.sf.booking_changes import QUERY, UPDATE
from carriers.sf.booking_quotes import CHECK, RATE
from carriers.sf.intercepting import INTERCEPT
from carriers.sf.intercepting import SERVICES as INTERCEPTIONS
from db.case_enums import ReturnMethod
from db.enums import PickupStatus as P

Message = dict[str, Any]

# What SF writes for a state. It has no word for "settled" among these: what it weighed and charged is another push.
WRITTEN = {
    P.REQUESTED: ("04-40037", "下单已接收"),
    P.ACCEPTED: ("04-40037", "下单已接收"),
    P.COURIER_ASSIGNED: ("04-40001", "调度成功/收派员信息"),
    P.FAILED: ("04-40002-40004", "暂未联系上客户"),
    P.CANCELED: ("00-2000", "客户已取消订单"),
    P.REJECTED: ("00-40045-1000", "调度取消订单"),
}
COLLECTED = ("05-40003", "已正常收件状态")
KINDS = {code: kind for kind, code in INTERCEPTIONS.items()}
REFUSED = {
    No.UNKNOWN: ("6150", "运单不存在"),
    No.TOO_LATE: ("S0101", "运单已签收，不能拦截"),
    No.ANOTHER: ("S0102", "运单已拦截，不能重复拦截"),
}


def create(message: Message, world: SandboxWorld) -> Message:
    """Takes an order; a reference that there is already is refused, whatever became of it."""
    order = _order(message)
    if world.desk.booking(order.reference) is not None:
        return refused("8016", "重复下单")
    booking, _ = world.desk.take(order)
    if booking is None:
        return refused("8018", "超出服务范围")
    world.subscribe(f"booking:{order.reference}", SandboxSubscription(""))  # its console knows where to
    return taken(_told(booking))


def query(message: Message, world: SandboxWorld) -> Message:
    """Tells an order as it was made, its number included once there is one."""
    booking = world.desk.booking(wire.word(message.get("orderId")))
    return refused("8024", "未找到订单") if booking is None else taken(_told(booking))


def update(message: Message, world: SandboxWorld) -> Message:
    """Cancels. What was collected cannot be cancelled any more."""
    reference = wire.word(message.get("orderId"))
    before = world.desk.booking(reference)
    if before is None:
        return refused("8024", "未找到订单")
    if before.status is P.CANCELED:
        return refused("8037", "订单已取消")
    after = world.desk.cancel(reference)
    done = after is not None and after.status is P.CANCELED
    return taken(
        {
            "orderId": reference,
            "waybillNoInfoList": _waybills(before),
            "resStatus": 2 if done else 1,
            "extraInfoList": None,
        }
    )


def check(_message: Message, _world: SandboxWorld) -> Message:
    """The same hours at every door."""
    return taken({"status": True, "startTm": "0900", "endTm": "2000", "exceptionReason": ""})


def rate(message: Message, world: SandboxWorld) -> Message:
    """Twelve yuan for the first kilogram, two for each further one; there in two days."""
    kilograms = ceil((wire.grams(message.get("weight"), 1000) or 1000) / 1000)
    there = times.beijing(world.now + timedelta(days=2))
    product = {
        "businessType": wire.word(message.get("businessType")) or "2",
        "businessTypeDesc": "顺丰标快",
        "deliverTime": f"{there},{there}",
        "fee": 10 + 2 * kilograms,
        "searchPrice": "1",
        "closeTime": None,
    }
    return taken({"deliverTmDto": [product]})


def intercept(message: Message, world: SandboxWorld) -> Message:
    """Takes the wish for a parcel on its way, once. The codes but for 6150 are the sandbox's own."""
    kind = KINDS.get(wire.word(message.get("serviceCode")))
    elsewhere = kind in {"redirect", "return"} and not wire.word(wire.dig(message, "newDestAddress", "address"))
    if kind is None or elsewhere or (kind == "reschedule" and not message.get("deliverDate")):
        raise Unreadable("the service, or what it needs, is missing")
    no = divert(world, wire.word(message.get("waybillNo")), kind, "")
    return taken(None) if no is None else refused(*REFUSED[no])


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Message]] = {
    CREATE: create,
    QUERY: query,
    UPDATE: update,
    CHECK: check,
    RATE: rate,
    INTERCEPT: intercept,
}


def push_booking(booking: SandboxBooking, subscription: SandboxSubscription) -> Request:
    """A push of an order's state as it stands."""
    code, text = WRITTEN.get(booking.status, COLLECTED)
    met = booking.courier if booking.status in {P.COURIER_ASSIGNED, P.PICKED_UP, P.SETTLED} else None
    # When it was taken is known here, when it was assigned or collected is not: then only the push's own time counts.
    is_new = booking.status in {P.REQUESTED, P.ACCEPTED}
    written = times.beijing(booking.booked_at) if booking.booked_at and is_new else ""
    state = {
        "orderNo": booking.order.reference,
        "waybillNo": booking.number,
        "orderStateCode": code,
        "orderStateDesc": text,
        "empCode": "500003" if met else "",
        "empPhone": (met and met.phone) or "",
        "netCode": "755FG",
        "lastTime": written,
        "bookTime": "",
        "carrierCode": "SF",
        "createTm": written,
    }
    identity = uuid5(NAMESPACE_OID, f"{booking.order.reference} {code}").hex
    moment = times.millis(booking.booked_at) if booking.booked_at else 0
    body = {"requestId": identity, "timestamp": moment, "orderState": [state]}
    return wire.json_request("POST", subscription.callback_url, body)


def taken(message: Any) -> Message:
    """The service's yes."""
    return {"success": True, "errorCode": "S0000", "errorMsg": None, "msgData": message}


def refused(code: str, text: str) -> Message:
    """The service's no."""
    return {"success": False, "errorCode": code, "errorMsg": text, "msgData": None}


def _told(booking: SandboxBooking) -> Message:
    label = {"waybillNo": booking.number, "twoDimensionCode": f"MMM={{'k5':'{booking.number}'}}"}
    return {
        "orderId": booking.order.reference,
        "originCode": "755",
        "destCode": "021",
        "filterResult": 2,
        "remark": "",
        "waybillNoInfoList": _waybills(booking),
        "routeLabelInfo": [{"code": "1000", "routeLabelData": label}] if booking.number else None,
        "sendStartTm": times.beijing(booking.order.window.start) if booking.order.window else None,
    }


def _waybills(booking: SandboxBooking) -> list[Message] | None:
    return [{"waybillType": 1, "waybillNo": booking.number}] if booking.number else None


def _order(message: Message) -> Order:
    """What the sandbox keeps of an order: Unreadable without the two doors, as SF would not take it."""
    doors = {each.get("contactType"): each for each in wire.objects(message.get("contactInfoList"), "contactInfoList")}
    if not {SENDER, RECIPIENT} <= doors.keys():
        raise Unreadable("contactInfoList has not both doors")
    start = message.get("sendStartTm")
    begins = times.local(start, times.BEIJING, "sendStartTm") if start else None
    return Order(
        reference=wire.needed(message.get("orderId"), "orderId"),
        sender=_door(doors[SENDER]),
        recipient=_door(doors[RECIPIENT]),
        method=ReturnMethod.DOOR_PICKUP if message.get("isDocall") else ReturnMethod.LABEL,
        window=Window(begins, begins + timedelta(hours=1)) if begins else None,
        weight_grams=wire.grams(message.get("totalWeight"), 1000) or 1000,
        number=next((wire.word(e.get("waybillNo")) for e in wire.objects(message.get("waybillNoInfoList"), "w")), ""),
    )


def _door(told: Message) -> Contact:
    name, phone = wire.word(told.get("contact")), wire.word(told.get("mobile"))
    return Contact(name, phone, "CN", wire.word(told.get("province")), city=wire.word(told.get("city")))
