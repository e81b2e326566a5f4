"""What the past of a lane teaches. Nothing is promised that was not measured (requirements B29)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median, quantiles

# Below five journeys a 90th percentile is only the slowest one under another name.
MINIMUM_SAMPLE = 5

# Bounds of a stall: carriers scan at least daily on the road; a week of silence is one on any lane. Two days where
# nothing was learnt. Ours, to be changed by measurement.
STALL_AFTER_AT_LEAST = timedelta(hours=24)
STALL_AFTER_AT_MOST = timedelta(days=7)
STALL_AFTER_UNLEARNT = timedelta(hours=48)
STALL_FACTOR = 3.0


@dataclass(frozen=True, slots=True)
class Lane:
    """From where to where, by whom and how. Countries are ISO 3166-1 alpha-2; regions are codes as in an address; an empty
    field means "any"."""

    origin_country: str
    origin_region: str
    destination_country: str
    destination_region: str
    carrier: str
    service: str = ""

    @property
    def key(self) -> str:
        """The lane as one text, unique to it."""
        ends = f"{self.origin_country}|{self.origin_region}|{self.destination_country}|{self.destination_region}"
        return f"{ends}|{self.carrier}|{self.service}"

    @property
    def basis(self) -> str:
        """In what the journeys counted are alike."""
        if self.service:
            return "same carrier, service, regions and countries"
        if self.origin_region or self.destination_region:
            return "same carrier, regions and countries"
        return "same carrier and countries" if self.origin_country else "same carrier and country of destination"

    def coarser(self) -> "Lane | None":
        """The next coarser lane: first without the service, then the regions, then the country of origin; then none."""
        if self.service:
            return replace(self, service="")
        if self.origin_region or self.destination_region:
            return replace(self, origin_region="", destination_region="")
        return replace(self, origin_country="") if self.origin_country else None

    def chain(self) -> tuple["Lane", ...]:
        """The lane itself and every coarser one, finest first."""
        wider = self.coarser()
        return (self,) if wider is None else (self, *wider.chain())


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was measured: the number of journeys, and the hours from pickup to delivery, half and nine tenths of them within.
    The figures are None when the sample is below ``MINIMUM_SAMPLE``."""

    sample: int
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """When a parcel comes: half of ``sample`` journeys came by ``at``, nine in ten by ``latest``. ``basis`` says which."""

    at: datetime
    latest: datetime
    sample: int
    basis: str


def learn(durations_hours: Iterable[float]) -> Learnt:
    """Median and 90th percentile of the durations; impossible ones (negative, not finite) are left out."""
    hours = sorted(d for d in durations_hours if math.isfinite(d) and d >= 0)
    if len(hours) < MINIMUM_SAMPLE:
        return Learnt(len(hours), None, None)
    return Learnt(len(hours), median(hours), quantiles(hours, n=10, method="inclusive")[-1])


def usual_gap(gaps_hours: Iterable[float]) -> float | None:
    """The hours usually between two scans of a lane; None when too few were seen."""
    return learn(gaps_hours).median_hours


def known(lane: Lane, past: Mapping[str, Learnt]) -> tuple[Lane, Learnt] | None:
    """The finest lane of the chain with enough journeys behind it; ``past`` is by lane key."""
    for each in lane.chain():
        learnt = past.get(each.key)
        if learnt is not None and learnt.sample >= MINIMUM_SAMPLE and learnt.median_hours is not None:
            return each, learnt
    return None


def estimate(picked_up_at: datetime, stats: tuple[Lane, Learnt] | None) -> Estimate | None:
    """When the parcel comes, from what ``known`` found; None when the past teaches nothing."""
    if stats is None or stats[1].sample < MINIMUM_SAMPLE:
        return None
    lane, learnt = stats
    if learnt.median_hours is None or learnt.p90_hours is None:
        return None
    at, latest = (picked_up_at + timedelta(hours=hours) for hours in (learnt.median_hours, learnt.p90_hours))
    return Estimate(at, latest, learnt.sample, lane.basis)


def stalled_after(last_event_at: datetime, usual_gap_hours: float | None, k: float = STALL_FACTOR) -> datetime:
    """When silence becomes a stall: the lane's usual gap times k after the last scan, within the bounds above."""
    if usual_gap_hours is None:
        return last_event_at + STALL_AFTER_UNLEARNT
    hours = min(usual_gap_hours * k, STALL_AFTER_AT_MOST / timedelta(hours=1))
    return last_event_at + max(timedelta(hours=hours), STALL_AFTER_AT_LEAST)
