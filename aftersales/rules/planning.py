"""Routes for goods on their way back: a carrier, a method, a time, and what each is worth, with its parts shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from db.case_enums import ReturnMethod
from db.ids import parse_typeid

WEIGHTS: Mapping[str, int] = {
    "price": 30,
    "refund": 20,
    "effort": 15,
    "record": 15,
    "emissions": 6,
    "warehouse": 6,
    "distance": 5,
    "customs": 3,
}
"""What each part can bring at most, of a hundred."""

EFFORT: Mapping[ReturnMethod, float] = {
    ReturnMethod.DOOR_PICKUP: 1.0,
    ReturnMethod.BOX_FREE_QR: 0.8,
    ReturnMethod.LOCKER: 0.6,
    ReturnMethod.DROP_OFF_POINT: 0.6,
    ReturnMethod.LABEL: 0.4,
    ReturnMethod.SHIP_YOURSELF: 0.0,
}
"""How little the buyer has to do: a box, a label and a way of their own each cost."""

FAR_METERS = 5000
"""A point so far away brings nothing for its distance."""

PRIOR_VISITS, PRIOR_KEPT = 10, 8
"""What a carrier without a record is taken for: eight of ten visits kept, which weigh less the more are known."""


@dataclass(frozen=True, slots=True)
class Record:
    """Of so many visits that ended in the last 90 days so many were kept."""

    kept: int = 0
    visits: int = 0

    @property
    def share(self) -> float:
        """Kept, with the prior's visits among them, so that one bad visit is not a verdict."""
        return (self.kept + PRIOR_KEPT) / (self.visits + PRIOR_VISITS)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a route beside itself. ``meters`` to its point; ``is_wanted``: the warehouse would like to have the
    goods; ``crosses``: a border."""

    record: Record = Record()
    meters: int | None = None
    is_wanted: bool = False
    crosses: bool = False
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One way back. ``account_id`` and ``warehouse_id`` are the store's ids as text; the window is UTC, ``zone`` the
    door's. The fee is in the currency's smallest unit; None: not known; ``quoted_at``: when its carrier told it, None: by list. ``score`` is higher for what is better, the sum
    of ``parts``; ``because`` are sentences for people. ``border`` are the countries it leaves and enters where goods are
    declared between them."""

    method: ReturnMethod
    carrier: str | None = None
    account_id: str | None = None
    service: str | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    zone: str = "UTC"
    fee_minor: int | None = None
    currency: str | None = None
    quoted_at: datetime | None = None
    warehouse_id: str | None = None
    point_id: str | None = None
    border: tuple[str, str] | None = None
    hours_to_refund: float | None = None
    grams_co2e: int | None = None
    score: float = 0
    parts: Mapping[str, float] = field(default_factory=dict)
    because: tuple[str, ...] = ()

    @property
    def point_key(self) -> UUID | None:
        """The point's key; None without one."""
        parsed = parse_typeid(self.point_id or "")
        return parsed[1] if parsed else None


def as_json(route: Route) -> dict[str, Any]:
    """A route as a return keeps it."""
    return {
        "method": route.method.value,
        "carrier": route.carrier,
        "account": route.account_id,
        "service": route.service,
        "windowStart": route.window_start.isoformat() if route.window_start else None,
        "windowEnd": route.window_end.isoformat() if route.window_end else None,
        "zone": route.zone,
        "feeMinor": route.fee_minor,
        "currency": route.currency,
        "quotedAt": route.quoted_at.isoformat() if route.quoted_at else None,
        "warehouse": route.warehouse_id,
        "point": route.point_id,
        "border": list(route.border) if route.border else None,
        "hoursToRefund": route.hours_to_refund,
        "gramsCo2e": route.grams_co2e,
        "score": round(route.score, 4),
        "parts": {name: round(value, 4) for name, value in route.parts.items()},
        "because": list(route.because),
    }


def of_json(kept: Mapping[str, Any]) -> Route:
    """A route again."""
    start, end, quoted = kept["windowStart"], kept["windowEnd"], kept.get("quotedAt")
    border = kept.get("border")  # plans kept before borders were told have none
    return Route(
        method=ReturnMethod(kept["method"]),
        carrier=kept["carrier"],
        account_id=kept["account"],
        service=kept["service"],
        window_start=datetime.fromisoformat(start) if start else None,
        window_end=datetime.fromisoformat(end) if end else None,
        zone=kept["zone"],
        fee_minor=kept["feeMinor"],
        currency=kept["currency"],
        quoted_at=datetime.fromisoformat(quoted) if quoted else None,
        warehouse_id=kept["warehouse"],
        point_id=kept["point"],
        border=(border[0], border[1]) if border else None,
        hours_to_refund=kept["hoursToRefund"],
        grams_co2e=kept["gramsCo2e"],
        score=kept["score"],
        parts=kept["parts"],
        because=tuple(kept["because"]),
    )


def rank(candidates: Sequence[tuple[Route, Facts]]) -> list[Route]:
    """The routes with their scores and the parts of them, the best first. Prices are compared within the commonest
    currency; what is not known brings half. The same facts, in whatever order, give the same list."""
    currencies = [route.currency for route, _ in candidates if route.currency]
    common = max(sorted(set(currencies)), key=currencies.count, default=None)
    cheapest = _least(route.fee_minor for route, _ in candidates if route.currency == common)
    fastest = _least(route.hours_to_refund for route, _ in candidates)
    cleanest = _least(route.grams_co2e for route, _ in candidates)
    ranked = []
    for route, facts in candidates:
        fee = route.fee_minor if route.currency == common else None
        shares = {
            "price": _share(cheapest, fee),
            "refund": _share(fastest, route.hours_to_refund),
            "effort": EFFORT.get(route.method, 0.0),
            "record": facts.record.share if route.method is ReturnMethod.DOOR_PICKUP else PRIOR_KEPT / PRIOR_VISITS,
            "emissions": _share(cleanest, route.grams_co2e),
            "warehouse": 1.0 if facts.is_wanted else 0.0,
            "distance": 1.0 if facts.meters is None else max(0.0, 1 - facts.meters / FAR_METERS),
            "customs": 0.0 if facts.crosses else 1.0,
        }
        parts = {name: round(WEIGHTS[name] * share, 4) for name, share in shares.items()}
        told = (*facts.because, *_sentences(route, facts))
        ranked.append(replace(route, parts=parts, score=round(sum(parts.values()), 4), because=told))
    return sorted(ranked, key=_order)


def _order(route: Route) -> tuple[Any, ...]:
    start = route.window_start.timestamp() if route.window_start else 0.0
    names = (route.carrier or "~", route.method.value, route.account_id or "", route.point_id or "")
    return (-route.score, *names, start, route.warehouse_id or "")


def _least(values: Any) -> float | None:
    return min((each for each in values if each is not None), default=None)


def _share(best: float | None, value: float | None) -> float:
    if best is None or value is None:
        return 0.5
    return 1.0 if value <= best else (best + 1) / (value + 1)  # one more of each, so that nothing is divided by nothing


def _sentences(route: Route, facts: Facts) -> tuple[str, ...]:
    """Why it stands where it does, for people."""
    told = []
    if route.method is ReturnMethod.DOOR_PICKUP:
        visits = facts.record
        told.append(
            f"{visits.kept} of {visits.visits} visits in 90 days were kept."
            if visits.visits
            else "No visits known yet."
        )
    if facts.meters is not None:
        told.append(f"The point is {facts.meters} m away.")
    if facts.is_wanted:
        told.append("The warehouse wants these goods.")
    if facts.crosses:
        told.append("A border is crossed: customs data is needed.")
    if route.fee_minor is None:
        told.append("No price list has it.")
    return tuple(told)
