"""What a buyer should be told before asking (requirements A12, B5).

The moment each alert began, and the column of a shipment it is read from, so that SQL can find the same:

- LOST, EXCEPTION, ATTEMPT_FAILED, AWAITING_COLLECTION, CUSTOMS: ``status_since``.
- STALLED: ``stalls_at``, once it has passed.
- DELAYED: the earliest that holds: ``carrier_told_at``, else ``last_event_at``, when the estimate (``carrier_delivery_at``,
  else ``learnt_delivery_at``) is not before ``promised_delivery_at``; ``promised_delivery_at`` less ``NOTICE`` when the parcel is not
  out for delivery by then; ``promised_delivery_at`` itself.
- ARRIVING_SOON: ``status_since`` when out for delivery, else the estimate less ``SOON``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.enums import AlertKind, TrackingReason, TrackingStatus, TrackingStep

S = TrackingStatus
R = TrackingReason

NOTICE = timedelta(hours=4)  # a delay is told at least so long ahead (requirements B5)
SOON = timedelta(hours=24)

_MOVING = frozenset({S.PICKED_UP, S.IN_TRANSIT, S.CUSTOMS, S.OUT_FOR_DELIVERY, S.ATTEMPT_FAILED, S.EXCEPTION})
_MAY_STALL = _MOVING | {S.INFO_RECEIVED, S.RETURNING}
_MAY_BE_LATE = _MOVING | {S.INFO_RECEIVED, S.UNKNOWN, S.AVAILABLE_FOR_PICKUP}
_COMING = frozenset({S.PICKED_UP, S.IN_TRANSIT})
_HELD_STEPS = frozenset({TrackingStep.HELD, TrackingStep.INSPECTION})

# What may be done, by reason first, else by kind. The first action is the one to offer first.
_BY_REASON: dict[TrackingReason, tuple[str, ...]] = {
    R.RECIPIENT_UNAVAILABLE: ("RESCHEDULE_DELIVERY", "REDIRECT_DELIVERY", "COLLECT_PARCEL"),
    R.RECIPIENT_REFUSED: ("CONTACT_CARRIER", "RESCHEDULE_DELIVERY"),
    R.RECIPIENT_ADDRESS: ("CORRECT_ADDRESS", "CONTACT_CARRIER"),
    R.RECIPIENT_REQUESTED: ("WAIT", "RESCHEDULE_DELIVERY"),
    R.RECIPIENT_UNCLAIMED: ("COLLECT_PARCEL", "RESCHEDULE_DELIVERY"),
    R.SHIPPER_ADDRESS: ("CORRECT_ADDRESS", "CONTACT_CARRIER"),
    R.SHIPPER_DOCUMENTS: ("PROVIDE_DOCUMENTS", "CONTACT_CARRIER"),
    R.CARRIER_DAMAGE: ("OPEN_CLAIM", "CONTACT_CARRIER"),
    R.CARRIER_LOSS: ("OPEN_CLAIM", "CONTACT_CARRIER"),
    R.CUSTOMS_INSPECTION: ("WAIT", "CONTACT_CARRIER"),
    R.CUSTOMS_HELD: ("PROVIDE_DOCUMENTS", "CONTACT_CARRIER"),
    R.CUSTOMS_DUTIES: ("PAY_DUTIES", "CONTACT_CARRIER"),
    R.CUSTOMS_DOCUMENTS: ("PROVIDE_DOCUMENTS", "CONTACT_CARRIER"),
    R.CUSTOMS_PROHIBITED: ("CONTACT_CARRIER",),
    R.WEATHER: ("WAIT",),
    R.FORCE_MAJEURE: ("WAIT", "CONTACT_CARRIER"),
}
_BY_KIND: dict[AlertKind, tuple[str, ...]] = {
    AlertKind.DELAYED: ("WAIT", "CONTACT_CARRIER"),
    AlertKind.STALLED: ("CONTACT_CARRIER", "WAIT"),
    AlertKind.EXCEPTION: ("CONTACT_CARRIER",),
    AlertKind.CUSTOMS: ("WAIT", "CONTACT_CARRIER"),
    AlertKind.ATTEMPT_FAILED: ("RESCHEDULE_DELIVERY", "REDIRECT_DELIVERY"),
    AlertKind.AWAITING_COLLECTION: ("COLLECT_PARCEL",),
    AlertKind.ARRIVING_SOON: ("RESCHEDULE_DELIVERY", "REDIRECT_DELIVERY"),
    AlertKind.LOST: ("OPEN_CLAIM", "CONTACT_CARRIER"),
}
_BY_STATUS = {
    S.LOST: AlertKind.LOST,
    S.EXCEPTION: AlertKind.EXCEPTION,
    S.CUSTOMS: AlertKind.CUSTOMS,
    S.ATTEMPT_FAILED: AlertKind.ATTEMPT_FAILED,
    S.AVAILABLE_FOR_PICKUP: AlertKind.AWAITING_COLLECTION,
}


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """A shipment as it stands; every moment is aware. ``promised_until`` is exclusive; ``estimated_at`` is the carrier's
    own estimate, else the learnt one, and ``told_at`` when the carrier gave it; ``stalls_at`` is when silence becomes a
    stall. ``step`` is the latest event's."""

    status: TrackingStatus
    since: datetime | None = None
    reason: TrackingReason | None = None
    step: TrackingStep | None = None
    action_required: bool = False
    last_event_at: datetime | None = None
    promised_until: datetime | None = None
    estimated_at: datetime | None = None
    told_at: datetime | None = None
    stalls_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """What to expect: how much later than promised (None: unknown or none), when instead, and the key of the sentence
    that says so."""

    delay: timedelta | None
    new_estimate: datetime | None
    sentence_key: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell: since when it holds, what to expect, and what may be done, best first."""

    kind: AlertKind
    since: datetime
    expected_impact: Impact
    actions: tuple[str, ...]


def alerts(facts: ShipmentFacts, now: datetime) -> tuple[Alert, ...]:
    """Everything worth telling now, in the order of the kinds' declaration."""
    found = [_alert(kind, since, facts, now) for kind, since in _kinds(facts, now)]
    order = list(AlertKind)
    return tuple(sorted(found, key=lambda alert: order.index(alert.kind)))


def _kinds(facts: ShipmentFacts, now: datetime) -> Iterator[tuple[AlertKind, datetime]]:
    delayed = _delayed_since(facts, now)
    if delayed:
        yield AlertKind.DELAYED, delayed
    if facts.status in _MAY_STALL and facts.stalls_at and facts.stalls_at <= now:
        yield AlertKind.STALLED, facts.stalls_at
    kind = _BY_STATUS.get(facts.status)
    if kind and facts.since and (kind is not AlertKind.CUSTOMS or _is_held(facts)):
        yield kind, facts.since
    soon = _soon_since(facts, now)
    if soon:
        yield AlertKind.ARRIVING_SOON, soon


def _delayed_since(facts: ShipmentFacts, now: datetime) -> datetime | None:
    promise = facts.promised_until
    if promise is None or facts.status not in _MAY_BE_LATE:
        return None
    if facts.status is S.AVAILABLE_FOR_PICKUP:  # it waits for the buyer since then; only a late arrival was a delay
        return promise if facts.since and facts.since >= promise else None
    moments = [promise]
    if facts.status is not S.OUT_FOR_DELIVERY:
        moments.append(promise - NOTICE)
    told_at = facts.told_at or facts.last_event_at
    if facts.estimated_at and facts.estimated_at >= promise and told_at:
        moments.append(told_at)
    first = min(moments)
    return first if first <= now else None


def _is_held(facts: ShipmentFacts) -> bool:
    """Passing customs is no news; being held, inspected or asked for something is."""
    return facts.action_required or facts.step in _HELD_STEPS or (facts.reason or "").startswith("customs_")


def _soon_since(facts: ShipmentFacts, now: datetime) -> datetime | None:
    if facts.status is S.OUT_FOR_DELIVERY:
        return facts.since
    if facts.status not in _COMING or facts.estimated_at is None:
        return None
    since = facts.estimated_at - SOON
    return since if since <= now < facts.estimated_at else None


def _alert(kind: AlertKind, since: datetime, facts: ShipmentFacts, now: datetime) -> Alert:
    by_reason = _BY_REASON.get(facts.reason) if facts.reason and kind is _BY_STATUS.get(facts.status) else None
    return Alert(kind, since, _impact(kind, facts, now), by_reason or _BY_KIND[kind])


def _impact(kind: AlertKind, facts: ShipmentFacts, now: datetime) -> Impact:
    estimate = facts.estimated_at if facts.estimated_at and facts.estimated_at > now else None
    delay = None
    if facts.promised_until and facts.status in _MAY_BE_LATE - {S.AVAILABLE_FOR_PICKUP}:
        late = (estimate or now) - facts.promised_until
        delay = late if late > timedelta(0) else None
    ending = "new_estimate" if kind is AlertKind.DELAYED and estimate else "delay" if delay else "plain"
    return Impact(delay, None if kind is AlertKind.LOST else estimate, f"{kind.value}.{ending}")
