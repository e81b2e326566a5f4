"""ZTO's desk in the sandbox: orders taken and cancelled, parcels turned on their way. The codes of a desk's refusals are the sandbox's own."""

from collections.abc import Callable, Mapping
from typing import Any

from carriers import times, wire
from carriers.carrier import Contact, Order, Reply, SandboxWorld, Unreadable, Window
from carriers.diversions import No, divert
from carriers.intercepting import Outcome
from carriers.zto.booking import CANCEL, CREATE
from carriers.zto.intercepting import DESTINATIONS, INTERCEPT, STATUS
from carriers.zto.statuses import ERRORS
from db.enums import PickupStatus as P

Message = dict[str, Any]

ACCOUNT = {"accountId": "sandbox-account_id", "accountPassword": "sandbox-account_password"}
# What the published list of errors has no word for.
OWN = {
    "Z001": "超出揽收服务范围",
    "Z002": "订单不存在",
    "Z003": "已揽收，不能取消",
    "Z004": "运单不存在",
    "Z005": "运单已签收，不能拦截",
    "Z006": "运单已拦截",
}
REFUSED = {No.UNKNOWN: "Z004", No.TOO_LATE: "Z005", No.ANOTHER: "Z006"}
KINDS = {destination: kind for kind, destination in DESTINATIONS.items()}
STATES = {Outcome.TAKEN: ("INTERCEPTING", "拦截中"), Outcome.DONE: ("INTERCEPT_SUCCESS", "拦截成功")}


def answer(api: str, message: Message, world: SandboxWorld) -> Reply:
    """A signed call of an order."""
    try:
        return SERVICES[api](message, world)
    except Unreadable:
        return refuse("S208")


def create(message: Message, world: SandboxWorld) -> Reply:
    """Takes an order; one that there is already is told as it is."""
    account = message.get("accountInfo")
    if {name: wire.dig(account, name) for name in ACCOUNT} != ACCOUNT:
        return refuse("E404")
    order = _order(message)
    booking, _ = world.desk.take(order)
    if booking is None:
        return refuse("Z001")
    told = {
        "bigMarkInfo": {"bagAddr": "沪西", "mark": "300- H12 09"},
        "verifyCode": None,
        "siteCode": "02100",
        "siteName": "上海",
        "billCode": booking.number,
        "orderCode": booking.confirmation,
        "partnerOrderCode": order.reference,
    }
    return say("成功", told, "0000")


def cancel(message: Message, world: SandboxWorld) -> Reply:
    """Cancels, however often. What was collected cannot be cancelled any more."""
    names = [wire.word(message.get(name)) for name in ("orderCode", "billCode")]
    after = world.desk.cancel(wire.needed(next(filter(None, names), ""), "orderCode"))
    if after is None:
        return refuse("Z002")
    return say("请求成功", {}, "SYS000") if after.status is P.CANCELED else refuse("Z003")


def intercept(message: Message, world: SandboxWorld) -> Reply:
    """Takes the wish for a parcel on its way; the same id again is the same wish."""
    kind = KINDS.get(wire.count(message.get("destinationType")) or 0)
    needed = ("requestId", "billCode", *(("receiveAddress", "receivePhone") if kind == "redirect" else ()))
    number = [wire.needed(message.get(name), name) for name in needed][1]
    if kind is None:
        return refuse("S208")
    no = divert(world, number, kind, wire.word(message.get("requestId")))
    return say("成功", {"centerBizNo": number}, "SYS000") if no is None else refuse(REFUSED[no])


def intercepted(message: Message, world: SandboxWorld) -> Reply:
    """What became of the wish for a parcel."""
    number = wire.needed(message.get("billCode"), "billCode")
    found = world.desk.diversion(number)
    told: Message | None = None
    if found is not None:
        state, name = STATES[found.outcome]
        told = {"billCode": number, "serviceCode": "", "status": state, "statusName": name}
    return wire.json_reply({"message": "成功", "statusCode": "SYS000", "status": True, "data": told})


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Reply]] = {
    CREATE: create,
    CANCEL: cancel,
    INTERCEPT: intercept,
    STATUS: intercepted,
}


def say(message: str, result: Any, code: str) -> Reply:
    """ZTO's yes."""
    return wire.json_reply({"message": message, "statusCode": code, "status": True, "result": result})


def refuse(code: str) -> Reply:
    """ZTO's no."""
    text = ERRORS.get(code) or OWN[code]
    return wire.json_reply({"message": text, "statusCode": code, "status": False, "result": None})


def _order(message: Message) -> Order:
    """What the sandbox keeps of an order: Unreadable without what ZTO would not take it without."""
    summary = message.get("summaryInfo")
    begins, ends = (wire.dig(summary, name) for name in ("startTime", "endTime"))
    window = (
        Window(times.local(begins, times.BEIJING, "startTime"), times.local(ends, times.BEIJING, "endTime"))
        if begins and ends
        else None
    )
    return Order(
        reference=wire.needed(message.get("partnerOrderCode"), "partnerOrderCode"),
        sender=_door(message.get("senderInfo"), "sender"),
        recipient=_door(message.get("receiveInfo"), "receiver"),
        window=window,
        number=wire.word(message.get("billCode")),
    )


def _door(told: Any, who: str) -> Contact:
    name, phone, region, city, address = (
        wire.needed(wire.dig(told, who + field), who + field)
        for field in ("Name", "Mobile", "Province", "City", "Address")
    )
    return Contact(name, phone, "CN", region, city=city, street=(address,))
