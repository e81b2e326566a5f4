"""Asks Kuaidi100 to have a parcel brought to another door, or back to its sender, by the carrier that has it."""

from typing import Any

from carriers import wire
from carriers.carrier import Access, CannotAsk, Diversion, Intercepting, ReadError, Ref, Reply, Request
from carriers.kuaidi100 import booking_changes, orders

INTERCEPT, PATH = "interceptOrder", "/label/order"
LABELS = {"https://poll.kuaidi100.com": "https://api.kuaidi100.com"}
TYPES = {"redirect": ("MODIFY_ADDR", "改地址"), "return": ("RETURN_SEND_ADDR", "退回寄件人")}
BY_ACCOUNT, AS_SENDER = "THIRDPARTY", "1"


def request(wish: Diversion, ref: Ref, access: Access) -> Request:
    """The wish; it goes to the carrier in the name of the merchant's own account with that carrier."""
    type_, reason = TYPES[wish.kind]
    needs_door = wish.kind == "redirect"
    if (needs_door and wish.to is None) or not ref.number or ref.carrier not in orders.SENDERS:
        raise CannotAsk(f"for a {wish.kind} kuaidi100 must be told the waybill's number, its carrier and the new door")
    message: dict[str, Any] = {
        "callbackUrl": access.callback_url,
        "interceptPayType": BY_ACCOUNT,
        "interceptType": type_,
        "kuaidicom": orders.com(ref.carrier),
        "kuaidinum": ref.number,
        "orderId": ref.reference,
        "orderRole": AS_SENDER,
        "partnerId": access.credential("partner_id"),
        "partnerKey": access.credential("partner_key"),
        "reason": reason,
        "salt": access.push_secret,
    }
    if needs_door and wish.to is not None:
        message["recManInfo"] = {
            "mobile": wire.national(wish.to.phone, "86"),
            "name": wish.to.name,
            "printAddr": orders.address(wish.to),
        }
    return orders.signed(LABELS.get(access.base_url, access.base_url) + PATH, INTERCEPT, message, access)


def read(reply: Reply, ref: Ref) -> tuple[ReadError, ...]:
    """The refusals. Their answer was never seen; it is read like that to a cancellation."""
    return booking_changes.read_cancel(reply, ref)


INTERCEPTING = Intercepting(frozenset(TYPES), request, read)
