"""The life of a repair, with the workshop's own steps told beside it."""

from enum import StrEnum, auto

from aftersales.rules.machine import Clock, Machine
from db.case_enums import RepairStatus as S
from db.enums import Party

BUYER, MERCHANT, CARRIER = Party.BUYER, Party.MERCHANT, Party.CARRIER
WAREHOUSE, PLATFORM, WAYBRIDGE = Party.WAREHOUSE, Party.PLATFORM, Party.WAYBRIDGE
ITS_SIDE = frozenset({MERCHANT, PLATFORM, WAREHOUSE})


class E(StrEnum):
    """What happens to a repair."""

    APPROVE = auto()
    DECLINE = auto()
    CANCEL = auto()
    SEND_IN = auto()
    RECEIVE = auto()
    DIAGNOSE = auto()
    QUOTE = auto()
    ACCEPT_QUOTE = auto()
    DECLINE_QUOTE = auto()
    START = auto()
    GIVE_UP = auto()
    SEND_BACK = auto()
    COMPLETE = auto()
    REMIND = auto()


LIFE = Machine[S, E](
    name="repair",
    start=S.REQUESTED,
    table={
        S.REQUESTED: {E.APPROVE: S.APPROVED, E.DECLINE: S.DECLINED, E.CANCEL: S.CANCELED},
        S.APPROVED: {E.SEND_IN: S.INBOUND, E.RECEIVE: S.RECEIVED, E.CANCEL: S.CANCELED},
        S.INBOUND: {E.RECEIVE: S.RECEIVED, E.GIVE_UP: S.UNREPAIRABLE, E.REMIND: S.INBOUND},
        S.RECEIVED: {E.DIAGNOSE: S.DIAGNOSED, E.REMIND: S.RECEIVED},
        S.DIAGNOSED: {
            E.QUOTE: S.QUOTED,
            E.START: S.REPAIRING,
            E.GIVE_UP: S.UNREPAIRABLE,
            E.REMIND: S.DIAGNOSED,
        },
        S.QUOTED: {E.ACCEPT_QUOTE: S.QUOTE_ACCEPTED, E.DECLINE_QUOTE: S.QUOTE_DECLINED},
        S.QUOTE_ACCEPTED: {E.START: S.REPAIRING, E.REMIND: S.QUOTE_ACCEPTED},
        S.QUOTE_DECLINED: {E.SEND_BACK: S.OUTBOUND, E.REMIND: S.QUOTE_DECLINED},
        S.REPAIRING: {E.SEND_BACK: S.OUTBOUND, E.GIVE_UP: S.UNREPAIRABLE, E.REMIND: S.REPAIRING},
        S.OUTBOUND: {E.COMPLETE: S.COMPLETED, E.GIVE_UP: S.UNREPAIRABLE, E.REMIND: S.OUTBOUND},
        S.UNREPAIRABLE: {},
        S.COMPLETED: {},
        S.DECLINED: {},
        S.CANCELED: {},
    },
    final=frozenset({S.UNREPAIRABLE, S.COMPLETED, S.DECLINED, S.CANCELED}),
    who={
        E.APPROVE: ITS_SIDE | {WAYBRIDGE},
        E.DECLINE: ITS_SIDE | {WAYBRIDGE},
        E.CANCEL: ITS_SIDE | {WAYBRIDGE},
        E.SEND_IN: ITS_SIDE | {CARRIER, WAYBRIDGE},
        E.RECEIVE: ITS_SIDE | {WAYBRIDGE},
        E.DIAGNOSE: ITS_SIDE,
        E.QUOTE: ITS_SIDE,
        E.ACCEPT_QUOTE: ITS_SIDE | {BUYER},
        E.DECLINE_QUOTE: ITS_SIDE | {BUYER, WAYBRIDGE},
        E.START: ITS_SIDE,
        E.GIVE_UP: ITS_SIDE | {WAYBRIDGE},
        E.SEND_BACK: ITS_SIDE | {CARRIER, WAYBRIDGE},
        E.COMPLETE: ITS_SIDE | {CARRIER, WAYBRIDGE},
        E.REMIND: frozenset({WAYBRIDGE}),
    },
    waiting={
        S.REQUESTED: MERCHANT,
        S.APPROVED: BUYER,
        S.INBOUND: CARRIER,
        S.RECEIVED: WAREHOUSE,
        S.DIAGNOSED: WAREHOUSE,
        S.QUOTED: BUYER,
        S.QUOTE_ACCEPTED: WAREHOUSE,
        S.QUOTE_DECLINED: WAREHOUSE,
        S.REPAIRING: WAREHOUSE,
        S.OUTBOUND: CARRIER,
    },
    clocks={
        S.REQUESTED: (Clock(E.APPROVE, "approve_within"),),
        S.APPROVED: (Clock(E.CANCEL, "send_back_within"),),
        S.INBOUND: (Clock(E.REMIND, "arrive_within"),),
        S.RECEIVED: (Clock(E.REMIND, "diagnose_within"),),
        S.DIAGNOSED: (Clock(E.REMIND, "diagnose_within"),),
        S.QUOTED: (Clock(E.DECLINE_QUOTE, "quote_answer_within"),),
        S.QUOTE_ACCEPTED: (Clock(E.REMIND, "repair_within"),),
        S.QUOTE_DECLINED: (Clock(E.REMIND, "send_out_within"),),
        S.REPAIRING: (Clock(E.REMIND, "repair_within"),),
        S.OUTBOUND: (Clock(E.REMIND, "arrive_within"),),
    },
    commands={
        E.RECEIVE: "repairUpdate",
        E.DIAGNOSE: "repairUpdate",
        E.QUOTE: "repairUpdate",
        E.ACCEPT_QUOTE: "repairUpdate",
        E.DECLINE_QUOTE: "repairUpdate",
        E.START: "repairUpdate",
        E.GIVE_UP: "repairUpdate",
        E.SEND_BACK: "repairUpdate",
        E.COMPLETE: "repairUpdate",
    },
)
"""A repair's life. A quote that nobody answers is declined and the goods go back; what cannot be repaired ends here and its
return goes on with an exchange or a refund, as does what was lost on its way. Whether it is taken at all is the return's
decision."""
