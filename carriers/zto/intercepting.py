"""Asks ZTO to bring a parcel on its way to another door, or back to its sender, and asks what became of that."""

from typing import Any

from carriers import wire
from carriers.carrier import (
    Access,
    CannotAsk,
    Diversion,
    Intercepting,
    ReadError,
    Ref,
    Reply,
    Request,
    Unreadable,
)
from carriers.intercepting import Inquiring, Outcome, Standing
from carriers.zto import signing, tracking

INTERCEPT, STATUS = "thirdcenter.createIntercept", "thirdcenter.queryInterceptAndReturnStatus"
DESTINATIONS = {"return": 2, "redirect": 3}  # the sender's address; another one of the recipient's
STATES = {
    "INTERCEPTING": Outcome.TAKEN,
    "INTERCEPT_SUCCESS": Outcome.DONE,
    "PACKAGE_DELIVERYING": Outcome.DONE,
    "INTERCEPT_DISCONTINUE": Outcome.DONE,
    "INTERCEPT_FAIL": Outcome.FAILED,
    "INTERCEPT_CANCEL": Outcome.FAILED,
}


def request(wish: Diversion, ref: Ref, access: Access) -> Request:
    """The wish; our reference is its id at ZTO, by which it knows one told twice."""
    if not ref.number or (wish.kind == "redirect" and wish.to is None):
        raise CannotAsk(f"for a {wish.kind} ZTO must be told the waybill's number and the door to bring it to")
    message: dict[str, Any] = {
        "billCode": ref.number,
        "requestId": ref.reference,
        "destinationType": DESTINATIONS[wish.kind],
        "thirdBizNo": ref.reference,
    }
    if wish.kind == "redirect" and wish.to is not None:
        message |= {
            "receivePhone": wire.national(wish.to.phone, "86"),
            "receiveUsername": wish.to.name,
            "receiveAddress": wish.to.in_one_line(),
            "receiveDistrict": wish.to.district,
            "receiveCity": wish.to.city,
            "receiveProvince": wish.to.region,
        }
    return signing.signed(INTERCEPT, message, access)


def read(reply: Reply, _ref: Ref) -> tuple[ReadError, ...]:
    """The refusal, if there is one."""
    return _refusals(wire.object_of(reply.body))


def ask(_wish: Diversion, ref: Ref, access: Access) -> Request:
    """What became of the wish that was told last of a parcel."""
    return signing.signed(STATUS, {"billCode": ref.number}, access)


def read_asked(reply: Reply, _wish: Diversion, _ref: Ref) -> Standing | None:
    """What became of it; None where ZTO has none. Its states are told under ``data``, else where its other answers are."""
    answer = wire.object_of(reply.body)
    if _refusals(answer):
        raise Unreadable("ZTO does not say what became of the wish")
    told = answer.get("data") or answer.get("result")
    if not told:
        return None
    state = wire.word(wire.dig(told, "status"))
    return Standing(STATES.get(state, Outcome.UNCLEAR), wire.word(wire.dig(told, "statusName")) or state)


def _refusals(answer: dict[str, Any]) -> tuple[ReadError, ...]:
    if "status" not in answer:
        raise Unreadable("status is missing")
    return () if answer["status"] in (True, "true") else (tracking.refusal(answer),)


INTERCEPTING = Intercepting(
    frozenset(DESTINATIONS), request, read, asking=Inquiring(ask, read_asked), same_reference_same_wish=True
)
