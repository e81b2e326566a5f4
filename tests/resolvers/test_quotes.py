"""Prices that carriers tell over HTTP: side by side, within a limit of time, kept for the plan of a return."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from aftersales.credentials import mint_customer_token
from carriers.registry import BY_CODE
from carriers.sandbox import Book
from cli import sandbox
from db.session import Store
from tests import make
from tests.asking import Api, serving
from tests.quoting import PLAN, QUOTES, SHANGHAI, SHENZHEN, WAY, calls, kept, seller
from tests.resolvers.counting import counting
from tests.returning import bought, requested
from worker import clocks

AMERICA = {
    "fromAddress": {
        "country": "US",
        "region": "IL",
        "city": "Springfield",
        "street": ["456 Oak Avenue"],
        "postalCode": "62701",
    },
    "toAddress": {
        "country": "US",
        "region": "NJ",
        "city": "Allendale",
        "street": ["123 Main Street"],
        "postalCode": "07401",
    },
    "fromCountry": "US",
    "toCountry": "US",
    "weightGrams": 1500,
}
ABLE = "{ carriers { code capabilities { quotes slots } } }"
FEE = "query ($id: ID!) { return(id: $id) { pickups { fee { amount currency } carrier { code } } } }"


@pytest.fixture
def now(api: Api) -> datetime:
    """The gateway's clock set to the sandbox's, which is the world's."""
    api.clock.now = datetime.now(UTC)
    return api.clock.now


async def quotes(api: Api, who: make.Someone, **changes: Any) -> Any:
    return (await api.ask(who, QUOTES, input={**WAY, **changes}))["quotes"]


async def plan(api: Api, who: make.Someone, order: Any, **more: Any) -> Any:
    wish = {"lines": [{"orderLineId": order.lines[0].typeid}], **more}
    return (await api.ask(who, PLAN, input=wish))["returnPlan"]


async def test_carriers_that_quote_are_asked_and_lists_stand_in_for_the_others(
    api: Api, store: Store, now: datetime
) -> None:
    who = await seller(store, "sf", "jd", "kuaidi100", "zto")

    told = await quotes(api, who)

    found = {each["carrier"]["code"]: each for each in told["quotes"]}
    assert told["silent"] == []
    assert {code for code, each in found.items() if each["source"] == "CARRIER"} == {"sf", "jd", "kuaidi100"}
    assert found["sf"]["price"] == {"amount": "12.00", "currency": "CNY"}
    assert (found["sf"]["days"], found["sf"]["listSource"]) == (2, None)
    assert datetime.fromisoformat(found["sf"]["quotedAt"]) == now
    assert (found["zto"]["source"], found["zto"]["quotedAt"]) == ("TARIFF", None)
    amounts = [Decimal(each["price"]["amount"]) for each in told["quotes"] if each["price"]["currency"] == "CNY"]
    assert amounts == sorted(amounts)


async def test_a_price_is_told_for_a_courier_at_the_door_or_without_one(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "fedex")

    dropped = (await quotes(api, who, **AMERICA))["quotes"]
    collected = (await quotes(api, who, **AMERICA, doorPickup=True))["quotes"]

    assert {each["source"] for each in dropped if each["carrier"]["code"] == "fedex"} == {"CARRIER"}
    assert {each["source"] for each in collected if each["carrier"]["code"] == "fedex"} == {"CARRIER"}
    assert {row.at_door for row in await kept(store, who)} == {True, False}
    assert {row.asked_at for row in await kept(store, who)} == {now}


async def test_weight_and_volume_make_the_class_that_is_asked_for(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")
    box = {"lengthMm": 400, "widthMm": 300, "heightMm": 200}  # 24,000 cm3: 4,800 g by 5000

    await quotes(api, who)
    [large] = [each for each in (await quotes(api, who, size=box))["quotes"] if each["carrier"]["code"] == "sf"]

    assert {row.grams for row in await kept(store, who)} == {1000, 5000}
    assert (large["billedGrams"], large["price"]["amount"]) == (5000, "20.00")
    assert now


async def test_an_answer_is_given_again_for_ten_minutes_and_then_asked_anew(
    api: Api, store: Store, now: datetime
) -> None:
    who = await seller(store, "sf")

    first = await quotes(api, who)
    again = await quotes(api, who, weightGrams=801)
    once = await calls(store, who)
    api.clock.now = now + timedelta(minutes=11)
    later = await quotes(api, who)

    one, two, three = (_of(told, "sf") for told in (first, again, later))
    assert (two, once, await calls(store, who)) == (one, 1, 2)
    assert three["quotedAt"] > one["quotedAt"]
    assert {row.asked_at for row in await kept(store, who)} == {now + timedelta(minutes=11)}
    assert len(await kept(store, who)) == 2  # with a courier at the door, and without


async def test_who_does_not_answer_is_named_and_the_others_stand(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "jd")
    await make.account(store, who.merchant_id, "sf", credentials={})
    near = await seller(store, "sf")

    told = await quotes(api, who)
    without_doors = await quotes(api, near, fromAddress=None, toAddress=None)

    assert [(each["carrier"]["code"], each["code"]) for each in told["silent"]] == [("sf", "CANNOT_ASK")]
    sources = {each["carrier"]["code"]: each["source"] for each in told["quotes"]}
    assert (sources["jd"], sources["sf"]) == ("CARRIER", "TARIFF")
    assert "fromAddress" in without_doors["silent"][0]["because"]
    assert {each["source"] for each in without_doors["quotes"]} == {"TARIFF"}
    assert (await calls(store, near), bool(now)) == (0, True)


async def test_a_buyer_is_told_lists_and_no_carrier_is_asked_with_the_merchants_account(
    api: Api, store: Store, now: datetime
) -> None:
    who = await seller(store, "sf", "jd")
    buyer = (await bought(store, who)).order.customer_id
    assert buyer
    token, _ = mint_customer_token(store.vault, who.merchant_id, buyer, timedelta(hours=1), now, ["shipments:read"])

    told = await quotes(api, make.Someone(who.partner, token))

    assert {each["source"] for each in told["quotes"]} == {"TARIFF"}
    assert (told["silent"], await calls(store, who)) == ([], 0)


async def test_forbidden_or_too_large_parcels_are_asked_of_nobody(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")

    fireworks, heavy = await quotes(api, who, goods="烟花"), await quotes(api, who, weightGrams=31_000)
    abroad = {**SHENZHEN, "country": "DE", "region": None, "city": "Berlin", "district": None, "postalCode": "10115"}
    far = await quotes(api, who, fromCountry="DE", fromAddress=abroad, toAddress=SHANGHAI)

    codes = [told["silent"][0]["code"] for told in (fireworks, heavy, far)]
    assert codes == ["FORBIDDEN_GOODS", "TOO_HEAVY", "OUT_OF_ZONE"]
    assert (await calls(store, who), bool(now)) == (0, True)


def _of(told: Any, carrier: str) -> Any:
    return next(each for each in told["quotes"] if each["carrier"]["code"] == carrier)


class Slow(httpx2.AsyncBaseTransport):
    """The sandbox, whose SF thinks for a while."""

    def __init__(self) -> None:
        self.inner = httpx2.ASGITransport(app=sandbox.create_app(Book()))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.startswith("/sf"):
            await asyncio.sleep(5)
        return await self.inner.handle_async_request(request)


@pytest.fixture
async def hasty(store: Store) -> AsyncIterator[Api]:
    async with serving(store, Slow(), quote_seconds=0.3) as served:
        served.clock.now = datetime.now(UTC)
        yield served


async def test_a_carrier_that_thinks_too_long_holds_up_nobody(hasty: Api, store: Store) -> None:
    who = await seller(store, "sf", "jd")
    started = asyncio.get_running_loop().time()

    told, planned = await quotes(hasty, who), await plan(hasty, who, await bought(store, who))

    assert asyncio.get_running_loop().time() - started < 4
    assert [(each["carrier"]["code"], each["code"]) for each in told["silent"]] == [("sf", "CARRIER_TIMEOUT")]
    sources = {each["carrier"]["code"]: each["source"] for each in told["quotes"]}
    assert (sources["jd"], sources["sf"]) == ("CARRIER", "TARIFF")
    assert [each["code"] for each in planned["silent"]] == ["CARRIER_TIMEOUT"]
    assert {e["feeSource"] for e in planned["routes"] if e["carrier"]} == {"CARRIER", "TARIFF"}


async def test_a_plan_goes_by_what_carriers_say_and_a_return_asks_nobody(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")
    order = await bought(store, who, delivered_at=now - timedelta(days=1))

    told = await plan(api, who, order)
    before = await calls(store, who)
    rma = (await requested(api, who, order.line(), method="DOOR_PICKUP"))["return"]
    [pickup] = (await api.ask(who, FEE, id=rma["id"]))["return"]["pickups"]

    best = told["routes"][0]
    assert (best["carrier"]["code"], best["feeSource"], best["fee"]["amount"]) == ("sf", "CARRIER", "12.00")
    assert datetime.fromisoformat(best["quotedAt"]) == now
    assert any("by the carrier itself" in each for each in best["because"])
    assert pickup["fee"] == best["fee"]
    assert (before, await calls(store, who)) == (1, 1)


async def test_answers_of_yesterday_and_of_others_are_not_gone_by(api: Api, store: Store, now: datetime) -> None:
    who, other = await seller(store, "sf"), await seller(store, "sf")
    await plan(api, other, await bought(store, other, delivered_at=now - timedelta(days=1)))
    order = await bought(store, who, delivered_at=now - timedelta(days=1))

    untold = (await requested(api, who, order.line(), method="DOOR_PICKUP"))["return"]
    await plan(api, who, order)
    api.clock.now = now + timedelta(hours=25)
    old = (await requested(api, who, order.line(), method="DOOR_PICKUP"))["return"]

    fees = [(await api.ask(who, FEE, id=each["id"]))["return"]["pickups"][0]["fee"] for each in (untold, old)]
    assert all(fee != {"amount": "12.00", "currency": "CNY"} for fee in fees)
    assert fees[0] == fees[1]


async def test_a_return_takes_no_statement_more_for_kept_prices(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")
    order = await bought(store, who, delivered_at=now - timedelta(days=1))

    with counting(store) as without:
        await requested(api, who, order.line(), method="DOOR_PICKUP")
    await plan(api, who, order)
    with counting(store) as with_kept:
        await requested(api, who, order.line(), method="DOOR_PICKUP")

    assert len(with_kept) <= len(without)
    assert len([each for each in with_kept if "carrier_quotes" in each]) == 1


async def test_it_is_told_who_can_be_asked(api: Api, store: Store) -> None:
    told = (await api.ask(await make.merchant(store), ABLE))["carriers"]

    able = {
        ability: {each["code"] for each in told if each["capabilities"][ability]} for ability in ("quotes", "slots")
    }
    assert able == {"quotes": {"sf", "jd", "kuaidi100", "fedex"}, "slots": {"sf", "jd", "cainiao", "usps"}}


async def test_prices_that_nobody_goes_by_any_more_are_forgotten(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")
    await quotes(api, who)

    await clocks.tidy(store, now + timedelta(hours=23))
    still = await kept(store, who)
    await clocks.tidy(store, now + timedelta(hours=25))

    assert (len(still), await kept(store, who)) == (2, [])


def test_who_prices_the_visit_alone_prices_no_parcel() -> None:
    whole = {
        code
        for code, each in BY_CODE.items()
        if each.booking and each.booking.pricing and each.booking.pricing.is_whole
    }

    assert whole == {"sf", "jd", "kuaidi100", "fedex"}
