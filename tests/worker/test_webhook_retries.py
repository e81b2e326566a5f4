"""Tried again by the schedule, in order per subject, given up in time: on a virtual clock."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from aftersales.rules.webhooks import WAITS
from db.enums import AttemptProblem, DeliveryStatus, DisabledBecause
from tests import make
from tests.worker.receiving import Bench, Came, Receiver


def failing(_came: Came) -> Response:
    return Response("no", 500)


async def test_a_failing_receiver_is_tried_ten_times_by_the_schedule(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/waits")
    receiver.answers["/waits"] = failing
    await bench.parcel(seller, "SF7000000000005")
    await bench.run()

    waits = []
    for expected in WAITS:
        [delivery] = await bench.deliveries(endpoint)
        assert delivery.next_at
        waits.append(delivery.next_at - bench.now)
        count = len(receiver.came)
        bench.now = delivery.next_at - timedelta(milliseconds=1)
        await bench.run()
        assert len(receiver.came) == count, f"too early before {expected}"
        await bench.after(milliseconds=1)
        assert len(receiver.came) == count + 1
    assert waits == list(WAITS)
    [delivery] = await bench.deliveries(endpoint)
    assert (delivery.status, delivery.attempts, delivery.next_at) == (DeliveryStatus.FAILED, 10, None)
    assert len({came.id for came in receiver.came}) == 1
    stamps = [int(came.headers["webhook-timestamp"]) for came in receiver.came]
    assert len(set(stamps)) == len(stamps)
    attempts = await bench.attempts(delivery)
    assert [each.problem for each in attempts] == [AttemptProblem.ANSWERED] * 10
    assert (await bench.fresh(endpoint)).disabled_at is None


async def test_retry_after_is_honoured_up_to_a_day(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/patience")
    asked = ["120", "999999999", "nonsense", "1"]
    receiver.answers["/patience"] = lambda _: Response("busy", 503, {"retry-after": asked[len(receiver.came) - 1]})
    await bench.parcel(seller, "SF7000000000006")
    await bench.run()
    waits = []
    for _ in asked:
        [delivery] = await bench.deliveries(endpoint)
        assert delivery.next_at
        waits.append(delivery.next_at - bench.now)
        bench.now = delivery.next_at
        if len(waits) < len(asked):
            await bench.run()

    assert waits == [timedelta(seconds=120), timedelta(hours=24), timedelta(minutes=30), timedelta(hours=2)]


async def test_410_disables_at_once_and_loses_nothing(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/gone")
    receiver.answers["/gone"] = lambda _: Response("bye", 410)
    parcel = await bench.parcel(seller, "SF7000000000007")
    await bench.run()
    row = await bench.fresh(endpoint)
    assert (row.disabled_at, row.disabled_because) == (bench.now, DisabledBecause.GONE)

    await bench.stir(parcel)
    await bench.after(days=1)
    assert len(receiver.came) == 1
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.WAITING]

    del receiver.answers["/gone"]
    await bench.set(endpoint, disabled_at=None, disabled_because=None)
    await bench.run()
    assert [came.told["data"]["subjectVersion"] for came in receiver.came] == [1, 1]


async def test_five_days_of_only_failures_disable_and_sporadic_ones_do_not(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    hopeless, sporadic = await bench.endpoint(seller, "/hopeless"), await bench.endpoint(seller, "/sporadic")
    receiver.answers["/hopeless"] = failing
    receiver.answers["/sporadic"] = lambda _: Response(status_code=500 if len(receiver.at("/sporadic")) % 2 else 200)
    parcel = await bench.parcel(seller, "SF7000000000008")
    begun = bench.now
    for _ in range(7 * 4):
        await bench.stir(parcel)
        await bench.after(hours=6)
        if (await bench.fresh(hopeless)).disabled_at is not None:
            break
    row = await bench.fresh(hopeless)

    assert row.disabled_because is DisabledBecause.FAILING
    assert row.disabled_at
    assert timedelta(days=5) <= row.disabled_at - begun <= timedelta(days=5, hours=6)
    assert (await bench.fresh(sporadic)).disabled_at is None
    assert len(await bench.deliveries(hopeless)) >= 20, "what was queued is kept"
    count = len(receiver.at("/hopeless"))
    await bench.after(days=2)
    assert len(receiver.at("/hopeless")) == count


async def test_a_subjects_events_arrive_in_order_and_others_do_not_wait(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/order")
    one, other = await bench.parcel(seller, "SF7000000000009"), await bench.parcel(seller, "SF7000000000010")
    receiver.answers["/order"] = lambda came: Response(
        status_code=500 if came.told["data"]["subjectId"] == one.typeid and len(receiver.came) < 8 else 200
    )
    await bench.stir(one, 3)
    await bench.stir(other, 3)
    await bench.run()

    def told(parcel: Any) -> list[int]:
        return [
            each.told["data"]["subjectVersion"]
            for each in receiver.came
            if each.told["data"]["subjectId"] == parcel.typeid
        ]

    assert told(one) == [1]
    assert told(other) == [1, 2, 3, 4]
    await bench.after(seconds=5)
    await bench.after(minutes=5)
    assert told(one) == [1, 1, 1]
    await bench.after(minutes=30)
    assert told(one) == [1, 1, 1, 1, 2, 3, 4]
    assert not any(each.told["gap"] for each in receiver.came)


async def test_after_35_minutes_later_events_pass_and_the_gap_is_marked(bench: Bench, receiver: Receiver) -> None:
    seller = await make.merchant(bench.store)
    endpoint = await bench.endpoint(seller, "/gap")
    parcel = await bench.parcel(seller, "SF7000000000011")
    receiver.answers["/gap"] = lambda came: Response(
        status_code=500 if came.told["data"]["subjectVersion"] == 1 else 200
    )
    await bench.stir(parcel, 2)
    await bench.run()
    begun = bench.now
    for wait in WAITS[:3]:
        assert [each.told["data"]["subjectVersion"] for each in receiver.came].count(2) == 0
        bench.now += wait
        await bench.run()

    assert bench.now - begun == timedelta(minutes=35, seconds=5)
    told = [(each.told["data"]["subjectVersion"], each.told["gap"]) for each in receiver.came]
    assert told == [(1, False)] * 4 + [(2, True), (3, False)]
    first = (await bench.deliveries(endpoint))[0]
    assert first.status is DeliveryStatus.WAITING

    receiver.answers.clear()
    await bench.after(hours=2)
    assert receiver.came[-1].told["data"]["subjectVersion"] == 1
    assert [each.status for each in await bench.deliveries(endpoint)] == [DeliveryStatus.DELIVERED] * 3


async def test_a_receivers_patience_holds_later_events_no_longer_than_the_schedule(
    bench: Bench, receiver: Receiver
) -> None:
    seller = await make.merchant(bench.store)
    await bench.endpoint(seller, "/long")
    parcel = await bench.parcel(seller, "SF7000000000012")
    receiver.answers["/long"] = lambda came: Response(
        status_code=503 if came.told["data"]["subjectVersion"] == 1 else 200, headers={"retry-after": "86400"}
    )
    await bench.stir(parcel)
    await bench.run()
    await bench.after(minutes=41)
    assert len(receiver.came) == 1
    await bench.after(minutes=1)
    assert [(each.told["data"]["subjectVersion"], each.told["gap"]) for each in receiver.came] == [
        (1, False),
        (2, True),
    ]
