"""The carrier sandbox's memory of what was wished of parcels on their way, and why it takes a wish not."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum, auto

from carriers.carrier import SandboxWorld
from carriers.intercepting import Outcome, SandboxDiversion
from db.enums import TrackingStatus as S

MOST = 10_000
CARRIED_OUT_AFTER = timedelta(hours=6)
TOO_LATE = frozenset({S.DELIVERED, S.RETURNING, S.RETURNED, S.LOST, S.DISPOSED, S.CANCELED})


class No(StrEnum):
    """Why a wish is not taken: no such parcel, its way has ended, or another wish stands."""

    UNKNOWN = auto()
    TOO_LATE = auto()
    ANOTHER = auto()


@dataclass(slots=True)
class Diversions:
    """The latest wish of each parcel, by its number; what nobody wished longest ago is forgotten."""

    kept: OrderedDict[str, SandboxDiversion] = field(default_factory=OrderedDict)

    def divert(self, number: str, wish: SandboxDiversion) -> SandboxDiversion | None:
        """Takes a wish, or gives the one of this reference. None: another stands."""
        known = self.kept.get(number)
        if known is not None:
            return known if wish.reference and known.reference == wish.reference else None
        self.kept[number] = wish
        while len(self.kept) > MOST:
            self.kept.popitem(last=False)
        return wish

    def stands(self, number: str, now: datetime, speed: float) -> SandboxDiversion | None:
        """The wish as it is by now."""
        known = self.kept.get(number)
        if known is None or (now - known.taken_at) * speed < CARRIED_OUT_AFTER:
            return known
        return replace(known, outcome=Outcome.DONE)

    def advance(self, by: timedelta) -> None:
        """Lets time pass for every wish."""
        for number, wish in self.kept.items():
            self.kept[number] = replace(wish, taken_at=wish.taken_at - by)


def divert(world: SandboxWorld, number: str, kind: str, reference: str) -> No | None:
    """Takes a wish for a parcel that is on its way; or why not. The same ``reference`` again is the same wish, where the
    carrier has one."""
    parcel = world.parcel(number)
    if parcel is None:
        return No.UNKNOWN
    if parcel.scans[-1].meaning.status in TOO_LATE and world.desk.diversion(number) is None:
        return No.TOO_LATE
    return None if world.desk.divert(number, kind, reference) else No.ANOTHER
