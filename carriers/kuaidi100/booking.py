"""Orders Kuaidi100 to send one of its carriers to a door."""

from datetime import time
from urllib.parse import urlencode

from carriers import times, wire
from carriers.carrier import (
    Access,
    Booked,
    Booking,
    Bounds,
    CannotAsk,
    Order,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.kuaidi100 import booking_changes, orders, pickups, results
from db.case_enums import ReturnMethod

ORDER = "bOrder"
REPEATED = "501"
DAYS = ("今天", "明天", "后天")
PAYERS = {"recipient": "CONSIGNEE"}


def request(order: Order, access: Access) -> Request:
    """An order. Its states go to our push address, which repeats our reference, signed with our salt. The account pays
    Kuaidi100, whoever ``payer`` names but the recipient."""
    if not access.push_secret or not access.callback_url:
        raise CannotAsk("kuaidi100 must be told where to send an order's states, and a salt to sign them with")
    join = "&" if "?" in access.callback_url else "?"
    company = orders.company(order)
    message = {
        "kuaidicom": orders.com(company),
        "recManName": order.recipient.name,
        "recManMobile": wire.national(order.recipient.phone, "86"),
        "recManPrintAddr": orders.address(order.recipient),
        "sendManName": order.sender.name,
        "sendManMobile": wire.national(order.sender.phone, "86"),
        "sendManPrintAddr": orders.address(order.sender),
        "cargo": order.goods or "物品",
        "callBackUrl": access.callback_url + join + urlencode({pickups.REFERENCE: order.reference}),
        "payment": PAYERS.get(order.payer, "SHIPPER"),
        "serviceType": orders.product(order),
        "weight": orders.weight(order),
        "remark": order.remark,
        "salt": access.push_secret,
        **_when(order.window, access),
        "passwordSigning": "",
        "valinsPay": "" if order.declared is None else f"{order.declared:f}",
        "op": "0",
        "pollCallBackUrl": "",
        "resultv2": "0",
        "thirdOrderId": order.reference,
    }
    return orders.signed(access.base_url + orders.PATH, ORDER, message, access)


def _when(window: Window | None, access: Access) -> dict[str, str]:
    """The day in words, since they know only three, and the hours by Beijing's clock."""
    if window is None:
        return {"dayType": "", "pickupStartTime": "", "pickupEndTime": ""}
    start, end = (moment.astimezone(times.BEIJING) for moment in (window.start, window.end))
    ahead = (start.date() - access.now.astimezone(times.BEIJING).date()).days
    if not 0 <= ahead < len(DAYS) or start.date() != end.date():
        raise CannotAsk("kuaidi100 sends a courier today, tomorrow or the day after, within one day")
    return {"dayType": DAYS[ahead], "pickupStartTime": f"{start:%H:%M}", "pickupEndTime": f"{end:%H:%M}"}


def read(reply: Reply, order: Order) -> Booked:
    """The order as it was taken. The waybill's number may come later by push (Yunda's always does). What was submitted
    before (501) is that order, whose taskId is then to be asked for."""
    answer = wire.object_of(reply.body)
    refusal = results.refusal_of(answer)
    if refusal is not None and refusal.code == REPEATED:
        return Booked(confirmation=order.reference, raw_code=REPEATED, is_repeat=True)
    if refusal is not None:
        return Booked(errors=(booking_changes.refused(refusal),))
    data = answer.get("data")
    task = wire.needed(wire.dig(data, "taskId"), "data.taskId")
    if answer.get("result") is not True:
        raise Unreadable("the answer has no result")
    return Booked(
        confirmation=task,
        number=wire.word(wire.dig(data, "kuaidinum")),
        raw_code=wire.word(answer.get("returnCode")),
        extras={"orderId": wire.word(wire.dig(data, "orderId"))},
    )


BOOKING = Booking(
    methods=frozenset({ReturnMethod.DOOR_PICKUP}),
    request=request,
    read=read,
    bounds=Bounds(countries=frozenset({"CN"}), closes=time(19), cut_off=time(17), longest_days=2),
    asking=booking_changes.ASKING,
    canceling=booking_changes.CANCELING,
    pricing=booking_changes.PRICING,
    services=orders.SENDERS,
)
