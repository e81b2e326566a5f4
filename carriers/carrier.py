"""What a carrier can do, and the words all carriers share.

A carrier is a record of abilities, not a subclass: what it cannot do is ``None``. Everything here is a value or a
pure function's signature; nothing opens a socket, reads a clock or knows a row. A carrier's own wording never
leaves its folder except as ``raw_code`` and ``description``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from db.enums import (
    Classifier,
    Confidence,
    DeliveryMode,
    Direction,
    PickupStatus,
    PushAuthenticity,
    TrackingReason,
    TrackingStatus,
    TrackingStep,
)

# --- what we understood -----------------------------------------------------------------------------------------


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
    """What one message says about one pickup; ``reference`` is ours when the carrier repeats it, else theirs."""

    reference: str | None
    status: PickupStatus
    raw_code: str
    tracking_number: str | None = None
    confirmation: str | None = None
    courier: Courier | None = None


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
        """Raw codes we do not understand, each once, in order of appearance."""
        codes = [s.raw_code for p in self.shipments for s in p.scans if not s.meaning.is_mapped]
        codes += [p.raw_code for p in self.pickups if p.status is PickupStatus.UNKNOWN]
        return tuple(dict.fromkeys(codes))


class Unreadable(Exception):
    """The message is not in a form this carrier is known to use. The text names the place, never its content."""


class PushRejected(Exception):
    """The push is not provably the carrier's own: unsigned, wrongly signed, or without the shared secret."""


class CannotAsk(Exception):
    """A request cannot be built: a credential or a parcel's detail is missing; the text names it."""


# --- the wire ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request we are about to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An HTTP request we received. Header names are lower case; ``received_at`` is aware UTC."""

    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: a carrier's to us, or ours to a carrier. ``received_at`` is when we read a carrier's."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one call may use of one carrier account.

    ``base_url`` is the carrier's host of the account's environment (or the sandbox), without a trailing slash.
    ``credentials`` holds the names listed in ``Carrier.credentials``. ``token`` is the OAuth bearer, where the
    carrier has one. ``nonce`` is fresh for each call (a UUID text); ``now`` is aware UTC. ``callback_url`` is our
    push address for this account; ``push_secret`` is what we gave the carrier to prove its pushes with.
    """

    base_url: str
    credentials: Mapping[str, str]
    now: datetime
    nonce: str
    callback_url: str = ""
    push_secret: str = ""
    token: str = ""
    locale: str = "en"

    def credential(self, name: str) -> str:
        """The credential, or CannotAsk naming it."""
        value = self.credentials.get(name)
        if not value:
            raise CannotAsk(f"the account has no {name}")
        return value


@dataclass(frozen=True, slots=True)
class Parcel:
    """What we may tell a carrier about a parcel we ask after. ``phone_tail`` is the last four digits of the
    shipper's or recipient's phone: some carriers (SF, ZTO) answer only with it."""

    tracking_number: str
    phone_tail: str = ""
    reference: str = ""
    carrier: str = ""  # for aggregators: our code of the carrier that moves it
    destination_country: str = ""
    postal_code: str = ""


# --- abilities --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """An OAuth bearer and how long it is good for."""

    value: str
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Authorizing:
    """Gets a bearer token before other calls. ``read`` raises Unreadable when no token was granted."""

    request: Callable[[Access], Request]
    read: Callable[[Reply], Token]


@dataclass(frozen=True, slots=True)
class Tracking:
    """Asks where parcels are. ``read`` is given any answer, also an error's, and never raises but Unreadable.

    ``at_most`` numbers go into one call; ``no_oftener`` is the shortest wait between two calls for one number.
    """

    request: Callable[[Sequence[Parcel], Access], Request]
    read: Callable[[Reply], Reading]
    at_most: int = 1
    no_oftener: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What became of a subscription: the numbers taken, the refusals, the carrier's own id of it."""

    accepted: tuple[str, ...] = ()
    errors: tuple[ReadError, ...] = ()
    subscription_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Asks to be told. ``lasts`` is how long the carrier keeps telling; ``whole_account``: one subscription serves
    every parcel of the account; ``before_query``: tracking answers only after it (Yunda).
    ``read`` is given the answer and the numbers asked for."""

    request: Callable[[Sequence[Parcel], Access], Request]
    read: Callable[[Reply, Sequence[Parcel]], Subscribed]
    at_most: int = 1
    lasts: timedelta | None = None
    whole_account: bool = False
    before_query: bool = False


@dataclass(frozen=True, slots=True)
class Handshake:
    """A message that is no news but a step of subscribing: what to answer, and what to call back, if anything."""

    reply: Reply
    call: Request | None = None
    activates: bool = False  # after this the subscription is known to live


@dataclass(frozen=True, slots=True)
class Pushing:
    """Hears from the carrier.

    ``verify`` raises PushRejected; it works on the bytes as received and compares in constant time. ``read`` is pure
    and raises Unreadable. ``acknowledge`` is the carrier's own "thank you"; anything else is sent again.
    ``handshake`` answers None for ordinary news. ``verify`` runs before both.
    """

    authenticity: PushAuthenticity
    verify: Callable[[Incoming, Access], None]
    read: Callable[[Incoming], Reading]
    acknowledge: Callable[[Incoming], Reply]
    handshake: Callable[[Incoming, Access], Handshake | None] | None = None


@dataclass(frozen=True, slots=True)
class SandboxParcel:
    """A scripted parcel in the carrier sandbox: the scans that have happened by now, oldest first."""

    tracking_number: str
    scans: tuple[Scan, ...]
    estimated_delivery_at: datetime | None = None
    signed_by: str | None = None
    origin: Place | None = None
    destination: Place | None = None


@dataclass(frozen=True, slots=True)
class SandboxSubscription:
    """Who wants to be told of a number, and what the carrier's push needs to be believed."""

    callback_url: str
    secret: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)


class SandboxWorld(Protocol):
    """What a carrier's sandbox may ask of the sandbox server."""

    now: datetime

    def parcel(self, number: str) -> SandboxParcel | None:
        """The scripted parcel of that number; None: this carrier does not know it."""

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        """From now on every new scan of the number is pushed ("*": of every number of the account)."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The carrier's side of the wire, as its documentation and samples show it, for demos and tests.

    ``answer`` plays its API: authorisation, tracking, subscription, its own errors for bad requests, unknown numbers
    and missing credentials. ``push`` makes the request it would send for new scans of one parcel.
    """

    answer: Callable[[Incoming, SandboxWorld], Reply]
    push: Callable[[SandboxParcel, Sequence[Scan], SandboxSubscription], Request] | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a carrier's status table, readable by partners. ``meaning_text`` is the carrier's own words."""

    namespace: str
    code: str
    meaning_text: str
    meaning: Meaning
    confidence: Confidence = Confidence.MEDIUM


@dataclass(frozen=True, slots=True)
class Carrier:
    """One carrier we have an adapter for.

    ``zone`` is the IANA zone its times without an offset are in. ``hosts`` are its base addresses, LIVE and TEST.
    ``credentials`` names what an account must (or may) hold, each with a sentence. ``confidence`` and ``notes`` tell
    partners how far each ability is proven: a format rebuilt from a field list is LOW.
    ``read_pickup`` and ``read_error`` read a carrier's pickup and error messages; ``recognise`` tells which kind
    ("track", "push", "pickup", "error") a message is, or raises Unreadable.
    """

    code: str
    name_en: str
    name_zh: str
    country: str
    zone: str
    hosts: Mapping[str, str]
    credentials: Mapping[str, str]
    codes: tuple[Code, ...]
    confidence: Mapping[str, Confidence]
    notes: tuple[str, ...] = ()
    homepage: str = ""
    is_aggregator: bool = False
    authorizing: Authorizing | None = None
    tracking: Tracking | None = None
    subscribing: Subscribing | None = None
    pushing: Pushing | None = None
    read_pickup: Callable[[bytes], Reading] | None = None
    read_error: Callable[[bytes], Reading] | None = None
    recognise: Callable[[bytes], str] | None = None
    sandbox: Sandbox | None = None
