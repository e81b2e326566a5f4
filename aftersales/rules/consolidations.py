"""Goods that wait at a hub to be sent on together, summed up as its papers need them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aftersales.rules.customs import Goods
from db.case_enums import Disposition

STAYS = frozenset({Disposition.RECYCLE, Disposition.DESTROY, Disposition.RETURN_TO_BUYER})
"""What became of goods that are not sent on."""


@dataclass(frozen=True, slots=True)
class Total:
    """All goods of one HS code, origin and currency; those whose weight is not known add none. The value is in the
    currency's smallest unit."""

    hs_code: str | None
    country_of_origin: str | None
    currency: str
    quantity: int
    value_minor: int
    grams: int


def goes_on(disposition: Disposition | None) -> bool:
    """Whether received goods are sent on: they were judged, and not to be done away with there."""
    return disposition is not None and disposition not in STAYS


def totals(lines: Iterable[tuple[Goods, str]]) -> list[Total]:
    """The sums of lines, each with its currency: in the order of their codes."""
    found: dict[tuple[str, str, str], list[Goods]] = defaultdict(list)
    for goods, currency in lines:
        found[goods.hs_code or "", goods.country_of_origin or "", currency].append(goods)
    return [_total(key, found[key]) for key in sorted(found)]


def _total(key: tuple[str, str, str], lines: Sequence[Goods]) -> Total:
    hs_code, origin, currency = key
    return Total(
        hs_code or None,
        origin or None,
        currency,
        sum(each.quantity for each in lines),
        sum(each.value_minor * each.quantity for each in lines),
        sum((each.grams or 0) * each.quantity for each in lines),
    )
