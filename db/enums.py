"""The words we store. They import nothing, so every floor may use them.

Stored in lower case, shown to partners in upper case. Values are added, never renamed or reused
(partners are told to keep a default branch).
"""

from enum import StrEnum, auto


class PartnerKind(StrEnum):
    """Who calls us."""

    MERCHANT = auto()
    PLATFORM = auto()
    CARRIER = auto()


class Environment(StrEnum):
    """Which of a carrier's two worlds an account talks to."""

    LIVE = auto()
    TEST = auto()


class OrderStatus(StrEnum):
    """How far an order has come, as the merchant sees it."""

    PLACED = auto()
    PAID = auto()
    FULFILLING = auto()
    SHIPPED = auto()
    PARTIALLY_DELIVERED = auto()
    DELIVERED = auto()
    COMPLETED = auto()
    CANCELED = auto()


class OrderFlag(StrEnum):
    """What is odd about an order (requirements B1)."""

    PHONE_INVALID = auto()
    ADDRESS_INCOMPLETE = auto()
    REGION_MISMATCH = auto()
    DUPLICATE = auto()
    FORBIDDEN_GOODS = auto()
    WEIGHT_MISSING = auto()


class Direction(StrEnum):
    """Which way the goods go: to the recipient, or back."""

    FORWARD = auto()
    REVERSE = auto()


class TrackingStatus(StrEnum):
    """Where a parcel is, in fifteen words."""

    UNKNOWN = auto()
    INFO_RECEIVED = auto()
    PICKED_UP = auto()
    IN_TRANSIT = auto()
    CUSTOMS = auto()
    OUT_FOR_DELIVERY = auto()
    AVAILABLE_FOR_PICKUP = auto()
    ATTEMPT_FAILED = auto()
    EXCEPTION = auto()
    DELIVERED = auto()
    RETURNING = auto()
    RETURNED = auto()
    LOST = auto()
    DISPOSED = auto()
    CANCELED = auto()


class TrackingStep(StrEnum):
    """A finer word within a status. INFO and TELEMETRY mark scans that have no status of their own."""

    ORDER_CREATED = auto()
    ORDER_ACCEPTED = auto()
    LABEL_CREATED = auto()
    AWAITING_PICKUP = auto()
    PICKUP_SCHEDULED = auto()
    PICKUP_ASSIGNED = auto()
    PICKUP_FAILED = auto()
    PICKUP_CANCELED = auto()
    ARRIVED_AT_HUB = auto()
    DEPARTED_FROM_HUB = auto()
    PROCESSING = auto()
    HANDED_TO_PARTNER = auto()
    ARRIVED_AT_DESTINATION = auto()
    REROUTED = auto()
    DECLARED = auto()
    INSPECTION = auto()
    HELD = auto()
    CLEARED = auto()
    INFO = auto()
    TELEMETRY = auto()


class TrackingReason(StrEnum):
    """Why, as party and cause: the party is what claims need."""

    CARRIER_DELAY = auto()
    CARRIER_DAMAGE = auto()
    CARRIER_LOSS = auto()
    CARRIER_MISROUTED = auto()
    CARRIER_CAPACITY = auto()
    CARRIER_MECHANICAL = auto()
    RECIPIENT_UNAVAILABLE = auto()
    RECIPIENT_REFUSED = auto()
    RECIPIENT_ADDRESS = auto()
    RECIPIENT_REQUESTED = auto()
    RECIPIENT_UNCLAIMED = auto()
    SHIPPER_ADDRESS = auto()
    SHIPPER_PACKAGING = auto()
    SHIPPER_DOCUMENTS = auto()
    SHIPPER_NOT_READY = auto()
    SHIPPER_RECALLED = auto()
    CUSTOMS_INSPECTION = auto()
    CUSTOMS_HELD = auto()
    CUSTOMS_DUTIES = auto()
    CUSTOMS_DOCUMENTS = auto()
    CUSTOMS_PROHIBITED = auto()
    WEATHER = auto()
    FORCE_MAJEURE = auto()
    SECURITY = auto()
    OTHER = auto()


class DeliveryMode(StrEnum):
    """Into whose hands the parcel went; "signed at a locker" is not "signed by the recipient"."""

    RECIPIENT = auto()
    OTHER_PERSON = auto()
    NEIGHBOR = auto()
    SAFE_PLACE = auto()
    LOCKER = auto()
    STATION = auto()
    MAILBOX = auto()
    FRONT_DESK = auto()


class Classifier(StrEnum):
    """Whether an event happened, is estimated, or is planned (DCSA's ACT, EST, PLN)."""

    PLANNED = auto()
    ESTIMATED = auto()
    ACTUAL = auto()


class EventSource(StrEnum):
    """Who told us, in falling order of trust."""

    PUSH = auto()
    POLL = auto()
    AGGREGATOR = auto()
    PARTNER = auto()
    MERCHANT = auto()


class PickupStatus(StrEnum):
    """The life of a pickup."""

    REQUESTED = auto()
    ACCEPTED = auto()
    COURIER_ASSIGNED = auto()
    PICKED_UP = auto()
    SETTLED = auto()
    REJECTED = auto()
    FAILED = auto()
    CANCELED = auto()
    EXPIRED = auto()
    SUPERSEDED = auto()
    UNKNOWN = auto()


class Confidence(StrEnum):
    """How sure we are of a carrier's format: captured or official, one source, or a shape only."""

    HIGH = auto()
    MEDIUM = auto()
    LOW = auto()


class PushAuthenticity(StrEnum):
    """What proves that a push is the carrier's own."""

    SIGNED = auto()
    SHARED_SECRET = auto()
    ADDRESS_ONLY = auto()


class TrackingMethod(StrEnum):
    """How a shipment is followed."""

    PUSH = auto()
    POLL = auto()
    PARTNER = auto()
    NONE = auto()


class AlertKind(StrEnum):
    """What the buyer wants to know before asking (requirements A12, B5)."""

    DELAYED = auto()
    STALLED = auto()
    EXCEPTION = auto()
    CUSTOMS = auto()
    ATTEMPT_FAILED = auto()
    AWAITING_COLLECTION = auto()
    ARRIVING_SOON = auto()
    LOST = auto()


class Party(StrEnum):
    """Whose move it is, or who did it."""

    BUYER = auto()
    MERCHANT = auto()
    CARRIER = auto()
    WAREHOUSE = auto()
    PLATFORM = auto()
    REGULATOR = auto()
    WAYBRIDGE = auto()


class Subject(StrEnum):
    """What an entry in the log of facts is about."""

    ORDER = auto()
    SHIPMENT = auto()
    RETURN = auto()
    PICKUP = auto()
    CLAIM = auto()
    TICKET = auto()
    REFUND = auto()
    EXCHANGE = auto()
    REPAIR = auto()


class InboxState(StrEnum):
    """How far a carrier's message has come."""

    NEW = auto()
    DONE = auto()
    PARKED = auto()
    UNREADABLE = auto()


class JobState(StrEnum):
    """How far a piece of outside work has come."""

    READY = auto()
    DONE = auto()
    DEAD = auto()


class Locale(StrEnum):
    """The languages we speak to people in."""

    EN = auto()
    ZH = auto()


class SigningScheme(StrEnum):
    """How a webhook proves that we sent it (Standard Webhooks): a shared secret (v1) or our key pair (v1a)."""

    HMAC_SHA256 = auto()
    ED25519 = auto()


class DeliveryStatus(StrEnum):
    """How far one webhook delivery has come. WAITING includes what is being tried again."""

    WAITING = auto()
    DELIVERED = auto()
    FAILED = auto()


class DisabledBecause(StrEnum):
    """Why nothing is sent to a webhook endpoint any more."""

    ASKED = auto()
    GONE = auto()
    FAILING = auto()


class AttemptProblem(StrEnum):
    """Why an attempt to deliver a webhook did not succeed."""

    ANSWERED = auto()
    REDIRECTED = auto()
    TIMEOUT = auto()
    NOT_RESOLVED = auto()
    FORBIDDEN_ADDRESS = auto()
    REFUSED = auto()
    BAD_CERTIFICATE = auto()
    OUT_OF_REACH = auto()
    OURS = auto()
