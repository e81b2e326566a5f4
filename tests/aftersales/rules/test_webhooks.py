"""Topics, waits and signatures, in full."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from aftersales.events import CATALOGUE
from aftersales.rules import signatures
from aftersales.rules import webhooks as rules
from aftersales.rules.webhooks import WAITS, Heard, Wanted, wants
from db.enums import SigningScheme

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("topics", "kind", "is_wanted"),
    [
        (["*"], "order.created", True),
        (["shipment.*"], "shipment.delivered", True),
        (["shipment.*"], "order.created", False),
        (["shipment.delivered"], "shipment.delivered", True),
        (["shipment.delivered"], "shipment.delivered.again", False),
        (["order.*", "shipment.delivered"], "shipment.scanned", False),
        ([], "order.created", False),
    ],
)
def test_topics_name_kinds(topics: list[str], kind: str, *, is_wanted: bool) -> None:
    assert wants(Wanted(topics), Heard(kind, None, None)) is is_wanted


@pytest.mark.parametrize(
    ("carriers", "statuses", "heard", "is_wanted"),
    [
        (["sf"], [], Heard("shipment.scanned", "sf", None), True),
        (["sf"], [], Heard("shipment.scanned", "zto", None), False),
        (["sf"], [], Heard("order.created", None, "PLACED"), False),
        ([], ["DELIVERED"], Heard("shipment.delivered", "sf", "DELIVERED"), True),
        ([], ["DELIVERED"], Heard("shipment.scanned", "sf", "IN_TRANSIT"), False),
        (["sf"], ["DELIVERED"], Heard("shipment.delivered", "zto", "DELIVERED"), False),
    ],
)
def test_a_filter_takes_only_what_it_names(
    carriers: list[str], statuses: list[str], heard: Heard, *, is_wanted: bool
) -> None:
    assert wants(Wanted(["*"], carriers, statuses), heard) is is_wanted


@pytest.mark.parametrize("topic", ["*", "order.*", "shipment.delivered"])
def test_a_topic_is_a_kind_or_a_whole_subject(topic: str) -> None:
    assert rules.is_topic(topic, CATALOGUE)


@pytest.mark.parametrize("topic", ["", "s*", "shipment.d*", "nothing.*", "shipment", "[a-z]*.*", "shipment.*.*", "*.*"])
def test_nothing_else_is_a_topic(topic: str) -> None:
    assert not rules.is_topic(topic, CATALOGUE)


@pytest.mark.parametrize(("random", "factor"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_every_wait_has_its_jitter(random: float, factor: float) -> None:
    waits = [rules.next_attempt(failed, NOON, lambda: random, None) for failed in range(1, 10)]

    assert waits == [NOON + wait * factor for wait in WAITS]
    assert rules.next_attempt(10, NOON, lambda: random, None) is None


def test_the_schedule_is_the_promised_one() -> None:
    hours = [wait / HOUR for wait in WAITS]

    assert WAITS[:3] == (timedelta(seconds=5), 5 * MINUTE, 30 * MINUTE)
    assert hours[3:] == [2, 5, 10, 14, 20, 24]


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (None, 5 * MINUTE),
        (MINUTE, 5 * MINUTE),
        (HOUR, HOUR),
        (timedelta(days=9), timedelta(hours=24)),
    ],
)
def test_a_receiver_may_ask_for_more_patience_up_to_a_day(asked: timedelta | None, wait: timedelta) -> None:
    assert rules.next_attempt(2, NOON, lambda: 0.5, asked) == NOON + wait


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta()),
        ("Mon, 01 Jun 2026 13:00:00 GMT", HOUR),
        ("Mon, 01 Jun 2026 11:00:00 GMT", timedelta()),
        ("99999999999999999999", timedelta(hours=24)),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("١٢", None),
        ("Mon, 99 Jun 2026 13:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, read: timedelta | None) -> None:
    assert rules.retry_after(value, NOON) == read


def test_later_events_pass_after_the_fourth_failure() -> None:
    first = NOON - 35 * MINUTE
    held = [rules.released_at(failed, first, NOON + HOUR / 4, NOON - 30 * MINUTE) for failed in (1, 2, 3)]

    assert held == [first + 42 * MINUTE] * 3, "a long Retry-After holds no longer than the schedule"
    assert [rules.released_at(failed, NOON, NOON + 30 * MINUTE, NOON) for failed in (1, 2, 3)] == [None] * 3
    assert rules.released_at(4, first, NOON + 2 * HOUR, NOON) == NOON
    assert rules.released_at(10, first, None, NOON) == NOON


def test_five_days_of_failures_are_enough() -> None:
    assert not rules.gives_up(None, NOON)
    assert not rules.gives_up(NOON - timedelta(days=5) + MINUTE, NOON)
    assert rules.gives_up(NOON - timedelta(days=5), NOON)


def test_signatures_are_those_of_the_standard() -> None:
    """Compared with the library, and with the example of the specification."""
    secret, body = signatures.new_secret(SigningScheme.HMAC_SHA256), '{"a":"é"}'.encode()
    made = signatures.headers([secret], "msg_1", NOON, body)

    assert made["webhook-signature"] == Webhook(secret).sign("msg_1", NOON, body.decode())
    known = signatures.headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert known["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_make_two_signatures_with_the_present_one_first() -> None:
    new, old = (signatures.new_secret(SigningScheme.HMAC_SHA256) for _ in range(2))
    both = signatures.headers([new, old], "m", NOON, b"{}")["webhook-signature"].split(" ")

    assert both == [signatures.headers([each], "m", NOON, b"{}")["webhook-signature"] for each in (new, old)]


def test_an_answers_text_is_safe() -> None:
    assert (
        rules.safe_text(b"ok\n\x1b[2J\x00\x7f\xff" + "\u202e你好".encode())
        == "ok\n\ufffd[2J\ufffd\ufffd\ufffd\ufffd你好"
    )
