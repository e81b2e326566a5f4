"""A shipment's status is folded from all its events, whatever their order of arrival."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from carriers.carrier import Scan
from db.enums import Classifier, DeliveryMode, TrackingReason, TrackingStatus

S = TrackingStatus

# Which of two events of one moment came later. A delivery ends a journey; only the way back follows it.
RANK = {
    S.UNKNOWN: 0,
    S.INFO_RECEIVED: 1,
    S.PICKED_UP: 2,
    S.IN_TRANSIT: 3,
    S.CUSTOMS: 4,
    S.OUT_FOR_DELIVERY: 5,
    S.EXCEPTION: 6,
    S.ATTEMPT_FAILED: 7,
    S.AVAILABLE_FOR_PICKUP: 8,
    S.DELIVERED: 9,
    S.RETURNING: 10,
    S.RETURNED: 11,
    S.LOST: 12,
    S.DISPOSED: 13,
    S.CANCELED: 14,
}

FINAL = frozenset({S.DELIVERED, S.RETURNED, S.DISPOSED, S.CANCELED})
AFTER_DELIVERY = frozenset({S.RETURNING, S.RETURNED})
BEFORE_PICKUP = frozenset({S.UNKNOWN, S.INFO_RECEIVED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the fold needs of one event. ``occurred_at`` is aware."""

    occurred_at: datetime
    status: TrackingStatus
    classifier: Classifier = Classifier.ACTUAL
    reason: TrackingReason | None = None
    delivery_mode: DeliveryMode | None = None
    action_required: bool = False
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Folded:
    """A shipment's state. ``since`` is when the present status began; ``last_event_at`` is the newest thing that
    happened, also one without a status; ``delivered_at`` is set while the status is DELIVERED or follows it."""

    status: TrackingStatus = S.UNKNOWN
    reason: TrackingReason | None = None
    delivery_mode: DeliveryMode | None = None
    action_required: bool = False
    since: datetime | None = None
    picked_up_at: datetime | None = None
    delivered_at: datetime | None = None
    last_event_at: datetime | None = None


def fold(events: Iterable[Seen]) -> Folded:
    """The state that all events together say. Plans and estimates did not happen and do not count."""
    happened = [event for event in events if event.classifier is Classifier.ACTUAL]
    telling = sorted((event for event in happened if event.status is not S.UNKNOWN), key=_order)
    current: Seen | None = None
    since = picked_up_at = delivered_at = None
    for event in telling:
        if current is not None and not _may_follow(event, current.status, picked_up_at, delivered_at):
            continue
        if current is None or event.status is not current.status:
            since = event.occurred_at
        if picked_up_at is None and event.status not in BEFORE_PICKUP and event.status is not S.CANCELED:
            picked_up_at = event.occurred_at
        if event.status is S.DELIVERED:
            delivered_at = delivered_at or event.occurred_at
        elif event.status not in AFTER_DELIVERY:
            delivered_at = None
        current = event
    last = max((event.occurred_at for event in happened), default=None)
    if current is None:
        return Folded(last_event_at=last)
    return Folded(
        status=current.status,
        reason=current.reason,
        delivery_mode=current.delivery_mode,
        action_required=current.action_required,
        since=since,
        picked_up_at=picked_up_at,
        delivered_at=delivered_at,
        last_event_at=last,
    )


def _order(event: Seen) -> tuple[datetime, bool, int, str, str, bool]:
    """When, then what ends more; a correction is the last word of its moment. The rest only makes the order total, so that
    the order of arrival is nothing."""
    return (
        event.occurred_at,
        event.corrects,
        RANK[event.status],
        event.reason or "",
        event.delivery_mode or "",
        event.action_required,
    )


def _may_follow(
    event: Seen, status: TrackingStatus, picked_up_at: datetime | None, delivered_at: datetime | None
) -> bool:
    if event.corrects:
        return True
    if delivered_at is not None:
        return event.status in AFTER_DELIVERY or event.status is S.DELIVERED is status
    if status in FINAL:
        return event.status is status
    return picked_up_at is None or event.status is not S.INFO_RECEIVED


def identity(scan: Scan) -> bytes:
    """Sixteen bytes that tell a carrier's scan from its others: a digest of the carrier's own id of the event, else of its
    content. The same scan told again has the same."""
    if scan.event_id and scan.event_id.strip():
        return _digest("id", scan.event_id.strip())
    return content(scan)


def content(scan: Scan) -> bytes:
    """Sixteen bytes of what the scan says: code, UTC time, text, place and piece. Spaces, letter width and case of texts are
    nothing, nor is the offset its time is written with. Different scans of one second stay different."""
    place = scan.place
    where = (place.text, place.facility, place.city, place.region, place.postal_code, place.country) if place else ()
    at = scan.occurred_at.astimezone(UTC).isoformat(timespec="microseconds")
    told = (_plain(text) for text in (scan.raw_code, scan.description, scan.piece, *where))
    return _digest("scan", at, *told)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()[:16]


def _plain(text: str | None) -> str:
    return re.sub(r"[\s\x1f]+", "", unicodedata.normalize("NFKC", text or "")).casefold()
