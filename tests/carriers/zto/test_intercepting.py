"""Parcels of ZTO on their way: how each wish is told, and what is read of what became of it."""

from dataclasses import replace
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Ref
from carriers.carrier import CannotAsk, Unreadable
from carriers.intercepting import Diversion, Outcome
from carriers.zto import intercepting
from tests.carriers import booking_bench as desk
from tests.carriers.zto.test_booking import ACCESS, message_of, reply

REF = Ref("01kgzr0000e00atf2e38cyqk60", number="73100130019486")
OWN = {"billCode": REF.number, "requestId": REF.reference, "thirdBizNo": REF.reference}
DOOR = {
    "receivePhone": "13912345678",
    "receiveUsername": "王小明",
    "receiveAddress": "科技园路1号3栋502室",
    "receiveDistrict": "南山区",
    "receiveCity": "深圳市",
    "receiveProvince": "广东省",
}


@pytest.mark.parametrize(("kind", "type_", "door"), [("return", 2, {}), ("redirect", 3, DOOR)])
def test_each_wish_has_its_destination_and_our_reference(kind: str, type_: int, door: dict[str, str]) -> None:
    request = intercepting.request(Diversion(kind, to=desk.SENDER), REF, ACCESS)

    assert request.url == "http://host/zto/thirdcenter.createIntercept"
    assert message_of(request) == {**OWN, "destinationType": type_, **door}


def test_what_a_wish_lacks_is_named() -> None:
    for wish, ref in ((Diversion("redirect"), REF), (Diversion("return"), replace(REF, number=""))):
        with pytest.raises(CannotAsk, match="ZTO"):
            intercepting.request(wish, ref, ACCESS)


def test_a_refusal_has_ztos_code() -> None:
    assert intercepting.read(reply({"centerBizNo": "1"}), REF) == ()
    [error] = intercepting.read(reply(None, status=False, code="S221"), REF)
    assert (error.code, error.retryable) == ("S221", True)
    with pytest.raises(Unreadable):
        intercepting.read(wire.json_reply({}), REF)


def asked(**answer: Any) -> Any:
    told = wire.json_reply({"status": True, "statusCode": "SYS000", "message": "", **answer})
    return intercepting.read_asked(told, Diversion("return"), REF)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("INTERCEPTING", Outcome.TAKEN),
        ("INTERCEPT_SUCCESS", Outcome.DONE),
        ("PACKAGE_DELIVERYING", Outcome.DONE),
        ("INTERCEPT_DISCONTINUE", Outcome.DONE),
        ("INTERCEPT_FAIL", Outcome.FAILED),
        ("INTERCEPT_CANCEL", Outcome.FAILED),
        ("SOMETHING_NEW", Outcome.UNCLEAR),
    ],
)
def test_what_became_of_a_wish_is_read_wherever_it_is_told(state: str, outcome: Outcome) -> None:
    for place in ("data", "result"):
        found = asked(**{place: {"billCode": REF.number, "status": state, "statusName": "某状态"}})
        assert (found.outcome, found.why) == (outcome, "某状态")


def test_without_a_wish_there_is_nothing_and_a_refusal_says_nothing() -> None:
    assert asked(data=None) is None
    with pytest.raises(Unreadable):
        asked(status=False)
    assert message_of(intercepting.ask(Diversion("return"), REF, ACCESS)) == {"billCode": REF.number}
