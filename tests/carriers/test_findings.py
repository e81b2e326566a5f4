"""Carriers that make a new subscription each time they are asked can be asked which there are."""

import json
from typing import Any

import pytest

from carriers import dcsa, easypost
from carriers.carrier import Access, Carrier, Parcel, Reply, Subscribed, Unreadable
from carriers.registry import CARRIERS
from tests.carriers import bench

NUMBER = "MSKU1234567"


def found(carrier: Carrier, status: int, told: Any, *numbers: str) -> Subscribed:
    assert carrier.subscribing
    assert carrier.subscribing.finding
    allowed = bench.access(carrier)
    asked = carrier.subscribing.finding.request([Parcel(number) for number in numbers], allowed)
    assert asked.method == "GET"
    answer = Reply(status, json.dumps(told).encode())
    return carrier.subscribing.finding.read(answer, [Parcel(number) for number in numbers], allowed)


def here(carrier: Carrier) -> Access:
    return bench.access(carrier)


def test_dcsa_lists_containers_and_bookings_told_to_our_address() -> None:
    ours = here(dcsa.CARRIER).callback_url
    listed = [
        {"callbackUrl": ours, "equipmentReference": NUMBER},
        {"callbackUrl": ours, "carrierBookingReference": "B-1"},
        {"callbackUrl": "https://elsewhere.example", "equipmentReference": "MSKU7654321"},
    ]
    assert found(dcsa.CARRIER, 200, listed, NUMBER, "B-1", "MSKU7654321").accepted == (NUMBER, "B-1")
    assert found(dcsa.CARRIER, 200, [], NUMBER).accepted == ()


def test_easypost_lists_the_webhook_at_our_address() -> None:
    ours = here(easypost.CARRIER).callback_url
    hooks = [{"id": "hook_1", "url": "https://elsewhere.example"}, {"id": "hook_2", "url": ours, "disabled_at": None}]
    assert found(easypost.CARRIER, 200, {"webhooks": hooks}).subscription_id == "hook_2"
    disabled = [{"id": "hook_2", "url": ours, "disabled_at": "2026-01-01T00:00:00Z"}]
    assert found(easypost.CARRIER, 200, {"webhooks": disabled}).subscription_id is None


@pytest.mark.parametrize("carrier", [dcsa.CARRIER, easypost.CARRIER], ids=["dcsa", "easypost"])
def test_a_carrier_without_the_question_has_none_and_a_refusal_is_no_answer(carrier: Carrier) -> None:
    assert found(carrier, 404, {}, NUMBER) == Subscribed()
    assert found(carrier, 403, {"error": {"code": "FORBIDDEN", "message": "no"}}, NUMBER).errors
    with pytest.raises(Unreadable):
        found(carrier, 200, "nonsense", NUMBER)


def test_it_is_known_which_carriers_can_be_asked() -> None:
    asked = {each.code for each in CARRIERS if each.subscribing and each.subscribing.finding}
    whole = {each.code for each in CARRIERS if each.subscribing and each.subscribing.whole_account}

    assert asked == {"dcsa", "easypost"}
    assert whole - asked == {"dhl_unified", "epcis"}  # asked again after an hour at the earliest
