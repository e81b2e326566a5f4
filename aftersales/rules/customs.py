"""What customs must be told of goods that come back over a customs border, and what is still missing of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum, auto

from babel import Locale as Names
from babel.core import get_global

from db.case_enums import Resolution, ReturnReason
from db.enums import Locale

_FAULTY = frozenset({ReturnReason.DEFECTIVE, ReturnReason.DAMAGED_IN_TRANSIT, ReturnReason.NOT_AS_DESCRIBED})
# Codes of CLDR that are no country's in ISO 3166-1. XK is none either, yet customs take it.
_NOT_ISO = frozenset({"AC", "CP", "DG", "EU", "EZ", "TA", "UN", "XA", "XB", "ZZ"})
_HS = re.compile(r"[0-9]{6,10}")


class CustomsReason(StrEnum):
    """Why goods are sent over the border."""

    RETURNED_GOODS = auto()
    FAULTY = auto()
    REPAIR = auto()


class CustomsGap(StrEnum):
    """What customs are not told yet."""

    HS_CODE = auto()
    COUNTRY_OF_ORIGIN = auto()
    VALUE = auto()
    NET_WEIGHT = auto()


WORDS = {
    CustomsGap.HS_CODE: ("the HS code", "海关编码（HS）"),
    CustomsGap.COUNTRY_OF_ORIGIN: ("the country of origin", "原产国"),
    CustomsGap.VALUE: ("the value", "申报价值"),
    CustomsGap.NET_WEIGHT: ("the net weight", "净重"),
}


@dataclass(frozen=True, slots=True)
class Goods:
    """One line as customs are told it. The value, in the currency's smallest unit, and the grams are of one."""

    sku: str
    quantity: int
    hs_code: str | None
    country_of_origin: str | None
    value_minor: int
    grams: int | None


def gaps(goods: Goods) -> tuple[CustomsGap, ...]:
    """What is missing of a line; nothing: it can be declared."""
    known = {
        CustomsGap.HS_CODE: goods.hs_code,
        CustomsGap.COUNTRY_OF_ORIGIN: goods.country_of_origin,
        CustomsGap.VALUE: goods.value_minor,
        CustomsGap.NET_WEIGHT: goods.grams,
    }
    return tuple(gap for gap, value in known.items() if not value)


def reason(resolution: Resolution, why: ReturnReason) -> CustomsReason:
    """What the papers say: goods for repair go out again, faulty ones and others stay."""
    if resolution is Resolution.REPAIR:
        return CustomsReason.REPAIR
    return CustomsReason.FAULTY if why in _FAULTY else CustomsReason.RETURNED_GOODS


def waiting(lines: Sequence[Goods], locale: Locale = Locale.EN) -> str:
    """Why nothing is booked yet, and what to do, in one sentence or two."""
    zh = locale is Locale.ZH
    parts = []
    for each in lines:
        missing = [WORDS[gap][zh] for gap in gaps(each)]
        if missing:
            parts.append(f"{each.sku}：{'、'.join(missing)}" if zh else f"{each.sku}: {', '.join(missing)}")
    told = ("；" if zh else "; ").join(parts)
    if zh:
        return f"报关资料不齐，货物暂不能寄出。{told}。请用 returnCustomsUpdate 补齐；等待中的取件或面单会自动继续。"
    return f"Customs must be told more before the goods go. {told}. Complete it with returnCustomsUpdate; a booking that waits for it then goes on by itself."


def hs_code(text: str) -> str:
    """The code without dots and spaces. ValueError unless it has six to ten digits."""
    code = re.sub(r"[\s.]", "", text)
    if not _HS.fullmatch(code):
        raise ValueError("an HS code has six to ten digits")
    return code


def country(text: str) -> str:
    """The country's two letters. ValueError unless it is one of ISO 3166-1."""
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise ValueError("a country has two letters of ISO 3166-1")
    return code


def _countries() -> frozenset[str]:
    """The countries that have three letters, too, and a name: CLDR holds more codes of two."""
    aliases = get_global("territory_aliases").items()
    coded = {two[0] for three, two in aliases if len(three) == 3 and three.isalpha()}
    return frozenset(coded & set(Names.parse("en").territories)) - _NOT_ISO


COUNTRIES = _countries()
