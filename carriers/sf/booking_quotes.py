"""Asks SF when a courier can come to a door, and what a parcel would cost."""

from datetime import date, datetime, time
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
from carriers.sf import answers, signing

CHECK, RATE = "EXP_EXCE_CHECK_PICKUP_TIME", "EXP_RECE_QUERY_DELIVERTM"
NOON = time(12)


def ask_hours(door: Contact, day: date, access: Access) -> Request:
    """Whether SF collects at a door at noon of a day; version 1.1 also tells its hours there. The door is told by names,
    in the place of SF's own code of the city, which nobody else knows."""
    message = {
        "address": door.in_one_line(),
        "province": door.region,
        "city": door.city,
        "county": door.district,
        "addressType": 1,
        "sendTime": times.beijing(datetime.combine(day, NOON, times.BEIJING)),
        "sysCode": "bsp",
        "version": "V1.1",
    }
    return signing.signed(CHECK, message, access)


def read_hours(reply: Reply, _door: Contact, day: date) -> tuple[Slot, ...]:
    """SF's hours of that day as one slot; none where it does not come then. Version 1.0 answers only yes or no."""
    message, errors = answers.opened(reply.body)
    if errors:
        raise Unreadable(f"SF told no hours, but {errors[0].code}")
    if message is False or wire.dig(message, "status") is False:
        return ()
    start, end = (_hour(wire.dig(message, name), name) for name in ("startTm", "endTm"))
    if not start < end:
        raise Unreadable("startTm is not before endTm")
    return (Slot(Window(*(datetime.combine(day, hour, times.BEIJING) for hour in (start, end)))),)


def _hour(value: Any, place: str) -> time:
    digits = wire.word(value).replace(":", "")
    try:
        return time(int(digits[:2]), int(digits[2:4]))
    except ValueError:
        raise Unreadable(f"{place} is no time of day") from None


def ask_price(order: Order, access: Access) -> Request:
    """Time and price of a parcel; of every product SF has between the two doors unless ``service`` names one."""
    sent = order.window.start if order.window else access.now
    message: dict[str, Any] = {
        "consignedTime": times.beijing(sent),
        "destAddress": _address(order.recipient),
        "searchPrice": "1",
        "srcAddress": _address(order.sender),
        "weight": wire.kilograms(order.weight_grams),
    }
    if order.service:
        message["businessType"] = order.service
    return signing.signed(RATE, message, access)


def _address(door: Contact) -> dict[str, str]:
    return {"address": door.in_one_line(), "city": door.city, "district": door.district, "province": door.region}


def read_price(reply: Reply, order: Order) -> tuple[Quoted, ...]:
    """The products that have a price, in yuan; the latest delivery of each. Without a product or refused: none."""
    message, errors = answers.opened(reply.body)
    if errors:
        return ()
    found = wire.objects(wire.dig(message, "deliverTmDto"), "deliverTmDto")
    return tuple(quote for each in found if (quote := _quote(each, order)))


def _quote(told: dict[str, Any], order: Order) -> Quoted | None:
    amount = wire.amount(told.get("fee"))
    if amount is None:  # a product without a price
        return None
    latest = wire.word(told.get("deliverTime")).split(",")[-1]
    return Quoted(
        service=wire.word(told.get("businessType")),
        fee=Fee(amount, "CNY"),
        billed_grams=order.weight_grams,
        delivery_at=times.local(latest, times.BEIJING, "deliverTime") if latest else None,
        carrier="sf",
    )


TIMING = Timing(ask_hours, read_hours)
PRICING = Pricing(ask_price, read_price)
