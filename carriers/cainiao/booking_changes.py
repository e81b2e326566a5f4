"""Asks Cainiao after an order, cancels it, moves it, and asks beforehand when a courier can come."""

from datetime import date
from typing import Any

from carriers import times, wire
from carriers.cainiao import doors, pickups, signing, tracking
from carriers.carrier import (
    Access,
    Asking,
    Booked,
    CannotAsk,
    Changing,
    Contact,
    ReadError,
    Ref,
    Reply,
    Request,
    Slot,
    Timing,
    Unreadable,
    Window,
)
from db.enums import PickupStatus

DETAIL, CANCEL, MODIFY = "GUOGUO_QUERY_SEND_ORDER_FULL_DETAIL", "GUOGUO_CANCEL_SEND_ORDER", "GUOGUO_MODIFY_SEND_ORDER"
PREVIEW = "guoguo.pickup.service.time.query"
OPERATOR, OTHER_REASON, WHY = 1, "-1", "不寄了"


def chosen(data: dict[str, Any]) -> dict[str, str]:
    """The carrier that Cainiao chose, by Cainiao's code of it."""
    code = pickups.part(data, "cpCode")
    return {"cpCode": code} if code else {}


def _own(ref: Ref) -> str:
    if not ref.confirmation:
        raise CannotAsk("Cainiao knows an order by its own number only, which its answer would have told")
    return ref.confirmation


def ask(ref: Ref, access: Access) -> Request:
    """The detail of an order. It is asked for by Cainiao's number: an order whose answer was lost cannot be found."""
    message = {"orderId": _own(ref), "cnAccountId": access.credential(doors.USER), "needLogisticsDetail": True}
    return signing.signed(DETAIL, message, access)


def read(reply: Reply, ref: Ref) -> Booked:
    """The order as it stands. How Cainiao says that there is none was never seen, so no answer means that."""
    answer = wire.object_of(reply.body)
    refusal = tracking.refusal_of(answer)
    data = answer.get("data")
    if refusal is not None or not isinstance(data, dict):
        raise Unreadable("Cainiao told nothing of the order")
    told = pickups.of(data)
    is_met = told.status is PickupStatus.ACCEPTED and told.courier is not None  # no code of theirs says so
    return Booked(
        confirmation=told.confirmation or ref.confirmation,
        number=told.tracking_number or "",
        status=PickupStatus.COURIER_ASSIGNED if is_met else told.status,
        raw_code=told.raw_code,
        courier=told.courier,
        pickup_code=told.pickup_code or "",
        extras=chosen(data),
    )


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation of an order, for no reason of theirs."""
    message = {
        "cnAccountId": access.credential(doors.USER),
        "orderId": _own(ref),
        "reasonCode": OTHER_REASON,
        "reasonDesc": WHY,
        "operatorType": OPERATOR,
    }
    return signing.signed(CANCEL, message, access)


def move(ref: Ref, window: Window | None, access: Access) -> Request:
    """Another time. The doors, which the sample repeats, stay as they are: nobody keeps them for this."""
    if window is None:
        raise CannotAsk("Cainiao must be told the new time")
    message = {
        "orderId": _own(ref),
        "cnAccountId": access.credential(doors.USER),
        "operatorType": OPERATOR,
        "externalUserId": access.credential(doors.USER),
        **doors.appointment(window),
    }
    return signing.signed(MODIFY, message, access)


def read_change(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals, ``data: false`` among them."""
    answer = wire.object_of(reply.body)
    refusal = tracking.refusal_of(answer)
    if refusal is None and "success" not in answer:
        raise Unreadable("the answer has no success")
    return (refusal,) if refusal else ()


def ask_times(door: Contact, _day: date, access: Access) -> Request:
    """When a courier can come to a door. Where the parcel goes to is not known yet, and not told."""
    condition = {
        "senderInfo": doors.told(door),
        "itemCodeList": [doors.ITEM],
        "externalUserId": access.credential(doors.USER),
    }
    return signing.signed(PREVIEW, {"queryCondition": condition}, access)


def read_times(reply: Reply, _door: Contact, day: date) -> tuple[Slot, ...]:
    """The times of that day; when Cainiao is full, none is free."""
    answer = wire.object_of(reply.body)
    data = answer.get("data")
    if tracking.refusal_of(answer) is not None or not isinstance(data, dict):
        raise Unreadable("Cainiao told no times")
    listed = wire.objects(data.get("timeList"), "timeList")
    slots = (_slot(each, is_full=data.get("full") is True) for each in listed)
    return tuple(slot for slot in slots if slot.window.start.date() == day)


def _slot(told: dict[str, Any], *, is_full: bool) -> Slot:
    start, end = (times.local(told.get(name), times.BEIJING, name) for name in ("startTime", "endTime"))
    return Slot(Window(start, end), is_free=told.get("selectable") is True and not is_full)


ASKING = Asking(ask, read)
CANCELING = Changing(cancel, read_change)
RESCHEDULING = Changing(move, read_change)
TIMING = Timing(ask_times, read_times)
