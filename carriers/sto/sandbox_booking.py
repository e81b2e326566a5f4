"""STO's desk in the sandbox: orders taken and cancelled, and pushes of their states, signed as all pushes are."""

from collections.abc import Callable, Mapping
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
)
from carriers.sto import signing
from carriers.sto.booking import CANCEL, CREATE
from carriers.sto.statuses import ERRORS, NOT_FOUND
from db.enums import PickupStatus as P

Message = dict[str, Any]

KEY, SECRET = "sandbox-app_key", "sandbox-secret_key"
SOURCE, SERVICE = "sandbox-order_source", "edi_push_order_status"
CUSTOMER = {
    "siteCode": "sandbox-site_code",
    "customerName": "sandbox-customer_name",
    "sitePwd": "sandbox-site_password",
}
NO_RIGHT = "006"
# What the published list of errors has no word for: these codes are the sandbox's own.
FAR, GONE = "101", "103"
OWN = {FAR: "超出揽收服务范围", GONE: "已揽收，不能取消"}

# What STO writes for a state. It has no word for "settled", nor another than "sent back" for what failed.
WRITTEN = {
    P.REQUESTED: "1",
    P.ACCEPTED: "1",
    P.COURIER_ASSIGNED: "2",
    P.PICKED_UP: "5",
    P.SETTLED: "5",
    P.CANCELED: "4",
    P.FAILED: "6",
    P.REJECTED: "6",
}


def create(content: Message, world: SandboxWorld) -> Reply:
    """Takes an order; one that there is already is told as it is."""
    told = {name: wire.dig(content, "customer", name) for name in CUSTOMER}
    if content.get("orderSource") != SOURCE or told != CUSTOMER:
        return say("false", error=NO_RIGHT)
    order = _order(content)
    booking, _ = world.desk.take(order)
    if booking is None:
        return say("false", error=FAR)
    world.subscribe(f"booking:{order.reference}", SandboxSubscription(""))  # its console knows where to
    return say("true", data={"orderNo": order.reference, "waybillNo": booking.number, "bigWord": "上海 120-302 003"})


def cancel(content: Message, world: SandboxWorld) -> Reply:
    """Cancels, however often. What was collected cannot be cancelled any more."""
    if content.get("orderSource") != SOURCE:
        return say("false", error=NO_RIGHT)
    after = world.desk.cancel(wire.needed(content.get("sourceOrderId"), "sourceOrderId"))
    if after is None:
        return say("false", error=NOT_FOUND)
    return say("true") if after.status is P.CANCELED else say("false", error=GONE)


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Reply]] = {CREATE: create, CANCEL: cancel}


def push_booking(booking: SandboxBooking, subscription: SandboxSubscription) -> Request:
    """A push of an order's state as it stands."""
    met, window = booking.courier if booking.status is P.COURIER_ASSIGNED else None, booking.order.window
    change = {
        "orderId": booking.order.reference,
        "billCode": booking.number,
        "status": WRITTEN.get(booking.status, "1"),
        "siteName": "上海青浦公司",
        "siteCode": "200001",
        "sitePhone": "",
        "userCode": "0001" if met else "",
        "userName": (met and met.name) or "",
        "userMobile": (met and met.phone) or "",
        "fetchStartTime": times.beijing(window.start) if window else "",
        "fetchEndTime": times.beijing(window.end) if window else "",
        "printCode": "",
    }
    told = {"event": "ORDER_STATUS_CHANGE_NOTIFY", "changeInfo": change}
    nothing = dict.fromkeys(("cancelInfo", "modifyInfo", "returnInfo"))
    return pushed("EDI_PUSH_ORDER_STATUS", SERVICE, told | nothing, subscription)


def pushed(api: str, service: str, told: Message, subscription: SandboxSubscription) -> Request:
    """A push of the gateway's, signed."""
    content = wire.compact(told)
    fields = {
        "content": content,
        "data_digest": signing.digest(content, SECRET),
        "api_name": api,
        "from_appkey": service,
        "from_code": service,
        "to_appkey": KEY,
        "to_code": KEY,
    }
    return wire.form_request(subscription.callback_url, fields)


def say(success: str, *, data: Any = None, error: str = "") -> Reply:
    """A service's answer; ``success`` is a text."""
    message = ERRORS.get(error) or OWN.get(error, "")
    body = {"success": success, "errorCode": error, "errorMsg": message, "needRetry": "false"}
    return wire.json_reply({**body, "data": data})


def _order(content: Message) -> Order:
    """What the sandbox keeps of an order: Unreadable without what STO would not take it without."""
    return Order(
        reference=wire.needed(content.get("orderNo"), "orderNo"),
        sender=_door(content.get("sender"), "sender"),
        recipient=_door(content.get("receiver"), "receiver"),
        weight_grams=wire.grams(wire.dig(content, "cargo", "weight"), 1000) or 1000,
        number=wire.word(content.get("waybillNo")),
    )


def _door(told: Any, where: str) -> Contact:
    name, phone, region, city, address = (
        wire.needed(wire.dig(told, field), f"{where}.{field}")
        for field in ("name", "mobile", "province", "city", "address")
    )
    return Contact(name, phone, "CN", region, city=city, street=(address,))
