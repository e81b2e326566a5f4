"""Parcels in pages and by every condition."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.enums import Direction, TrackingStatus
from db.session import Store
from tests import make
from tests.asking import Api

S = TrackingStatus
FILTERED = """query($filter: ShipmentFilter!) { shipments(first: 100, filter: $filter, sort: CREATED_AT_ASC) {
  totalCount nodes { trackingNumber isDelayed isStalled } } }"""
PAGE = """query($first: Int, $after: String, $last: Int, $before: String, $sort: ShipmentSort!) {
  shipments(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
    nodes { trackingNumber } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
END = datetime(2026, 6, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
ROWS: dict[str, dict[str, Any]] = {
    "PLAIN": {},
    "ON_TIME": {"status": S.DELIVERED, "promised_delivery_at": END, "delivered_at": END - TICK},
    "LATE": {"status": S.DELIVERED, "promised_delivery_at": END, "delivered_at": END},
    "WAITING": {"status": S.IN_TRANSIT, "promised_delivery_at": END},
    "CANCELED": {"status": S.CANCELED, "promised_delivery_at": END, "stalls_at": END},
    "STALLED": {"status": S.IN_TRANSIT, "stalls_at": END},
    "LOST": {"status": S.LOST, "stalls_at": END},
    "DONE": {"status": S.DELIVERED, "delivered_at": END - timedelta(days=3), "stalls_at": END},
    "ACTION": {"status": S.CUSTOMS, "action_required": True},
    "BACK": {"direction": Direction.REVERSE, "external_id": "r%1"},
}


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    made = await make.merchant(store)
    for number, (name, columns) in enumerate(ROWS.items()):
        at = make.NOW + timedelta(minutes=number // 3)
        carrier = "yto" if name == "BACK" else "sf"
        await make.shipment(store, made.merchant_id, name, carrier, updated_at=at, created_at=at, **columns)
    return made


async def numbers(api: Api, seller: make.Someone, **wish: Any) -> set[str]:
    told = (await api.ask(seller, FILTERED, filter=wish))["shipments"]
    assert told["totalCount"] == len(told["nodes"])
    return {node["trackingNumber"] for node in told["nodes"]}


CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set(ROWS)),
    ({"status": ["DELIVERED", "LOST"]}, {"ON_TIME", "LATE", "DONE", "LOST"}),
    ({"carrier": "YTO"}, {"BACK"}),
    ({"direction": "REVERSE"}, {"BACK"}),
    ({"direction": "FORWARD"}, set(ROWS) - {"BACK"}),
    ({"updatedSince": (make.NOW + timedelta(minutes=3)).isoformat()}, {"BACK"}),
    ({"needsAction": True}, {"ACTION"}),
    ({"needsAction": False}, set(ROWS) - {"ACTION"}),
    ({"search": "la"}, {"LATE"}),
    ({"search": "%A"}, set()),
    ({"search": "_A"}, set()),
    ({"search": "r%"}, {"BACK"}),
    ({"search": "r_"}, set()),
    ({"status": ["DELIVERED"], "carrier": "sf", "search": "LA"}, {"LATE"}),
]


@pytest.mark.parametrize(("wish", "expected"), CASES)
async def test_a_condition_shows_what_it_says(
    api: Api, seller: make.Someone, wish: dict[str, Any], expected: set[str]
) -> None:
    assert await numbers(api, seller, **wish) == expected


@pytest.mark.parametrize(
    ("now", "delayed", "stalled"),
    [(END - TICK, {"LATE"}, set()), (END, {"LATE", "WAITING"}, {"STALLED"})],
)
async def test_the_filters_and_the_fields_agree_to_the_microsecond(
    api: Api, seller: make.Someone, now: datetime, delayed: set[str], stalled: set[str]
) -> None:
    kept, api.clock.now = api.clock.now, now
    try:
        told = (await api.ask(seller, FILTERED, filter={}))["shipments"]["nodes"]
        found = {
            (condition, wish): await numbers(api, seller, **{condition: wish})
            for condition in ("delayed", "stalled")
            for wish in (True, False)
        }
    finally:
        api.clock.now = kept

    assert found["delayed", True] == {n["trackingNumber"] for n in told if n["isDelayed"]} == delayed
    assert found["stalled", True] == {n["trackingNumber"] for n in told if n["isStalled"]} == stalled
    assert found["delayed", False] == set(ROWS) - delayed
    assert found["stalled", False] == set(ROWS) - stalled


@pytest.mark.parametrize("sort", ["UPDATED_AT_DESC", "UPDATED_AT_ASC", "CREATED_AT_DESC", "CREATED_AT_ASC"])
async def test_forwards_and_backwards_pages_are_the_whole_list(api: Api, seller: make.Someone, sort: str) -> None:
    whole = (await api.ask(seller, PAGE, first=100, sort=sort))["shipments"]["nodes"]
    forwards: list[Any] = []
    backwards: list[Any] = []
    after = before = None
    for _ in range(4):
        shown = (await api.ask(seller, PAGE, first=3, after=after, sort=sort))["shipments"]
        forwards, after = forwards + shown["nodes"], shown["pageInfo"]["endCursor"]
        shown = (await api.ask(seller, PAGE, last=3, before=before, sort=sort))["shipments"]
        backwards, before = shown["nodes"] + backwards, shown["pageInfo"]["startCursor"]

    assert forwards == backwards == whole
    assert len(whole) == len(ROWS)


@pytest.mark.parametrize("search", ["", "x", "x" * 61])
async def test_a_search_has_2_to_60_characters(api: Api, seller: make.Someone, search: str) -> None:
    assert await api.refused(seller, FILTERED, filter={"search": search}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("moment", ["2026-06-10T00:00:00", "0001-01-01T00:00:00+14:00"])
async def test_a_moment_has_an_offset(api: Api, seller: make.Someone, moment: str) -> None:
    assert await api.refused(seller, FILTERED, filter={"updatedSince": moment}) == "BAD_USER_INPUT"
