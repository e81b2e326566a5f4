"""How the business says no: a code a client acts on, a sentence with the next step, and the place in the input."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated, Any

from pydantic import Field


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
class Transition:
    """A state that does not allow it: what it is in; what was wanted, None where that is no state of its own or more than
    one; what it may come to from there."""

    from_: str
    to: str | None
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """How many it may be, at most (None: as many as you like) and at least, and how many were asked for (None: one more)."""

    max: int | None
    asked: int | None = None
    min: int = 0


@dataclass(frozen=True, slots=True)
class Amount:
    """How much money it may be at most and how much was asked for, in the smallest unit."""

    max_minor: int
    asked_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """When a window closed (UTC), and by which version of which policy."""

    closed_at: datetime
    policy: str
    version: int


@dataclass(frozen=True, slots=True)
class CarrierRejected:
    """Which carrier does not take it, by which code of its own (None: by the rules it publishes, without being asked), and
    whether it would at another time."""

    carrier: str
    raw_code: str | None
    retryable: bool


Detail = Transition | Quantity | Amount | WindowClosed | CarrierRejected
# No two have the names of the fields they need in common, so each is known by them when it is read back. What another
# release wrote stays what it is: a mapping, which is not shown.
_Detail = Annotated[Detail | dict[str, Any] | None, Field(union_mode="left_to_right")]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One no. ``field`` is the path in the input; ``detail`` are the facts a client may act on: of every STATE a
    transition, of every QUANTITY the numbers, of every closed window when and by what."""

    code: RefusalCode
    message: str
    field: tuple[str, ...] = ()
    detail: _Detail = None


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
