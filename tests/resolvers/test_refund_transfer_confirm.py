"""``refundTransferConfirm``: the good path, each refusal, the missing scope, foreign rows, the repeat, the race."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import CONFIRM, confirmed, granted, money


def codes(told: Any) -> list[tuple[str, list[str] | None]]:
    """What was refused, and where."""
    return [(each["code"], each["field"]) for each in told["userErrors"]]


async def test_money_that_moved_settles_the_lines_and_closes_the_return(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, before = await granted(api, store, who)
    assert (before["status"], before["lines"][0]["money"], before["refund"]["status"]) == ("RECEIVED", "DUE", "PENDING")
    assert before["refund"]["allowedActions"] == ["refundTransferConfirm"]

    started = await confirmed(api, who, before["refund"], "STARTED", expectedVersion=before["refund"]["version"])
    assert (started["userErrors"], started["refund"]["status"]) == ([], "PROCESSING")
    told = await confirmed(api, who, before["refund"])

    assert (told["userErrors"], told["refund"]["status"], told["refund"]["isTerminal"]) == ([], "SUCCEEDED", True)
    assert told["refund"]["paid"] == {"amount": "199.00"}
    assert [(each["reference"], each["status"]) for each in told["refund"]["transfers"]] == [("psp-1", "SUCCEEDED")]
    after = await money(api, who, before)
    assert (after["status"], after["lines"][0]["money"], after["refundPreview"]) == ("COMPLETED", "SETTLED", None)
    assert after["order"]["moneyBack"] == {
        "due": {"amount": "199.00"},
        "granted": {"amount": "199.00"},
        "paid": {"amount": "199.00"},
        "left": {"amount": "0.00"},
        "refunds": [{"id": told["refund"]["id"]}],
    }


async def test_several_transfers_make_up_one_refund(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)

    part = await confirmed(api, who, rma["refund"], amount={"amount": "150", "currency": "CNY"})
    assert (part["refund"]["status"], part["refund"]["left"]) == ("PROCESSING", {"amount": "49.00"})
    more = await confirmed(
        api, who, rma["refund"], reference="psp-2", tender="STORE_CREDIT", amount={"amount": "9.00", "currency": "CNY"}
    )
    assert (more["refund"]["status"], more["refund"]["version"]) == ("PROCESSING", part["refund"]["version"] + 1)
    rest = await confirmed(api, who, rma["refund"], reference="psp-3")

    assert rest["refund"]["status"] == "SUCCEEDED"
    assert [(each["tender"], each["amount"]["amount"]) for each in rest["refund"]["transfers"]] == [
        ("ORIGINAL", "150.00"),
        ("STORE_CREDIT", "9.00"),
        ("ORIGINAL", "40.00"),
    ]


async def test_a_transfer_that_failed_is_tried_again(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)

    failed = await confirmed(api, who, rma["refund"], "FAILED", reason="account closed")
    assert (failed["refund"]["status"], failed["refund"]["transfers"][0]["reason"]) == ("FAILED", "account closed")
    assert (await money(api, who, rma))["status"] == "RECEIVED"
    again = await confirmed(api, who, rma["refund"], "STARTED", reference="psp-2")
    assert again["refund"]["status"] == "PROCESSING"
    done = await confirmed(api, who, rma["refund"], reference="psp-2")

    assert (done["refund"]["status"], (await money(api, who, rma))["status"]) == ("SUCCEEDED", "COMPLETED")


async def test_money_that_came_back_may_be_granted_anew(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    await confirmed(api, who, rma["refund"])

    told = await confirmed(api, who, rma["refund"], "REVERSED", reason="the buyer's bank sent it back")

    assert (told["refund"]["status"], told["refund"]["transfers"][0]["status"]) == ("REVERSED", "REVERSED")
    after = await money(api, who, rma)
    assert after["order"]["moneyBack"]["left"] == {"amount": "199.00"}
    assert after["lines"][0]["money"] == "WITHHELD"


async def test_each_refusal_says_why_and_changes_nothing(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    refund = rma["refund"]
    yen = {"amount": "5", "currency": "JPY"}
    finer, none, much = ({"amount": each, "currency": "CNY"} for each in ("1.005", "0", "199.01"))

    assert codes(await confirmed(api, who, refund, reference=" ")) == [("INVALID", ["input", "reference"])]
    assert codes(await confirmed(api, who, refund, reference="x" * 201)) == [("INVALID", ["input", "reference"])]
    assert codes(await confirmed(api, who, refund, amount=yen)) == [("INVALID", ["input", "amount", "currency"])]
    assert codes(await confirmed(api, who, refund, amount=finer)) == [("INVALID", ["input", "amount", "amount"])]
    assert codes(await confirmed(api, who, refund, amount=none)) == [("INVALID", ["input", "amount"])]
    assert codes(await confirmed(api, who, refund, "REVERSED")) == [("NOT_FOUND", ["input", "reference"])]
    assert codes(await confirmed(api, who, refund, expectedVersion=99)) == [("CONFLICT", ["input", "expectedVersion"])]
    assert codes(await confirmed(api, who, {"id": "rfd_nonsense"})) == [("NOT_FOUND", ["input", "refundId"])]
    [no] = (await confirmed(api, who, refund, amount=much))["userErrors"]
    assert (no["code"], no["field"]) == ("POLICY", ["input", "amount"])
    assert no["message"] == "199.00 CNY were granted and 0.00 of it has moved; 199.01 more would be too much."
    assert (await money(api, who, rma))["refund"] == refund


async def test_what_has_moved_does_not_move_again(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    part = {"amount": "100", "currency": "CNY"}
    await confirmed(api, who, rma["refund"], amount=part)

    assert codes(await confirmed(api, who, rma["refund"])) == [("DUPLICATE", ["input", "reference"])]
    assert codes(await confirmed(api, who, rma["refund"], "FAILED")) == [("STATE", ["input", "reference"])]
    assert codes(await confirmed(api, who, rma["refund"], "REVERSED")) == [("STATE", ["input"])]
    await confirmed(api, who, rma["refund"], reference="psp-2")
    late = await confirmed(api, who, rma["refund"], "STARTED", reference="psp-3")

    assert codes(late) == [("STATE", ["input"])]
    assert (await money(api, who, rma))["order"]["moneyBack"]["paid"] == {"amount": "199.00"}


async def test_the_scope_and_a_key_are_needed_and_no_buyer_confirms(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order, rma = await granted(api, store, who)
    wish = {"refundId": rma["refund"]["id"], "outcome": "SUCCEEDED", "reference": "psp-1"}
    reader = await make.another_key(store, who, "returns:read", "orders:read")
    buyer = make.buyer(store, order.order, ("orders:read", "returns:read", "returns:write"))
    without = CONFIRM.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")

    assert await api.refused(reader, CONFIRM, input=wish, key=uuid4().hex) == "FORBIDDEN"
    assert await api.refused(buyer, CONFIRM, input=wish, key=uuid4().hex) == "FORBIDDEN"
    assert await api.refused(who, without, input=wish) == "BAD_USER_INPUT"
    seen = await money(api, buyer, rma)
    assert (seen["refund"]["amount"]["amount"], seen["refund"]["allowedActions"]) == ("199.00", [])
    assert seen["refund"]["lines"] == rma["refund"]["lines"]
    assert seen["order"]["moneyBack"] == rma["order"]["moneyBack"]


async def test_another_merchant_finds_no_refund(api: Api, store: Store) -> None:
    who, stranger = await make.merchant(store), await make.merchant(store)
    _, rma = await granted(api, store, who)
    id_ = rma["refund"]["id"]

    assert codes(await confirmed(api, stranger, rma["refund"])) == [("NOT_FOUND", ["input", "refundId"])]
    query = "query($id: ID!, $rma: ID!) { refund(id: $id) { id } node(id: $id) { id } refundPreview(returnId: $rma) { trigger } }"
    told = await api.ask(stranger, query, id=id_, rma=rma["id"])
    assert told == {"refund": None, "node": None, "refundPreview": None}
    assert (await api.ask(who, query, id=id_, rma=rma["id"]))["refund"] == {"id": id_}


async def test_a_repeat_has_one_effect(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)
    wish = {"refundId": rma["refund"]["id"], "outcome": "SUCCEEDED", "reference": "psp-1"}
    key = uuid4().hex

    first, second = [await api.raw(who, CONFIRM, input=wish, key=key) for _ in range(2)]

    assert first["data"] == second["data"]
    assert second["extensions"]["replayed"]
    assert len(first["data"]["refundTransferConfirm"]["refund"]["transfers"]) == 1


@pytest.mark.parametrize("same", [True, False])
async def test_confirmations_that_race_move_the_money_once(api: Api, store: Store, same: bool) -> None:
    who = await make.merchant(store)
    _, rma = await granted(api, store, who)

    told = await asyncio.gather(
        *(confirmed(api, who, rma["refund"], reference="psp-1" if same else f"psp-{n}") for n in range(5))
    )

    assert len([each for each in told if not each["userErrors"]]) == 1
    assert {each["userErrors"][0]["code"] for each in told if each["userErrors"]} <= {"DUPLICATE", "STATE", "CONFLICT"}
    after = await money(api, who, rma)
    assert after["order"]["moneyBack"]["paid"] == {"amount": "199.00"}
    assert after["status"] == "COMPLETED"
