"""Asks SF to do otherwise with a parcel on its way: bring it elsewhere or at another time, keep it, or send it back."""

from typing import Any

from carriers import times, wire
from carriers.carrier import Access, CannotAsk, Contact, Diversion, Intercepting, ReadError, Ref, Reply, Request
from carriers.sf import answers, signing

INTERCEPT = "EXP_RECE_WANTED_INTERCEPT"
SERVICES = {"redirect": "1", "return": "2", "hold": "5", "reschedule": "7"}
BY_MONTHLY_ACCOUNT, AS_SENDER, AT_A_SITE = "3", "1", "3"


def request(wish: Diversion, ref: Ref, access: Access) -> Request:
    """The wish. What goes elsewhere is told its new door; what goes back, the sender's."""
    to = wish.asker if wish.kind == "return" else wish.to
    if not ref.number or (to is None and wish.kind in {"redirect", "return"}):
        raise CannotAsk(f"for a {wish.kind} SF must be told the waybill's number and the door to bring it to")
    message: dict[str, Any] = {
        "cancel": False,
        "monthlyCardNo": access.credential("monthly_card"),
        "payMode": BY_MONTHLY_ACCOUNT,
        "role": AS_SENDER,
        "serviceCode": SERVICES[wish.kind],
        "waybillNo": ref.number,
        **({"newDestAddress": _door(to)} if to is not None else {}),
        **({"selfPickPoint": AT_A_SITE} if wish.kind == "hold" else {}),
    }
    if wish.window is not None:
        start, end = (moment.astimezone(times.BEIJING) for moment in (wish.window.start, wish.window.end))
        message["deliverDate"] = f"{start:%Y-%m-%d}"
        message["deliverTimeMin"], message["deliverTimeMax"] = f"{start:%H:%M}", f"{end:%H:%M}"
    elif wish.kind == "reschedule":
        raise CannotAsk("for a reschedule SF must be told the time")
    return signing.signed(INTERCEPT, message, access)


def _door(to: Contact) -> dict[str, str]:
    return {
        "address": to.in_one_line(),
        "city": to.city,
        "contact": to.name,
        "county": to.district,
        "phone": wire.national(to.phone, "86"),
        "province": to.region,
    }


def read(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusals. SF's answer was never seen; it is read like every other."""
    return answers.opened(reply.body)[1]


INTERCEPTING = Intercepting(frozenset(SERVICES), request, read)
