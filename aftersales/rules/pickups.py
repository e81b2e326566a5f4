"""The life of a pickup: asked for, taken by a carrier, collected, settled by weight. The same carrier's next try is an
attempt of the same pickup; another carrier's is another pickup, and this one is superseded."""

from enum import StrEnum, auto

from aftersales.rules.machine import Clock, Machine
from db.enums import Party
from db.enums import PickupStatus as S

BUYER, MERCHANT, CARRIER = Party.BUYER, Party.MERCHANT, Party.CARRIER
PLATFORM, WAYBRIDGE = Party.PLATFORM, Party.WAYBRIDGE


class E(StrEnum):
    """What happens to a pickup."""

    ACCEPT = auto()
    ASSIGN = auto()
    PICK_UP = auto()
    SETTLE = auto()
    REJECT = auto()
    FAIL = auto()
    REBOOK = auto()
    SUPERSEDE = auto()
    RESCHEDULE = auto()
    CANCEL = auto()
    EXPIRE = auto()
    REVIVE = auto()


_TAKEN = {
    E.ASSIGN: S.COURIER_ASSIGNED,
    E.PICK_UP: S.PICKED_UP,
    E.FAIL: S.FAILED,
    E.REJECT: S.REJECTED,
    E.CANCEL: S.CANCELED,
    E.EXPIRE: S.EXPIRED,
}

LIFE = Machine[S, E](
    name="pickup",
    start=S.REQUESTED,
    table={
        S.REQUESTED: {E.ACCEPT: S.ACCEPTED, **_TAKEN, E.RESCHEDULE: S.REQUESTED},
        S.ACCEPTED: {**_TAKEN, E.RESCHEDULE: S.ACCEPTED},
        S.COURIER_ASSIGNED: {**_TAKEN, E.RESCHEDULE: S.ACCEPTED},
        S.PICKED_UP: {E.SETTLE: S.SETTLED},
        S.FAILED: {
            E.REBOOK: S.REQUESTED,
            E.SUPERSEDE: S.SUPERSEDED,
            E.PICK_UP: S.PICKED_UP,
            E.CANCEL: S.CANCELED,
            E.EXPIRE: S.EXPIRED,
        },
        S.SETTLED: {E.SETTLE: S.SETTLED},
        S.REJECTED: {},
        S.CANCELED: {E.REVIVE: S.REQUESTED, E.PICK_UP: S.PICKED_UP},
        S.EXPIRED: {E.PICK_UP: S.PICKED_UP},
        S.SUPERSEDED: {E.PICK_UP: S.PICKED_UP},
        S.UNKNOWN: {},
    },
    final=frozenset({S.SETTLED, S.REJECTED, S.CANCELED, S.EXPIRED, S.SUPERSEDED, S.UNKNOWN}),
    who={
        E.ACCEPT: frozenset({CARRIER, WAYBRIDGE}),
        E.ASSIGN: frozenset({CARRIER}),
        E.PICK_UP: frozenset({CARRIER, WAYBRIDGE}),
        E.SETTLE: frozenset({CARRIER, WAYBRIDGE}),
        E.REJECT: frozenset({CARRIER, WAYBRIDGE}),
        E.FAIL: frozenset({CARRIER, WAYBRIDGE}),
        E.REBOOK: frozenset({BUYER, MERCHANT, PLATFORM, WAYBRIDGE}),
        E.SUPERSEDE: frozenset({WAYBRIDGE}),
        E.RESCHEDULE: frozenset({BUYER, MERCHANT, PLATFORM, CARRIER}),
        E.CANCEL: frozenset({BUYER, MERCHANT, PLATFORM, CARRIER, WAYBRIDGE}),
        E.EXPIRE: frozenset({CARRIER, WAYBRIDGE}),
        E.REVIVE: frozenset({CARRIER}),
    },
    waiting={
        S.REQUESTED: CARRIER,
        S.ACCEPTED: CARRIER,
        S.COURIER_ASSIGNED: CARRIER,
        S.PICKED_UP: CARRIER,
        S.FAILED: WAYBRIDGE,
    },
    clocks={
        S.REQUESTED: (Clock(E.FAIL, "pickup_answer_within"),),
        S.ACCEPTED: (Clock(E.FAIL, "pickup_grace", after="window_end"),),
        S.COURIER_ASSIGNED: (Clock(E.FAIL, "pickup_grace", after="window_end"),),
        S.PICKED_UP: (Clock(E.SETTLE, "pickup_settle_within"),),
        S.FAILED: (Clock(E.EXPIRE, "pickup_rebook_within"),),
    },
    commands={E.RESCHEDULE: "pickupReschedule", E.CANCEL: "pickupCancel"},
)
"""A pickup's life. A scan proves a collection whatever we believed before; what a carrier revives is a new attempt; one
that nobody settles is settled at the quoted price when its clock runs out; what was settled may be adjusted."""
