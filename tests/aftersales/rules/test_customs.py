"""What customs must be told, what is missing of it, and what a hub's goods come to."""

from dataclasses import replace

import pytest

from aftersales.rules import consolidations, customs
from aftersales.rules.customs import COUNTRIES, CustomsGap, CustomsReason, Goods
from carriers import doors
from db.case_enums import Disposition, Resolution, ReturnReason
from db.enums import Locale

SHIRT = Goods("SHIRT", 2, "610910", "PT", 4000, 300)


def test_a_line_lacks_what_it_lacks() -> None:
    nothing = replace(SHIRT, hs_code=None, country_of_origin=None, value_minor=0, grams=None)
    assert customs.gaps(SHIRT) == ()
    assert customs.gaps(nothing) == tuple(CustomsGap)
    assert customs.gaps(replace(SHIRT, grams=0)) == (CustomsGap.NET_WEIGHT,)


def test_the_sentence_names_every_line_that_lacks_something_in_two_languages() -> None:
    lines = [SHIRT, replace(SHIRT, sku="HAT", hs_code=None), replace(SHIRT, sku="BAG", grams=None)]
    english, chinese = customs.waiting(lines), customs.waiting(lines, Locale.ZH)
    assert "HAT: the HS code; BAG: the net weight." in english
    assert "HAT：海关编码（HS）；BAG：净重。" in chinese
    assert "SHIRT" not in english + chinese
    assert all("returnCustomsUpdate" in each for each in (english, chinese))


@pytest.mark.parametrize(
    ("resolution", "why", "expected"),
    [
        (Resolution.REFUND, ReturnReason.NO_LONGER_WANTED, CustomsReason.RETURNED_GOODS),
        (Resolution.EXCHANGE, ReturnReason.DEFECTIVE, CustomsReason.FAULTY),
        (Resolution.REPAIR, ReturnReason.DEFECTIVE, CustomsReason.REPAIR),
    ],
)
def test_the_papers_say_why(resolution: Resolution, why: ReturnReason, expected: CustomsReason) -> None:
    assert customs.reason(resolution, why) is expected


@pytest.mark.parametrize(
    ("text", "code"), [("6109.10", "610910"), (" 6109 10 00 90 ", "6109100090"), ("61091000", "61091000")]
)
def test_an_hs_code_is_its_digits(text: str, code: str) -> None:
    assert customs.hs_code(text) == code


@pytest.mark.parametrize("text", ["", "61091", "61091000901", "6109AB", "٦١٠٩١٠"])
def test_what_is_no_hs_code_is_not_taken(text: str) -> None:
    with pytest.raises(ValueError, match="six to ten digits"):
        customs.hs_code(text)


def test_countries_are_those_of_the_standard() -> None:
    assert {"CN", "US", "DE", "GB", "HK", "TW", "XK"} <= COUNTRIES
    assert not {"EU", "ZZ", "UK", "XX", "QO", "AC"} & COUNTRIES
    assert len(COUNTRIES) == 249 + 1
    assert customs.country(" pt ") == "PT"
    with pytest.raises(ValueError, match="two letters"):
        customs.country("Portugal")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("DE", "FR", False), ("DE", "CH", True), ("CN", "HK", True), ("CN", "CN", False), ("", "CN", False)],
)
def test_within_the_union_there_is_no_border(one: str, other: str, *, expected: bool) -> None:
    assert doors.is_border(one, other) is expected
    assert doors.is_border(other, one) is expected


def test_a_sheet_sums_up_by_code_origin_and_currency() -> None:
    lines = [(SHIRT, "EUR"), (replace(SHIRT, quantity=1), "EUR"), (SHIRT, "USD"), (replace(SHIRT, hs_code=None), "EUR")]
    unknown, euros, dollars = consolidations.totals(lines)
    assert (unknown.hs_code, unknown.quantity) == (None, 2)
    assert (euros.quantity, euros.value_minor, euros.grams, euros.currency) == (3, 12000, 900, "EUR")
    assert (dollars.quantity, dollars.currency) == (2, "USD")
    assert sum(each.quantity for each in (unknown, euros, dollars)) == sum(each.quantity for each, _ in lines)


def test_what_was_judged_and_is_kept_goes_on() -> None:
    going = {each for each in Disposition if consolidations.goes_on(each)}
    assert going == set(Disposition) - {Disposition.RECYCLE, Disposition.DESTROY, Disposition.RETURN_TO_BUYER}
    assert not consolidations.goes_on(None)
