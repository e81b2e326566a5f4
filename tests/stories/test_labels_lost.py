"""A label whose answer was lost is asked for before anything is sent again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from carriers.booking import Asking, Booked, LabelFile
from carriers.carrier import Reply, Unreadable
from carriers.registry import BY_CODE
from carriers.wire import json_request
from db.case_enums import ReturnMethod
from tests.stories.conftest import Stage
from tests.stories.labeling import american, seen, sent_back


def forgetful(stage: Stage, asking: Asking | None) -> list[int]:
    """FedEx, whose first answer is lost. Gives what counts how often a label was asked for."""
    carrier, asked = BY_CODE["fedex"], [0]
    assert carrier.booking is not None
    of_old = carrier.booking.read

    def read(reply: Reply, order: Any) -> Booked:
        asked[0] += 1
        if asked[0] == 1:
            raise Unreadable("cut off")
        return of_old(reply, order)

    changed = replace(carrier.booking, read=read, asking=asking)
    stage.worker.carriers = {**BY_CODE, "fedex": replace(carrier, booking=changed)}
    return asked


async def after_a_while(stage: Stage) -> None:
    for _ in range(6):
        stage.api.clock.now += timedelta(seconds=10)
        await stage.work(1)


async def test_a_label_whose_answer_was_lost_is_sent_no_second_time(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "fedex")
    ways((ReturnMethod.LABEL, "fedex"))
    asked = forgetful(stage, None)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["doubtful"], asked) == ("PENDING", True, [1])


async def test_a_label_whose_answer_was_lost_is_asked_for(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "fedex", "kuaidi100")
    ways((ReturnMethod.LABEL, "fedex"))
    found = Booked(number="794600000000", labels=(LabelFile("application/pdf", b"%PDF-1.4 x"),))
    rates = {"accountNumber": {"value": "1"}}
    ask = Asking(
        lambda _ref, access: json_request("POST", access.base_url + "/rate/v1/rates/quotes", rates, {}),
        lambda *_: found,
    )
    asked = forgetful(stage, ask)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    [label] = (await seen(stage, who, rma))["labels"]
    assert (label["state"], label["trackingNumber"], asked) == ("READY", "794600000000", [1])


async def test_a_label_that_the_carrier_gives_no_second_time_makes_room_for_another(stage: Stage, ways: Any) -> None:
    who, order = await american(stage, "fedex", "kuaidi100")
    ways((ReturnMethod.LABEL, "fedex"), (ReturnMethod.LABEL, "kuaidi100"))
    ask = Asking(
        lambda _ref, access: json_request("POST", access.base_url + "/rate/v1/rates/quotes", {}, {}),
        lambda *_: Booked(number="794600000001"),
    )
    forgetful(stage, ask)
    rma = await sent_back(stage, who, order)

    await stage.work()
    await after_a_while(stage)

    first, second = (await seen(stage, who, rma))["labels"]
    assert (first["state"], first["trackingNumber"]) == ("FAILED", "794600000001")
    assert (second["state"], second["carrier"]["code"]) == ("READY", "kuaidi100")
