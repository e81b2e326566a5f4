"""What a webhook endpoint is told, when it is tried again, and when it is given up."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase

TEST = "webhook.test"
"""The kind of a test delivery."""

WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""After each failed attempt; with the first, at once, ten attempts over three days and a bit."""

JITTER = 0.2
LONGEST_RETRY_AFTER = timedelta(hours=24)
HELD_ATTEMPTS = 4
"""So many failed attempts (35 minutes) later events of a subject wait for an earlier one."""

LONGEST_HOLD = timedelta(minutes=42)
"""The latest that the fourth attempt comes by the schedule; a receiver's Retry-After holds no longer than that."""

FAILING_FOR = timedelta(days=5)
ROTATION = timedelta(hours=24)
KEPT = timedelta(days=30)
ANSWER_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """What a subscription is matched against: a fact's kind, carrier and new status."""

    kind: str
    carrier: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint wants to hear; a filter that is empty takes all, another only what it names."""

    topics: Collection[str]
    carriers: Collection[str] = ()
    statuses: Collection[str] = ()


def wants(wanted: Wanted, heard: Heard) -> bool:
    """Whether it is told."""
    return (
        any(is_topic_of(topic, heard.kind) for topic in wanted.topics)
        and (not wanted.carriers or heard.carrier in wanted.carriers)
        and (not wanted.statuses or heard.status in wanted.statuses)
    )


def is_topic_of(topic: str, kind: str) -> bool:
    """Whether a topic names the kind: ``shipment.delivered`` itself, ``shipment.*`` all of a subject, ``*`` everything."""
    return fnmatchcase(kind, topic)


def asks_for(topics: Collection[str], notice: str, *, by_name: bool) -> bool:
    """Whether one of the topics takes a notice beside the log; ``by_name``: one that ``*`` alone does not take."""
    return any(is_topic_of(topic, notice) for topic in topics if not (by_name and topic == "*"))


def is_topic(topic: str, kinds: Collection[str]) -> bool:
    """Whether a topic is written as one (a kind, ``subject.*`` or ``*``) and names at least one of these kinds."""
    subject, dot, rest = topic.partition(".")
    is_whole = topic == "*" or (dot == "." and rest == "*" and subject.isidentifier())
    return topic in kinds or (is_whole and any(is_topic_of(topic, kind) for kind in kinds))


def next_attempt(
    failed: int, now: datetime, random: Callable[[], float], retry_after: timedelta | None
) -> datetime | None:
    """When to try again after so many failed attempts (1 and more); None: not any more. ``random`` gives 0 to 1. A
    receiver that asks for more patience gets it, up to a day."""
    if failed > len(WAITS):
        return None
    wait = WAITS[failed - 1] * (1 - JITTER + 2 * JITTER * random())
    return now + max(wait, min(retry_after or timedelta(), LONGEST_RETRY_AFTER))


def released_at(failed: int, first_failed_at: datetime, next_at: datetime | None, now: datetime) -> datetime | None:
    """From when on later events of the subject go past one that fails; None: they still wait for it."""
    if next_at is None or failed >= HELD_ATTEMPTS:
        return now
    latest = first_failed_at + LONGEST_HOLD
    return max(latest, now) if next_at > latest else None


def gives_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint that has only failed since then is disabled."""
    return failing_since is not None and now - failing_since >= FAILING_FOR


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds, or a date (RFC 9110). None for none or nonsense."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:9]), LONGEST_RETRY_AFTER.total_seconds()))
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return max(at - now, timedelta())


def safe_text(answer: bytes) -> str:
    """The first bytes of an answer as text that may be stored and shown: no control characters but line ends and tabs."""
    text = answer[:ANSWER_KEPT].decode("utf-8", "replace")
    return "".join(each if each in "\n\t" or each.isprintable() else "\ufffd" for each in text)
