"""Of goods without an order no more goes back than they are worth, once, and only for what came."""

from typing import Any

import pytest
from sqlalchemy import select

from aftersales import cases, refunds
from aftersales.refunds import Grant
from aftersales.refusals import Refused
from aftersales.rules.money import Step
from db.case_enums import RefundPurpose, RefundStep
from db.models.returns import Return
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import done, goods, stands, stocked
from tests.refunding import confirmed, id_of, inspected, money, policy, received
from tests.returning import change
from tests.without_order import loose, taken


async def row_of(store: Store, rma: dict[str, Any]) -> Return:
    async with store.reading(EVERYTHING) as session:
        row: Return | None = await session.scalar(select(Return).where(Return.id == id_of(rma)))
    assert row
    return row


async def test_what_did_not_come_is_not_paid_for(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await taken(api, who, loose(3, "NOT_AS_DESCRIBED"), loose(2, sku="CUP", title="Cup"))

    await received(api, who, rma, {"received": 1, "wrong": 1}, {"received": 2})
    await change(api, who, "returnReceive", rma, lines=[{"id": rma["lines"][0]["id"], "missing": 1}])
    await inspected(api, who, rma)

    known = await money(api, who, rma)
    [refund] = known["refunds"]
    assert refund["amount"]["amount"] == "240.00"  # one lamp and two cups
    assert {line["returnLine"]["sku"]: line["quantity"] for line in refund["lines"]} == {"LAMP": 1, "CUP": 2}


async def test_money_waits_for_the_goods_whatever_the_policy_makes_of_orders(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")

    rma = await taken(api, who, loose(2))

    assert (await money(api, who, rma))["refunds"] == []
    await received(api, who, rma)
    known = await money(api, who, rma)
    assert (known["trigger"], [each["amount"]["amount"] for each in known["refunds"]]) == ("RECEIPT", ["160.00"])


async def test_lines_are_paid_for_in_parts_and_never_beyond_their_worth(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="RECEIPT")
    rma = await taken(api, who, loose(2), loose(1, sku="CUP", title="Cup"))

    await received(api, who, rma, {"received": 2})
    await received(api, who, rma, {}, {"received": 1})
    amounts = [each["amount"]["amount"] for each in (await money(api, who, rma))["refunds"]]
    assert sorted(amounts) == ["160.00", "80.00"]

    with pytest.raises(Refused, match=r"240\.00 CNY may go back in all and 240\.00 were granted"):
        await more_money(store, rma, 1)
    for refund in (await money(api, who, rma))["refunds"]:
        assert (await confirmed(api, who, refund))["userErrors"] == []
    with pytest.raises(Refused):
        await more_money(store, rma, 1)


async def more_money(store: Store, rma: dict[str, Any], minor: int) -> None:
    """A further grant for a return, beside those of its lines."""
    row = await row_of(store, rma)
    wish = Grant(
        merchant_id=row.merchant_id,
        purpose=RefundPurpose.EXCHANGE,
        currency="CNY",
        steps=[Step(RefundStep.DIFFERENCE, "more", minor)],
        order=None,
        rma=row,
    )
    async with store.writing(EVERYTHING) as session:
        await refunds.grant(session, wish, cases.Step(make.BY, make.NOW))


async def test_what_is_reversed_may_be_granted_anew(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await taken(api, who, loose())
    await inspected(api, who, await received(api, who, rma))
    [refund] = (await money(api, who, rma))["refunds"]
    await confirmed(api, who, refund)

    reversed_ = await confirmed(api, who, refund, "REVERSED")

    assert reversed_["refund"]["status"] == "REVERSED"
    await more_money(store, rma, 8000)
    with pytest.raises(Refused):
        await more_money(store, rma, 1)


async def test_an_exchange_gives_back_what_the_new_goods_cost_less(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 5)
    rma = await taken(api, who, loose(), resolution="EXCHANGE", exchange=goods("30.00"))
    await inspected(api, who, await received(api, who, rma))

    known = await stands(api, who, rma)
    exchange = known["exchange"]
    assert (exchange["status"], exchange["difference"]["amount"], known["order"]) == ("RELEASED", "-50.00", None)
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SF1000000000009")
    await delivered(api, store, "SF1000000000009")

    known = await stands(api, who, rma)
    assert (known["exchange"]["status"], [each["amount"]["amount"] for each in known["refunds"]]) == (
        "DELIVERED",
        ["50.00"],
    )
    await more_money(store, rma, 3000)  # the rest of what the lamp is worth
    with pytest.raises(Refused):
        await more_money(store, rma, 1)


async def test_nobody_known_is_no_buyer_who_complained_before(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 5)
    wish = {"resolution": "EXCHANGE", "exchange": goods("80.00")}

    damaged = await taken(api, who, loose(reason="DAMAGED_IN_TRANSIT"), **wish)
    other = await taken(api, who, loose(), **wish)

    careful = [(await stands(api, who, each))["exchange"]["isCareful"] for each in (damaged, other)]
    assert careful == [True, False]


async def delivered(api: Api, store: Store, number: str) -> None:
    """The carrier says that a parcel arrived."""
    carrier = await make.carrier(store)
    text = "mutation($input: [TrackingEventInput!]!) { trackingEventsPush(input: $input) { results { outcome } } }"
    news = {"trackingNumber": number, "status": "DELIVERED", "occurredAt": make.NOW.isoformat()}
    told = await api.ask(carrier, text, input=[news])
    assert [each["outcome"] for each in told["trackingEventsPush"]["results"]] == ["RECORDED"]


async def test_a_dearer_exchange_that_becomes_a_refund_gives_back_what_was_paid_for_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 5)
    rma = await taken(api, who, loose(), resolution="EXCHANGE", exchange=goods("100.00"))
    await inspected(api, who, await received(api, who, rma))
    exchange = (await stands(api, who, rma))["exchange"]
    assert exchange["status"] == "AWAITING_PAYMENT"
    exchange = await done(api, who, "exchangeRelease", exchange, paymentReference="pay-1")

    await done(api, who, "exchangeConvert", exchange)

    known = await stands(api, who, rma)
    amounts = {each["purpose"]: each["amount"]["amount"] for each in known["refunds"]}
    assert amounts == {"EXCHANGE": "20.00", "RETURN": "80.00"}
    with pytest.raises(Refused):
        await more_money(store, rma, 1)


async def test_a_repair_of_what_was_bought_elsewhere_is_led_and_given_up_for_money(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who)
    rma = await taken(api, who, loose(), resolution="REPAIR", repair={"symptom": "dark"})
    await received(api, who, rma)

    repair = (await stands(api, who, rma))["repair"]
    repair = await done(api, who, "repairUpdate", repair, event="DIAGNOSE")
    await done(api, who, "repairUpdate", repair, event="GIVE_UP")

    known = await stands(api, who, rma)
    assert known["repair"]["status"] == "UNREPAIRABLE"
    assert [each["amount"]["amount"] for each in known["refunds"]] == ["80.00"]


async def test_one_called_off_pays_nothing(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await taken(api, who, loose())

    told = await change(api, who, "returnCancel", rma)

    assert (told["userErrors"], told["return"]["status"]) == ([], "CANCELED")
    assert (await money(api, who, rma))["refunds"] == []
