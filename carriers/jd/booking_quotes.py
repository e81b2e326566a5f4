"""JD's check before an order: one answer tells when a courier can come, and what it would cost."""

from datetime import date, datetime
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Contact,
    Fee,
    Order,
    Pricing,
    Quoted,
    Reply,
    Request,
    Slot,
    Timing,
    Unreadable,
    Window,
)
from carriers.jd import orders, signing, tracking

CHECK = "/ecap/v1/orders/precheck"


def ask_price(order: Order, access: Access) -> Request:
    """The check of an order."""
    message = {
        "senderContact": orders.contact(order.sender),
        "receiverContact": orders.contact(order.recipient),
        "orderOrigin": signing.ORIGIN,
        "customerCode": access.credential("customer_code"),
        "cargoes": [orders.cargo(order)],
        "productsReq": {"productCode": order.service or orders.STANDARD},
    }
    return signing.request(CHECK, message, access)


def ask_hours(door: Contact, _day: date, access: Access) -> Request:
    """The check of a kilogram from a door to itself: JD's hours are the door's, wherever the parcel goes."""
    return ask_price(Order("", door, door), access)


def read_hours(reply: Reply, _door: Contact, day: date) -> tuple[Slot, ...]:
    """The hours of that day; none where JD does not come then."""
    days = wire.objects(_checked(reply).get("pickupSliceTimes"), "pickupSliceTimes")
    hours = [
        hour
        for each in days
        if wire.word(each.get("dateKey")) == day.isoformat()
        for hour in wire.objects(each.get("pickupSliceTimes"), "pickupSliceTimes")
    ]
    return tuple(Slot(window) for hour in hours if (window := _window(hour, day)).start < window.end)


def _window(hour: dict[str, Any], day: date) -> Window:
    return Window(*(_moment(hour, name, day) for name in ("startTime", "endTime")))


def _moment(hour: dict[str, Any], name: str, day: date) -> datetime:
    return times.local(f"{day} {wire.word(hour.get(name))}", times.BEIJING, name)


def read_price(reply: Reply, _order: Order) -> tuple[Quoted, ...]:
    """The products that have a price; JD's estimate for this account, not its list price. Refused: none."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        return ()
    told = _data(answer)
    fees = told.get("commonFeeInfoResponse")
    billed = wire.grams(wire.dig(fees, "calWeight"), 1000)
    currency = wire.word(wire.dig(fees, "currency")) or "CNY"
    return tuple(
        Quoted(
            service=wire.word(product.get("productCode")),
            fee=Fee(amount, currency),
            billed_grams=billed,
            delivery_at=_promise(product.get("deliveryPromiseTime")),
            carrier="jd",
        )
        for product in wire.objects(told.get("productInfos"), "productInfos")
        if (amount := wire.amount(product.get("freightPre"))) is not None
    )


def _promise(value: Any) -> datetime | None:
    return times.epoch_millis(value, times.BEIJING, "deliveryPromiseTime") if value else None


def _checked(reply: Reply) -> dict[str, Any]:
    """What the check says; Unreadable where it was refused, since that tells nothing of hours."""
    answer = tracking.answered(reply.body)
    if not tracking.succeeded(answer):
        raise Unreadable(f"JD told no hours, but {tracking.refusal(answer).code}")
    return _data(answer)


def _data(answer: dict[str, Any]) -> dict[str, Any]:
    told = answer.get("data")
    if not isinstance(told, dict):
        raise Unreadable("data is not an object")
    return told


TIMING = Timing(ask_hours, read_hours)
PRICING = Pricing(ask_price, read_price)
