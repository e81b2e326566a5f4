"""What a carrier can do, and the words all carriers share.

A carrier is a record of abilities, not a subclass: what it cannot do is ``None``. Everything here is a value or a
pure function's signature; nothing opens a socket, reads a clock or knows a row. A carrier's own wording never
leaves its folder except as ``raw_code`` and ``description``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from carriers.booking import (
    Asking,
    Booked,
    Booking,
    Bounds,
    Changing,
    Contact,
    Fee,
    Item,
    LabelFile,
    Order,
    Pricing,
    Quoted,
    Ref,
    SandboxBooking,
    Slot,
    Timing,
    Window,
)
from carriers.exchange import Access, CannotAsk, Incoming, Parcel, PushRejected, Reply, Request
from carriers.intercepting import Diversion, Intercepting, SandboxDiversions
from carriers.readings import Courier, Meaning, Place, ReadError, Reading, ReadPickup, ReadShipment, Scan, Unreadable
from db.enums import Confidence, PushAuthenticity

__all__ = [
    "Access",
    "Asking",
    "Authorizing",
    "Booked",
    "Booking",
    "Bounds",
    "CannotAsk",
    "Carrier",
    "Changing",
    "Code",
    "Contact",
    "Courier",
    "Diversion",
    "Fee",
    "Finding",
    "Handshake",
    "Incoming",
    "Intercepting",
    "Item",
    "LabelFile",
    "Meaning",
    "Order",
    "Parcel",
    "Place",
    "Pricing",
    "PushRejected",
    "Pushing",
    "Quoted",
    "ReadError",
    "ReadPickup",
    "ReadShipment",
    "Reading",
    "Ref",
    "Reply",
    "Request",
    "Sandbox",
    "SandboxBooking",
    "SandboxDesk",
    "SandboxParcel",
    "SandboxSubscription",
    "SandboxWorld",
    "Scan",
    "Slot",
    "Subscribed",
    "Subscribing",
    "Timing",
    "Token",
    "Tracking",
    "Unreadable",
    "Window",
]
"""All that an adapter imports of its colleagues: from here."""


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

    ``read`` does not know what was asked: a shipment with a blank ``tracking_number``, and an error with none, stand
    for the one number asked for (only carriers whose ``at_most`` is 1 answer so). In a push they are nobody's.
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
class Finding:
    """Asks which subscriptions we have. ``read`` gives, of the parcels named, those that are told to our address (none
    named: whether the account is, by ``subscription_id``); nothing where the carrier has no such question."""

    request: Callable[[Sequence[Parcel], Access], Request]
    read: Callable[[Reply, Sequence[Parcel], Access], Subscribed]


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Asks to be told. ``lasts`` is how long the carrier keeps telling; ``whole_account``: one subscription serves
    every parcel of the account; ``before_query``: tracking answers only after it (Yunda).
    ``read`` is given the answer and the numbers asked for.

    A carrier that knows a subscription by the parcel's number has one however often it is asked: asking again is
    harmless. One that makes a new one each time has ``finding``, which is asked before anything is sent again."""

    request: Callable[[Sequence[Parcel], Access], Request]
    read: Callable[[Reply, Sequence[Parcel]], Subscribed]
    at_most: int = 1
    lasts: timedelta | None = None
    whole_account: bool = False
    before_query: bool = False
    finding: Finding | None = None


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


class SandboxDesk(SandboxDiversions, Protocol):
    """Where a carrier's sandbox takes bookings."""

    def take(self, order: Order) -> tuple[SandboxBooking | None, str]:
        """Takes a booking, or gives the one of this reference; None and the reason where nothing is taken."""

    def booking(self, key: str) -> SandboxBooking | None:
        """A booking by our reference, its confirmation or its waybill number."""

    def cancel(self, key: str) -> SandboxBooking | None:
        """Cancels; what was picked up stays as it is (the status tells). None: no such booking."""

    def reschedule(self, key: str, window: Window) -> SandboxBooking | None:
        """Another time. None: no such booking."""


class SandboxWorld(Protocol):
    """What a carrier's sandbox may ask of the sandbox server."""

    now: datetime

    @property
    def desk(self) -> SandboxDesk:
        """The carrier's bookings."""

    def parcel(self, number: str) -> SandboxParcel | None:
        """The scripted parcel of that number; None: this carrier does not know it."""

    def subscribe(self, number: str, subscription: SandboxSubscription) -> None:
        """From now on every new scan of the number is pushed ("*": of every number of the account; "booking:" and our
        reference: every state of that booking)."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The carrier's side of the wire, as its documentation and samples show it, for demos and tests.

    ``answer`` plays its API: authorisation, tracking, subscription, its own errors for bad requests, unknown numbers
    and missing credentials. ``push`` makes the request it would send for new scans of one parcel, ``push_booking`` that for
    a new state of a booking.
    """

    answer: Callable[[Incoming, SandboxWorld], Reply]
    push: Callable[[SandboxParcel, Sequence[Scan], SandboxSubscription], Request] | None = None
    push_booking: Callable[[SandboxBooking, SandboxSubscription], Request] | None = None


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
    partners how far each ability is proven: a format rebuilt from a field list is LOW. The keys of ``confidence`` are
    "statuses", "sandbox", and those of its abilities: "tracking", "push", "subscribing", "booking", "intercepting",
    "pickup", "error".
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
    booking: Booking | None = None
    intercepting: Intercepting | None = None
    sandbox: Sandbox | None = None
