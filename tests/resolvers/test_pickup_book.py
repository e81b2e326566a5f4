"""A courier booked by hand: goods, size, zone and time are looked at before anybody is asked to come."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from aftersales import bookings
from db.models.pickups import Pickup
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.quoting import SHENZHEN, calls, seller
from tests.returning import bought, requested

BOOK = """mutation ($input: PickupBookInput!, $key: String!) { pickupBook(input: $input) @idempotent(key: $key) {
  pickup { id status window { start zone } carrier { code } address { postalCode } } userErrors { code message field } } }"""
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)  # nine in the morning in China
TOMORROW = {"start": "2026-11-24T10:00:00+08:00", "end": "2026-11-24T12:00:00+08:00"}
WISH = {"carrier": "sf", "window": TOMORROW, "address": SHENZHEN, "goods": "T恤", "weightGrams": 500}


@pytest.fixture(autouse=True)
def now(api: Api) -> datetime:
    """The clock of these tests."""
    api.clock.now = MONDAY
    return MONDAY


async def book(api: Api, who: make.Someone, **changes: Any) -> Any:
    return (await api.ask(who, BOOK, input={**WISH, **changes}, key=uuid4().hex))["pickupBook"]


async def test_a_collection_is_booked_by_the_clock_of_its_door(api: Api, store: Store) -> None:
    who = await seller(store, "sf")

    told = await book(api, who, size={"lengthMm": 300, "widthMm": 200, "heightMm": 100})

    assert told["userErrors"] == []
    await store.keys_of(who.merchant_id)
    async with store.reading(EVERYTHING) as session:
        row = await session.scalar(select(Pickup).where(Pickup.merchant_id == who.merchant_id))
    assert row is not None
    order = bookings.order_of(store.vault, row)
    assert (order.size_mm, order.weight_grams, order.sender.postal_code) == ((300, 200, 100), 500, "518057")
    assert (told["pickup"]["status"], told["pickup"]["window"]["zone"]) == ("REQUESTED", "Asia/Shanghai")
    assert told["pickup"]["address"]["postalCode"] == "518057"


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"goods": "烟花 大礼包"}, "FORBIDDEN_GOODS", ["input", "goods"]),
        ({"weightGrams": 31_000}, "TOO_HEAVY", ["input", "weightGrams"]),
        ({"address": {**SHENZHEN, "country": "DE", "region": None}}, "OUT_OF_ZONE", ["input", "address"]),
        (
            {"window": {"start": "2026-11-23T09:30:00+08:00", "end": "2026-11-23T11:00:00+08:00"}},
            "OUT_OF_HOURS",
            ["input", "window"],
        ),
        (
            {"window": {"start": "2026-11-24T02:00:00+08:00", "end": "2026-11-24T04:00:00+08:00"}},
            "OUT_OF_HOURS",
            ["input", "window"],
        ),
        (
            {"window": {"start": "2027-01-24T10:00:00+08:00", "end": "2027-01-24T12:00:00+08:00"}},
            "OUT_OF_HOURS",
            ["input", "window"],
        ),
    ],
)
async def test_what_cannot_be_collected_is_refused_with_the_next_step(
    api: Api, store: Store, wish: dict[str, Any], code: str, field: list[str]
) -> None:
    who = await seller(store, "sf")

    told = await book(api, who, **wish)

    assert told["pickup"] is None
    assert (code, field) in [(each["code"], each["field"]) for each in told["userErrors"]]
    assert await calls(store, who) == 0


async def test_everything_in_the_way_is_told_at_once(api: Api, store: Store) -> None:
    night = {"start": "2026-11-24T02:00:00+08:00", "end": "2026-11-24T04:00:00+08:00"}

    told = await book(api, await seller(store, "sf"), goods="烟花", weightGrams=31_000, window=night)

    assert {each["code"] for each in told["userErrors"]} == {"FORBIDDEN_GOODS", "TOO_HEAVY", "OUT_OF_HOURS"}
    [hours] = [each["message"] for each in told["userErrors"] if each["code"] == "OUT_OF_HOURS"]
    assert "next window" in hours


async def test_a_parcel_too_long_is_refused(api: Api, store: Store) -> None:
    door = {
        "phone": "+12015550123",
        "country": "US",
        "region": "NJ",
        "city": "Allendale",
        "street": ["123 Main Street"],
        "postalCode": "07401",
    }
    window = {"start": "2026-11-24T10:00:00-05:00", "end": "2026-11-24T12:00:00-05:00"}
    long = {"lengthMm": 5000, "widthMm": 300, "heightMm": 300}

    told = await book(api, await seller(store, "ups"), carrier="ups", address=door, window=window, size=long)

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("TOO_LARGE", ["input", "size"])]


async def test_the_goods_and_the_door_of_a_return_are_looked_at(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    line = {"sku": "X", "title": "Sofa", "quantity": 1, "unitPrice": {"amount": "199.00", "currency": "CNY"}}
    given: dict[str, Any] = {"delivered_at": MONDAY - timedelta(days=1), "placedAt": "2026-11-20T08:00:00Z"}
    heavy = await bought(store, who, lines=[{**line, "weightGrams": 31_000}], **given)
    light = await bought(store, who, lines=[{**line, "weightGrams": 3_000}], **given)
    wish = {"carrier": "sf", "window": TOMORROW}

    told = []
    for order in (heavy, light):
        rma = (await requested(api, who, order.line()))["return"]
        told.append((await api.ask(who, BOOK, input={**wish, "returnId": rma["id"]}, key=uuid4().hex))["pickupBook"])

    assert [each["code"] for each in told[0]["userErrors"]] == ["TOO_HEAVY"]
    assert told[1]["userErrors"] == []


async def test_a_courier_is_sent_to_a_street_and_a_phone(api: Api, store: Store) -> None:
    who = await seller(store, "sf")

    told = await book(api, who, address={"country": "CN"})

    assert [(no["code"], no["field"]) for no in told["userErrors"]] == [
        ("INVALID", ["input", "address", "street"]),
        ("INVALID", ["input", "address", "phone"]),
    ]
