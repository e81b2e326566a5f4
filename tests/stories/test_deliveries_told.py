"""What carriers make of wishes for deliveries: answers lost and asked for, wishes that came too late, what came of them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from aftersales import tracking
from aftersales.log import By
from aftersales.scans import Origin
from aftersales.tracking import Heard
from carriers import scripts
from carriers.readings import Meaning, ReadShipment, Scan
from db.enums import EventSource, Party, TrackingReason
from db.enums import TrackingStatus as S
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from tests import make
from tests.stories.conftest import Stage
from tests.stories.delivering import (
    AMERICAN,
    DOOR,
    after_a_minute,
    allowed,
    changes,
    on_its_way,
    saying,
    wire,
    wished,
)
from worker import jobs
from worker.run import WORK

ZTO, SF, UPS = "createIntercept", "EXP_RECE_WANTED_INTERCEPT", "deliveryintercept/v2/redirect"
AMERICA = {"destination_country": "US", "zone": "America/Chicago"}


async def told(stage: Stage) -> None:
    """What is to be told is told, and nothing else is heard."""
    while await jobs.run(stage.worker.caller, WORK):
        pass


async def scanned(
    stage: Stage, parcel: Shipment, status: S, reason: TrackingReason | None = None, *, at: datetime | None = None
) -> None:
    scan = Scan(at or stage.api.clock.now, Meaning(status, reason=reason), "x")
    by = By(Party.CARRIER, "push")
    async with stage.store.writing(EVERYTHING) as session:
        heard = Heard(
            await session.get_one(Shipment, parcel.id),
            ReadShipment(parcel.tracking_number, (scan,)),
            Origin(EventSource.PUSH),
        )
        await tracking.record(session, stage.store.vault, heard, by, stage.api.clock.now)


async def state(stage: Stage, who: make.Someone, parcel: Shipment) -> tuple[Any, Any, Any]:
    [seen] = await changes(stage, who, parcel)
    return seen["state"], seen["reason"], seen["nextStep"]


@pytest.mark.parametrize(
    ("carrier", "about", "door", "columns"), [("zto", ZTO, DOOR, {}), ("ups", UPS, AMERICAN, AMERICA)]
)
@pytest.mark.parametrize(("trouble", "calls"), [("lost", 1), ("cut", 1)])
async def test_a_lost_answer_is_asked_for_before_anything_is_told_again(
    stage: Stage, carrier: str, about: str, door: Any, columns: Any, trouble: str, calls: int
) -> None:
    who, _, parcel = await on_its_way(stage, carrier, **columns)
    out = wire(stage, about, trouble)
    await wished(stage, who, "deliveryRedirect", parcel, address=door)
    await stage.work(1)
    assert await state(stage, who, parcel) == ("REQUESTED", None, None)

    await after_a_minute(stage)

    assert await state(stage, who, parcel) == ("ACCEPTED", None, None)
    assert out.told == calls  # lost on the way back it was taken; cut off on the way out it was told again


async def test_a_lost_answer_of_who_cannot_be_asked_needs_a_person_and_nothing_is_told_again(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    out = wire(stage, SF, "lost")
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)

    await after_a_minute(stage)

    status, reason, next_step = await state(stage, who, parcel)
    assert (status, next_step, out.told) == ("UNCONFIRMED", "CONTACT_CARRIER", 1)
    assert "lost" in reason
    assert "deliveryRedirect" in await allowed(stage, who, parcel)  # who asked may decide to wish again


async def test_what_was_refused_for_the_moment_is_told_again_though_nobody_can_be_asked(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    out = wire(stage, SF, "down", "down")
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)

    await after_a_minute(stage)

    assert (await state(stage, who, parcel))[0] == "ACCEPTED"
    assert out.told == 1


async def test_a_carrier_that_is_down_for_hours_is_told_no_more(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    out = wire(stage, SF, always="down")
    await wished(stage, who, "deliveryHold", parcel)

    await stage.pass_time(9, step=1)

    assert await state(stage, who, parcel) == ("EXPIRED", "The carrier could not be told in time.", None)
    assert out.told == 0


async def test_a_carrier_that_cannot_be_asked_for_hours_leaves_a_person_to_look(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "zto")
    wire(stage, "thirdcenter", always="cut")
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)

    await stage.pass_time(9, step=1)

    assert (await state(stage, who, parcel))[::2] == ("UNCONFIRMED", "CONTACT_CARRIER")


async def test_a_time_that_comes_before_the_carrier_was_told_expires(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    wire(stage, SF, always="down")
    now = stage.api.clock.now
    window = {"start": (now + timedelta(minutes=20)).isoformat(), "end": (now + timedelta(minutes=50)).isoformat()}
    answer = await wished(stage, who, "deliveryReschedule", parcel, window=window)
    if answer["userErrors"]:
        pytest.skip("midnight at the door")

    await stage.pass_time(1.5, step=0.25)

    assert await state(stage, who, parcel) == (
        "EXPIRED",
        "The time wished for had come before the carrier could be told.",
        None,
    )


async def test_a_delivered_scan_before_the_carrier_was_told_ends_the_wish(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    out = wire(stage, SF)
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)
    await scanned(stage, parcel, S.DELIVERED)

    await told(stage)

    assert (await state(stage, who, parcel))[0] == "EXPIRED"
    assert out.told == 0


async def test_a_wish_and_a_delivered_scan_at_once_come_to_one_end(stage: Stage) -> None:
    for _ in range(5):
        who, _, parcel = await on_its_way(stage, "sf")
        wish = wished(stage, who, "deliveryRedirect", parcel, address=DOOR)
        answer, _ = await asyncio.gather(wish, scanned(stage, parcel, S.DELIVERED))

        await told(stage)

        codes = [each["code"] for each in answer["userErrors"]]
        ends = [each["state"] for each in await changes(stage, who, parcel)]
        assert (codes, ends) in [(["STATE"], []), ([], ["EXPIRED"])]


async def test_a_scan_between_the_call_and_its_answer_loses_nothing(stage: Stage) -> None:
    """The carrier took it; that the parcel came to an end meanwhile is for the next look."""
    who, _, parcel = await on_its_way(stage, "zto")
    out = wire(stage, ZTO)
    inner = out.inner.handle_async_request

    async def delivered_meanwhile(request: Any) -> Any:
        response = await inner(request)
        if ZTO in request.url.path:
            await scanned(stage, parcel, S.DELIVERED)
        return response

    out.inner.handle_async_request = delivered_meanwhile  # type: ignore[method-assign]  # the carrier's side of a race
    await wished(stage, who, "deliveryReturn", parcel)
    await told(stage)
    assert (await state(stage, who, parcel))[0] == "ACCEPTED"

    stage.api.clock.now += timedelta(hours=1)
    await told(stage)

    assert await state(stage, who, parcel) == ("FAILED", "The parcel was delivered all the same.", "CONTACT_CARRIER")


async def test_what_the_carrier_carried_out_is_heard_late(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "zto", scripts.STALLED)
    await wished(stage, who, "deliveryReturn", parcel)
    await stage.work()
    await stage.pass_time(3)
    assert (await state(stage, who, parcel))[0] == "ACCEPTED"

    await stage.pass_time(9)

    assert await state(stage, who, parcel) == ("DONE", None, None)


@pytest.mark.parametrize(
    ("mutation", "status", "end"),
    [
        ("deliveryReturn", S.RETURNING, "DONE"),
        ("deliveryReturn", S.RETURNED, "DONE"),
        ("deliveryReturn", S.DELIVERED, "FAILED"),
        ("deliveryReturn", S.LOST, "FAILED"),
        ("deliveryHold", S.AVAILABLE_FOR_PICKUP, "DONE"),
        ("deliveryHold", S.DELIVERED, "ACCEPTED"),
        ("deliveryRedirect", S.DELIVERED, "ACCEPTED"),
        ("deliveryRedirect", S.RETURNED, "FAILED"),
        ("deliveryReschedule", S.LOST, "FAILED"),
    ],
)
async def test_the_parcels_own_scans_tell_what_came_of_a_wish(stage: Stage, mutation: str, status: S, end: str) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    await wished(stage, who, mutation, parcel, **saying(stage, mutation.removeprefix("delivery").upper(), DOOR))
    await told(stage)
    await scanned(stage, parcel, status)

    for _ in range(3):
        stage.api.clock.now += timedelta(hours=2)
        await told(stage)

    assert (await state(stage, who, parcel))[0] == end


async def test_a_wish_whose_answer_was_lost_ends_with_its_parcel(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    wire(stage, SF, "lost")
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)
    await told(stage)
    stage.api.clock.now += timedelta(seconds=30)
    await told(stage)
    assert (await state(stage, who, parcel))[0] == "UNCONFIRMED"
    await scanned(stage, parcel, S.DELIVERED)

    stage.api.clock.now += timedelta(hours=1)
    await told(stage)

    assert (await state(stage, who, parcel))[0] == "EXPIRED"


async def test_a_wish_is_looked_at_for_two_weeks_and_then_left(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    await wished(stage, who, "deliveryHold", parcel)
    await told(stage)

    for _ in range(20):
        stage.api.clock.now += timedelta(days=1)
        await told(stage)

    assert (await state(stage, who, parcel))[0] == "ACCEPTED"
    stage.api.clock.now += timedelta(days=30)
    assert await jobs.run(stage.worker.caller, WORK) == 0


async def test_after_the_answer_another_wish_may_be_told(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    await wished(stage, who, "deliveryHold", parcel)
    await stage.work()

    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)
    await stage.work()

    one, two = await changes(stage, who, parcel)
    assert (one["state"], two["state"], two["reason"]) == ("ACCEPTED", "REFUSED", "运单已拦截，不能重复拦截")


async def test_an_account_closed_meanwhile_tells_nobody(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage)
    await wished(stage, who, "deliveryHold", parcel)
    closed = update(CarrierAccount).where(CarrierAccount.merchant_id == who.merchant_id)
    async with stage.store.writing(EVERYTHING) as session:
        await session.execute(closed.values(disabled_at=stage.api.clock.now))

    await stage.work()

    [seen] = await changes(stage, who, parcel)
    assert (seen["state"], seen["reason"]) == ("REFUSED", "The account with the carrier was closed meanwhile.")


async def test_every_answer_is_told_in_the_log(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    await wished(stage, who, "deliveryHold", parcel)
    await stage.work()

    query = "query($id: ID!) { shipment(id: $id) { timeline(first: 20) { nodes { kind after } } } }"
    nodes = (await stage.api.ask(who, query, id=parcel.typeid))["shipment"]["timeline"]["nodes"]
    states = [each["after"]["state"] for each in nodes if each["kind"] == "shipment.delivery_change"]
    assert states == ["REQUESTED", "ACCEPTED"]
