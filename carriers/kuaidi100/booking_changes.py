"""Asks Kuaidi100 after an order, cancels one, and asks for a price beforehand."""

from dataclasses import replace

from carriers import wire
from carriers.carrier import (
    Access,
    Asking,
    Booked,
    CannotAsk,
    Changing,
    Fee,
    Order,
    Pricing,
    Quoted,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
    Window,
)
from carriers.kuaidi100 import companies, orders, pickups, results, statuses
from db.enums import PickupStatus

DETAIL, CANCEL, PRICE = "detail", "cancel", "price"
UNKNOWN, CANCELED = "不存在", "已取消"
WHY = "寄件人取消"


def ask(ref: Ref, access: Access) -> Request:
    """The order of our reference, by their own name of it too where we know it."""
    message = {"thirdOrderId": ref.reference, **_task(ref)}
    return orders.signed(access.base_url + orders.PATH, DETAIL, message, access)


def _task(ref: Ref) -> dict[str, str]:
    return {"taskId": ref.confirmation} if ref.confirmation not in {"", ref.reference} else {}


def read(reply: Reply, ref: Ref) -> Booked | None:
    """The order. None only where they say in words that there is none: whether an empty answer means that is not known,
    and an order sent again in vain would bring two couriers."""
    answer = wire.object_of(reply.body)
    refusal = results.refusal_of(answer)
    if refusal is not None and UNKNOWN in refusal.message:
        return None
    data = answer.get("data")
    if refusal is not None or not isinstance(data, dict):
        raise Unreadable("kuaidi100 told nothing of the order")
    code, task, order = (wire.word(data.get(name)) for name in ("status", "taskId", "orderId"))
    if not (code or task or order):
        raise Unreadable("data is no order")
    charged = wire.amount(data.get("freight"))
    return Booked(
        confirmation=task or ref.confirmation or ref.reference,
        number=pickups.number(data),
        status=statuses.PICKUPS.get(code, PickupStatus.UNKNOWN) if code else PickupStatus.REQUESTED,
        raw_code=code,
        courier=pickups.courier(data),
        fee=None if charged is None else Fee(charged, "CNY"),
        weight_grams=wire.grams(data.get("weight"), 1000),
        extras={"orderId": order} if order else {},
    )


def cancel(ref: Ref, _window: Window | None, access: Access) -> Request:
    """The cancellation of an order, by the names they gave it."""
    task = _task(ref)
    if not task:
        raise CannotAsk("kuaidi100 cancels by its taskId, which is not known yet")
    message = {**task, "orderId": ref.extras.get("orderId", ""), "cancelMsg": WHY}
    return orders.signed(access.base_url + orders.PATH, CANCEL, message, access)


def read_cancel(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals; an order that was cancelled before is as good as cancelled."""
    answer = wire.object_of(reply.body)
    refusal = results.refusal_of(answer)
    if refusal is None and answer.get("result") is not True:
        raise Unreadable("the answer has no result")
    return () if refusal is None or CANCELED in refusal.message else (refused(refusal),)


def refused(refusal: ReadError) -> ReadError:
    """A refusal of an order: 500 is what they say for every reason of their carriers, so trying again helps nobody."""
    return replace(refusal, retryable=refusal.code == "502", not_found=UNKNOWN in refusal.message)


def ask_price(order: Order, access: Access) -> Request:
    """The price of one carrier's product between two doors."""
    message = {
        "kuaidicom": orders.com(orders.company(order)),
        "sendManPrintAddr": orders.address(order.sender),
        "recManPrintAddr": orders.address(order.recipient),
        "weight": orders.weight(order),
        "serviceType": orders.product(order),
    }
    return orders.signed(access.base_url + orders.PATH, PRICE, message, access)


def read_price(reply: Reply, order: Order) -> tuple[Quoted, ...]:
    """What the account pays, in yuan; nothing where there is no price for the way."""
    answer = wire.object_of(reply.body)
    if results.refusal_of(answer) is not None:
        return ()
    data = answer.get("data")
    price = wire.amount(wire.dig(data, "price"))
    if price is None:
        return ()
    who = companies.ours(wire.word(wire.dig(data, "kuaidiCom"))) or order.carrier
    return (Quoted(wire.word(wire.dig(data, "serviceType")), Fee(price, "CNY"), order.weight_grams, carrier=who),)


ASKING = Asking(ask, read)
CANCELING = Changing(cancel, read_cancel)
PRICING = Pricing(ask_price, read_price)
