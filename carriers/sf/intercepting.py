"""Asks SF to bring a parcel that is on its way to another door."""

from typing import Any

from carriers import times, wire
from carriers.carrier import Access, CannotAsk, Contact, Intercepting, ReadError, Ref, Reply, Request, Window
from carriers.sf import answers, signing

INTERCEPT = "EXP_RECE_WANTED_INTERCEPT"
ANOTHER_DOOR, BY_MONTHLY_ACCOUNT, AS_SENDER = "7", "3", "1"


def request(kind: str, ref: Ref, to: Contact | None, window: Window | None, access: Access) -> Request:
    """The wish. Back to the sender is another door too, the sender's: ``to`` says which in both cases."""
    if to is None or not ref.number:
        raise CannotAsk(f"for a {kind} SF must be told the waybill's number and the door to bring it to")
    message: dict[str, Any] = {
        "cancel": False,
        "monthlyCardNo": access.credential("monthly_card"),
        "newDestAddress": {
            "address": to.in_one_line(),
            "city": to.city,
            "contact": to.name,
            "county": to.district,
            "phone": wire.national(to.phone, "86"),
            "province": to.region,
        },
        "payMode": BY_MONTHLY_ACCOUNT,
        "role": AS_SENDER,
        "serviceCode": ANOTHER_DOOR,
        "waybillNo": ref.number,
    }
    if window is not None:
        start, end = (moment.astimezone(times.BEIJING) for moment in (window.start, window.end))
        message["deliverDate"] = f"{start:%Y-%m-%d}"
        message["deliverTimeMin"], message["deliverTimeMax"] = f"{start:%H:%M}", f"{end:%H:%M}"
    return signing.signed(INTERCEPT, message, access)


def read(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals. SF's answer was never seen; it is read like every other."""
    return answers.opened(reply.body)[1]


INTERCEPTING = Intercepting(frozenset({"return", "redirect"}), request, read)
