"""Ranking and pricing without a store: the same facts, whatever their order, give the same list."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from aftersales.rules import pricing, slots
from aftersales.rules.calendars import Calendar
from aftersales.rules.planning import WEIGHTS, Facts, Record, Route, as_json, of_json, rank
from aftersales.rules.pricing import Lane, Mode, Parcel, Rate
from carriers.booking import Bounds
from db.case_enums import ReturnMethod

DOOR = ReturnMethod.DOOR_PICKUP
NOON = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)  # in Shanghai
RATE = Rate(
    carrier="sf",
    service="standard",
    from_country="CN",
    to_country="CN",
    same_region=None,
    first_grams=1000,
    first_minor=1200,
    step_grams=500,
    step_minor=300,
    pickup_minor=200,
    divisor=6000,
    most_grams=30_000,
    days=2,
    mode=Mode.TRUCK,
    currency="CNY",
    source="a test",
    effective_from=date(2026, 1, 1),
)


def route(carrier: str, fee: int | None = 1000, hours: float | None = 48.0, grams: int | None = 100) -> Route:
    return Route(DOOR, carrier, fee_minor=fee, currency="CNY" if fee else None, hours_to_refund=hours, grams_co2e=grams)


def test_all_parts_together_can_bring_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


def test_the_order_of_the_facts_changes_nothing_and_ties_go_by_name() -> None:
    candidates = [(route(name, fee), Facts()) for name in "dacb" for fee in (900, None, 1500)]
    dice = random.Random(3)
    expected = rank(candidates)

    for _ in range(20):
        dice.shuffle(candidates)
        assert rank(candidates) == expected
    assert [each.carrier for each in expected[:4]] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ((route("z", fee=900), Facts()), (route("a", fee=1000), Facts())),
        ((route("z", hours=24), Facts()), (route("a", hours=48), Facts())),
        ((route("z", grams=50), Facts()), (route("a", grams=100), Facts())),
        ((route("z"), Facts(Record(19, 20))), (route("a"), Facts(Record(10, 20)))),
        ((route("z"), Facts(is_wanted=True)), (route("a"), Facts())),
        ((route("z"), Facts()), (route("a"), Facts(crosses=True))),
        ((route("z"), Facts(meters=100)), (route("a"), Facts(meters=4000))),
    ],
)
def test_each_part_decides_where_all_else_is_equal(better: tuple[Route, Facts], worse: tuple[Route, Facts]) -> None:
    assert [each.carrier for each in rank([worse, better])] == ["z", "a"]


def test_one_bad_visit_is_not_a_verdict() -> None:
    assert Record(0, 1).share > 0.7
    assert Record(0, 100).share < 0.1
    assert Record().share == 0.8


def test_a_ranked_route_is_kept_and_read_again() -> None:
    [ranked] = rank([(route("sf"), Facts(Record(3, 4)))])

    assert of_json(as_json(ranked)) == ranked
    assert "3 of 4 visits in 90 days were kept." in ranked.because


@pytest.mark.parametrize(
    ("grams", "size", "billed", "minor"),
    [
        (1, None, 1, 1200),
        (1000, None, 1000, 1200),
        (1001, None, 1001, 1500),
        (1500, None, 1500, 1500),
        (900, (300, 200, 100), 1000, 1200),  # 6,000 cm3 are a kilogram
        (900, (300, 200, 101), 1010, 1500),
    ],
)
def test_what_is_billed_is_the_greater_of_weight_and_volume(
    grams: int, size: tuple[int, int, int] | None, billed: int, minor: int
) -> None:
    found = pricing.price(RATE, Parcel(grams, size), at_door=False)

    assert (found.billed_grams, found.minor) == (billed, minor)
    assert pricing.price(RATE, Parcel(grams, size), at_door=True).minor == minor + 200


def test_what_is_too_heavy_or_goes_elsewhere_has_no_price() -> None:
    lane = Lane("CN", "CN")

    assert pricing.cheapest([RATE], lane, Parcel(30_001), at_door=False) is None
    assert pricing.cheapest([RATE], Lane("CN", "DE"), Parcel(1), at_door=False) is None
    assert pricing.cheapest([RATE], lane, Parcel(1), at_door=False) is not None


def test_emissions_are_the_way_and_the_couriers_round() -> None:
    assert pricing.grams_co2e(Mode.TRUCK, Parcel(2000), 1000, at_door=False) == 190
    assert pricing.grams_co2e(Mode.TRUCK, Parcel(2000), 1000, at_door=True) == 203
    assert all(factor.source for factor in pricing.FACTORS.values())


def test_slots_keep_notice_hours_cut_off_and_the_longest() -> None:
    bounds = Bounds(opens=time(9), closes=time(18), cut_off=time(16), notice_minutes=60, longest_days=2)
    zone = ZoneInfo("Asia/Shanghai")

    today = list(slots.slots(bounds, Calendar(zone), NOON))
    late = list(slots.slots(bounds, Calendar(zone), NOON + timedelta(hours=4)))

    assert [start.astimezone(zone).strftime("%d %H:%M") for start, _ in today[:4]] == [
        "01 13:00",
        "01 15:00",
        "01 17:00",
        "02 09:00",
    ]
    assert today[2][1].astimezone(zone).hour == 18  # cut short by the carrier's evening
    assert late[0][0].astimezone(zone).strftime("%d %H:%M") == "02 09:00"
    assert max(start for start, _ in today).astimezone(zone).day == 3
