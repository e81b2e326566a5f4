"""What sending a parcel costs by a price list, and what it does to the climate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto


class Mode(StrEnum):
    """How most of the way is gone."""

    VAN = auto()
    TRUCK = auto()
    AIR_SHORT = auto()
    AIR_LONG = auto()


class PriceSource(StrEnum):
    """Who says a price."""

    CARRIER = auto()
    TARIFF = auto()


@dataclass(frozen=True, slots=True)
class Factor:
    """Grams of CO2 equivalent a tonne-kilometre, and where the figure is from."""

    grams: int
    source: str


FACTORS: Mapping[Mode, Factor] = {
    Mode.VAN: Factor(
        631,
        "UK Government greenhouse gas conversion factors, freighting goods: vans, average up to 3.5 t; at the exhaust.",
    ),
    Mode.TRUCK: Factor(
        95,
        "GLEC Framework: 73 tank to wheel (2019, road, full loads), 22 well to tank (v3.0, articulated, 34 to 40 t).",
    ),
    Mode.AIR_SHORT: Factor(830, "GLEC Framework v3.2, section 8.1: belly freight below 1,500 km, well to wheel."),
    Mode.AIR_LONG: Factor(608, "GLEC Framework v3.2, section 8.1: belly freight beyond 4,000 km, well to wheel."),
}
"""Defaults where a carrier gives no figure of its own."""

LAST_MILE_KM = 10
"""Of a courier's round that counts for one parcel at a door; a walk to a point counts for nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of a price list, as ``db.models.tariffs.Tariff`` says it."""

    carrier: str
    service: str
    from_country: str
    to_country: str | None
    same_region: bool | None
    first_grams: int
    first_minor: int
    step_grams: int
    step_minor: int
    pickup_minor: int
    divisor: int
    most_grams: int
    days: int
    mode: Mode
    currency: str
    source: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: grams, and millimetres where they are known."""

    grams: int
    size_mm: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """From where to where; regions by their codes, None where not known. ``km`` as a bird flies."""

    from_country: str
    to_country: str
    from_region: str | None = None
    to_region: str | None = None
    km: float | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """What a line of a list comes to, in the currency's smallest unit; ``billed_grams`` is what was charged for."""

    rate: Rate
    minor: int
    billed_grams: int


def billed(parcel: Parcel, divisor: int) -> int:
    """The greater of true and volumetric weight (millimetres by 1000 a cubic centimetre, by the divisor a kilogram), rounded
    up to a gram."""
    if parcel.size_mm is None:
        return parcel.grams
    long, wide, high = parcel.size_mm
    return max(parcel.grams, -(-long * wide * high // divisor))


def price(rate: Rate, parcel: Parcel, *, at_door: bool) -> Price:
    """By the list: the first weight, then every step begun."""
    grams = billed(parcel, rate.divisor)
    steps = max(0, -(-(grams - rate.first_grams) // rate.step_grams))
    minor = rate.first_minor + steps * rate.step_minor + (rate.pickup_minor if at_door else 0)
    return Price(rate, minor, grams)


def fits(rate: Rate, lane: Lane) -> bool:
    """Whether a line is for this lane."""
    if rate.from_country != lane.from_country or rate.to_country not in {lane.to_country, None}:
        return False
    if rate.to_country is None and lane.to_country == lane.from_country:
        return False
    same = None not in {lane.from_region, lane.to_region} and lane.from_region == lane.to_region
    return rate.same_region is None or rate.same_region == same


def cheapest(rates: Iterable[Rate], lane: Lane, parcel: Parcel, *, at_door: bool) -> Price | None:
    """The best price of these lines; None: none is for such a parcel."""
    prices = [price(rate, parcel, at_door=at_door) for rate in rates if fits(rate, lane)]
    held = [each for each in prices if each.billed_grams <= each.rate.most_grams]
    return min(held, key=lambda each: (each.minor, each.rate.days, each.rate.service), default=None)


def grams_co2e(mode: Mode, parcel: Parcel, km: float, *, at_door: bool) -> int:
    """The main leg by its mode, and the courier's round where one comes; rounded once."""
    main = FACTORS[mode].grams * parcel.grams * km
    round_ = FACTORS[Mode.VAN].grams * parcel.grams * (LAST_MILE_KM if at_door else 0)
    return round((main + round_) / 1_000_000)


ASSUMED_KM = {"region": 100, "country": 600, "abroad": 6000}
"""How far it is within one region, between two, and over a border, where the places are not known."""


def way(lane: Lane) -> tuple[float, bool]:
    """How many kilometres a lane is, and whether that is assumed."""
    if lane.km is not None:
        return lane.km, False
    if lane.from_country != lane.to_country:
        return ASSUMED_KM["abroad"], True
    same = lane.from_region is not None and lane.from_region == lane.to_region
    return ASSUMED_KM["region" if same else "country"], True
