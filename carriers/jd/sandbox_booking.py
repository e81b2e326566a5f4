"""JD's desk in the sandbox: orders checked, taken and cancelled. The codes of its refusals are the sandbox's own."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
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
from carriers.jd import orders
from carriers.jd.booking import CREATE, REPEATED
from carriers.jd.booking_changes import CANCEL
from carriers.jd.booking_quotes import CHECK
from db.enums import PickupStatus as P

Message = dict[str, Any]

# What JD writes for a state: the state's code and name, its category and that one's name.
ASSIGNED = ("200034", "揽收任务分配", 390, "揽收中")
COLLECTED = ("200001", "揽收", 420, "已揽收")
WRITTEN = {
    P.REQUESTED: ("10010", "订单初始化", 100, "已接单"),
    P.ACCEPTED: ("10010", "订单初始化", 100, "已接单"),
    P.COURIER_ASSIGNED: ASSIGNED,
    P.FAILED: ("200067", "取货失败", 390, "揽收中"),
    P.REJECTED: ("200052", "终止揽收", 390, "揽收中"),
    P.CANCELED: ("200010", "取消完成", 690, "已取消"),
}
AGAIN = ("200053", "揽件再取", 390, "揽收中")
OPENS, CLOSES = 9, 22


def create(message: Message, world: SandboxWorld) -> Reply:
    """Takes an order; of a reference that there is already it tells the first one."""
    order = _order(message)
    is_repeat = world.desk.booking(order.reference) is not None
    booking, _ = world.desk.take(order)
    if booking is None:
        return refuse(2001, "超出揽收服务范围")
    world.subscribe(f"booking:{order.reference}", SandboxSubscription(""))  # its console knows where to
    told = {"orderCode": f"EO{booking.confirmation[2:]}", "waybillCode": booking.number, "extendFields": {}}
    return say(told, {"subCode": REPEATED, "subMsg": "商家订单号已被使用"} if is_repeat else {})


def cancel(message: Message, world: SandboxWorld) -> Reply:
    """Cancels, however often. What was collected cannot be cancelled any more."""
    after = world.desk.cancel(wire.needed(message.get("waybillCode"), "waybillCode"))
    if after is None:
        return refuse(2002, "运单不存在")
    return say({}) if after.status is P.CANCELED else refuse(2003, "已揽收，不能取消")


def check(message: Message, world: SandboxWorld) -> Reply:
    """The same hours at every door for a week; ten yuan and two for each kilogram, there in two days."""
    [cargo, *_] = wire.objects(message.get("cargoes"), "cargoes") or [{}]
    kilograms = ceil((wire.grams(cargo.get("weight"), 1000) or 1000) / 1000)
    today, fee = world.now.astimezone(times.BEIJING).date(), 10 + 2 * kilograms
    days = [
        {"dateKey": str(today + timedelta(days=n)), "pickupSliceTimes": [_hour(h) for h in range(OPENS, CLOSES)]}
        for n in range(7)
    ]
    product = {
        "productCode": wire.word(wire.dig(message, "productsReq", "productCode")) or orders.STANDARD,
        "productName": "京东标快",
        "freightPre": fee,
        "freightStandard": fee,
        "deliveryPromiseTime": times.millis(world.now + timedelta(days=2)),
    }
    fees = {"calWeight": kilograms, "currency": "CNY", "totalAmount": fee, "totalPreAmount": fee}
    return say({"commonFeeInfoResponse": fees, "pickupSliceTimes": days, "productInfos": [product]})


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Reply]] = {CREATE: create, CANCEL: cancel, CHECK: check}


def push_booking(booking: SandboxBooking, subscription: SandboxSubscription) -> Request:
    """A push of an order's state as it stands, at the one time that is known of it: when it was taken."""
    met = booking.courier if booking.status is P.COURIER_ASSIGNED else None
    is_again = booking.status is P.REQUESTED and bool(booking.reason)
    state, title, category, name = AGAIN if is_again else WRITTEN.get(booking.status, COLLECTED)
    remark = f"揽收任务已分配给{met.name}（联系电话：{met.phone}）。" if met else booking.reason or title
    told = {
        "waybillCode": booking.number,
        "orderId": booking.order.reference,
        "operationTime": times.beijing(booking.booked_at) if booking.booked_at else "",
        "state": state,
        "operationTitle": title,
        "category": category,
        "categoryName": name,
        "operationRemark": remark,
    }
    return wire.json_request("POST", subscription.callback_url, told)


def say(told: Any, more: Message | None = None) -> Reply:
    """JD's yes."""
    return wire.json_reply({"code": 0, "success": True, "msg": "成功", "data": told, **(more or {})})


def refuse(code: int, message: str) -> Reply:
    """JD's no."""
    return wire.json_reply({"code": code, "success": False, "msg": message, "data": None})


def _hour(hour: int) -> Message:
    return {"startTime": f"{hour:02}:00:00", "endTime": f"{hour + 1:02}:00:00"}


def _order(message: Message) -> Order:
    """What the sandbox keeps of an order: Unreadable without what JD would not take it without."""
    sender, recipient = (_door(message.get(name), name) for name in ("senderContact", "receiverContact"))
    [cargo, *_] = wire.objects(message.get("cargoes"), "cargoes") or [{}]
    begins, ends = (message.get(name) for name in ("pickupStartTime", "pickupEndTime"))
    window = (
        Window(
            times.epoch_millis(begins, times.BEIJING, "pickupStartTime"),
            times.epoch_millis(ends, times.BEIJING, "pickupEndTime"),
        )
        if begins and ends
        else None
    )
    return Order(
        reference=wire.needed(message.get("orderId"), "orderId"),
        sender=sender,
        recipient=recipient,
        window=window,
        weight_grams=wire.grams(cargo.get("weight"), 1000) or 1000,
        number=wire.word(message.get("waybillCode")),
    )


def _door(told: Any, where: str) -> Contact:
    if not isinstance(told, dict):
        raise Unreadable(f"{where} is missing")
    return Contact(
        name=wire.needed(told.get("name"), f"{where}.name"),
        phone=wire.needed(told.get("mobile"), f"{where}.mobile"),
        country="CN",
        street=(wire.needed(told.get("fullAddress"), f"{where}.fullAddress"),),
    )
