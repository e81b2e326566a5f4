"""Personal data as it is shown to those who need not know it all (requirements B26).

Source: GB/T 41833-2022, electronic waybills: at least one character of a name, at least six digits of a phone number, and
the unit and room of an address are hidden. Masking what is masked changes nothing.
"""

import re
import unicodedata

from aftersales.rules import units

HIDDEN_DIGITS = 6

# Not inside a longer number, nor a word with digits in it (a waybill), save a word that announces a phone.
_START = r"(?:(?<![0-9A-Za-z])|(?<=tel)|(?<=phone)|(?<=mobile)|(?<=cell)|(?<=call))"
_END = r"(?![0-9A-Za-z])"
_EXTENSION = r"(?:\s*(?:转|分机|ext\.?|x)\s*\d{1,6}|[,-]\d{1,6}(?!\d))?"
_ANNOUNCED = r"(?:电话|手机|联系方式|联系|致电|拨打|座机|tel|phone|mobile|call|cell)(?:[.:：\s]|号码|是|为|at)*"
_PHONES = (
    r"(?<![0-9A-Za-z])\+\(?\d(?:[\s().-]{0,2}\d){6,14}(?![0-9])",  # +86 138 0013 8000, +1 (415) 555-2671
    rf"{_START}(?:(?:00)?86[\s-]{{1,2}})?1[3-9]\d[\s-]?\d{{4}}[\s-]?\d{{4}}{_EXTENSION}{_END}",  # 138-0013-8000
    rf"{_START}\(?0\d{{2,4}}\)?[\s/-]{{0,2}}\d{{3,4}}[\s-]?\d{{3,4}}{_EXTENSION}{_END}",  # (0755)8888 9999, 0171 1234567
    rf"{_START}0[1-9](?:[\s.-]\d{{2}}){{4}}{_END}",  # 06 12 34 56 78
    rf"{_START}\(\d{{2,3}}\)\s?\d{{3,5}}[\s.-]?\d{{4}}{_EXTENSION}{_END}",  # (415) 555-2671, (11) 91234-5678
    rf"{_START}(?![48]00[.-])[2-9]\d{{2}}[.-]\d{{3}}[.-]\d{{4}}{_EXTENSION}{_END}",  # 415-555-2671, no 400-811-1111
)
_IN_TEXT = re.compile("|".join(_PHONES), re.IGNORECASE)
_IN_TEXT_ANNOUNCED = re.compile(rf"({_ANNOUNCED})(\d(?:[\s-]?\d){{6,10}}){_END}", re.IGNORECASE)  # 电话: 6234 5678
_TOO_LONG = re.compile(r"\d{12,}")  # a waybill, not a phone, when it stands in one piece


def mask_name(name: str | None) -> str:
    """The first character and two stars, whatever the length and the script; one star for a single character."""
    plain = (name or "").strip()
    if len(plain) <= 1:
        return "*" if plain else ""
    return f"{plain[0]}**"


def mask_phone(phone: str | None) -> str:
    """A phone number without its separators: at most the first three and the last two digits are shown, fewer where six would
    not stay hidden. An extension counts as digits. Nothing is shown of what holds no digit."""
    plain = unicodedata.normalize("NFKC", phone or "").strip()
    digits = "".join(c for c in plain if c.isdecimal() or c == "*")
    shown = min(5, max(0, len(digits) - HIDDEN_DIGITS))
    tail = min(2, shown)
    head = shown - tail
    masked = digits[:head] + "*" * (len(digits) - shown) + digits[len(digits) - tail :]
    return ("+" if plain.startswith("+") and masked else "") + masked


def mask_unit(unit: str | None) -> str:
    """Three stars for any unit; empty for none."""
    return "***" if (unit or "").strip() else ""


def mask_street(line: str | None) -> str:
    """A line of an address with its unit and room hidden, and any phone number in it."""
    street, unit = units.split(mask_text(line))
    return f"{street} {mask_unit(unit)}".strip()


def mask_text(text: str | None) -> str:
    """A text, such as a carrier's words, with the phone numbers in it masked. Waybill numbers (twelve digits and more in one
    piece, or with letters), dates, times and short numbers stay."""
    shown, masked = "", _half_width_digits(text or "")
    while shown != masked:  # what is left of one number may stand beside another; each round hides more digits
        shown = masked
        masked = _IN_TEXT_ANNOUNCED.sub(lambda found: found[1] + mask_phone(found[2]), shown)
        masked = _IN_TEXT.sub(lambda found: _masked_unless_waybill(found[0]), masked)
    return masked


def _masked_unless_waybill(found: str) -> str:
    if _TOO_LONG.fullmatch(found):
        return found
    return mask_phone(found)


def _half_width_digits(text: str) -> str:
    """Full-width digits, plus, colon, hyphen and brackets made half-width; everything else stays as it was written."""
    return text.translate(_HALF_WIDTH)


_HALF_WIDTH = {ord(full): chr(ord(full) - 0xFEE0) for full in "０１２３４５６７８９＋－"}
