"""YTO's desk in the sandbox: orders taken and cancelled. The codes of its refusals are the sandbox's own."""

from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Order, Reply, SandboxWorld, Window
from db.enums import PickupStatus as P

Param = dict[str, Any]


def create(param: Param, world: SandboxWorld) -> Reply:
    """Takes an order; one that there is already is told as it is."""
    order = _order(param)
    booking, _ = world.desk.take(order)
    if booking is None:
        return refuse("9001", "超出揽收服务范围。")
    return wire.json_reply({"logisticsNo": order.reference, "mailNo": booking.number, "shortAddress": "300-005-024"})


def cancel(param: Param, world: SandboxWorld) -> Reply:
    """Cancels, however often. What was collected cannot be cancelled any more."""
    reference = wire.needed(param.get("logisticsNo"), "logisticsNo")
    after = world.desk.cancel(reference)
    if after is None:
        return refuse("9002", "订单不存在。")
    if after.status is not P.CANCELED:
        return refuse("9003", "已揽收，不能取消。")
    return wire.json_reply({"logisticsNo": reference})


def refuse(code: str, message: str, status: int = 200) -> Reply:
    """YTO's no."""
    return wire.json_reply({"code": code, "message": message, "success": False}, status)


def _order(param: Param) -> Order:
    """What the sandbox keeps of an order: Unreadable without what YTO would not take it without."""
    begins, ends = (param.get(name) for name in ("startTime", "endTime"))
    window = (
        Window(times.local(begins, times.BEIJING, "startTime"), times.local(ends, times.BEIJING, "endTime"))
        if begins and ends
        else None
    )
    return Order(
        reference=wire.needed(param.get("logisticsNo"), "logisticsNo"),
        sender=_door(param, "sender"),
        recipient=_door(param, "recipient"),
        window=window,
        weight_grams=wire.grams(param.get("weight"), 1000) or 1000,
    )


def _door(param: Param, who: str) -> Contact:
    name, phone, region, city, address = (
        wire.needed(param.get(who + field), who + field)
        for field in ("Name", "Mobile", "ProvinceName", "CityName", "Address")
    )
    return Contact(name, phone, "CN", region, city=city, street=(address,))
