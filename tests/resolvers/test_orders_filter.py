"""Every condition on orders, alone and together."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db.enums import TrackingStatus
from db.models.orders import Order
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

FILTERED = (
    "query($filter: OrderFilter!) { orders(first: 100, filter: $filter, sort: PLACED_AT_ASC) { nodes { number } } }"
)
DAY = datetime(2026, 6, 1, tzinfo=UTC)
"""The first moment after the promised day: in these tests the recipient's zone is UTC."""


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    made = await make.merchant(store)
    owner = made.merchant_id
    plain = await make.order(store, owner, "PLAIN-1", status="PAID", externalId="ext%1")
    await make.order(store, owner, "PLAIN_2", placedAt="2026-05-21T08:00:00Z", externalId="ext_2")
    await make.order(
        store,
        owner,
        "ODD-1",
        placedAt="2026-05-22T08:00:00Z",
        lines=[{"sku": "L", "title": "灯", "quantity": 1, "unitPrice": {"amount": "1.00", "currency": "CNY"}}],
    )
    await make.order(store, owner, "PHONE-1", placedAt="2026-05-23T08:00:00Z", shippingAddress=bad_phone())
    on_time = await make.order(store, owner, "ON-TIME", placedAt="2026-05-24T08:00:00Z")
    late = await make.order(store, owner, "LATE", placedAt="2026-05-25T08:00:00Z")
    waiting = await make.order(store, owner, "WAITING", placedAt="2026-05-26T08:00:00Z")
    gone = await make.order(store, owner, "GONE", placedAt="2026-05-27T08:00:00Z")
    delivered: dict[str, Any] = {"promised_delivery_at": DAY, "status": TrackingStatus.DELIVERED}
    just_in_time = DAY - timedelta(microseconds=1)
    await make.shipment(store, owner, "SF0001", orders=[on_time], delivered_at=just_in_time, **delivered)
    await make.shipment(store, owner, "SF0002", orders=[late], delivered_at=DAY, **delivered)
    await make.shipment(store, owner, "YT0003", "yto", [waiting], promised_delivery_at=DAY)
    canceled = TrackingStatus.CANCELED
    await make.shipment(store, owner, "YT0004", "yto", [gone], promised_delivery_at=DAY, status=canceled)
    async with store.writing(EVERYTHING) as session:
        await session.execute(update(Order).where(Order.id == plain.id).values(updated_at=DAY + timedelta(days=9)))
    return made


def bad_phone() -> dict[str, Any]:
    given: dict[str, Any] = make.order_form()["shippingAddress"]
    return {**given, "phone": "123"}


EVERY = {"PLAIN-1", "PLAIN_2", "ODD-1", "PHONE-1", "ON-TIME", "LATE", "WAITING", "GONE"}


async def numbers(api: Api, seller: make.Someone, **wish: Any) -> set[str]:
    told = await api.ask(seller, FILTERED, filter=wish)
    return {node["number"] for node in told["orders"]["nodes"]}


def words(given: str) -> set[str]:
    return set(given.split())


CASES: Iterable[tuple[dict[str, Any], set[str]]] = [
    ({}, EVERY),
    ({"status": ["PAID"]}, {"PLAIN-1"}),
    ({"status": ["PAID", "CANCELED"]}, {"PLAIN-1"}),
    ({"status": ["COMPLETED"]}, set()),
    ({"flags": ["WEIGHT_MISSING"]}, {"ODD-1"}),
    ({"flags": ["PHONE_INVALID"]}, {"PHONE-1"}),
    ({"flags": ["PHONE_INVALID", "WEIGHT_MISSING"]}, {"PHONE-1", "ODD-1"}),
    ({"flags": ["FORBIDDEN_GOODS"]}, set()),
    ({"carrier": "sf"}, {"ON-TIME", "LATE"}),
    ({"carrier": "YTO"}, {"WAITING", "GONE"}),
    ({"carrier": "fedex"}, set()),
    ({"updatedSince": "2026-06-10T00:00:00Z"}, {"PLAIN-1"}),
    ({"updatedSince": "2026-06-10T08:00:00+08:00"}, {"PLAIN-1"}),
    ({"updatedSince": "2026-06-10T00:00:00.000001Z"}, set()),
    ({"placedSince": "2026-05-26T08:00:00Z"}, {"WAITING", "GONE"}),
    ({"placedBefore": "2026-05-21T08:00:00Z"}, {"PLAIN-1"}),
    ({"placedSince": "2026-05-21T08:00:00Z", "placedBefore": "2026-05-22T08:00:00Z"}, {"PLAIN_2"}),
    ({"needsAction": True}, {"ODD-1", "PHONE-1"}),
    ({"needsAction": False}, EVERY - {"ODD-1", "PHONE-1"}),
    ({"search": "PLAIN"}, {"PLAIN-1", "PLAIN_2"}),
    ({"search": "  PLAIN-  "}, {"PLAIN-1"}),
    ({"search": "PLAIN_"}, {"PLAIN_2"}),
    ({"search": "%LAIN"}, set()),
    ({"search": "__AIN"}, set()),
    ({"search": "ext%"}, {"PLAIN-1"}),
    ({"search": "ext_"}, {"PLAIN_2"}),
    ({"search": "sf000"}, {"ON-TIME", "LATE"}),
    ({"search": "0001"}, set()),
    ({"search": "\\\\"}, set()),
    ({"search": "'; --"}, set()),
    ({"carrier": "sf", "delayed": False}, {"ON-TIME"}),
    ({"carrier": "yto", "search": "GO"}, {"GONE"}),
    ({"needsAction": True, "flags": ["WEIGHT_MISSING"], "status": ["PLACED"], "search": "ODD"}, {"ODD-1"}),
]


@pytest.mark.parametrize(("wish", "expected"), CASES)
async def test_a_condition_shows_what_it_says(
    api: Api, seller: make.Someone, wish: dict[str, Any], expected: set[str]
) -> None:
    assert await numbers(api, seller, **wish) == expected


async def test_a_promised_day_is_kept_until_its_end(api: Api, seller: make.Someone) -> None:
    """Delivered exactly at the day's end is late; what was cancelled never is."""
    kept = api.clock.now
    try:
        api.clock.now = DAY - timedelta(microseconds=1)
        before = await numbers(api, seller, delayed=True)
        api.clock.now = DAY
        after = await numbers(api, seller, delayed=True)
        on_time = await numbers(api, seller, delayed=False)
    finally:
        api.clock.now = kept

    assert before == {"LATE"}
    assert after == {"LATE", "WAITING"}
    assert on_time == EVERY - after


@pytest.mark.parametrize("search", ["", "x", " x ", "x" * 61])
async def test_a_search_has_2_to_60_characters(api: Api, seller: make.Someone, search: str) -> None:
    assert await api.refused(seller, FILTERED, filter={"search": search}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("field", ["updatedSince", "placedSince", "placedBefore"])
@pytest.mark.parametrize(
    "moment", ["2026-06-10T00:00:00", "2026-06-10", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon"]
)
async def test_a_moment_has_an_offset(api: Api, seller: make.Someone, field: str, moment: str) -> None:
    assert await api.refused(seller, FILTERED, filter={field: moment}) == "BAD_USER_INPUT"
