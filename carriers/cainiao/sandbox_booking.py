"""Cainiao's desk in the sandbox: orders taken, told, moved and cancelled. It has no word for what went wrong."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from carriers import times, wire
from carriers.cainiao.booking import CREATE
from carriers.cainiao.booking_changes import CANCEL, DETAIL, MODIFY, PREVIEW
from carriers.carrier import Contact, Order, Reply, SandboxBooking, SandboxWorld, Unreadable, Window
from db.enums import PickupStatus as P

Message = dict[str, Any]

WRITTEN = {P.REQUESTED: "0", P.ACCEPTED: "100", P.COURIER_ASSIGNED: "100", P.PICKED_UP: "400", P.SETTLED: "400"}
# When couriers go out, and whether there is room.
ROUNDS = ((time(9), time(12), True), (time(14), time(18), True), (time(18), time(20), False))


def create(asked: Message, world: SandboxWorld) -> Reply:
    """Takes an order, or tells the one of this outside order again."""
    booking, why = world.desk.take(_order(asked))
    if booking is None:
        return refused("OUT_OF_SERVICE_AREA", why)
    told = {"orderId": booking.confirmation, "mailNo": booking.number, "gotCode": "4711", "cpCode": "CAINIAO"}
    return said(told)


def detail(asked: Message, world: SandboxWorld) -> Reply:
    """An order as it stands."""
    booking = world.desk.booking(wire.word(asked.get("orderId")))
    return _unknown() if booking is None else said(_told(booking))


def modify(asked: Message, world: SandboxWorld) -> Reply:
    """Another time, until the parcel was collected."""
    start, end = (times.local(asked.get(f"appointGot{name}Time"), times.BEIJING, name) for name in ("Start", "End"))
    key = wire.word(asked.get("orderId"))
    before = world.desk.booking(key)
    if before is None:
        return _unknown()
    if before.status in {P.PICKED_UP, P.SETTLED, P.CANCELED} or not start < end:
        return said(told=False)
    world.desk.reschedule(key, Window(start, end))
    return said(told=True)


def cancel(asked: Message, world: SandboxWorld) -> Reply:
    """Cancels, until the parcel was collected; a second time changes nothing."""
    booking = world.desk.cancel(wire.word(asked.get("orderId")))
    return _unknown() if booking is None else said(told=booking.status is P.CANCELED)


def preview(_asked: Message, world: SandboxWorld) -> Reply:
    """The rounds of the next three days."""
    today = world.now.astimezone(times.BEIJING).date()
    rounds = [
        {
            "startTime": times.beijing(datetime.combine(today + timedelta(days=ahead), start, times.BEIJING)),
            "endTime": times.beijing(datetime.combine(today + timedelta(days=ahead), end, times.BEIJING)),
            "selectable": has_room,
        }
        for ahead in range(3)
        for start, end, has_room in ROUNDS
    ]
    return said({"full": False, "timeList": rounds})


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Reply]] = {
    CREATE: create,
    DETAIL: detail,
    MODIFY: modify,
    CANCEL: cancel,
    PREVIEW: preview,
}


def said(told: Any) -> Reply:
    """The service's answer."""
    return wire.json_reply({"success": True, "data": told})


def refused(code: str, message: str) -> Reply:
    """The gateway's or the service's no."""
    return wire.json_reply({"success": False, "errorCode": code, "errorMsg": message})


def _unknown() -> Reply:
    return refused("ORDER_NOT_EXIST", "订单不存在")


def _told(booking: SandboxBooking) -> Message:
    who = booking.courier
    return {
        "logisticsOrderCode": booking.confirmation,
        "mailNo": booking.number,
        "cpCode": "CAINIAO",
        "cpName": "菜鸟",
        "status": WRITTEN.get(booking.status, ""),
        "courierInfo": {"name": who.name, "mobile": who.phone} if who else None,
    }


def _order(asked: Message) -> Order:
    outside = wire.objects(asked.get("outOrderInfoList"), "outOrderInfoList")
    reference = wire.word(outside[0].get("outOrderId")) if outside else ""
    if not reference or not all(isinstance(asked.get(name), dict) for name in ("senderInfo", "receiverInfo")):
        raise Unreadable("the order lacks a number or a door")
    start, end = (times.local(asked.get(f"appointGot{name}Time"), times.BEIJING, name) for name in ("Start", "End"))
    return Order(
        reference=reference,
        sender=_door(asked["senderInfo"]),
        recipient=_door(asked["receiverInfo"]),
        window=Window(start, end),
        weight_grams=wire.grams(asked.get("weight"), 1000) or 1000,
    )


def _door(told: Message) -> Contact:
    return Contact(
        wire.word(told.get("name")), wire.word(told.get("mobile")), "CN", wire.word(told.get("provinceName"))
    )
