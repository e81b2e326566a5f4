from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aftersales.rules.alerts import Alert, ShipmentFacts, alerts
from db.enums import AlertKind as A
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S
from db.enums import TrackingStep as T

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAIN = ShipmentFacts(S.IN_TRANSIT, since=NOW - 20 * HOUR, last_event_at=NOW - 2 * HOUR)


def kinds(facts: ShipmentFacts, now: datetime = NOW) -> list[A]:
    return [alert.kind for alert in alerts(facts, now)]


def only(facts: ShipmentFacts, now: datetime = NOW) -> Alert:
    [alert] = alerts(facts, now)
    return alert


def test_a_parcel_on_its_way_is_no_news() -> None:
    assert alerts(PLAIN, NOW) == ()
    assert alerts(replace(PLAIN, promised_until=NOW + 9 * HOUR, estimated_at=NOW + 30 * HOUR - 26 * HOUR), NOW)[
        0
    ].kind is (A.ARRIVING_SOON)


def test_a_delay_is_foreseen_when_the_estimate_passes_the_promise() -> None:
    late = replace(PLAIN, promised_until=NOW + 60 * HOUR, estimated_at=NOW + 70 * HOUR)
    alert = only(late)
    assert (alert.kind, alert.since) == (A.DELAYED, NOW - 2 * HOUR)
    assert alert.expected_impact.delay == 10 * HOUR
    assert alert.expected_impact.new_estimate == NOW + 70 * HOUR
    assert only(replace(late, told_at=NOW - HOUR)).since == NOW - HOUR


def test_without_an_estimate_a_delay_is_told_four_hours_ahead() -> None:
    promised = replace(PLAIN, promised_until=NOW + 4 * HOUR)
    assert only(promised).since == NOW
    assert kinds(promised, NOW - timedelta(seconds=1)) == []
    assert A.DELAYED not in kinds(replace(promised, status=S.OUT_FOR_DELIVERY))


def test_a_broken_promise_counts_its_delay() -> None:
    alert = only(replace(PLAIN, promised_until=NOW - 5 * HOUR))
    assert (alert.kind, alert.expected_impact.delay) == (A.DELAYED, 5 * HOUR)


def test_a_parcel_that_came_to_the_point_in_time_is_not_late() -> None:
    waiting = ShipmentFacts(S.AVAILABLE_FOR_PICKUP, since=NOW - 50 * HOUR, promised_until=NOW - 40 * HOUR)
    assert kinds(waiting) == [A.AWAITING_COLLECTION]
    assert kinds(replace(waiting, since=NOW - 30 * HOUR)) == [A.DELAYED, A.AWAITING_COLLECTION]


def test_silence_is_told_from_the_moment_it_became_a_stall() -> None:
    silent = replace(PLAIN, stalls_at=NOW - HOUR)
    assert (only(silent).kind, only(silent).since) == (A.STALLED, NOW - HOUR)
    assert kinds(silent, NOW - 2 * HOUR) == []
    assert kinds(replace(silent, status=S.DELIVERED)) == []


@pytest.mark.parametrize(
    ("status", "reason", "kind", "first_action"),
    [
        (S.EXCEPTION, R.RECIPIENT_ADDRESS, A.EXCEPTION, "CORRECT_ADDRESS"),
        (S.EXCEPTION, R.CARRIER_DAMAGE, A.EXCEPTION, "OPEN_CLAIM"),
        (S.EXCEPTION, R.WEATHER, A.EXCEPTION, "WAIT"),
        (S.EXCEPTION, None, A.EXCEPTION, "CONTACT_CARRIER"),
        (S.ATTEMPT_FAILED, None, A.ATTEMPT_FAILED, "RESCHEDULE_DELIVERY"),
        (S.ATTEMPT_FAILED, R.RECIPIENT_ADDRESS, A.ATTEMPT_FAILED, "CORRECT_ADDRESS"),
        (S.AVAILABLE_FOR_PICKUP, None, A.AWAITING_COLLECTION, "COLLECT_PARCEL"),
        (S.CUSTOMS, R.CUSTOMS_DUTIES, A.CUSTOMS, "PAY_DUTIES"),
        (S.CUSTOMS, R.CUSTOMS_DOCUMENTS, A.CUSTOMS, "PROVIDE_DOCUMENTS"),
        (S.LOST, R.CARRIER_LOSS, A.LOST, "OPEN_CLAIM"),
    ],
)
def test_each_trouble_offers_what_helps(status: S, reason: R | None, kind: A, first_action: str) -> None:
    alert = only(replace(PLAIN, status=status, reason=reason))
    assert (alert.kind, alert.actions[0], alert.since) == (kind, first_action, PLAIN.since)


def test_passing_customs_is_no_news_but_being_held_is() -> None:
    at_customs = replace(PLAIN, status=S.CUSTOMS)
    assert kinds(replace(at_customs, step=T.DECLARED)) == []
    assert kinds(replace(at_customs, step=T.HELD)) == [A.CUSTOMS]
    assert kinds(replace(at_customs, action_required=True)) == [A.CUSTOMS]


def test_arriving_soon_is_told_a_day_ahead_and_on_the_last_leg() -> None:
    coming = replace(PLAIN, estimated_at=NOW + 24 * HOUR)
    assert (only(coming).kind, only(coming).since) == (A.ARRIVING_SOON, NOW)
    assert kinds(coming, NOW - timedelta(seconds=1)) == []
    assert kinds(coming, NOW + 24 * HOUR) == []
    assert only(replace(PLAIN, status=S.OUT_FOR_DELIVERY)).actions == ("RESCHEDULE_DELIVERY", "REDIRECT_DELIVERY")


@pytest.mark.parametrize("status", [S.DELIVERED, S.RETURNED, S.DISPOSED, S.CANCELED])
def test_what_is_over_is_not_alarmed_about(status: S) -> None:
    over = replace(PLAIN, status=status, promised_until=NOW - HOUR, stalls_at=NOW - HOUR, estimated_at=NOW + HOUR)
    assert alerts(over, NOW) == ()


def test_alerts_come_in_one_order() -> None:
    worst = replace(PLAIN, status=S.CUSTOMS, reason=R.CUSTOMS_HELD, promised_until=NOW - HOUR, stalls_at=NOW - HOUR)
    assert kinds(worst) == [A.DELAYED, A.STALLED, A.CUSTOMS]
