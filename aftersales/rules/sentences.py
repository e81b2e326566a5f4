"""A parcel's news as a sentence in the viewer's language. No carrier's words are in it."""

from datetime import UTC, datetime, timedelta, tzinfo

from aftersales.rules.alerts import Alert
from aftersales.rules.tables.sentences import ALERTS, MODES, REASONS, STATUSES, STEPS
from db.enums import DeliveryMode, Locale, TrackingReason, TrackingStatus, TrackingStep

# Statuses of which it is worth saying where, or into whose hands, the parcel went.
_WITH_PLACE = frozenset({TrackingStatus.DELIVERED, TrackingStatus.AVAILABLE_FOR_PICKUP})
_SILENT_STEPS = frozenset({TrackingStep.INFO, TrackingStep.TELEMETRY})


def describe(
    status: TrackingStatus,
    step: TrackingStep | None = None,
    reason: TrackingReason | None = None,
    delivery_mode: DeliveryMode | None = None,
    locale: Locale = Locale.EN,
) -> str:
    """One sentence for any combination: what, where or how exactly, and why."""
    zh = locale is Locale.ZH
    text = STATUSES[status][zh]
    if delivery_mode and status in _WITH_PLACE:
        place = MODES[delivery_mode][zh]
        text += f"（{place}）" if zh else f" {_preposition(status, delivery_mode, place)}"
    if step and (step not in _SILENT_STEPS or status is TrackingStatus.UNKNOWN):
        text += f"，{STEPS[step][zh]}" if zh else f": {STEPS[step][zh]}"
    if reason:
        text += f"，原因：{REASONS[reason][zh]}" if zh else _because(REASONS[reason][zh])
    return text + ("。" if zh else ".")


def alert_sentence(alert: Alert, locale: Locale = Locale.EN, zone: tzinfo = UTC) -> str:
    """What the alert means for the recipient; times are in their ``zone``, delays rounded up to hours or days."""
    zh = locale is Locale.ZH
    impact = alert.expected_impact
    words = {}
    if impact.delay:
        words["delay"] = _duration(impact.delay, zh=zh)
    if impact.new_estimate:
        words["estimate"] = _moment(impact.new_estimate.astimezone(zone), zh=zh)
    return ALERTS[impact.sentence_key][zh].format(**words)


def _preposition(status: TrackingStatus, mode: DeliveryMode, place: str) -> str:
    if status is TrackingStatus.AVAILABLE_FOR_PICKUP and mode in {DeliveryMode.RECIPIENT, DeliveryMode.OTHER_PERSON}:
        return place.replace("to ", "by ", 1)
    return place


def _because(reason: str) -> str:
    return f", because {reason}"


def _duration(delay: timedelta, *, zh: bool) -> str:
    hours = max(1, -(-delay // timedelta(hours=1)))
    days = -(-hours // 24)
    if hours <= 48:
        return f"{hours}小时" if zh else f"{hours} hour{'s' if hours > 1 else ''}"
    return f"{days}天" if zh else f"{days} days"


def _moment(at: datetime, *, zh: bool) -> str:
    if zh:
        return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year} at {at:%H:%M}"


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
