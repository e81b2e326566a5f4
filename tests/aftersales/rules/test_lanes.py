from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.lanes import MINIMUM_SAMPLE, Lane, Learnt, estimate, known, learn, stalled_after, usual_gap

LANE = Lane("CN", "44", "US", "CA", "ups", "express")
PICKED_UP = datetime(2026, 11, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_lane_grows_coarser_step_by_step_and_ends() -> None:
    assert [lane.key for lane in LANE.chain()] == [
        "CN|44|US|CA|ups|express",
        "CN|44|US|CA|ups|",
        "CN||US||ups|",
        "||US||ups|",
    ]
    assert LANE.chain()[-1].coarser() is None
    assert len({lane.basis for lane in LANE.chain()}) == 4


def test_five_journeys_teach_and_four_do_not() -> None:
    assert learn([10, 20, 30, 40]) == Learnt(4, None, None)
    assert learn([50, 10, 20, 30, 40]) == Learnt(5, 30, 46)
    assert learn([10, 20, 30, 40, -5, float("nan"), float("inf")]) == Learnt(4, None, None)
    assert usual_gap([8, 8, 8, 9]) is None
    assert usual_gap([8, 8, 8, 9, 30]) == 8


@given(st.lists(st.integers(0, 10_000), min_size=MINIMUM_SAMPLE))
def test_the_median_lies_within_and_nine_tenths_are_not_before_it(hours: list[int]) -> None:
    learnt = learn(hours)
    assert learnt.median_hours is not None
    assert learnt.p90_hours is not None
    assert min(hours) <= learnt.median_hours <= learnt.p90_hours <= max(hours)


def test_the_finest_lane_with_enough_journeys_answers() -> None:
    past = {
        LANE.key: Learnt(4, None, None),
        LANE.chain()[1].key: Learnt(9, 48.0, 72.0),
        LANE.chain()[2].key: Learnt(900, 96.0, 120.0),
    }
    stats = known(LANE, past)
    found = estimate(PICKED_UP, stats)
    assert found is not None
    assert (found.at, found.latest) == (PICKED_UP + 48 * HOUR, PICKED_UP + 72 * HOUR)
    assert (found.sample, found.basis) == (9, "same carrier, regions and countries")


def test_nothing_is_promised_that_was_not_measured() -> None:
    assert known(LANE, {}) is None
    assert known(LANE, {LANE.key: Learnt(4, 10.0, 20.0)}) is None
    assert estimate(PICKED_UP, None) is None
    assert estimate(PICKED_UP, (LANE, Learnt(4, 10.0, 20.0))) is None


def test_silence_is_a_stall_after_three_usual_gaps_within_bounds() -> None:
    assert stalled_after(PICKED_UP, 12) == PICKED_UP + 36 * HOUR
    assert stalled_after(PICKED_UP, 12, k=4) == PICKED_UP + 48 * HOUR
    assert stalled_after(PICKED_UP, 1) == PICKED_UP + 24 * HOUR
    assert stalled_after(PICKED_UP, 1e9) == PICKED_UP + timedelta(days=7)
    assert stalled_after(PICKED_UP, None) == PICKED_UP + 48 * HOUR
