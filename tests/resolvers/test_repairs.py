"""Repairs from the wish to the end: the quote accepted, declined, unanswered; what cannot be repaired; each refusal."""

import asyncio
from typing import Any

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import call, codes, done, goods, received, scanned, stands, text, time_is_up
from tests.returning import Bought, bought, change, requested

WISH = {"symptom": "Stays black; call 13800138000", "serialNumber": "SN-1"}
PRICE = {"amount": "30.00", "currency": "CNY"}


async def asked(api: Api, who: make.Someone, order: Bought) -> Any:
    """A return with a repair, as approved."""
    told = await requested(api, who, order.line(0, 1, "DEFECTIVE"), resolution="REPAIR", repair=WISH)
    assert told["userErrors"] == []
    return await stands(api, who, told["return"])


async def quoted(api: Api, who: make.Someone, order: Bought) -> Any:
    """A return whose goods the workshop has and has named a price for."""
    rma = await asked(api, who, order)
    await received(api, who, rma, None)
    repair = (await stands(api, who, rma))["repair"]
    await done(api, who, "repairUpdate", repair, event="DIAGNOSE", step="main board under test")
    await done(api, who, "repairUpdate", repair, event="QUOTE", quote=PRICE, step="display to be replaced")
    return await stands(api, who, rma)


def buyer_of(store: Store, order: Bought) -> make.Someone:
    return make.buyer(store, order.order, ("orders:read", "shipments:read", "returns:read", "returns:write"))


async def test_a_repair_with_its_quote_declined_sends_the_goods_back(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = await quoted(api, who, order)
    repair = rma["repair"]
    assert (repair["status"], repair["waitingOn"], repair["quote"]) == ("QUOTED", "BUYER", PRICE)
    assert [each["words"] for each in repair["steps"]] == ["main board under test", "display to be replaced"]

    told = await done(api, buyer_of(store, order), "repairUpdate", repair, event="DECLINE_QUOTE", reason="too dear")
    assert told["status"] == "QUOTE_DECLINED"
    told = await done(api, who, "repairUpdate", repair, event="SEND_BACK", carrier="sf", trackingNumber="SFW100001")
    assert (told["status"], told["shipments"]) == ("OUTBOUND", [{"trackingNumber": "SFW100001"}])
    await scanned(api, store, "SFW100001", "PICKED_UP", "DELIVERED")

    rma = await stands(api, who, rma)
    assert (rma["repair"]["status"], rma["status"], rma["refunds"]) == ("COMPLETED", "COMPLETED", [])
    assert rma["lines"][0]["disposition"] == "REPAIR"


async def test_a_repair_that_is_paid_for_lends_a_device_meanwhile(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    repair = (await quoted(api, who, order))["repair"]
    await done(api, buyer_of(store, order), "repairUpdate", repair, event="ACCEPT_QUOTE")

    loan = {"serialNumber": "SPARE-7", "dueAt": "2026-06-20T00:00:00+08:00"}
    repair = await done(api, who, "repairUpdate", repair, event="START", loan=loan)
    assert repair["loan"] == {"serialNumber": "SPARE-7", "dueAt": "2026-06-19T16:00:00+00:00", "returnedAt": None}
    twice = await call(api, who, "repairUpdate", repair, loan={"serialNumber": "SPARE-8"})
    assert codes(twice) == [("STATE", ["input", "loan"])]
    repair = await done(api, who, "repairUpdate", repair, loanReturned=True)
    assert repair["loan"]["returnedAt"] == make.NOW.isoformat()
    await done(api, who, "repairUpdate", repair, event="SEND_BACK")  # they collect it
    repair = await done(api, who, "repairUpdate", repair, event="COMPLETE")
    assert (repair["status"], repair["return"]["status"]) == ("COMPLETED", "COMPLETED")


async def test_what_cannot_be_repaired_becomes_a_refund(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    repair = (await quoted(api, who, await bought(store, who)))["repair"]
    await done(api, who, "repairUpdate", repair, event="ACCEPT_QUOTE")
    await done(api, who, "repairUpdate", repair, event="START")

    repair = await done(api, who, "repairUpdate", repair, event="GIVE_UP", reason="the board is beyond repair")

    rma = await stands(api, who, repair["return"])
    assert (repair["status"], repair["isTerminal"], rma["resolution"]) == ("UNREPAIRABLE", True, "REFUND")
    assert [(each["purpose"], each["amount"]["amount"]) for each in rma["refunds"]] == [("RETURN", "99.50")]


async def test_what_cannot_be_repaired_may_become_an_exchange(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who))
    await received(api, who, rma, None)
    await done(api, who, "repairUpdate", rma["repair"], event="DIAGNOSE")

    await done(api, who, "repairUpdate", rma["repair"], event="GIVE_UP", exchange=goods("99.50", "TEE-RED-M"))

    rma = await stands(api, who, rma)
    assert (rma["resolution"], rma["exchange"]["status"], rma["refunds"]) == ("EXCHANGE", "RELEASED", [])


async def test_a_quote_that_nobody_answers_is_declined_by_itself(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await quoted(api, who, await bought(store, who))

    deadline = await api.ask(who, "query($id: ID!) { repair(id: $id) { id deadlineAt } }", id=rma["repair"]["id"])
    await time_is_up(store, deadline["repair"])

    assert (await stands(api, who, rma))["repair"]["status"] == "QUOTE_DECLINED"


async def test_goods_lost_on_their_way_back_to_the_buyer_become_money(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await quoted(api, who, await bought(store, who))
    await done(api, who, "repairUpdate", rma["repair"], event="DECLINE_QUOTE")
    sent = {"carrier": "sf", "trackingNumber": "SFW100002"}
    await done(api, who, "repairUpdate", rma["repair"], event="SEND_BACK", **sent)

    await scanned(api, store, "SFW100002", "LOST")

    rma = await stands(api, who, rma)
    assert (rma["repair"]["status"], rma["resolution"], len(rma["refunds"])) == ("UNREPAIRABLE", "REFUND", 1)


async def test_a_return_called_off_takes_its_repair_with_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who))

    await change(api, who, "returnCancel", rma)

    assert (await stands(api, who, rma))["repair"]["status"] == "CANCELED"


async def test_a_symptom_is_needed_and_its_phones_are_masked(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)

    none = await requested(api, who, order.line(0, 1, "DEFECTIVE"), resolution="REPAIR")
    stray = await requested(api, who, order.line(0, 1, "DEFECTIVE"), repair=WISH)
    repair = (await asked(api, who, order))["repair"]

    assert codes(none) == [("INVALID", ["input", "repair", "symptom"])]
    assert codes(stray) == [("INVALID", ["input", "repair"])]
    assert repair["symptom"].startswith("Stays black")
    assert "13800138000" not in repair["symptom"]


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ({}, ("INVALID", ["input", "event"])),
        ({"event": "EXPLODE"}, ("INVALID", ["input", "event"])),
        ({"event": "APPROVE"}, ("INVALID", ["input", "event"])),
        ({"step": " "}, ("INVALID", ["input", "step"])),
        ({"step": "x" * 201}, ("INVALID", ["input", "step"])),
        ({"loanReturned": True}, ("STATE", ["input", "loanReturned"])),
        ({"event": "QUOTE", "quote": PRICE}, ("STATE", ["input"])),
        ({"event": "RECEIVE", "quote": PRICE}, ("INVALID", ["input", "quote"])),
        ({"step": "x", "trackingNumber": "X"}, ("INVALID", ["input", "trackingNumber"])),
        ({"event": "RECEIVE", "exchange": goods("1.00")}, ("INVALID", ["input", "exchange"])),
        ({"event": "RECEIVE", "expectedVersion": 99}, ("CONFLICT", ["input", "expectedVersion"])),
    ],
)
async def test_each_update_that_cannot_be_is_refused_in_its_place(
    api: Api, store: Store, wish: dict[str, Any], refused: tuple[str, list[str]]
) -> None:
    who = await make.merchant(store)
    repair = (await asked(api, who, await bought(store, who)))["repair"]

    assert codes(await call(api, who, "repairUpdate", repair, **wish)) == [refused]


async def test_a_quote_needs_a_price_in_the_orders_currency(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who))
    await received(api, who, rma, None)
    await done(api, who, "repairUpdate", rma["repair"], event="DIAGNOSE")

    without = await call(api, who, "repairUpdate", rma["repair"], event="QUOTE")
    dollars = await call(
        api, who, "repairUpdate", rma["repair"], event="QUOTE", quote={"amount": "5.00", "currency": "USD"}
    )

    assert codes(without) == codes(dollars) == [("INVALID", ["input", "quote"])]


async def test_a_buyer_answers_the_quote_and_says_nothing_else(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order, other = await bought(store, who), await bought(store, who)
    repair = (await quoted(api, who, order))["repair"]
    buyer, neighbour = buyer_of(store, order), buyer_of(store, other)

    for wish in ({"event": "START"}, {"step": "mine"}, {"event": "ACCEPT_QUOTE", "step": "mine"}):
        assert codes(await call(api, buyer, "repairUpdate", repair, **wish)) == [("POLICY", ["input", "event"])]
    foreign = await call(api, neighbour, "repairUpdate", repair, event="ACCEPT_QUOTE")
    assert codes(foreign) == [("NOT_FOUND", ["input", "id"])]
    seen = await api.ask(
        buyer, "query($id: ID!) { repair(id: $id) { allowedActions steps { words } } }", id=repair["id"]
    )
    assert seen["repair"]["allowedActions"] == ["repairUpdate"]
    assert len(seen["repair"]["steps"]) == 2


async def test_scope_and_foreign_rows(api: Api, store: Store) -> None:
    who, stranger = await make.merchant(store), await make.merchant(store)
    repair = (await asked(api, who, await bought(store, who)))["repair"]
    wish = {"id": repair["id"], "event": "RECEIVE"}

    reader = await make.another_key(store, who, "orders:read", "returns:read", "shipments:read")
    assert await api.refused(reader, text("repairUpdate"), input=wish) == "FORBIDDEN"
    told = await call(api, stranger, "repairUpdate", repair, event="RECEIVE")
    assert codes(told) == [("NOT_FOUND", ["input", "id"])]
    seen = await api.ask(stranger, "query($id: ID!) { repair(id: $id) { id } node(id: $id) { id } }", id=repair["id"])
    assert seen == {"repair": None, "node": None}


async def test_of_answers_at_once_one_counts(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    repair = (await quoted(api, who, await bought(store, who)))["repair"]

    told = await asyncio.gather(
        *(
            call(api, who, "repairUpdate", repair, event=event)
            for event in ("ACCEPT_QUOTE", "DECLINE_QUOTE", "ACCEPT_QUOTE", "DECLINE_QUOTE")
        )
    )

    assert len([each for each in told if not each["userErrors"]]) == 1
