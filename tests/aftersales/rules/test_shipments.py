from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.rules.shipments import RANK, Folded, Seen, content, fold, identity
from carriers.carrier import Meaning, Place, Scan
from db.enums import Classifier, DeliveryMode
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S

START = datetime(2026, 11, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seen(hour: int, status: S, *, corrects: bool = False) -> Seen:
    return Seen(START + hour * HOUR, status, corrects=corrects)


def status_of(*events: Seen) -> S:
    return fold(events).status


EVENTS = st.builds(
    Seen,
    occurred_at=st.integers(0, 4).map(lambda hour: START + hour * HOUR),  # few moments: ties abound
    status=st.sampled_from(S),
    classifier=st.sampled_from(Classifier),
    reason=st.none() | st.sampled_from(R),
    delivery_mode=st.none() | st.sampled_from(DeliveryMode),
    action_required=st.booleans(),
    corrects=st.booleans(),
)


@given(st.lists(EVENTS, max_size=12).flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_the_order_of_arrival_is_nothing(both: tuple[list[Seen], list[Seen]]) -> None:
    events, shuffled = both
    assert fold(events) == fold(shuffled)


def test_every_permutation_of_a_journey_ends_alike() -> None:
    journey = [
        seen(0, S.INFO_RECEIVED),
        seen(1, S.PICKED_UP),
        seen(2, S.IN_TRANSIT),
        seen(2, S.UNKNOWN),
        seen(3, S.OUT_FOR_DELIVERY),
        seen(4, S.DELIVERED),
    ]
    ends = {fold(order) for order in permutations(journey)}
    assert ends == {
        Folded(
            status=S.DELIVERED,
            since=START + 4 * HOUR,
            picked_up_at=START + HOUR,
            delivered_at=START + 4 * HOUR,
            last_event_at=START + 4 * HOUR,
        )
    }


@given(st.lists(EVENTS, max_size=12))
def test_repeats_change_nothing(events: list[Seen]) -> None:
    assert fold(events + events) == fold(events)


def test_nothing_is_known_of_no_events() -> None:
    assert fold([]) == Folded()


def test_of_one_moment_the_higher_rank_came_later() -> None:
    assert set(RANK) == set(S)
    assert status_of(seen(1, S.DELIVERED), seen(1, S.OUT_FOR_DELIVERY), seen(1, S.IN_TRANSIT)) is S.DELIVERED


def test_information_never_follows_a_pickup() -> None:
    assert status_of(seen(1, S.PICKED_UP), seen(2, S.INFO_RECEIVED)) is S.PICKED_UP
    assert status_of(seen(1, S.INFO_RECEIVED), seen(2, S.INFO_RECEIVED)) is S.INFO_RECEIVED


@pytest.mark.parametrize("late", sorted(set(S) - {S.RETURNING, S.RETURNED}))
def test_after_delivery_nothing_but_the_way_back_counts(late: S) -> None:
    assert status_of(seen(1, S.DELIVERED), seen(2, late)) is S.DELIVERED


def test_after_delivery_the_goods_may_go_back() -> None:
    back = fold([seen(1, S.DELIVERED), seen(2, S.RETURNING), seen(3, S.IN_TRANSIT), seen(4, S.RETURNED)])
    assert (back.status, back.delivered_at) == (S.RETURNED, START + HOUR)
    underway = fold([seen(1, S.DELIVERED), seen(2, S.RETURNING), seen(3, S.IN_TRANSIT), seen(4, S.DELIVERED)])
    assert (underway.status, underway.delivered_at) == (S.RETURNING, START + HOUR)


def test_an_explicit_correction_undoes_a_delivery() -> None:
    corrected = fold([seen(1, S.DELIVERED), seen(2, S.IN_TRANSIT, corrects=True)])
    assert (corrected.status, corrected.delivered_at) == (S.IN_TRANSIT, None)
    assert status_of(seen(1, S.DELIVERED), seen(1, S.IN_TRANSIT, corrects=True)) is S.IN_TRANSIT
    again = fold([seen(1, S.DELIVERED), seen(2, S.IN_TRANSIT, corrects=True), seen(3, S.DELIVERED)])
    assert (again.status, again.delivered_at) == (S.DELIVERED, START + 3 * HOUR)


def test_a_scan_without_a_status_is_only_the_last_thing_heard() -> None:
    folded = fold([seen(1, S.IN_TRANSIT), seen(5, S.UNKNOWN)])
    assert (folded.status, folded.since, folded.last_event_at) == (S.IN_TRANSIT, START + HOUR, START + 5 * HOUR)


@pytest.mark.parametrize("classifier", [Classifier.PLANNED, Classifier.ESTIMATED])
def test_plans_and_estimates_did_not_happen(classifier: Classifier) -> None:
    planned = replace(seen(3, S.DELIVERED), classifier=classifier)
    assert fold([seen(1, S.PICKED_UP), planned]) == fold([seen(1, S.PICKED_UP)])


def test_a_lost_parcel_may_be_found() -> None:
    assert status_of(seen(1, S.PICKED_UP), seen(2, S.LOST), seen(3, S.IN_TRANSIT)) is S.IN_TRANSIT


SCAN = Scan(START, Meaning(), "50", "已揽收 (深圳)", Place(city="深圳市"))


def test_a_scan_told_again_is_the_same() -> None:
    beijing = timezone(8 * HOUR)
    again = replace(
        SCAN, occurred_at=START.astimezone(beijing), description="  已揽收（深圳） ", meaning=Meaning(S.PICKED_UP)
    )
    assert identity(again) == identity(SCAN) == content(SCAN)
    assert len(identity(SCAN)) == 16


@pytest.mark.parametrize(
    "twin",
    [
        replace(SCAN, raw_code="51"),
        replace(SCAN, occurred_at=START + timedelta(seconds=1)),
        replace(SCAN, description="已揽收 (广州)"),
        replace(SCAN, place=Place(city="广州市")),
        replace(SCAN, place=None),
        replace(SCAN, piece="2"),
        replace(SCAN, description="", place=Place(text="已揽收 (深圳)", city="深圳市")),
    ],
)
def test_real_twins_are_kept_apart(twin: Scan) -> None:
    assert identity(twin) != identity(SCAN)


def test_the_carriers_own_id_decides_where_there_is_one() -> None:
    one, two = replace(SCAN, event_id="e1"), replace(SCAN, event_id="e2")
    assert identity(one) != identity(two)
    assert identity(one) == identity(replace(one, description="reworded"))
    assert content(one) == content(two) == content(SCAN)
