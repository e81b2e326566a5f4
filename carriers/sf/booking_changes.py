"""Asks SF after an order of ours, and cancels one. SF's change of an order was never seen but as a cancellation."""

from carriers import wire
from carriers.carrier import (
    Access,
    Asking,
    Booked,
    Changing,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.sf import answers, orders, signing

QUERY, UPDATE = "EXP_RECE_SEARCH_ORDER_RESP", "EXP_RECE_UPDATE_ORDER"

OUTBOUND, CANCEL = "1", 2
CANCELED_ALREADY = "8037"
DONE = "2"  # ``resStatus``; 1 is "the order and the waybill do not belong together"


def ask(ref: Ref, access: Access) -> Request:
    """The order of our reference."""
    return signing.signed(QUERY, {"searchType": OUTBOUND, "orderId": ref.reference, "language": "zh-cn"}, access)


def read(reply: Reply, _ref: Ref) -> Booked | None:
    """The order. None only where SF says that there is none; every other refusal says nothing of the order, so it is
    Unreadable, and asked again."""
    message, errors = answers.opened(reply.body)
    if any(error.not_found for error in errors):
        return None
    if errors:
        raise Unreadable(f"SF told nothing of the order, but {errors[0].code}")
    return orders.booked(message)


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation of an order by our reference."""
    return signing.signed(UPDATE, {"dealType": CANCEL, "orderId": ref.reference}, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals; an order that was cancelled before is as good as cancelled."""
    message, errors = answers.opened(reply.body)
    if errors:
        return tuple(error for error in errors if error.code != CANCELED_ALREADY)
    status = wire.word(wire.dig(message, "resStatus"))
    return () if status in {DONE, ""} else (ReadError(f"resStatus {status}", "SF did not cancel the order"),)


ASKING = Asking(ask, read)
CANCELING = Changing(cancel, read_cancel)
