"""Carriers, what can be done with them, and which of them a number may be of."""

from typing import Any

import pytest

from aftersales import partners
from carriers.registry import BY_CODE
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    made = await make.merchant(store)
    async with store.writing(EVERYTHING) as session:
        await partners.add_carrier(session, partners.CarrierWish("local_van", "Local Van"), now=make.NOW)
    return made


async def test_every_carrier_is_listed_with_what_we_can_do(api: Api, seller: make.Someone) -> None:
    query = """{ carriers { code name hasAdapter capabilities { track numbersPerQuery push pushAuthenticity } notes
      confidence { ability confidence } credentials { name description } unmappedCodes { rawCode } } }"""
    told = {each["code"]: each for each in (await api.ask(seller, query))["carriers"]}

    assert set(told) == {*BY_CODE, "local_van"}
    for code, carrier in BY_CODE.items():
        assert told[code]["hasAdapter"]
        assert told[code]["capabilities"]["track"] is bool(carrier.tracking)
        assert {each["name"] for each in told[code]["credentials"]} == set(carrier.credentials)
    assert told["local_van"]["hasAdapter"] is False
    assert told["local_van"]["capabilities"]["track"] is False


async def test_a_carrier_is_named_in_the_readers_language(api: Api, seller: make.Someone) -> None:
    query = '{ carrier(code: "SF") { name zh: name(locale: ZH) codes(search: "签收", first: 5) { code status } } }'
    told = (await api.ask(seller, query))["carrier"]
    assert told["zh"] != told["name"]
    assert all(each["status"] for each in told["codes"])


async def test_no_carrier_is_null(api: Api, seller: make.Someone) -> None:
    assert await api.ask(seller, '{ carrier(code: "none") { name } }') == {"carrier": None}


@pytest.mark.parametrize("first", [0, 1001])
async def test_of_codes_1_to_1000_are_asked_for(api: Api, seller: make.Someone, first: int) -> None:
    query = 'query($first: Int!) { carrier(code: "sf") { codes(first: $first) { code } } }'
    assert await api.refused(seller, query, first=first) in {"BAD_USER_INPUT", "LIMIT_EXCEEDED"}


@pytest.mark.parametrize(
    ("number", "code"), [("SF1234567890123", "sf"), ("1Z999AA10123456784", "ups"), ("nothing at all", None)]
)
async def test_a_number_is_one_of_its_carriers(api: Api, seller: make.Someone, number: str, code: str | None) -> None:
    query = "query($number: String!) { identify(trackingNumber: $number) { carrierCode name checkDigitPassed } }"
    told: list[Any] = (await api.ask(seller, query, number=number))["identify"]
    assert (code in {each["carrierCode"] for each in told}) if code else told == []


async def test_a_number_of_more_than_60_characters_is_none(api: Api, seller: make.Someone) -> None:
    query = "query($number: String!) { identify(trackingNumber: $number) { name } }"
    assert await api.refused(seller, query, number="1" * 61) == "BAD_USER_INPUT"
