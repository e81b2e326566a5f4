"""What every carrier's record promises to partners, and that it is the same kind of record for all."""

from zoneinfo import ZoneInfo

import pytest

from carriers.carrier import Carrier
from carriers.registry import CARRIERS
from db.enums import Confidence

EVERY_CARRIER = pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.code)
ORDER = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
# Of what was only ever rebuilt from field lists or seen with placeholders in the place of values.
REBUILT = {
    ("jd", "tracking"),
    ("sto", "pickup"),
    ("sto", "push"),
    ("sto", "tracking"),
    ("usps", "error"),
    ("yunda", "tracking"),
}


@EVERY_CARRIER
def test_confidence_is_told_of_each_ability_and_of_nothing_else(carrier: Carrier) -> None:
    able = {
        "tracking": carrier.tracking,
        "push": carrier.pushing,
        "subscribing": carrier.subscribing,
        "booking": carrier.booking,
        "intercepting": carrier.intercepting,
        "pickup": carrier.read_pickup,
        "error": carrier.read_error,
        "statuses": carrier.codes,
        "sandbox": carrier.sandbox,
    }
    assert set(carrier.confidence) == {name for name, ability in able.items() if ability}


@EVERY_CARRIER
def test_a_sandbox_is_no_truer_than_what_it_plays(carrier: Carrier) -> None:
    assert ORDER.index(carrier.confidence["sandbox"]) <= ORDER.index(carrier.confidence["tracking"])


def test_what_was_only_rebuilt_is_low() -> None:
    low = {(c.code, name) for c in CARRIERS for name, how in c.confidence.items() if how is Confidence.LOW}
    assert low >= REBUILT


@EVERY_CARRIER
def test_a_record_is_told_in_both_languages_and_in_sentences(carrier: Carrier) -> None:
    assert carrier.name_en.isascii()
    assert not carrier.name_zh.isascii() or carrier.code == "easypost"  # a name of its own that nobody translates
    assert carrier.homepage.startswith("https://")
    assert ZoneInfo(carrier.zone)
    assert carrier.notes
    for sentence in (*carrier.notes, *carrier.credentials.values()):
        assert sentence.endswith(".")
        assert sentence[0].isupper() or sentence[0].isdigit()


@EVERY_CARRIER
def test_hosts_are_secure_addresses_without_a_slash_at_the_end(carrier: Carrier) -> None:
    assert {"live"} <= carrier.hosts.keys() <= {"live", "test"}
    for host in filter(None, carrier.hosts.values()):
        assert host.startswith("https://") or (carrier.code == "sto" and host.startswith("http://"))  # its test gateway
        assert not host.endswith("/")
