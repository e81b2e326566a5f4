"""Changing what becomes of a parcel on its way: what a carrier is told, what it answers, what it says of it later. Values
and signatures; nothing here opens a socket."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, auto
from typing import Protocol

from carriers.booking import Contact, Ref, Window
from carriers.exchange import Access, Reply, Request
from carriers.readings import ReadError


@dataclass(frozen=True, slots=True)
class Diversion:
    """What is wished of a parcel: ``kind`` is "return" (back to its sender), "redirect" (to another door), "hold" (kept at
    a point of the carrier's choice), "reschedule" (brought at another time) or "leave_with" (left with somebody). ``asker``
    is the sender, who asks and to whom a return goes; ``to`` the door it shall go to, or goes to anyway; ``window`` the
    time wished for, in the door's own zone."""

    kind: str
    asker: Contact | None = None
    to: Contact | None = None
    window: Window | None = None
    leave_with: str = ""


class Outcome(StrEnum):
    """How a wish stands at its carrier: taken, carried out, given up, or the carrier does not say."""

    TAKEN = auto()
    DONE = auto()
    FAILED = auto()
    UNCLEAR = auto()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a carrier says of a wish when asked, and in which words."""

    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class Inquiring:
    """A question how a wish stands, which changes nothing. ``read`` gives None when the carrier has no such wish (then,
    and only then, it may be told again)."""

    request: Callable[[Diversion, Ref, Access], Request]
    read: Callable[[Reply, Diversion, Ref], Standing | None]


@dataclass(frozen=True, slots=True)
class Intercepting:
    """Changes what becomes of a parcel on its way. ``kinds`` are the wishes it takes; ``request`` is told the wish and the
    parcel (its ``number``), and raises CannotAsk naming what is missing. ``read`` gives the refusals; nothing: the wish was
    taken, not that it was carried out. ``same_reference_same_wish``: told twice under one reference is one wish. A carrier
    with neither that nor ``asking`` gets nothing sent a second time by itself: a person must look."""

    kinds: frozenset[str]
    request: Callable[[Diversion, Ref, Access], Request]
    read: Callable[[Reply, Ref], tuple[ReadError, ...]]
    asking: Inquiring | None = None
    same_reference_same_wish: bool = False


@dataclass(frozen=True, slots=True)
class SandboxDiversion:
    """A wish in the carrier sandbox as it stands now: TAKEN, and DONE some hours later."""

    reference: str
    kind: str
    taken_at: datetime
    outcome: Outcome


class SandboxDiversions(Protocol):
    """Where a carrier's sandbox keeps what was wished of parcels."""

    def divert(self, number: str, kind: str, reference: str) -> SandboxDiversion | None:
        """Takes a wish, or gives the one of this reference. None: another stands."""

    def diversion(self, number: str) -> SandboxDiversion | None:
        """What was wished of a parcel; None: nothing."""
