"""``returnRequest``: the good path, each refusal, the missing scope, foreign rows, the repeat, the race."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import REQUEST, bought, change, requested
from worker import sealing

TWO_LINES = [
    {"sku": "TEE", "title": "T-shirt", "quantity": 2, "unitPrice": {"amount": "99.50", "currency": "CNY"}},
    {
        "sku": "CAKE",
        "title": "Cake",
        "quantity": 1,
        "unitPrice": {"amount": "50.00", "currency": "CNY"},
        "category": "fresh",
    },
]


async def test_a_small_return_approves_itself_and_says_why(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)

    told = await requested(api, who, order.line(quantity=2))

    assert told["userErrors"] == []
    rma = told["return"]
    assert (rma["status"], rma["decision"]["outcome"], rma["decision"]["decidedBy"]) == (
        "APPROVED",
        "APPROVED",
        "WAYBRIDGE",
    )
    assert all(step["holds"] for step in rma["decision"]["because"])
    assert rma["rmaNumber"].startswith("RMA-")
    assert rma["value"] == {"amount": "199.00", "currency": "CNY"}
    assert (rma["waitingOn"], rma["onDeadline"], rma["isTerminal"]) == ("BUYER", "EXPIRE", False)
    assert rma["deadlineAt"] == (make.NOW + timedelta(days=14)).isoformat()
    assert rma["orders"] == [{"number": order.order.number}]


async def test_a_dear_return_waits_for_its_merchant(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    dear = [{"sku": "TV", "title": "TV", "quantity": 1, "unitPrice": {"amount": "5999.00", "currency": "CNY"}}]
    order = await bought(store, who, lines=dear, total={"amount": "5999.00", "currency": "CNY"})

    rma = (await requested(api, who, order.line()))["return"]

    assert (rma["status"], rma["waitingOn"], rma["onDeadline"]) == ("REQUESTED", "MERCHANT", "APPROVE")
    assert set(rma["allowedActions"]) == {"returnApprove", "returnDecline", "returnAsk", "returnCancel"}
    approved = await change(api, who, "returnApprove", rma, "ReturnRefInput", expectedVersion=rma["version"])
    assert approved["return"]["status"] == "APPROVED"


async def test_every_refusal_is_told_at_once_with_its_place(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    late = make.NOW - timedelta(days=30)
    order = await bought(store, who, delivered_at=late, lines=TWO_LINES, total={"amount": "249.00", "currency": "CNY"})

    told = await requested(api, who, order.line(0, quantity=3), order.line(1))

    assert told["return"] is None
    found = [(each["code"], each["field"]) for each in told["userErrors"]]
    assert found == [
        ("WINDOW_CLOSED", ["input", "lines", "0", "quantity"]),
        ("QUANTITY", ["input", "lines", "0", "quantity"]),
        ("WINDOW_CLOSED", ["input", "lines", "1", "quantity"]),
        ("POLICY", ["input", "lines", "1", "orderLineId"]),
    ]
    assert all(each["message"].endswith(".") for each in told["userErrors"])


async def test_goods_that_did_not_arrive_may_not_come_back(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await make.order(store, who.merchant_id)
    line = (await api.ask(who, "query($n: String!) { order(number: $n) { lines { id } } }", n=order.number))["order"]

    told = await requested(
        api, who, {"orderLineId": line["lines"][0]["id"], "quantity": 1, "reason": "NO_LONGER_WANTED"}
    )

    assert [each["code"] for each in told["userErrors"]] == ["NOT_ELIGIBLE"]


async def test_what_is_coming_back_already_cannot_be_asked_for_twice(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    first = await requested(api, who, order.line(quantity=2))

    again = await requested(api, who, order.line(quantity=1))
    assert [each["code"] for each in again["userErrors"]] == ["QUANTITY"]

    await change(api, who, "returnCancel", first["return"])
    assert (await requested(api, who, order.line(quantity=1)))["userErrors"] == []


async def test_eligibility_shows_what_guards_the_request(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who, lines=TWO_LINES, total={"amount": "249.00", "currency": "CNY"})
    query = """query($n: String!) { order(number: $n) { lines { returnableQuantity
      eligibility(reason: NO_LONGER_WANTED) { allowed verdict closesAt fee { amount } policy { code version }
        refusals { code message } methods because { rule holds } } } } }"""

    tee, cake = (await api.ask(who, query, n=order.order.number))["order"]["lines"]

    assert (tee["returnableQuantity"], tee["eligibility"]["allowed"], tee["eligibility"]["verdict"]) == (
        2,
        True,
        "AUTO_APPROVE",
    )
    assert tee["eligibility"]["policy"] == {"code": "cn", "version": 1}
    assert tee["eligibility"]["fee"] == {"amount": "12.00"}
    assert tee["eligibility"]["closesAt"] == "2026-06-07T16:00:00+00:00"  # the end of the seventh day in Shanghai
    assert (cake["eligibility"]["allowed"], [no["code"] for no in cake["eligibility"]["refusals"]]) == (
        False,
        ["POLICY"],
    )


async def test_a_key_is_required_and_a_repeat_has_one_effect(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    wish, key = {"lines": [order.line()]}, uuid4().hex
    without = REQUEST.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")

    assert await api.refused(who, without, input=wish) == "BAD_USER_INPUT"
    first, second = [await api.raw(who, REQUEST, input=wish, key=key) for _ in range(2)]

    assert first["data"]["returnRequest"]["return"]["id"] == second["data"]["returnRequest"]["return"]["id"]
    assert second["extensions"]["replayed"]


async def test_two_requests_for_the_last_piece_leave_one(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)

    told = await asyncio.gather(*(requested(api, who, order.line(quantity=2)) for _ in range(6)))

    made = [each for each in told if each["return"] is not None]
    assert len(made) == 1
    assert {each["userErrors"][0]["code"] for each in told if each["return"] is None} == {"QUANTITY"}


async def test_a_buyer_sends_back_their_own_and_nobody_elses(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    mine, other = await bought(store, who), await bought(store, who)
    buyer = make.buyer(store, mine.order, ("orders:read", "returns:read", "returns:write"))

    told = await requested(api, buyer, mine.line())
    foreign = await requested(api, buyer, other.line())

    assert told["return"]["allowedActions"] == ["returnCancel"]
    assert [each["code"] for each in foreign["userErrors"]] == ["NOT_FOUND"]
    others = (await requested(api, who, other.line()))["return"]
    cancel = await change(api, buyer, "returnCancel", others)
    assert [each["code"] for each in cancel["userErrors"]] == ["NOT_FOUND"]
    seen = await api.ask(buyer, "{ returns(first: 10) { nodes { id } } }")
    assert seen["returns"]["nodes"] == [{"id": told["return"]["id"]}]


async def test_another_merchant_finds_nothing(api: Api, store: Store) -> None:
    who, stranger = await make.merchant(store), await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]

    told = await requested(api, stranger, order.line())
    assert [each["code"] for each in told["userErrors"]] == ["NOT_FOUND"]
    found = await api.ask(stranger, "query($id: ID!) { return(id: $id) { id } node(id: $id) { id } }", id=rma["id"])
    assert found == {"return": None, "node": None}
    tried = await change(api, stranger, "returnCancel", rma)
    assert [each["code"] for each in tried["userErrors"]] == ["NOT_FOUND"]


async def test_the_scope_is_needed(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    reader = await make.another_key(store, who, "orders:read", "returns:read")

    code = await api.refused(reader, REQUEST, input={"lines": [order.line()]}, key=uuid4().hex)

    assert code == "FORBIDDEN"


@pytest.mark.parametrize("expected", [1, 99])
async def test_a_decision_on_what_is_no_more_is_a_conflict(api: Api, store: Store, expected: int) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    assert rma["version"] == 3  # asked for, approved, its way chosen

    told = await change(api, who, "returnCancel", rma, expectedVersion=expected)

    assert [each["code"] for each in told["userErrors"]] == ["CONFLICT"]


async def test_a_way_that_the_life_does_not_have_says_what_there_is(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]

    [no] = (await change(api, who, "returnApprove", rma, "ReturnRefInput"))["userErrors"]

    assert no["code"] == "STATE"
    assert "approved" in no["message"]


async def test_what_happened_is_told_in_order(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    await change(api, who, "returnCancel", rma, reason="changed my mind")
    await sealing.drain(store)
    query = """query($id: ID!) { return(id: $id) { timeline { nodes { kind subjectVersion after } } } }"""

    told: Any = (await api.ask(who, query, id=rma["id"]))["return"]["timeline"]["nodes"]

    kinds = ["return.requested", "return.approved", "return.changed", "return.canceled"]
    assert [each["kind"] for each in told] == kinds
    assert [each["subjectVersion"] for each in told] == [1, 2, 3, 4]
    assert told[3]["after"]["why"] == "changed my mind"
