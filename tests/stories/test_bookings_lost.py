"""A courier is booked and the answer lost: asked for where the carrier can be asked, else told as doubtful and never sent
twice, at carriers that make one more booking each time they are asked."""

from datetime import timedelta
from typing import Any

import pytest

from db.case_enums import ReturnMethod
from tests.returning import requested
from tests.stories.conftest import Stage
from tests.stories.labeling import american, sent_back
from tests.stories.labeling import seen as labeled
from tests.stories.test_door_pickup import seen


async def after_a_minute(stage: Stage) -> None:
    """The worker is at it all along."""
    for _ in range(6):
        stage.api.clock.now += timedelta(seconds=10)
        await stage.work(1)


@pytest.mark.parametrize(("carrier", "path"), [("sf", "/sf/"), ("kuaidi100", "/kuaidi100/")])
async def test_a_booking_whose_answer_was_lost_is_found_and_made_once(stage: Stage, carrier: str, path: str) -> None:
    who = await stage.seller(carrier)
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line()))["return"]
    stage.wire.only, stage.wire.cut = path, 1

    await stage.work()
    await after_a_minute(stage)

    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert (pickup["status"], pickup["doubtful"], stage.wire.cut) == ("ACCEPTED", False, 0)
    assert len(stage.book.desk(carrier).entries) == 1


async def test_ups_is_asked_which_pickups_it_has(stage: Stage) -> None:
    who, order = await american(stage, "ups")
    rma = await sent_back(stage, who, order)
    stage.wire.only, stage.wire.cut = "/pickupcreation/", 1

    await stage.work()
    await after_a_minute(stage)

    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert (pickup["status"], pickup["doubtful"], stage.wire.cut) == ("ACCEPTED", False, 0)
    assert len(stage.book.desk("ups").entries) == 1


async def test_what_cannot_be_asked_is_doubtful_until_another_carrier_comes(stage: Stage) -> None:
    who, order = await american(stage, "fedex", "ups")
    rma = await sent_back(stage, who, order)
    stage.wire.only, stage.wire.cut = "/pickup/v1/pickups", 1
    assert (await seen(stage, who, rma))["pickups"][0]["carrier"]["code"] == "fedex"

    await stage.work()
    await after_a_minute(stage)

    [pickup] = (await seen(stage, who, rma))["pickups"]
    assert (pickup["status"], pickup["doubtful"], stage.wire.cut) == ("REQUESTED", True, 0)
    assert len(stage.book.desk("fedex").entries) == 1
    await stage.pass_time(3)
    first, second = (await seen(stage, who, rma))["pickups"]
    assert (first["status"], first["doubtful"], second["carrier"]["code"]) == ("SUPERSEDED", True, "ups")


async def test_a_label_that_ups_cannot_be_asked_for_is_doubtful(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "ups")
    ways((ReturnMethod.LABEL, "ups"))
    rma = await sent_back(stage, who, order)
    stage.wire.only, stage.wire.cut = "/ship", 1

    await stage.work()
    await after_a_minute(stage)

    [label] = (await labeled(stage, who, rma))["labels"]
    assert (label["state"], label["doubtful"]) == ("PENDING", True)
    assert len(stage.book.desk("ups").entries) == 1
