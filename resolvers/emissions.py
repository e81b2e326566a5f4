"""What a parcel's way does to the climate, with everything the figure is made of."""

from dataclasses import dataclass

from aftersales.rules import pricing
from aftersales.rules.pricing import Factor, Lane, Mode, Parcel
from db.models.shipments import Shipment


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """A factor by its mode."""

    mode: str
    grams: int
    source: str


@dataclass(frozen=True, slots=True)
class Emissions:
    """An estimate: grams of CO2 equivalent, and what it was made of."""

    grams: int
    km: int
    factors: list[EmissionFactor]
    basis: str


def factors() -> list[EmissionFactor]:
    """What emissions are reckoned by."""
    return [_shown(mode, each) for mode, each in pricing.FACTORS.items()]


def _shown(mode: Mode, factor: Factor) -> EmissionFactor:
    return EmissionFactor(mode.name, factor.grams, factor.source)


def of_shipment(root: Shipment) -> Emissions | None:
    """None while its weight or one of its countries is not known."""
    if root.weight_grams is None or root.origin_country is None or root.destination_country is None:
        return None
    lane = Lane(root.origin_country, root.destination_country, root.origin_region, root.destination_region)
    km, _ = pricing.way(lane)
    mode = Mode.TRUCK if lane.from_country == lane.to_country else Mode.AIR_LONG
    grams = pricing.grams_co2e(mode, Parcel(root.weight_grams), km, at_door=True)
    basis = (
        f"{root.weight_grams} g over {km:.0f} km, assumed from the lane's ends, by {mode.name}; "
        f"{pricing.LAST_MILE_KM} km of a courier's round by {Mode.VAN.name}."
    )
    used = [_shown(each, pricing.FACTORS[each]) for each in (mode, Mode.VAN)]
    return Emissions(grams, round(km), used, basis)
