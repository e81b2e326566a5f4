"""Kuaidi100's desk in the sandbox: orders taken, told, priced and cancelled, and the states it sends, signed."""

import zlib
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Contact,
    Order,
    Reply,
    Request,
    SandboxBooking,
    SandboxSubscription,
    SandboxWorld,
    Unreadable,
    Window,
)
from carriers.diversions import No, divert
from carriers.kuaidi100 import companies, intercepting, orders
from carriers.kuaidi100.booking import DAYS, ORDER
from carriers.kuaidi100.booking_changes import CANCEL, DETAIL, PRICE
from carriers.kuaidi100.tracking import param, sign
from db.enums import PickupStatus as P

Message = dict[str, Any]

PATHS = {orders.PATH, intercepting.PATH}
NEEDED = ("kuaidicom", "recManName", "recManMobile", "recManPrintAddr", "sendManName", "sendManMobile")

# What Kuaidi100 writes for a state; a revived order has a word of its own.
WRITTEN = {
    P.REQUESTED: "0",
    P.ACCEPTED: "0",
    P.COURIER_ASSIGNED: "1",
    P.PICKED_UP: "10",
    P.SETTLED: "15",
    P.FAILED: "11",
    P.CANCELED: "99",
    P.REJECTED: "610",
}
REVIVED = "166"
KINDS = {type_: kind for kind, (type_, _) in intercepting.TYPES.items()}
REFUSED = {No.UNKNOWN: "运单不存在", No.TOO_LATE: "运单已签收，无法拦截", No.ANOTHER: "已发起拦截，请勿重复提交"}


def answer(fields: Mapping[str, str], asked: Message, world: SandboxWorld) -> Reply:
    """A call of an order, by its method."""
    method = METHODS.get(fields.get("method", ""))
    if method is None or fields.get("key") != "sandbox-key":
        return refused("600", "非法用户")
    expected = sign(fields["param"], fields.get("t", ""), "sandbox-key", "sandbox-secret")
    if not wire.same(expected, fields.get("sign", "")):
        return refused("503", "验证签名失败")
    try:
        return method(asked, world)
    except Unreadable:
        return refused("400", "参数错误")


def _order(asked: Message, world: SandboxWorld) -> Reply:
    """Takes an order; a second one of our reference is a repeat."""
    if not all(wire.word(asked.get(name)) for name in NEEDED):
        return refused("400", "参数错误")
    order = _understood(asked, world.now)
    if world.desk.booking(order.reference) is not None:
        return refused("501", "重复提交")
    booking, _ = world.desk.take(order)
    if booking is None:
        return refused("500", "承运快递在当前订单的寄收地暂不支持下单，请更换其他快递")
    heard_at, salt = wire.word(asked.get("callBackUrl")), wire.word(asked.get("salt"))
    world.subscribe(f"booking:{order.reference}", SandboxSubscription(heard_at, salt))
    return _said(
        "提交成功",
        {"kuaidinum": booking.number, "orderId": _own(booking), "attach": None, "taskId": booking.confirmation},
    )


def _detail(asked: Message, world: SandboxWorld) -> Reply:
    booking = world.desk.booking(wire.word(asked.get("thirdOrderId")) or wire.word(asked.get("taskId")))
    if booking is None:
        return refused("500", "订单不存在")
    return _said("成功", {**_state(booking), "taskId": booking.confirmation, "kuaidiNum": booking.number})


def _cancel(asked: Message, world: SandboxWorld) -> Reply:
    key = wire.word(asked.get("taskId"))
    before = world.desk.booking(key)
    if before is None:
        return refused("500", "订单不存在")
    if before.status is P.CANCELED:
        return refused("500", "订单已取消")
    after = world.desk.cancel(key)
    done = after is not None and after.status is P.CANCELED
    return _said("取消成功", {}) if done else refused("500", "快递员已取件，不能取消")


def _price(asked: Message, _world: SandboxWorld) -> Reply:
    """Ten yuan for the first kilogram, two for each further begun one."""
    further = max(0, -(-(wire.grams(asked.get("weight"), 1000) or 1000) // 1000) - 1)
    product = {
        "serviceType": wire.word(asked.get("serviceType")),
        "kuaidiCom": wire.word(asked.get("kuaidicom")),
        "firstPrice": "10.0",
        "overPrice": f"{2.0 * further}",
        "price": f"{10.0 + 2 * further}",
    }
    return _said("成功", product)


def _intercept(asked: Message, world: SandboxWorld) -> Reply:
    """Takes the wish for a parcel on its way, once."""
    kind = KINDS.get(wire.word(asked.get("interceptType")))
    if kind is None or (kind == "redirect" and not wire.word(wire.dig(asked, "recManInfo", "printAddr"))):
        raise Unreadable("the type, or its door, is missing")
    no = divert(world, wire.word(asked.get("kuaidinum")), kind, "")
    return _said("成功", {}) if no is None else refused("500", REFUSED[no])


METHODS: Mapping[str, Callable[[Message, SandboxWorld], Reply]] = {
    ORDER: _order,
    DETAIL: _detail,
    CANCEL: _cancel,
    PRICE: _price,
    intercepting.INTERCEPT: _intercept,
}


def push_booking(booking: SandboxBooking, subscription: SandboxSubscription) -> Request:
    """A state of an order, sent to the order's own address; signed where it was given a salt."""
    message = {
        "kuaidicom": companies.COMS.get(booking.order.carrier, ""),
        "kuaidinum": booking.number,
        "status": "200",
        "message": booking.reason or "成功",
        "data": _state(booking),
    }
    text = param(message)
    sealed = {"sign": sign(text, subscription.secret)} if subscription.secret else {}
    return wire.form_request(subscription.callback_url, {"taskId": booking.confirmation, "param": text, **sealed})


def _state(booking: SandboxBooking) -> Message:
    is_revived = booking.status is P.REQUESTED and bool(booking.reason)
    grams = booking.settled_grams or booking.order.weight_grams
    return {
        "orderId": _own(booking),
        "status": REVIVED if is_revived else WRITTEN.get(booking.status, "0"),
        "courierName": booking.courier.name if booking.courier else "",
        "courierMobile": booking.courier.phone if booking.courier else "",
        "pickupCode": booking.pickup_code,
        "weight": f"{wire.kilograms(grams):g}",
        "freight": f"{booking.fee.amount:f}" if booking.fee else "",
    }


def _own(booking: SandboxBooking) -> str:
    # Eight digits, the same for the same order.
    return f"{zlib.crc32(booking.order.reference.encode()) % 10**8:08d}"


def _said(text: str, data: Message) -> Reply:
    return wire.json_reply({"data": data, "message": text, "result": True, "returnCode": "200"})


def refused(code: str, message: str) -> Reply:
    """A refusal, as all their services write it."""
    return wire.json_reply({"result": False, "returnCode": code, "message": message})


def _understood(asked: Message, now: datetime) -> Order:
    sender, recipient = (
        Contact(
            wire.word(asked.get(f"{who}ManName")),
            wire.word(asked.get(f"{who}ManMobile")),
            "CN",
            street=(wire.word(asked.get(f"{who}ManPrintAddr")),),
        )
        for who in ("send", "rec")
    )
    carrier = companies.OURS.get(wire.word(asked.get("kuaidicom")))
    if carrier is None:
        raise Unreadable("kuaidicom is none of theirs")
    return Order(
        reference=wire.needed(asked.get("thirdOrderId"), "thirdOrderId"),
        sender=sender,
        recipient=recipient,
        window=_window(asked, now),
        weight_grams=wire.grams(asked.get("weight"), 1000) or 1000,
        carrier=carrier,
    )


def _window(asked: Message, now: datetime) -> Window | None:
    day, start, end = (wire.word(asked.get(name)) for name in ("dayType", "pickupStartTime", "pickupEndTime"))
    if not day:
        return None
    try:
        date = now.astimezone(times.BEIJING).date() + timedelta(days=DAYS.index(day))
        return Window(
            *(datetime.combine(date, time.fromisoformat(hour), times.BEIJING) for hour in (start, end)),
        )
    except ValueError:
        raise Unreadable("the pickup's time is not one of theirs") from None
