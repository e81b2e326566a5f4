import re
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from aftersales.rules.alerts import ShipmentFacts, alerts
from aftersales.rules.sentences import alert_sentence, describe
from aftersales.rules.tables.sentences import ALERTS, MODES, REASONS, STATUSES, STEPS
from db.enums import AlertKind, DeliveryMode, Locale, TrackingReason, TrackingStatus, TrackingStep

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
LATIN = re.compile(r"[A-Za-z]")


def test_every_word_has_both_languages_unmixed() -> None:
    for table, words in (
        (STATUSES, TrackingStatus),
        (STEPS, TrackingStep),
        (REASONS, TrackingReason),
        (MODES, DeliveryMode),
    ):
        assert set(table) == set(words)
        for english, chinese in table.values():
            assert LATIN.search(english)
            assert not CHINESE.search(english)
            assert CHINESE.search(chinese)
            assert not LATIN.search(chinese)


def test_every_combination_makes_a_sentence_in_one_language() -> None:
    steps, modes = [None, *TrackingStep], [None, *DeliveryMode]
    reasons = [None, *TrackingReason]
    english, chinese = set(), set()
    for status, step, reason, mode in product(TrackingStatus, steps, reasons, modes):
        english.add(describe(status, step, reason, mode, Locale.EN))
        chinese.add(describe(status, step, reason, mode, Locale.ZH))
    assert all(text.endswith(".") and not CHINESE.search(text) for text in english)
    assert all(text.endswith("。") and not LATIN.search(text) for text in chinese)
    assert len(english) == len(chinese)


def test_sentences_say_what_where_and_why() -> None:
    delivered = (TrackingStatus.DELIVERED, None, None, DeliveryMode.LOCKER)
    assert describe(*delivered) == "The parcel has been delivered at a parcel locker."
    assert describe(*delivered, Locale.ZH) == "包裹已签收（快递柜）。"
    failed = (TrackingStatus.ATTEMPT_FAILED, None, TrackingReason.RECIPIENT_UNAVAILABLE)
    assert describe(*failed) == "The parcel could not be delivered, because nobody was there to receive it."
    assert describe(*failed, None, Locale.ZH) == "包裹派送未成功，原因：收件人不在。"
    assert "because of the weather" in describe(TrackingStatus.EXCEPTION, None, TrackingReason.WEATHER)
    assert describe(TrackingStatus.IN_TRANSIT, TrackingStep.INFO) == "The parcel is on its way."


def every_alert_facts() -> list[ShipmentFacts]:
    hour = timedelta(hours=1)
    moments = [None, NOW - 5 * hour, NOW + 3 * hour]
    return [
        ShipmentFacts(
            status, NOW - hour, action_required=True, last_event_at=NOW, promised_until=p, estimated_at=e, stalls_at=s
        )
        for status, p, e, s in product(TrackingStatus, moments, moments, moments)
    ]


def test_every_alert_that_can_be_raised_has_its_sentences() -> None:
    used = set()
    for facts in every_alert_facts():
        for alert in alerts(facts, NOW):
            used.add(alert.expected_impact.sentence_key)
            english, chinese = alert_sentence(alert), alert_sentence(alert, Locale.ZH)
            assert english.endswith(".")
            assert not CHINESE.search(english)
            assert chinese.endswith("。")
            assert not LATIN.search(chinese)
    assert used == set(ALERTS)
    assert {key.split(".")[0] for key in used} == {kind.value for kind in AlertKind}


def test_an_alert_speaks_in_the_recipients_time() -> None:
    hour = timedelta(hours=1)
    late = ShipmentFacts(
        TrackingStatus.IN_TRANSIT, NOW, last_event_at=NOW, promised_until=NOW + hour, estimated_at=NOW + 30 * hour
    )
    [alert] = alerts(late, NOW)
    shanghai = ZoneInfo("Asia/Shanghai")
    assert alert_sentence(alert, Locale.EN, shanghai) == (
        "The parcel will be late; it is now expected on 24 November 2026 at 02:00."
    )
    assert alert_sentence(alert, Locale.ZH, shanghai) == "包裹将会延误，预计2026年11月24日02:00送达。"
    overdue = ShipmentFacts(TrackingStatus.IN_TRANSIT, NOW, promised_until=NOW - 90 * timedelta(minutes=1))
    [alert] = alerts(overdue, NOW)
    assert alert_sentence(alert) == "The parcel is 2 hours later than promised."
    assert alert_sentence(alert, Locale.ZH) == "包裹已比承诺时间晚2小时。"
