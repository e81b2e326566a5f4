"""Which size to take instead: counted from what others took after the same complaint, and what this buyer kept."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from db.case_enums import ReturnReason

LETTERS = ("XXXS", "XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL", "XXXXL")
DIRECTION = {ReturnReason.SIZE_TOO_SMALL: 1, ReturnReason.SIZE_TOO_LARGE: -1}
_REPEATED = re.compile(r"([2-4])(X)([SL])")


@dataclass(frozen=True, slots=True)
class Advice:
    """The size, the share of those who took it and are glad (0 to 1), and how many there are in all."""

    size: str
    share: float
    sample_size: int


def rank(size: str) -> tuple[str, float] | None:
    """A size's scale and its place on it; None where it is on none we know. 2XL is XXL."""
    plain = _REPEATED.sub(lambda found: found[2] * int(found[1]) + found[3], size.strip().upper())
    if plain in LETTERS:
        return "letters", float(LETTERS.index(plain))
    digits = re.fullmatch(r"(\d+(?:[.,]\d)?)", plain)
    return ("numbers", float(digits[1].replace(",", "."))) if digits else None


def stem(sku: str, size: str) -> str:
    """A stock number without the part that is the size: the same for all sizes of one thing."""
    parts = re.split(r"([-_./ ])", sku)
    return "".join("*" if part.upper() == size.strip().upper() else part for part in parts)


def size_in(sku: str, stem_: str) -> str | None:
    """The size in a stock number of the same thing, or None where it is of another."""
    if stem_.count("*") != 1:
        return None
    before, after = stem_.split("*")
    if len(sku) <= len(before) + len(after) or not (sku.startswith(before) and sku.endswith(after)):
        return None
    found = sku[len(before) : len(sku) - len(after)]
    return None if re.search(r"[-_./ ]", found) else found


def advise(size: str, reason: ReturnReason, taken: Iterable[str]) -> Advice | None:
    """The size that most took; of as many, the nearest. Only those of the same scale count, and in the direction of the
    complaint. None where nothing is known."""
    here = rank(size)
    if reason not in DIRECTION or here is None:
        return None
    places = [(each, place) for each in taken if (place := rank(each)) is not None and place[0] == here[0]]
    ahead = [(each.strip().upper(), place[1]) for each, place in places if (place[1] - here[1]) * DIRECTION[reason] > 0]
    if not ahead:
        return None
    counted = Counter(ahead)
    (best, _), count = min(counted.items(), key=lambda each: (-each[1], abs(each[0][1] - here[1])))
    return Advice(best, count / len(ahead), len(ahead))
