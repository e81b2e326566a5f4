"""Goods that want more than a courier, and the carriers that can do it. A carrier that is not named cannot, as far as we
know: it is not offered for such goods."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto


class Handling(StrEnum):
    """What goods need beside being carried. An item says so by an attribute called handling."""

    WHITE_GLOVE = auto()
    TWO_PERSON = auto()
    COLD_CHAIN = auto()
    INSTALLATION = auto()


@dataclass(frozen=True, slots=True)
class Ability:
    """What a carrier can do, and where that is said."""

    handling: frozenset[Handling]
    source: str


ABILITIES: Mapping[str, Ability] = {
    "jd": Ability(
        frozenset({Handling.WHITE_GLOVE, Handling.TWO_PERSON, Handling.INSTALLATION, Handling.COLD_CHAIN}),
        "JD Logistics' own services: dedicated delivery, large items with installation, cold chain.",
    ),
    "sf": Ability(
        frozenset({Handling.COLD_CHAIN, Handling.TWO_PERSON, Handling.INSTALLATION}),
        "SF's own services: cold transport, large items with installation.",
    ),
}
"""To be confirmed with each contract."""
