"""The life of a refund. Granting it and moving the money are apart: the merchant's system moves it and confirms."""

from enum import StrEnum, auto

from aftersales.rules.machine import Clock, Machine
from db.case_enums import RefundStatus as S
from db.enums import Party

MERCHANT, PLATFORM, WAYBRIDGE = Party.MERCHANT, Party.PLATFORM, Party.WAYBRIDGE
ITS_SIDE = frozenset({MERCHANT, PLATFORM})


class E(StrEnum):
    """What happens to a refund."""

    START = auto()
    SUCCEED = auto()
    FAIL = auto()
    RETRY = auto()
    CANCEL = auto()
    REVERSE = auto()
    REMIND = auto()


LIFE = Machine[S, E](
    name="refund",
    start=S.PENDING,
    table={
        S.PENDING: {
            E.START: S.PROCESSING,
            E.SUCCEED: S.SUCCEEDED,
            E.FAIL: S.FAILED,
            E.CANCEL: S.CANCELED,
            E.REMIND: S.PENDING,
        },
        S.PROCESSING: {E.SUCCEED: S.SUCCEEDED, E.FAIL: S.FAILED, E.REMIND: S.PROCESSING},
        S.FAILED: {E.RETRY: S.PROCESSING, E.SUCCEED: S.SUCCEEDED, E.CANCEL: S.CANCELED, E.REMIND: S.FAILED},
        S.SUCCEEDED: {E.REVERSE: S.REVERSED},
        S.CANCELED: {},
        S.REVERSED: {},
    },
    final=frozenset({S.SUCCEEDED, S.CANCELED, S.REVERSED}),
    who={
        E.START: ITS_SIDE,
        E.SUCCEED: ITS_SIDE,
        E.FAIL: ITS_SIDE,
        E.RETRY: ITS_SIDE,
        E.CANCEL: ITS_SIDE | {WAYBRIDGE},
        E.REVERSE: ITS_SIDE,
        E.REMIND: frozenset({WAYBRIDGE}),
    },
    waiting={S.PENDING: MERCHANT, S.PROCESSING: MERCHANT, S.FAILED: MERCHANT},
    clocks={
        S.PENDING: (Clock(E.REMIND, "refund_within"),),
        S.PROCESSING: (Clock(E.REMIND, "refund_within"),),
        S.FAILED: (Clock(E.REMIND, "refund_retry_within"),),
    },
    commands={
        E.START: "refundTransferConfirm",
        E.SUCCEED: "refundTransferConfirm",
        E.FAIL: "refundTransferConfirm",
        E.RETRY: "refundTransferConfirm",
        E.REVERSE: "refundTransferConfirm",
    },
)
"""A refund's life. Its clock is the promise: passing it is a breach, told each time it passes, and the refund stays due.
One that failed may be withdrawn like one that never began, while nothing of it has moved: else a return called off would leave
it due for ever."""
