"""Forbidden goods, known by their title, category or attributes."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from aftersales.rules.tables.goods import GROUNDS, UN_NUMBERS, Ground

LONGEST_TEXT = 2000  # of one text; more is not read: a title is not a book


@dataclass(frozen=True, slots=True)
class Goods:
    """What is known of one item. Attributes are (name, value) pairs."""

    title: str
    category: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Forbidden:
    """That goods may not be sent: the ground, the word that gave it away, and the field it stood in (title, category or
    attributes)."""

    ground: Ground
    word: str
    field: str


@lru_cache(1024)
def forbidden(goods: Goods) -> tuple[Forbidden, ...]:
    """Every ground that forbids the goods, each once, in the order of the table."""
    values = [f"{name}: {value}" for name, value in goods.attributes]
    texts = [("title", _plain(goods.title)), *(("attributes", _plain(value)) for value in values)]
    category = _plain(goods.category)
    declared = set(_declared(value for _, value in goods.attributes))
    together = " ; ".join(text for _, text in texts)
    return tuple(found for ground in GROUNDS if (found := _on(ground, texts, category, declared, together)))


def _on(
    ground: Ground, texts: list[tuple[str, str]], category: str, declared: set[str], together: str
) -> Forbidden | None:
    if ground.code in declared:
        return Forbidden(ground, "UN number", "attributes")
    if category in ground.categories:
        return Forbidden(ground, category, "category")
    words, unless = _patterns(ground.code)
    if unless and unless.search(together):
        return None
    for field, text in [*texts, ("category", category)]:
        found = words.search(text)
        if found:
            return Forbidden(ground, found[0], field)
    return None


def _declared(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        for digits in re.findall(r"\bUN\s?(\d{4})\b", value[:LONGEST_TEXT].upper()):
            if f"UN{digits}" in UN_NUMBERS:
                yield UN_NUMBERS[f"UN{digits}"]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text[:LONGEST_TEXT])).strip().lower()


@cache
def _patterns(code: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    [ground] = [ground for ground in GROUNDS if ground.code == code]
    return re.compile(_any_of(ground.words)), re.compile(_any_of(ground.unless)) if ground.unless else None


def _any_of(words: Iterable[str]) -> str:
    """English words stand alone, in the singular or the plural; Chinese has no gaps between words."""
    longest_first = sorted((word.lower() for word in words), key=lambda word: (-len(word), word))
    return "|".join(
        rf"(?<![a-z0-9]){re.escape(word)}(?:s|es)?(?![a-z0-9])" if word.isascii() else re.escape(word)
        for word in longest_first
    )
