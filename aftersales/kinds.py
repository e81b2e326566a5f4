"""What a kind of fact is, and who may read what of it. The kinds themselves stand in ``events`` and ``case_events``."""

from dataclasses import dataclass
from enum import StrEnum, auto

from db.enums import Subject


class Audience(StrEnum):
    """Who reads an entry. A merchant, and the platform acting for it, read all of it."""

    MERCHANT = auto()
    CARRIER = auto()
    CUSTOMER = auto()


CARRIER, CUSTOMER = frozenset({Audience.CARRIER}), frozenset({Audience.CUSTOMER})
BOTH = CARRIER | CUSTOMER
NOBODY_ELSE: frozenset[Audience] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    """A word of ``before`` and ``after``. Merchants read all of them; ``also`` says who else does."""

    name: str
    also: frozenset[Audience]
    description: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact. ``version`` counts changes of its payload's shape; ``fields`` are all it may tell."""

    name: str
    subject: Subject
    description: str
    fields: tuple[Field, ...] = ()
    version: int = 1
