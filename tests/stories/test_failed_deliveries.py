"""A delivery that failed without a word to its recipient is compensated by policy; and what an alert offers then. The
carrier's scans come by push."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from carriers import scripts
from db.enums import TrackingReason
from db.enums import TrackingStatus as S
from db.models.orders import Order
from db.models.shipments import Shipment
from tests import make
from tests.refunding import policy
from tests.stories.conftest import Stage
from tests.stories.delivering import DOOR, buyer, on_its_way, wished
from tests.stories.test_deliveries_told import scanned

ALERTS = "query($id: ID!) { shipment(id: $id) { status alerts { kind actions } } }"


async def failing(stage: Stage, **rules: Any) -> tuple[Any, Order, Shipment]:
    """A merchant with a policy, and a parcel whose courier will meet nobody, in twenty hours."""
    who, order, parcel = await on_its_way(stage, "sf", scripts.ATTEMPT, status=S.INFO_RECEIVED)
    if rules:
        await policy(stage.store, who, **rules)
    return who, order, parcel


async def owed(stage: Stage, who: make.Someone, order: Order) -> list[str]:
    query = "query($n: String!) { order(number: $n) { moneyBack { refunds { purpose } } } }"
    told = (await stage.api.ask(who, query, n=order.number))["order"]["moneyBack"]
    return [each["purpose"] for each in told["refunds"]] if told else []


async def status(stage: Stage, who: make.Someone, parcel: Shipment) -> str:
    found: str = (await stage.api.ask(who, ALERTS, id=parcel.typeid))["shipment"]["status"]
    return found


async def until_it_failed(stage: Stage, who: make.Someone, parcel: Shipment) -> None:
    for _ in range(40):
        if await status(stage, who, parcel) == "ATTEMPT_FAILED":
            return
        await stage.pass_time(1)
    raise AssertionError("no attempt failed")


def nobody_comes_again(stage: Stage, parcel: Shipment) -> None:
    """The script ends with the attempt."""
    key = ("sf", parcel.tracking_number)
    journey = stage.book.journeys[key]
    steps = tuple(step for step in journey.script.steps if step.hours <= 30)
    stage.book.journeys[key] = replace(journey, script=replace(journey.script, steps=steps))


async def test_a_failed_delivery_without_contact_is_compensated_once(stage: Stage) -> None:
    who, order, parcel = await failing(stage, failedDeliveryPercent=5)
    await until_it_failed(stage, who, parcel)
    nobody_comes_again(stage, parcel)
    await stage.pass_time(22, step=11)
    assert await owed(stage, who, order) == []

    await stage.pass_time(4, step=1)
    assert await owed(stage, who, order) == ["COMPENSATION"]

    await scanned(stage, parcel, S.OUT_FOR_DELIVERY)
    stage.api.clock.now += timedelta(hours=1)
    await scanned(stage, parcel, S.ATTEMPT_FAILED, TrackingReason.RECIPIENT_UNAVAILABLE)
    await stage.pass_time(26, step=13)
    assert await owed(stage, who, order) == ["COMPENSATION"]


async def test_who_is_brought_the_parcel_again_in_time_is_owed_nothing(stage: Stage) -> None:
    who, order, parcel = await failing(stage, failedDeliveryPercent=5)
    await until_it_failed(stage, who, parcel)

    await stage.pass_time(30, step=5)

    assert await status(stage, who, parcel) == "DELIVERED"
    assert await owed(stage, who, order) == []


@pytest.mark.parametrize("rules", [{}, {"failedDeliveryPercent": 0}])
async def test_a_policy_that_promises_nothing_owes_nothing(stage: Stage, rules: Any) -> None:
    who, order, parcel = await failing(stage, **rules)
    await until_it_failed(stage, who, parcel)
    nobody_comes_again(stage, parcel)

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


async def test_who_was_asked_how_to_go_on_is_owed_nothing(stage: Stage) -> None:
    who, order, parcel = await failing(stage, failedDeliveryPercent=5)
    await until_it_failed(stage, who, parcel)
    told = await wished(stage, buyer(stage, order), "deliveryHold", parcel)
    assert told["deliveryChange"]["state"] == "REQUESTED"
    nobody_comes_again(stage, parcel)

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


@pytest.mark.parametrize("reason", [TrackingReason.RECIPIENT_REFUSED, TrackingReason.RECIPIENT_REQUESTED])
async def test_whom_the_courier_spoke_to_is_owed_nothing(stage: Stage, reason: TrackingReason) -> None:
    who, order, parcel = await on_its_way(stage, "sf", scripts.UNKNOWN)
    await policy(stage.store, who, failedDeliveryPercent=5)
    await scanned(stage, parcel, S.ATTEMPT_FAILED, reason)

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


async def test_a_failure_of_long_ago_is_history(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage, "sf", scripts.UNKNOWN)
    await policy(stage.store, who, failedDeliveryPercent=5)
    await scanned(stage, parcel, S.ATTEMPT_FAILED, at=stage.api.clock.now - timedelta(days=8))

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


@pytest.mark.parametrize(
    ("carrier", "actions"),
    [
        ("sf", ["RESCHEDULE_DELIVERY", "REDIRECT_DELIVERY", "COLLECT_PARCEL", "HOLD_DELIVERY"]),
        ("zto", ["REDIRECT_DELIVERY", "COLLECT_PARCEL"]),
        ("jd", ["COLLECT_PARCEL"]),
    ],
)
async def test_an_alert_offers_what_the_carrier_takes_now(stage: Stage, carrier: str, actions: list[str]) -> None:
    who, order, parcel = await on_its_way(stage, carrier, scripts.UNKNOWN)
    await scanned(stage, parcel, S.ATTEMPT_FAILED, TrackingReason.RECIPIENT_UNAVAILABLE)

    for viewer in (who, buyer(stage, order)):
        [alert] = (await stage.api.ask(viewer, ALERTS, id=parcel.typeid))["shipment"]["alerts"]
        assert alert == {"kind": "ATTEMPT_FAILED", "actions": actions}
    if carrier != "jd":
        await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)
        [alert] = (await stage.api.ask(who, ALERTS, id=parcel.typeid))["shipment"]["alerts"]
        assert alert["actions"] == ["COLLECT_PARCEL"]


async def test_an_alert_that_only_a_wish_could_help_with_names_the_carrier(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "jd", scripts.UNKNOWN)
    await scanned(stage, parcel, S.OUT_FOR_DELIVERY)

    nodes = (await stage.api.ask(who, "{ alerts(first: 5) { nodes { kind actions } } }"))["alerts"]["nodes"]

    assert nodes == [{"kind": "ARRIVING_SOON", "actions": ["CONTACT_CARRIER"]}]
