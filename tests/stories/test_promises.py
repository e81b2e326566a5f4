"""What was promised holds: the express refund and its visible breach, the policy of the day it was asked for, one return of
several orders to the last of its money."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from tests import make
from tests.refunding import confirmed, inspected, money, received, steps
from tests.resolvers.test_policies import CREATE, PUBLISH
from tests.resolvers.test_policies import policy as rules
from tests.returning import change, requested
from tests.stories.conftest import Stage
from tests.stories.test_door_pickup import seen

DUE = """query($before: DateTime!) { deadlines(before: $before, first: 20) { nodes { __typename id onDeadline breaches } } }"""
TOLD = "query($id: ID!) { refund(id: $id) { breachedAt breaches timeline { nodes { kind } } } }"


async def collected(stage: Stage, who: make.Someone) -> Any:
    """An express return whose goods the courier has: its money."""
    order = await stage.order(who)
    line = order.line(reason="DEFECTIVE")
    rma = (await requested(stage.api, stage.buyer(order), line, express=True))["return"]
    await stage.work()
    asked_at = stage.api.clock.now
    await stage.pass_time(4)
    told = await money(stage.api, who, rma)
    since = datetime.fromisoformat(told["refund"]["promisedFrom"])
    assert asked_at < since <= stage.api.clock.now
    assert told["refund"]["deadlineAt"] == (since + timedelta(hours=24)).isoformat()
    return told


async def test_an_express_refund_is_there_within_a_day_of_the_pickup(stage: Stage) -> None:
    who = await stage.seller("sf")
    rma = await collected(stage, who)
    assert (rma["status"], rma["trigger"]) == ("SHIPPED_BACK", "FIRST_SCAN")

    await stage.pass_time(18, step=6)
    paid = (await confirmed(stage.api, who, rma["refund"]))["refund"]
    assert (paid["status"], paid["breachedAt"], paid["return"]["status"]) == ("SUCCEEDED", None, "SHIPPED_BACK")
    await stage.pass_time(30, step=6)

    await received(stage.api, who, rma | {"lines": [{**each, "quantity": 1} for each in rma["lines"]]})
    await inspected(stage.api, who, rma)
    after = await money(stage.api, who, rma)
    assert (after["status"], after["refund"]["breaches"]) == ("COMPLETED", 0)


async def test_an_express_refund_that_is_late_says_so_and_stays_due(stage: Stage) -> None:
    who = await stage.seller("sf")
    refund = (await collected(stage, who))["refund"]

    await stage.pass_time(25, step=5)

    told = (await stage.api.ask(who, TOLD, id=refund["id"]))["refund"]
    assert (told["breaches"], told["breachedAt"] is None) == (1, False)
    assert "refund.breached" in [each["kind"] for each in told["timeline"]["nodes"]]
    later = (stage.api.clock.now + timedelta(days=2)).isoformat()
    due = (await stage.api.ask(who, DUE, before=later))["deadlines"]["nodes"]
    assert {"__typename": "Refund", "id": refund["id"], "onDeadline": "REMIND", "breaches": 1} in due
    paid = (await confirmed(stage.api, who, refund))["refund"]
    assert (paid["status"], paid["breaches"]) == ("SUCCEEDED", 1)


async def published(stage: Stage, who: make.Someone, days: int, **more: Any) -> None:
    """Another version of the shop's policy holds from now on."""
    drawn = await stage.api.ask(who, CREATE, input=rules(days, rules=more), key=uuid4().hex)
    id_ = drawn["policyCreate"]["returnPolicy"]["id"]
    told = await stage.api.ask(who, PUBLISH, input={"id": id_})
    assert told["policyPublish"]["userErrors"] == []


async def test_the_policy_of_the_day_it_was_asked_for_decides(stage: Stage) -> None:
    shop = await stage.seller("sf")
    scopes = ("orders:read", "shipments:read", "returns:read", "returns:write", "policies:write")
    who = await make.another_key(stage.store, shop, *scopes)
    by_hand: dict[str, Any] = {"auto": {"most": []}}
    await published(stage, who, 10, trigger="RECEIPT", **by_hand)
    order = await stage.order(who)
    rma = (await requested(stage.api, stage.buyer(order), order.line()))["return"]
    assert (rma["status"], rma["waitingOn"]) == ("REQUESTED", "MERCHANT")

    fees = {"fees": [{"amount": "15.00", "currency": "CNY"}], "buyerPays": ["NO_LONGER_WANTED"]}
    await published(stage, who, 7, trigger="INSPECTION", **fees, **by_hand)
    later = await stage.order(who)
    other = (await requested(stage.api, stage.buyer(later), later.line()))["return"]
    for each in (rma, other):
        assert (await change(stage.api, who, "returnApprove", each, "ReturnRefInput"))["userErrors"] == []
    await stage.work()
    await stage.pass_time(40, step=8)
    for each in (rma, other):
        await received(stage.api, who, each)

    old, new = await money(stage.api, who, rma), await money(stage.api, who, other)
    assert (old["trigger"], steps(old["refund"])) == ("RECEIPT", [("PRICE", "99.50")])
    assert (new["trigger"], new["refund"], steps(new["refundPreview"])) == (
        "INSPECTION",
        None,
        [("PRICE", "99.50"), ("RETURN_FEE", "-15.00")],
    )


async def test_goods_of_several_orders_come_back_in_one_parcel(stage: Stage) -> None:
    who = await stage.seller("sf")
    first, second = await stage.order(who), await stage.order(who)
    wish = (first.line(0, 2, "DEFECTIVE"), second.line(0, 1, "DEFECTIVE"))
    rma = (await requested(stage.api, stage.buyer(first), *wish))["return"]
    assert (rma["order"], {each["number"] for each in rma["orders"]}) == (
        None,
        {first.order.number, second.order.number},
    )

    await stage.work()
    await stage.pass_time(40, step=8)
    told = await seen(stage, who, rma)
    assert len(told["pickups"]) == len(told["shipments"]) == 1
    assert (await seen(stage, stage.buyer(first), rma))["shipments"] == told["shipments"]
    await received(stage.api, who, rma)
    await inspected(stage.api, who, rma)

    refunds = (await money(stage.api, who, rma))["refunds"]
    assert sorted(each["amount"]["amount"] for each in refunds) == ["199.00", "99.50"]
    for refund in refunds:
        paid = (await confirmed(stage.api, who, refund))["refund"]
    assert paid["return"]["status"] == "COMPLETED"
    assert [await given_back(stage, who, each.order.number) for each in (first, second)] == ["199.00", "99.50"]


async def given_back(stage: Stage, who: make.Someone, number: str) -> Any:
    query = "query($n: String!) { order(number: $n) { moneyBack { paid { amount } } } }"
    return (await stage.api.ask(who, query, n=number))["order"]["moneyBack"]["paid"]["amount"]
