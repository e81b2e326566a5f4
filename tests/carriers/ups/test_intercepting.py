"""Parcels of UPS on their way: how each wish is told, and what is read of what stands."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from carriers import wire
from carriers.booking import Ref, Window
from carriers.carrier import CannotAsk, Unreadable
from carriers.intercepting import Diversion, Outcome
from carriers.ups import CARRIER, intercepting
from tests.carriers import bench, west
from tests.carriers.ups.test_booking import body_of

REF = Ref("01kgzr0000e00atf2e38cyqk60", number="1Z 1")
DOOR = replace(west.SENDER, unit="Apt 5", company="")
DAY = Window(datetime(2026, 3, 2, 9, tzinfo=west.EASTERN), datetime(2026, 3, 2, 12, tzinfo=west.EASTERN))
ACCESS = bench.access(CARRIER)
ASKER = {"name": "Returns", "telephone": "+12015550199", "displayPhoneNumber": False}
PLACE = {
    "addressNickName": "New address",
    "addressInfo": {
        "addressLine1": "456 Oak Avenue",
        "addressLine2": "Apt 5",
        "city": "Springfield",
        "state": "IL",
        "postalCode": "62701",
        "countryCode": "US",
    },
    "nameOrCompanyName": "Jane Smith",
    "contactName": "Jane Smith",
    "phoneNumber": "+12175551234",
}


@pytest.mark.parametrize(
    ("wish", "path", "own"),
    [
        (Diversion("return"), "return", {"requestType": "RS", "reasonForReturn": "AM"}),
        (Diversion("redirect", to=DOOR), "redirect/address", {"requestType": "AA", "newDeliveryAddress": PLACE}),
        (Diversion("hold"), "willcall", {"requestType": "WC"}),
        (Diversion("reschedule", window=DAY), "reschedule", {"requestType": "FD", "deliveryDate": "20260302"}),
        (
            Diversion("leave_with", to=DOOR, leave_with="Mrs Li, 502"),
            "redirect/address",
            {"requestType": "AA", "newDeliveryAddress": PLACE, "specialInstructions": "Leave with: Mrs Li, 502"},
        ),
    ],
)
def test_each_wish_is_told_as_ups_defines_it(wish: Diversion, path: str, own: dict[str, Any]) -> None:
    request = intercepting.request(replace(wish, asker=west.RECIPIENT), REF, ACCESS)

    assert (request.method, request.url) == ("POST", f"http://host/ups/api/deliveryintercept/v2/{path}/1Z%201")
    assert body_of(request) == {"specialInstructions": None, "requesterContactInfo": ASKER, **own}
    assert (request.headers["platformType"], request.headers["inquiryType"]) == ("XOLT", "U")
    assert (len(request.headers["transId"]), REF.reference.endswith(request.headers["transId"])) == (14, True)


@pytest.mark.parametrize(
    ("wish", "lacks"),
    [
        (Diversion("redirect", west.RECIPIENT), "another door"),
        (Diversion("redirect", west.RECIPIENT, replace(DOOR, country="CA")), "United States"),
        (Diversion("redirect", west.RECIPIENT, replace(DOOR, postal_code="")), "ZIP"),
        (Diversion("redirect", west.RECIPIENT, replace(DOOR, region_code="")), "state"),
        (Diversion("reschedule", west.RECIPIENT), "day"),
        (Diversion("hold"), "sender"),
    ],
)
def test_what_a_wish_lacks_is_named(wish: Diversion, lacks: str) -> None:
    with pytest.raises(CannotAsk, match=lacks):
        intercepting.request(wish, REF, ACCESS)


def told(**words: str) -> Any:
    value = {"createEligibility": "NOT_ELIGIBLE", "modifyEligibility": "NOT_ELIGIBLE", **words}
    features = [{"interceptFeature": "FD", "eligibilityValue": value}]
    return wire.json_reply({"response": {"success": True, "commonEligibilityMap": features}})


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (told(cancelEligibility="ELIGIBLE"), Outcome.TAKEN),
        (told(modifyEligibility="ELIGIBLE"), Outcome.TAKEN),
        (told(createEligibility="ELIGIBLE"), None),
        (told(), Outcome.UNCLEAR),
    ],
)
def test_what_stands_follows_from_what_may_be_called_off(answer: Any, outcome: Outcome | None) -> None:
    found = intercepting.read_asked(answer, Diversion("reschedule"), REF)
    assert (found and found.outcome) == outcome
    hold = intercepting.read_asked(answer, Diversion("hold"), REF)
    assert hold is not None
    assert hold.outcome is Outcome.UNCLEAR


def test_an_answer_that_tells_nothing_is_no_answer() -> None:
    for reply in (wire.json_reply({}), wire.json_reply({"response": {"success": False}}, 200)):
        with pytest.raises(Unreadable):
            intercepting.read_asked(reply, Diversion("hold"), REF)
