"""Phone numbers to E.164, read as people of the address's country write them."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from babel import Locale
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

# Places with a numbering plan of their own inside another country's addresses (ITU E.164 country codes).
_OWN_PLANS = {
    ("CN", "香港"): "HK",
    ("CN", "81"): "HK",
    ("CN", "澳门"): "MO",
    ("CN", "82"): "MO",
    ("CN", "台湾"): "TW",
    ("CN", "71"): "TW",
    ("US", "PR"): "PR",
    ("US", "GU"): "GU",
    ("US", "VI"): "VI",
    ("FR", "971"): "GP",
    ("FR", "972"): "MQ",
    ("FR", "973"): "GF",
    ("FR", "974"): "RE",
    ("FR", "976"): "YT",
}
_OWN_PLANS_BY_POST = {("CN", "999077"): "HK", ("CN", "999078"): "MO"}

# Area codes to try when a number was written without one: Chinese municipalities (GB/T 2260 code and name), Brazilian
# states with a single code (Anatel's plan of DDD codes).
_AREA_CODES = {
    ("CN", "11"): "010",
    ("CN", "北京"): "010",
    ("CN", "31"): "021",
    ("CN", "上海"): "021",
    ("CN", "12"): "022",
    ("CN", "天津"): "022",
    ("CN", "50"): "023",
    ("CN", "重庆"): "023",
    **{
        ("BR", state): code
        for state, code in {
            "AC": "68",
            "AL": "82",
            "AP": "96",
            "DF": "61",
            "MS": "67",
            "PB": "83",
            "RN": "84",
            "RO": "69",
            "RR": "95",
            "SE": "79",
            "TO": "63",
        }.items()
    },
}
# Brazilian postal codes of one area code: the cities of Sao Paulo and Rio (Correios' ranges).
_AREA_CODES_BY_POST = {
    ("BR", "0"): "11",
    ("BR", "20"): "21",
    ("BR", "21"): "21",
    ("BR", "22"): "21",
    ("BR", "23"): "21",
}

_PROBLEMS = {
    ValidationResult.TOO_SHORT: "The phone number is too short for {country}.",
    ValidationResult.TOO_LONG: "The phone number is too long for {country}.",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The phone number lacks its area code.",
    ValidationResult.INVALID_LENGTH: "The phone number has a length that {country} does not use.",
    ValidationResult.INVALID_COUNTRY_CODE: "The phone number begins with an unknown country code.",
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone number understood, or why not: exactly one of ``e164`` and ``problem`` is set. ``extension`` holds the
    digits after "ext" or 转 (platforms' privacy numbers carry one), else is empty."""

    e164: str | None = None
    problem: str | None = None
    extension: str = ""


def parse(text: str | None, country: str, *, region: str = "", postal_code: str = "") -> Phone:
    """The number in E.164. ``country`` is ISO 3166-1 alpha-2; the region (name or code) and the postal code of the address
    help where a place has its own numbering plan (Hong Kong) or the area code was left out. Never raises."""
    written = unicodedata.normalize("NFKC", text or "").strip()
    if not written:
        return Phone(problem="The phone number is missing.")
    if "*" in written:
        return Phone(problem="The phone number is masked.")
    plan = _plan_of(country.upper(), region, postal_code)
    if not written.startswith(("+", "00")) and plan not in phonenumbers.SUPPORTED_REGIONS:
        return Phone(problem="The country is unknown, so the phone number must begin with + and a country code.")
    written = re.sub(r"\s*(转|分机|,|;)\s*(?=\d+$)", " ext. ", written)
    first = _read(written, plan)
    if isinstance(first, PhoneNumber) and phonenumbers.is_valid_number(first):
        return _phone(first)
    area = _area_code_of(country.upper(), region, postal_code)
    second = _read(area + written, plan) if area and not written.startswith(("+", "0")) else None
    if isinstance(second, PhoneNumber) and phonenumbers.is_valid_number(second):
        return _phone(second)
    return Phone(problem=first if isinstance(first, str) else _why_not(first, plan))


def tail(phone: str | None) -> str:
    """The last four digits (extension aside), which some carriers ask for; empty when there are fewer than seven digits."""
    digits = re.sub(r"\D", "", re.split(r"(?i)\s*(?:ext|x|转|分机|,|;)", unicodedata.normalize("NFKC", phone or ""))[0])
    return digits[-4:] if len(digits) >= 7 else ""


def _read(text: str, plan: str) -> PhoneNumber | str:
    known = plan in phonenumbers.SUPPORTED_REGIONS
    text = text if known else re.sub(r"^00", "+", text)
    try:
        return phonenumbers.parse(text, plan if known else None)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return _PROBLEMS[ValidationResult.INVALID_COUNTRY_CODE]
        if error.error_type == NumberParseException.TOO_LONG:
            return _PROBLEMS[ValidationResult.TOO_LONG].format(country=_name_of(plan))
        if error.error_type == NumberParseException.NOT_A_NUMBER and not re.search(r"\d", text):
            return "The phone number contains no number."
        return _PROBLEMS[ValidationResult.TOO_SHORT].format(country=_name_of(plan))


def _phone(number: PhoneNumber) -> Phone:
    return Phone(
        e164=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), extension=number.extension or ""
    )


def _why_not(number: PhoneNumber, plan: str) -> str:
    country = phonenumbers.region_code_for_country_code(number.country_code or 0) or plan
    reason = phonenumbers.is_possible_number_with_reason(number)
    return _PROBLEMS.get(reason, "The phone number is not one that {country} gives out.").format(
        country=_name_of(country)
    )


def _name_of(country: str) -> str:
    return str(Locale("en").territories.get(country, country))


def _plan_of(country: str, region: str, postal_code: str) -> str:
    own = _OWN_PLANS.get((country, _stem(region))) or _OWN_PLANS_BY_POST.get((country, postal_code))
    return own or _OWN_PLANS.get((country, postal_code[:3])) or country


def _area_code_of(country: str, region: str, postal_code: str) -> str:
    by_post = (_AREA_CODES_BY_POST.get((country, postal_code[:size])) for size in (2, 1))
    return _AREA_CODES.get((country, _stem(region))) or next((code for code in by_post if code), "")


def _stem(region: str) -> str:
    return re.sub(r"(特别行政区|市|省)$", "", region.strip().upper())
