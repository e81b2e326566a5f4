"""The words of cases: what is asked for, how far it has come, what became of the goods and the money.

As in ``enums``: stored in lower case, shown in upper case; values are added, never renamed or reused.
"""

from enum import StrEnum, auto


class CaseKind(StrEnum):
    """What a case is: each kind has a life of its own and a table of what only it has."""

    RETURN = auto()
    PICKUP = auto()
    REFUND = auto()
    EXCHANGE = auto()
    REPAIR = auto()
    CLAIM = auto()
    TICKET = auto()


class ReturnStatus(StrEnum):
    """How far a return has come: what was decided and which milestone the goods have passed."""

    REQUESTED = auto()
    NEEDS_INFO = auto()
    APPROVED = auto()
    SHIPPED_BACK = auto()
    PARTIALLY_RECEIVED = auto()
    RECEIVED = auto()
    DECLINED = auto()
    DISPUTED = auto()
    COMPLETED = auto()
    CANCELED = auto()
    EXPIRED = auto()


class RefundStatus(StrEnum):
    """How far a refund has come: granted, under way, and whether the merchant's system confirmed the transfer."""

    PENDING = auto()
    PROCESSING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELED = auto()
    REVERSED = auto()


class ExchangeStatus(StrEnum):
    """How far an exchange (or a resend, which awaits no goods) has come."""

    PROPOSED = auto()
    AWAITING_RETURN = auto()
    AWAITING_PAYMENT = auto()
    RELEASED = auto()
    SHIPPED = auto()
    DELIVERED = auto()
    COMPLETED = auto()
    CONVERTED_TO_REFUND = auto()
    CANCELED = auto()


class RepairStatus(StrEnum):
    """How far a repair has come."""

    REQUESTED = auto()
    APPROVED = auto()
    INBOUND = auto()
    RECEIVED = auto()
    DIAGNOSED = auto()
    QUOTED = auto()
    QUOTE_ACCEPTED = auto()
    QUOTE_DECLINED = auto()
    REPAIRING = auto()
    UNREPAIRABLE = auto()
    OUTBOUND = auto()
    COMPLETED = auto()
    DECLINED = auto()
    CANCELED = auto()


class ReturnReason(StrEnum):
    """Why goods come back."""

    NO_LONGER_WANTED = auto()
    DEFECTIVE = auto()
    DAMAGED_IN_TRANSIT = auto()
    WRONG_ITEM = auto()
    NOT_AS_DESCRIBED = auto()
    SIZE_TOO_SMALL = auto()
    SIZE_TOO_LARGE = auto()
    MISSING_PARTS = auto()
    ARRIVED_LATE = auto()
    REFUSED_AT_DOOR = auto()
    OTHER = auto()


class Resolution(StrEnum):
    """What the buyer is to get."""

    REFUND = auto()
    EXCHANGE = auto()
    REPAIR = auto()
    STORE_CREDIT = auto()
    RESEND = auto()
    REFUND_WITHOUT_RETURN = auto()


class ReturnMethod(StrEnum):
    """How the goods begin their way back."""

    DOOR_PICKUP = auto()
    DROP_OFF_POINT = auto()
    LOCKER = auto()
    LABEL = auto()
    BOX_FREE_QR = auto()
    SHIP_YOURSELF = auto()
    KEEP_ITEM = auto()


class Condition(StrEnum):
    """How a line's goods came back."""

    PENDING = auto()
    AS_DESCRIBED = auto()
    DAMAGED = auto()
    WRONG_ITEM = auto()
    MISSING = auto()


class Disposition(StrEnum):
    """What becomes of goods received."""

    RESTOCK = auto()
    REFURBISH = auto()
    REPAIR = auto()
    RETURN_TO_VENDOR = auto()
    RECYCLE = auto()
    DESTROY = auto()
    RETURN_TO_BUYER = auto()


class LineLogistics(StrEnum):
    """Where a line's goods are on their way back."""

    NONE = auto()
    LABELED = auto()
    IN_TRANSIT = auto()
    DELIVERED = auto()
    RECEIVED = auto()
    LOST = auto()
    KEPT = auto()


class LineMoney(StrEnum):
    """Whether money is owed for a line, and whether it was paid."""

    NOT_DUE = auto()
    DUE = auto()
    SETTLED = auto()
    WITHHELD = auto()


class RefundTrigger(StrEnum):
    """What makes a refund due, by policy."""

    APPROVAL = auto()
    FIRST_SCAN = auto()
    RECEIPT = auto()
    INSPECTION = auto()


class RefundPurpose(StrEnum):
    """What money goes back for."""

    RETURN = auto()
    EXCHANGE = auto()
    COMPENSATION = auto()
    CLAIM = auto()


class Tender(StrEnum):
    """In what form money goes back."""

    ORIGINAL = auto()
    STORE_CREDIT = auto()
    OTHER = auto()


class TransferStatus(StrEnum):
    """How far one movement of money has come."""

    STARTED = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    REVERSED = auto()


class RefundStep(StrEnum):
    """What a step of a refund's sum stands for."""

    PRICE = auto()
    DISCOUNT = auto()
    WITHHELD = auto()
    RESTOCKING = auto()
    SHIPPING = auto()
    RETURN_FEE = auto()
    GIVEN_BEFORE = auto()
    DIFFERENCE = auto()
    COMPENSATION = auto()


class Verdict(StrEnum):
    """What would become of a request: done at once, looked at by a person, or refused."""

    AUTO_APPROVE = auto()
    REVIEW = auto()
    REFUSE = auto()
