import pytest

from aftersales.rules.sizes import Advice, advise, rank, size_in, stem
from db.case_enums import ReturnReason

SMALL, LARGE = ReturnReason.SIZE_TOO_SMALL, ReturnReason.SIZE_TOO_LARGE


def test_sizes_are_ordered_on_their_scale() -> None:
    letters = ["xs", "S", " m ", "L", "XL", "2XL", "XXXL"]
    places = [rank(each) for each in letters]
    assert places == sorted(places, key=lambda place: place[1] if place else -1)
    assert rank("2XL") == rank("XXL")
    assert rank("38,5") == ("numbers", 38.5)
    assert rank("one size") is None


@pytest.mark.parametrize(
    ("sku", "size", "other", "found"),
    [
        ("TEE-RED-M", "M", "TEE-RED-XL", "XL"),
        ("TEE-RED-M", "m", "TEE-RED-M", "M"),
        ("TEE-RED-M", "M", "TEE-BLUE-L", None),
        ("SHOE.42.BLK", "42", "SHOE.43.BLK", "43"),
        ("TEE-RED", "M", "TEE-RED-L", None),
        ("M-TEE-M", "M", "L-TEE-L", None),
        ("TEE-RED-M", "M", "TEE-RED-L-LONG", None),
    ],
)
def test_the_size_is_read_out_of_the_stock_number(sku: str, size: str, other: str, found: str | None) -> None:
    assert size_in(other, stem(sku, size)) == found


def test_what_most_took_in_the_direction_of_the_complaint_is_advised() -> None:
    assert advise("M", SMALL, ["L", "l", "XL", "S", "M", "42"]) == Advice("L", 2 / 3, 3)
    assert advise("M", LARGE, ["L", "L", "S"]) == Advice("S", 1.0, 1)


def test_of_as_many_the_nearest_is_advised() -> None:
    assert advise("42", SMALL, ["44", "43"]) == Advice("43", 0.5, 2)


def test_nothing_is_advised_where_nothing_is_known() -> None:
    assert advise("M", SMALL, ["S", "XS"]) is None
    assert advise("M", ReturnReason.DEFECTIVE, ["L"]) is None
    assert advise("Jumbo", SMALL, ["L"]) is None
