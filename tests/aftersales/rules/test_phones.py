import pytest

from aftersales.rules.phones import parse, tail


@pytest.mark.parametrize(
    ("written", "country", "e164"),
    [
        ("13800138000", "CN", "+8613800138000"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("１３８００１３８０００", "CN", "+8613800138000"),
        ("010-62345678", "CN", "+861062345678"),
        ("400-811-1111", "CN", "+864008111111"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("+1 415 555 2671", "CN", "+14155552671"),
        ("11 91234-5678", "BR", "+5511912345678"),
        ("0171 1234567", "DE", "+491711234567"),
        ("07911 123456", "GB", "+447911123456"),
        ("+8613800138000", "XX", "+8613800138000"),
        ("008613800138000", "XX", "+8613800138000"),
    ],
)
def test_a_number_is_read_as_people_of_its_country_write_it(written: str, country: str, e164: str) -> None:
    assert parse(written, country).e164 == e164
    assert parse(written, country).problem is None


@pytest.mark.parametrize(
    ("written", "country", "word"),
    [
        ("", "CN", "missing"),
        (None, "CN", "missing"),
        ("138****8000", "CN", "masked"),
        ("23800138000", "CN", "not one that China"),
        ("1", "CN", "short"),
        ("call me", "CN", "contains no number"),
        ("1" * 100_000, "CN", "too long"),
        ("13800138000", "XX", "country is unknown"),
        ("+999123456789", "CN", "unknown country code"),
        ("555 2671", "US", "area code"),
    ],
)
def test_a_problem_is_one_sentence_that_names_it(written: str | None, country: str, word: str) -> None:
    phone = parse(written, country)
    assert phone.e164 is None
    assert word in (phone.problem or "")


def test_the_region_gives_the_area_code_that_was_left_out() -> None:
    assert parse("62345678", "CN").e164 is None
    assert parse("62345678", "CN", region="北京市").e164 == "+861062345678"
    assert parse("91234-5678", "BR", postal_code="01310-100").e164 == "+5511912345678"
    assert parse("3222-1234", "BR", region="AC").e164 == "+556832221234"


def test_hong_kong_has_a_numbering_plan_of_its_own() -> None:
    assert parse("91234567", "CN", region="香港").e164 == "+85291234567"
    assert parse("91234567", "CN", postal_code="999077").e164 == "+85291234567"


def test_a_privacy_number_keeps_its_extension_apart() -> None:
    phone = parse("13800138000转1234", "CN")
    assert (phone.e164, phone.extension) == ("+8613800138000", "1234")


def test_the_tail_is_of_the_number_not_of_the_extension() -> None:
    assert tail("+8613800138000") == "8000"
    assert tail("138-0013-8000转1234") == "8000"
    assert tail("8000") == ""
    assert tail(None) == ""
