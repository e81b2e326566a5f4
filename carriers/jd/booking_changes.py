"""Cancels an order at JD, by its waybill number. What JD calls an order that was cancelled before was never seen."""

from carriers.carrier import Access, CannotAsk, Changing, ReadError, Ref, Reply, Request, Window
from carriers.jd import signing, tracking

CANCEL = "/ecap/v1/orders/cancel"
BY_THE_CUSTOMER = "1"


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation. CannotAsk as long as the waybill number is not known."""
    if not ref.number:
        raise CannotAsk("JD cancels by the waybill number, which is not known yet")
    order = {
        "waybillCode": ref.number,
        "customerCode": access.credential("customer_code"),
        "orderOrigin": signing.ORIGIN,
        "cancelReason": "用户发起取消",
        "cancelReasonCode": BY_THE_CUSTOMER,
    }
    return signing.request(CANCEL, order, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusal, if there is one."""
    answer = tracking.answered(reply.body)
    return () if tracking.succeeded(answer) else (tracking.refusal(answer),)


CANCELING = Changing(cancel, read_cancel)
