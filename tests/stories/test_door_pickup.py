"""Goods go back by a courier at the door, told through GraphQL, with the carrier's sandbox over HTTP."""

from typing import Any

from tests.returning import change, requested
from tests.stories.conftest import Stage

WAY = """query($id: ID!) { return(id: $id) { status method onDeadline waitingOn
  lines { id logistics condition disposition }
  pickups { number status confirmation trackingNumber carrier { code } courier { name phone } settledGrams
    failure { message } attempts { number status reason } }
  shipments { trackingNumber direction status } } }"""


async def seen(stage: Stage, who: Any, rma: dict[str, Any]) -> Any:
    return (await stage.api.ask(who, WAY, id=rma["id"]))["return"]


async def test_a_courier_comes_and_the_warehouse_closes_it(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    rma = (await requested(stage.api, who, order.line(quantity=2)))["return"]
    assert rma["method"] == "DOOR_PICKUP"

    await stage.work()
    booked = await seen(stage, who, rma)
    [pickup] = booked["pickups"]
    assert (pickup["status"], pickup["carrier"]["code"]) == ("ACCEPTED", "sf")
    assert pickup["trackingNumber"].startswith("SF")
    assert booked["status"] == "APPROVED"

    await stage.pass_time(4)
    on_the_way = await seen(stage, who, rma)
    assert on_the_way["pickups"][0]["status"] == "PICKED_UP"
    assert on_the_way["status"] == "SHIPPED_BACK"
    [parcel] = on_the_way["shipments"]
    assert (parcel["direction"], on_the_way["lines"][0]["logistics"]) == ("REVERSE", "IN_TRANSIT")

    await stage.pass_time(40, step=5)
    arrived = await seen(stage, who, rma)
    assert (arrived["lines"][0]["logistics"], arrived["onDeadline"]) == ("DELIVERED", "RECEIVE")

    [line] = arrived["lines"]
    received = await change(stage.api, who, "returnReceive", rma, lines=[{"id": line["id"], "received": 2}])
    assert received["return"]["status"] == "RECEIVED"
    judged = await change(
        stage.api,
        who,
        "returnInspect",
        rma,
        lines=[{"id": line["id"], "disposition": "RESTOCK", "condition": "AS_DESCRIBED"}],
    )
    assert judged["userErrors"] == []


async def test_a_courier_who_never_comes_is_replaced_by_another_carrier(stage: Stage) -> None:
    who = await stage.seller("kuaidi100", "sf")
    order = await stage.order(who, phone="13800130001")
    rma = (await requested(stage.api, who, order.line()))["return"]
    await stage.work()

    await stage.pass_time(80, step=3)

    told = await seen(stage, who, rma)
    carriers = [each["carrier"]["code"] for each in told["pickups"]]
    assert len(set(carriers)) == 2
    assert told["pickups"][0]["status"] == "SUPERSEDED"
    assert [visit["number"] for visit in told["pickups"][0]["attempts"]] == [1, 2]
