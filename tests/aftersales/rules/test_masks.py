import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.masks import mask_name, mask_phone, mask_street, mask_text, mask_unit


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王五", "王**"),
        ("欧阳修远", "欧**"),
        ("迪丽热巴·迪力木拉提", "迪**"),
        ("王", "*"),
        ("John Smith", "J**"),
        (" Åsa ", "Å**"),
        ("", ""),
        (None, ""),
    ],
)
def test_of_a_name_the_first_character_is_shown_at_most(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(max_size=20))
def test_masking_a_name_twice_is_masking_it_once(name: str) -> None:
    once = mask_name(name)
    assert mask_name(once) == once
    assert once.rstrip("*") in {"", name.strip()[:1]}
    assert len(name.strip()) < 2 or once.count("*") >= 2


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800138000", "138******00"),
        ("+8613800138000", "+861********00"),
        ("0755-88889999", "075*******99"),
        ("+852 9123 4567", "+852******67"),
        ("62345678", "******78"),
        ("95338", "*****"),
        ("１３８００１３８０００", "138******00"),
        ("13800138000转1234", "138**********34"),
        ("", ""),
    ],
)
def test_of_a_phone_six_digits_are_hidden_at_least(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text(alphabet="0123456789+-() 转*x０１２", max_size=25))
def test_masking_a_phone_hides_enough_and_once_is_enough(phone: str) -> None:
    once = mask_phone(phone)
    digits = sum(c.isdecimal() for c in unicodedata.normalize("NFKC", phone))
    assert mask_phone(once) == once
    assert sum(c.isdecimal() for c in once) <= max(0, min(5, digits - 0))
    assert once.count("*") >= min(6, digits)


@given(st.text(max_size=20))
def test_a_unit_is_hidden_wholly(unit: str) -> None:
    assert mask_unit(unit) in {"", "***"}
    assert mask_unit(mask_unit(unit)) == mask_unit(unit)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("科技路5号12栋3单元501室", "科技路5号 ***"),
        ("1 Main St Apt 4B", "1 Main St ***"),
        ("科技路5号", "科技路5号"),
        ("科技路5号 电话13800138000", "科技路5号 电话138******00"),
        ("3号楼2单元501", "***"),
    ],
)
def test_a_street_hides_its_unit_and_phones(line: str, masked: str) -> None:
    assert mask_street(line) == masked
    assert mask_street(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("【深圳市】快递员张三（13800138000）正在派件", "【深圳市】快递员张三（138******00）正在派件"),
        ("派件员李四13900139000，有问题请联系", "派件员李四139******00，有问题请联系"),
        ("联系电话：0755-88889999转8001", "联系电话：075***********01"),
        ("电话：６２３４５６７８", "电话：******78"),
        ("客服 010 6234 5678", "客服 010******78"),
        ("Tel:+86 138 0013 8000.", "Tel:+861********00."),
        ("Call (415) 555-2671 now", "Call 41******71 now"),
        ("call 555 2671 now", "call ******1 now"),
        ("Fahrer 0171 1234567", "Fahrer 017******67"),
        ("livreur 06 12 34 56 78", "livreur 06******78"),
        ("motorista (11) 91234-5678", "motorista 119******78"),
        ("13800138000,13900139000", "138******00,139******00"),
    ],
)
def test_phones_in_a_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "运单号SF1380013800012已揽收",
        "773027491214552 已签收",
        "YT9093718083088",
        "Tracking number 9400111206206406260787",
        "1Z999AA10123456784",
        "2024-01-05 12:30:45 已发出",
        "20240105123045",
        "2024/01/05 09:41",
        "取件码 12-3-4567",
        "投诉电话95338",
        "客服400-811-1111",
        "重量1.25kg，金额100.00元",
        "JD0076810060555-1-1-",
        "GPS 113.9431,22.5431",
        "",
    ],
)
def test_waybills_dates_and_short_numbers_stay(text: str) -> None:
    assert mask_text(text) == text


_WORDS = st.lists(
    st.sampled_from(["电话", "13800138000", "+8613800138000", "0755-88889999", " ", "-", "SF", "转", "12", "call", "(", ")", "。", "*", ":", "06 12 34 56 78"]),
    max_size=8,
).map("".join)  # fmt: skip


@given(_WORDS | st.text(max_size=40))
def test_masking_a_text_twice_is_masking_it_once(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(
    st.text(alphabet=st.characters(categories=["Lo", "Po", "Zs"]), max_size=10),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(alphabet=st.characters(categories=["Lo", "Po", "Zs"]), max_size=10),
)
def test_no_mobile_survives_between_any_words(before: str, mobile: str, after: str) -> None:
    assert mobile not in re.sub(r"\s", "", mask_text(before + mobile + after))
