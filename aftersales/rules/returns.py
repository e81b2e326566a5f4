"""The life of a return: what was decided, and the milestones its goods pass. Where the goods are is the parcel's status,
how they came is the line's condition, and money is the refund's."""

from enum import StrEnum, auto

from aftersales.rules.machine import Clock, Machine
from db.case_enums import ReturnStatus as S
from db.enums import Party

BUYER, MERCHANT, CARRIER = Party.BUYER, Party.MERCHANT, Party.CARRIER
WAREHOUSE, PLATFORM, WAYBRIDGE = Party.WAREHOUSE, Party.PLATFORM, Party.WAYBRIDGE


class E(StrEnum):
    """What happens to a return."""

    ASK = auto()
    ANSWER = auto()
    APPROVE = auto()
    DECLINE = auto()
    CANCEL = auto()
    EXPIRE = auto()
    SHIP_BACK = auto()
    REVIVE = auto()
    RECEIVE_PART = auto()
    RECEIVE = auto()
    LOSE = auto()
    KEEP = auto()
    INSPECT = auto()
    COMPLETE = auto()
    DISPUTE = auto()
    UPHOLD = auto()
    SETTLE = auto()
    REJECT = auto()
    FINALIZE = auto()
    REMIND = auto()


LIFE = Machine[S, E](
    name="return",
    start=S.REQUESTED,
    table={
        S.REQUESTED: {E.APPROVE: S.APPROVED, E.DECLINE: S.DECLINED, E.ASK: S.NEEDS_INFO, E.CANCEL: S.CANCELED},
        S.NEEDS_INFO: {E.ANSWER: S.REQUESTED, E.CANCEL: S.CANCELED, E.EXPIRE: S.EXPIRED},
        S.APPROVED: {
            E.SHIP_BACK: S.SHIPPED_BACK,
            E.RECEIVE_PART: S.PARTIALLY_RECEIVED,
            E.RECEIVE: S.RECEIVED,
            E.KEEP: S.RECEIVED,
            E.CANCEL: S.CANCELED,
            E.EXPIRE: S.EXPIRED,
        },
        S.SHIPPED_BACK: {E.RECEIVE_PART: S.PARTIALLY_RECEIVED, E.RECEIVE: S.RECEIVED, E.LOSE: S.RECEIVED},
        S.PARTIALLY_RECEIVED: {E.RECEIVE_PART: S.PARTIALLY_RECEIVED, E.RECEIVE: S.RECEIVED},
        S.RECEIVED: {E.INSPECT: S.RECEIVED, E.COMPLETE: S.COMPLETED, E.DISPUTE: S.DISPUTED, E.REMIND: S.RECEIVED},
        S.DECLINED: {E.DISPUTE: S.DISPUTED, E.FINALIZE: S.DECLINED},
        S.DISPUTED: {E.UPHOLD: S.APPROVED, E.SETTLE: S.COMPLETED, E.REJECT: S.DECLINED, E.REMIND: S.DISPUTED},
        S.COMPLETED: {},
        S.CANCELED: {},
        S.EXPIRED: {E.REVIVE: S.SHIPPED_BACK},
    },
    final=frozenset({S.COMPLETED, S.CANCELED, S.EXPIRED}),
    finalizing=frozenset({E.FINALIZE, E.REJECT}),
    who={
        E.ASK: frozenset({MERCHANT, PLATFORM}),
        E.ANSWER: frozenset({BUYER, MERCHANT, PLATFORM}),
        E.APPROVE: frozenset({MERCHANT, PLATFORM, WAYBRIDGE}),
        E.DECLINE: frozenset({MERCHANT, PLATFORM}),
        E.CANCEL: frozenset({BUYER, MERCHANT, PLATFORM}),
        E.EXPIRE: frozenset({WAYBRIDGE}),
        E.SHIP_BACK: frozenset({CARRIER, WAYBRIDGE}),
        E.REVIVE: frozenset({CARRIER, WAYBRIDGE}),
        E.RECEIVE_PART: frozenset({WAREHOUSE, MERCHANT, PLATFORM}),
        E.RECEIVE: frozenset({WAREHOUSE, MERCHANT, PLATFORM, WAYBRIDGE}),
        E.LOSE: frozenset({CARRIER, WAYBRIDGE}),
        E.KEEP: frozenset({MERCHANT, PLATFORM, WAYBRIDGE}),
        E.INSPECT: frozenset({WAREHOUSE, MERCHANT, PLATFORM, WAYBRIDGE}),
        E.COMPLETE: frozenset({MERCHANT, PLATFORM, WAYBRIDGE}),
        E.DISPUTE: frozenset({BUYER, MERCHANT, PLATFORM}),
        E.UPHOLD: frozenset({PLATFORM}),
        E.SETTLE: frozenset({PLATFORM}),
        E.REJECT: frozenset({PLATFORM}),
        E.FINALIZE: frozenset({WAYBRIDGE}),
        E.REMIND: frozenset({WAYBRIDGE}),
    },
    waiting={
        S.REQUESTED: MERCHANT,
        S.NEEDS_INFO: BUYER,
        S.APPROVED: BUYER,
        S.SHIPPED_BACK: CARRIER,
        S.PARTIALLY_RECEIVED: WAREHOUSE,
        S.RECEIVED: WAREHOUSE,
        S.DECLINED: BUYER,
        S.DISPUTED: PLATFORM,
    },
    clocks={
        S.REQUESTED: (Clock(E.APPROVE, "approve_within"),),
        S.NEEDS_INFO: (Clock(E.EXPIRE, "answer_within"),),
        S.APPROVED: (Clock(E.EXPIRE, "send_back_within"),),
        S.SHIPPED_BACK: (Clock(E.LOSE, "arrive_within"), Clock(E.RECEIVE, "receive_within", WAREHOUSE)),
        S.PARTIALLY_RECEIVED: (Clock(E.RECEIVE, "rest_within"),),
        S.RECEIVED: (Clock(E.INSPECT, "inspect_within"), Clock(E.REMIND, "settle_within", MERCHANT)),
        S.DECLINED: (Clock(E.FINALIZE, "appeal_within"),),
        S.DISPUTED: (Clock(E.REMIND, "rule_within"),),
    },
    commands={
        E.ASK: "returnAsk",
        E.ANSWER: "returnAnswer",
        E.APPROVE: "returnApprove",
        E.DECLINE: "returnDecline",
        E.CANCEL: "returnCancel",
        E.RECEIVE_PART: "returnReceive",
        E.RECEIVE: "returnReceive",
        E.INSPECT: "returnInspect",
        E.DISPUTE: "returnDispute",
        E.UPHOLD: "returnRule",
        E.SETTLE: "returnRule",
        E.REJECT: "returnRule",
    },
)
"""A return's life. Every state has a way on: what is lost on the way back and what
is kept by the buyer come to RECEIVED with lines MISSING or KEPT, so that money goes on; a silent merchant approves; a
silent buyer's return expires, and a scan afterwards revives it."""
