"""What we understood of a carrier's message, in the words all carriers share.

Values only. A carrier's own wording never leaves its folder except as ``raw_code`` and ``description``.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from db.enums import Classifier, DeliveryMode, Direction, PickupStatus, TrackingReason, TrackingStatus, TrackingStep


@dataclass(frozen=True, slots=True)
class Meaning:
    """One of a carrier's codes in our words. ``UNKNOWN`` means: kept and counted, knowingly not guessed."""

    status: TrackingStatus = TrackingStatus.UNKNOWN
    step: TrackingStep | None = None
    reason: TrackingReason | None = None
    delivery_mode: DeliveryMode | None = None
    action_required: bool = False

    @property
    def has_status(self) -> bool:
        """Whether a scan of this meaning may set a shipment's status (INFO, TELEMETRY and UNKNOWN never do)."""
        return self.status is not TrackingStatus.UNKNOWN

    @property
    def is_mapped(self) -> bool:
        """Whether we know what the code says, be it only that it says nothing about status."""
        return self.has_status or self.step is not None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scan was made, as far as the carrier says. ``country`` is ISO 3166-1 alpha-2."""

    text: str | None = None
    facility: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """One thing that happened to a parcel (or is planned to), in our words, the carrier's code kept.

    ``occurred_at`` is aware and keeps the carrier's local offset. ``event_id`` is the carrier's own identity of the
    event, when it has one. ``piece`` tells parcels of one shipment apart. ``corrects`` marks an explicit correction,
    which alone may undo a delivery.
    """

    occurred_at: datetime
    meaning: Meaning
    raw_code: str
    description: str = ""
    place: Place | None = None
    classifier: Classifier = Classifier.ACTUAL
    event_id: str | None = None
    piece: str | None = None
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class ReadShipment:
    """What one message says about one tracking number; scans oldest first, exact repeats dropped.

    A blank ``tracking_number`` stands for the one number asked for: some answers do not repeat it.
    ``unique_id`` is the carrier's own identity where numbers are reused (FedEx). ``signed_by`` is personal.
    ``linked_numbers`` are other numbers of the same goods (a partner's leg, a forwarding, an original).
    """

    tracking_number: str
    scans: tuple[Scan, ...] = ()
    direction: Direction = Direction.FORWARD
    unique_id: str | None = None
    reference: str | None = None
    service: str | None = None
    estimated_delivery_at: datetime | None = None
    pieces: int | None = None
    weight_grams: int | None = None
    signed_by: str | None = None
    origin: Place | None = None
    destination: Place | None = None
    linked_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Courier:
    """Who comes; personal."""

    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class ReadPickup:
    """What one message says about one pickup; ``reference`` is ours when the carrier repeats it, else theirs.
    ``weight_grams`` and ``fee`` are as settled; ``fee`` is (amount, currency). ``reason`` are the carrier's own words."""

    reference: str | None
    status: PickupStatus
    raw_code: str
    tracking_number: str | None = None
    confirmation: str | None = None
    courier: Courier | None = None
    pickup_code: str | None = None
    weight_grams: int | None = None
    fee: tuple[Decimal, str] | None = None
    reason: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadError:
    """What a carrier refused. ``code`` and ``message`` are its own; ``not_found``: it does not know the number
    (yet); ``retryable``: the same call may succeed later; ``corrected_carrier``: it says another carrier's."""

    code: str
    message: str
    tracking_number: str | None = None
    not_found: bool = False
    retryable: bool = False
    corrected_carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """All that we understood of one message."""

    shipments: tuple[ReadShipment, ...] = ()
    pickups: tuple[ReadPickup, ...] = ()
    errors: tuple[ReadError, ...] = ()

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Raw codes we do not understand, each once, in order of appearance; a scan without any code has none."""
        codes = [s.raw_code for p in self.shipments for s in p.scans if not s.meaning.is_mapped]
        codes += [p.raw_code for p in self.pickups if p.status is PickupStatus.UNKNOWN]
        return tuple(dict.fromkeys(filter(None, codes)))


class Unreadable(Exception):
    """The message is not in a form this carrier is known to use. The text names the place, never its content."""
