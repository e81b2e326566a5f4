"""The life of an exchange, and of a resend, which awaits no goods. Nothing is released by an approval alone."""

from enum import StrEnum, auto

from aftersales.rules.machine import Clock, Machine
from db.case_enums import ExchangeStatus as S
from db.enums import Party

BUYER, MERCHANT, CARRIER = Party.BUYER, Party.MERCHANT, Party.CARRIER
PLATFORM, WAYBRIDGE = Party.PLATFORM, Party.WAYBRIDGE
ITS_SIDE = frozenset({MERCHANT, PLATFORM})


class E(StrEnum):
    """What happens to an exchange."""

    AWAIT = auto()
    CHARGE = auto()
    ADVANCE = auto()
    RELEASE = auto()
    SHIP = auto()
    LOSE = auto()
    DELIVER = auto()
    OWE = auto()
    COMPLETE = auto()
    CONVERT = auto()
    CANCEL = auto()
    REMIND = auto()


_OFF = {E.CONVERT: S.CONVERTED_TO_REFUND, E.CANCEL: S.CANCELED}

LIFE = Machine[S, E](
    name="exchange",
    start=S.PROPOSED,
    table={
        S.PROPOSED: {E.AWAIT: S.AWAITING_RETURN, E.CHARGE: S.AWAITING_PAYMENT, E.ADVANCE: S.RELEASED, **_OFF},
        S.AWAITING_RETURN: {E.CHARGE: S.AWAITING_PAYMENT, E.RELEASE: S.RELEASED, **_OFF},
        S.AWAITING_PAYMENT: {E.RELEASE: S.RELEASED, **_OFF},
        S.RELEASED: {E.SHIP: S.SHIPPED, E.REMIND: S.RELEASED, **_OFF},
        S.SHIPPED: {
            E.DELIVER: S.DELIVERED,
            E.LOSE: S.RELEASED,
            E.CONVERT: S.CONVERTED_TO_REFUND,
            E.REMIND: S.SHIPPED,
        },
        S.DELIVERED: {E.COMPLETE: S.COMPLETED, E.OWE: S.DELIVERED},
        S.COMPLETED: {},
        S.CONVERTED_TO_REFUND: {},
        S.CANCELED: {},
    },
    final=frozenset({S.COMPLETED, S.CONVERTED_TO_REFUND, S.CANCELED}),
    who={
        E.AWAIT: ITS_SIDE | {WAYBRIDGE},
        E.CHARGE: ITS_SIDE | {WAYBRIDGE},
        E.ADVANCE: ITS_SIDE | {WAYBRIDGE},
        E.RELEASE: ITS_SIDE | {WAYBRIDGE},
        E.SHIP: ITS_SIDE | {CARRIER, WAYBRIDGE},
        E.LOSE: frozenset({CARRIER, WAYBRIDGE}),
        E.DELIVER: ITS_SIDE | {CARRIER, WAYBRIDGE},
        E.OWE: frozenset({WAYBRIDGE}),
        E.COMPLETE: ITS_SIDE | {BUYER, WAYBRIDGE},
        E.CONVERT: ITS_SIDE | {WAYBRIDGE},
        E.CANCEL: ITS_SIDE | {WAYBRIDGE},
        E.REMIND: frozenset({WAYBRIDGE}),
    },
    waiting={
        S.PROPOSED: MERCHANT,
        S.AWAITING_RETURN: BUYER,
        S.AWAITING_PAYMENT: BUYER,
        S.RELEASED: MERCHANT,
        S.SHIPPED: CARRIER,
        S.DELIVERED: BUYER,
    },
    clocks={
        S.PROPOSED: (Clock(E.CONVERT, "exchange_decide_within"),),
        S.AWAITING_RETURN: (Clock(E.CONVERT, "exchange_goods_within"),),
        S.AWAITING_PAYMENT: (Clock(E.CONVERT, "exchange_pay_within"),),
        S.RELEASED: (Clock(E.REMIND, "exchange_ship_within"),),
        S.SHIPPED: (Clock(E.REMIND, "arrive_within"),),
        S.DELIVERED: (Clock(E.COMPLETE, "exchange_complete_within"), Clock(E.OWE, "exchange_goods_within")),
    },
    commands={E.RELEASE: "exchangeRelease", E.SHIP: "exchangeShip", E.CONVERT: "exchangeConvert"},
)
"""An exchange's life. Whoever lets its time pass before the goods go out gets a refund instead, so no buyer waits in vain.
Goods lost on the way out are to be sent again, or it becomes a refund; goods sent in advance for old ones that never come
are owed for."""
