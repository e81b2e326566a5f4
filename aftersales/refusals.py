"""How the business says no: a code a client acts on, a sentence with the next step, and the place in the input."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import Any


class RefusalCode(StrEnum):
    """Why. Few, each because a client would act on it."""

    NOT_FOUND = auto()
    INVALID = auto()
    STATE = auto()
    QUANTITY = auto()
    WINDOW_CLOSED = auto()
    NOT_ELIGIBLE = auto()
    DUPLICATE = auto()
    CONFLICT = auto()
    KEY_REUSED = auto()
    MISSING_EVIDENCE = auto()
    CARRIER_REJECTED = auto()
    POLICY = auto()
    LIMIT = auto()
    FORBIDDEN_GOODS = auto()
    TOO_HEAVY = auto()
    TOO_LARGE = auto()
    OUT_OF_ZONE = auto()
    OUT_OF_HOURS = auto()


@dataclass(frozen=True, slots=True)
class Refusal:
    """One no. ``field`` is the path in the input; ``detail`` is typed by the code."""

    code: RefusalCode
    message: str
    field: tuple[str, ...] = ()
    detail: Any = None


class Refused(Exception):
    """The business says no; the transaction is undone."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(refusal.message for refusal in refusals))
        self.refusals = refusals


@contextmanager
def inside(*path: str) -> Iterator[None]:
    """Refusals from within are told with the path of the input they came from."""
    try:
        yield
    except Refused as no:
        raise Refused(*(replace(each, field=(*path, *each.field)) for each in no.refusals)) from no
