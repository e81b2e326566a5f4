"""Asking a carrier to collect goods, or for a label to send them with: what we tell it, what it answers, what may be asked
afterwards. Values and signatures; nothing here opens a socket."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from carriers.exchange import Access, Reply, Request
from carriers.readings import Courier, ReadError
from db.case_enums import ReturnMethod
from db.enums import PickupStatus


@dataclass(frozen=True, slots=True)
class Contact:
    """Who hands over or receives goods, and where; personal. ``country`` is ISO 3166-1 alpha-2, ``phone`` E.164 where it
    is valid; ``region``, ``city`` and ``district`` are standard names; ``unit`` is building, unit and room."""

    name: str
    phone: str
    country: str
    region: str = ""
    region_code: str = ""
    city: str = ""
    district: str = ""
    street: tuple[str, ...] = ()
    unit: str = ""
    postal_code: str = ""
    company: str = ""
    email: str = ""

    def in_one_line(self) -> str:
        """The address below the district in one line, as Chinese carriers take it."""
        return (
            "".join((*self.street, self.unit))
            if self.country == "CN"
            else ", ".join((*self.street, self.unit)).strip(", ")
        )


@dataclass(frozen=True, slots=True)
class Item:
    """Some of one thing in the parcel, for customs and for what may not fly. ``hs_code`` and ``origin`` where a border is
    crossed; ``value`` is of one, in the order's currency."""

    title: str
    quantity: int
    value: Decimal = Decimal(0)
    weight_grams: int = 0
    hs_code: str = ""
    origin: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """When the courier may come: aware moments in the door's own zone."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """What we ask for. ``reference`` is ours: the same on every try, at most 30 letters and digits, so every carrier takes
    it. ``window`` is None for a label. ``carrier`` is, for aggregators, our code of the carrier that is to come.
    ``number`` is a waybill number that we already have (labels first, pickup then). Millimetres and grams. Where a customs
    border is crossed ``customs_reason`` is returned_goods, faulty or repair, ``invoice`` what the goods were sold under and
    ``export_reference`` what their way out is known by."""

    reference: str
    sender: Contact
    recipient: Contact
    method: ReturnMethod = ReturnMethod.DOOR_PICKUP
    window: Window | None = None
    parcels: int = 1
    weight_grams: int = 1000
    size_mm: tuple[int, int, int] | None = None
    items: tuple[Item, ...] = ()
    currency: str = "CNY"
    declared: Decimal | None = None
    service: str = ""
    carrier: str = ""
    remark: str = ""
    number: str = ""
    payer: str = "shipper"  # who pays the carrier: shipper (the account), sender, recipient
    customs_reason: str = ""
    invoice: str = ""
    export_reference: str = ""

    @property
    def goods(self) -> str:
        """What is in it, in a few words."""
        return ", ".join(item.title for item in self.items)[:60]


@dataclass(frozen=True, slots=True)
class Ref:
    """A booking we made: our reference and what the carrier calls it. ``number`` is the waybill's; ``account_extras`` are
    words the carrier gave with its answer and wants to hear again (a pickup date, a location code)."""

    reference: str
    confirmation: str = ""
    number: str = ""
    booked_at: datetime | None = None
    window: Window | None = None
    extras: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A label or a code as the carrier made it. ``media_type`` is application/pdf, image/png or text/plain (the text of a
    QR code)."""

    media_type: str
    content: bytes
    number: str = ""


@dataclass(frozen=True, slots=True)
class Fee:
    """What it costs, in the currency's own units."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Booked:
    """What the carrier answered to a booking, or says of one. Without a ``confirmation`` and a ``number`` it took nothing:
    ``errors`` say why. ``number`` may come later, by push or by asking. ``is_repeat``: it had this reference already, and
    this is that booking. ``status`` is REQUESTED where it only took note."""

    confirmation: str = ""
    number: str = ""
    status: PickupStatus = PickupStatus.REQUESTED
    raw_code: str = ""
    courier: Courier | None = None
    pickup_code: str = ""
    fee: Fee | None = None
    weight_grams: int | None = None
    labels: tuple[LabelFile, ...] = ()
    window: Window | None = None
    is_repeat: bool = False
    extras: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[ReadError, ...] = ()

    @property
    def was_taken(self) -> bool:
        """Whether there is a booking."""
        return bool(self.confirmation or self.number) and not (self.errors and not self.is_repeat)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which a courier can still be had."""

    window: Window
    is_free: bool = True
    fee: Fee | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A price, before anything is booked. ``billed_grams`` is what it was made of: true or volumetric weight."""

    service: str
    fee: Fee
    billed_grams: int | None = None
    delivery_at: datetime | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about a booking that changes nothing: by our reference or theirs. ``read`` gives None when the carrier
    knows no such booking (then, and only then, it may be sent again)."""

    request: Callable[[Ref, Access], Request]
    read: Callable[[Reply, Ref], Booked | None]


@dataclass(frozen=True, slots=True)
class Changing:
    """A change of a booking (``window`` is the new one, None to cancel). ``read`` gives the refusals; nothing: done.
    A booking that is cancelled already is done."""

    request: Callable[[Ref, Window | None, Access], Request]
    read: Callable[[Reply, Ref], tuple[ReadError, ...]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Asks when a courier can come to a door on a day (the door's own)."""

    request: Callable[[Contact, date, Access], Request]
    read: Callable[[Reply, Contact, date], tuple[Slot, ...]]


@dataclass(frozen=True, slots=True)
class Pricing:
    """Asks what it would cost. ``is_whole``: all of it; else the courier's visit alone, which is no parcel's price.
    ``by_method``: a courier at the door is priced apart; else one answer is for every way of handing in."""

    request: Callable[[Order, Access], Request]
    read: Callable[[Reply, Order], tuple[Quoted, ...]]
    is_whole: bool = True
    by_method: bool = False


EVERY_DAY = frozenset(range(7))
NOT_SUNDAYS = frozenset(range(6))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the carrier takes: checked by us first. ``countries`` are those it collects in; none named: any. Hours are the
    door's own; ``cut_off`` is the latest moment of a day to ask for that day; ``notice_minutes`` the least before a window
    begins; ``longest_days`` how far ahead. ``days`` of the week its couriers come (Monday is 0), and whether they come
    ``on_holidays`` of the door's country. Longest side and girth (length + 2 x (width + height)) in millimetres."""

    countries: frozenset[str] = frozenset()
    opens: time = time(9)
    closes: time = time(18)
    cut_off: time = time(16)
    notice_minutes: int = 60
    longest_days: int = 7
    window_minutes: int = 120
    days: frozenset[int] = EVERY_DAY
    on_holidays: bool = True
    most_grams: int = 30_000
    longest_mm: int | None = None
    girth_mm: int | None = None
    most_parcels: int = 99


@dataclass(frozen=True, slots=True)
class Booking:
    """Books. ``methods`` are the ways it can begin. ``same_reference_same_booking``: asking twice under one reference is
    one booking, so a lost answer may be asked for by sending again. ``asking`` finds a booking by our reference; a
    carrier with neither gets nothing sent a second time by itself: a person must look.
    ``over_borders`` are the methods that take goods over a customs border with what we can tell the carrier of them.
    ``request`` raises CannotAsk naming what is missing; ``read`` is given any answer and raises Unreadable only."""

    methods: frozenset[ReturnMethod]
    request: Callable[[Order, Access], Request]
    read: Callable[[Reply, Order], Booked]
    bounds: Bounds = field(default_factory=Bounds)
    same_reference_same_booking: bool = False
    asking: Asking | None = None
    canceling: Changing | None = None
    rescheduling: Changing | None = None
    timing: Timing | None = None
    pricing: Pricing | None = None
    services: Sequence[str] = ()
    over_borders: frozenset[ReturnMethod] = frozenset()


@dataclass(frozen=True, slots=True)
class SandboxBooking:
    """A booking in the carrier sandbox as it stands now. ``scenario`` is the script its sender's phone asked for."""

    order: Order
    confirmation: str
    number: str
    status: PickupStatus
    courier: Courier | None = None
    pickup_code: str = ""
    fee: Fee | None = None
    settled_grams: int | None = None
    reason: str = ""
    scenario: str = ""
    booked_at: datetime | None = None
    extras: Mapping[str, str] = field(default_factory=dict)
