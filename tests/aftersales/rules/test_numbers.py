import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules import numbers
from aftersales.rules.numbers import Candidate, Check, identify

MATERIAL = Path(__file__).parents[4] / "shared" / "carriers" / "tracking_numbers.json"

# Examples that carriers and postal unions print themselves.
KNOWN = [
    ("1Z999AA10123456784", "ups", Check.PASSED),
    ("1z 999 aa1 01 2345 6784", "ups", Check.PASSED),
    ("RB123456785GB", "royal_mail", Check.PASSED),
    ("EE123456785CN", "china_post", Check.PASSED),
    ("986578788855", "fedex", Check.PASSED),
    ("9400111206206406260787", "usps", Check.PASSED),
    ("3318810025", "dhl_express", Check.PASSED),
    ("09980000020033F", "dpd", Check.PASSED),
    ("320595463938", "purolator", Check.PASSED),
    ("07209562763", "old_dominion", Check.PASSED),
    ("00340434161094042557", "dhl_parcel_de", Check.PASSED),
    ("TBA000000000000", "amazon_shipping", Check.NONE),
    ("ＳＦ７４４４４９６９３１３３１", "sf", Check.NONE),
    ("YT9093718083088", "yto", Check.NONE),
    ("JDVE00132473532-1-1-", "jd", Check.NONE),
    ("JT2099306666983", "jtexpress", Check.NONE),
    ("LP00123456789CN", "cainiao", Check.NONE),
    ("73100196611386", "zto", Check.NONE),
    ("773027491214552", "sto", Check.NONE),
    ("3309876541228", "yunda", Check.NONE),
]


@pytest.mark.parametrize(("number", "carrier", "check"), KNOWN)
def test_the_likeliest_carrier_comes_first(number: str, carrier: str, check: Check) -> None:
    first = identify(number)[0]
    assert (first.carrier_code, first.check) == (carrier, check)


@pytest.mark.parametrize(
    "number", ["1Z999AA10123456785", "RB123456786US", "RB123456785XX", "LTN74207623N2", "", " ", "hello", "0" * 61]
)
def test_what_no_format_fits_has_no_candidate(number: str) -> None:
    assert identify(number) == ()


def test_the_service_is_named_where_the_number_tells() -> None:
    [ups] = identify("1Z999AA10123456784")
    assert ups == Candidate("ups", "UPS", "UPS United States Next Day Air (Red)", Check.PASSED)
    assert identify("EE123456785CN")[0].service == "EMS"


def test_twelve_digits_may_be_of_many_and_checked_ones_lead() -> None:
    found = identify("444003077898")
    assert {"sf", "zto", "yto", "sto"} <= {c.carrier_code for c in found}
    checks = [c.check is Check.NONE for c in found]
    assert checks == sorted(checks)


@given(st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    assert len({c.carrier_code for c in identify(text)}) == len(identify(text))


@pytest.mark.parametrize("number", ["9" * 100_000, "A" * 100_000, " " * 100_000, "42" * 30, "9" * 59 + "A", "420" * 20])
def test_hostile_numbers_cost_nothing(number: str) -> None:
    identify("1")  # the table is read once
    began = time.perf_counter()
    identify(number)
    assert time.perf_counter() - began < 0.05


def material() -> list[tuple[str, str, bool]]:
    """(format's name, number, whether it is valid) of every example beside the checkout."""
    if not MATERIAL.exists():
        return []
    couriers = json.loads(MATERIAL.read_text(encoding="utf-8"))["couriers"]
    return [
        (form["name"], number, kind == "valid")
        for courier in couriers
        for form in courier["formats"]
        for kind in ("valid", "invalid")
        for number in form["test_numbers"][kind]
    ]


@pytest.mark.parametrize("path", [path for path in (MATERIAL,) if path.exists()])
def test_every_example_of_the_material_is_judged_rightly(path: Path) -> None:
    wrong = []
    for name, number, valid in material():
        forms = [form for form in numbers._formats() if form.row["name"] == name]
        assert forms, name
        plain = numbers.normalise(number)
        matches = [(form, form.pattern.fullmatch(plain)) for form in forms]
        fits = any(match and numbers._is_right(form.row, match) for form, match in matches)
        if fits is not valid or (valid and not identify(number)):
            wrong.append((name, number))
    assert wrong == []
