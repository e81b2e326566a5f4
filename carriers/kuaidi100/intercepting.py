"""Asks Kuaidi100 to have a parcel brought to another door by the carrier that has it."""

from carriers import wire
from carriers.carrier import Access, CannotAsk, Contact, Intercepting, ReadError, Ref, Reply, Request, Window
from carriers.kuaidi100 import booking_changes, orders

INTERCEPT, PATH = "interceptOrder", "/label/order"
LABELS = {"https://poll.kuaidi100.com": "https://api.kuaidi100.com"}
ANOTHER_DOOR, BY_ACCOUNT, AS_SENDER = "MODIFY_ADDR", "THIRDPARTY", "1"


def request(kind: str, ref: Ref, to: Contact | None, _window: Window | None, access: Access) -> Request:
    """The wish; it goes to the carrier in the name of the merchant's own account with that carrier."""
    if to is None or not ref.number or ref.carrier not in orders.SENDERS:
        raise CannotAsk(f"for a {kind} kuaidi100 must be told the waybill's number, its carrier and the new door")
    message = {
        "callbackUrl": access.callback_url,
        "interceptPayType": BY_ACCOUNT,
        "interceptType": ANOTHER_DOOR,
        "kuaidicom": orders.com(ref.carrier),
        "kuaidinum": ref.number,
        "orderId": ref.reference,
        "orderRole": AS_SENDER,
        "partnerId": access.credential("partner_id"),
        "partnerKey": access.credential("partner_key"),
        "reason": "改地址",
        "recManInfo": {
            "mobile": wire.national(to.phone, "86"),
            "name": to.name,
            "printAddr": orders.address(to),
        },
        "salt": access.push_secret,
    }
    return orders.signed(LABELS.get(access.base_url, access.base_url) + PATH, INTERCEPT, message, access)


def read(reply: Reply, ref: Ref) -> tuple[ReadError, ...]:
    """The refusals. Their answer was never seen; it is read like that to a cancellation."""
    return booking_changes.read_cancel(reply, ref)


INTERCEPTING = Intercepting(frozenset({"redirect"}), request, read)
