"""Couriers who do not come on Sundays and holidays: no slots then, and a booking is refused with the next slot."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from aftersales import calendars, visits
from aftersales.calendars import DayForm
from db.models.calendars import CalendarDay
from db.models.pickups import Pickup
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import bought

SLOTS = """query ($input: PickupSlotsInput!) { pickupSlots(input: $input) {
  windows { start end zone } because daysOff { day because } } }"""
BOOK = """mutation ($input: PickupBookInput!, $key: String!) { pickupBook(input: $input) @idempotent(key: $key) {
  pickup { id version window { start } } userErrors { code message field } } }"""
MOVE = """mutation ($input: PickupRescheduleInput!) { pickupReschedule(input: $input) {
  pickup { id } userErrors { code message field } } }"""
ACCOUNT = """mutation ($input: CarrierAccountCreateInput!, $key: String!) {
  carrierAccountCreate(input: $input) @idempotent(key: $key) { carrierAccount { id } userErrors { message } } }"""
NEW_YORK = ZoneInfo("America/New_York")
DOOR = {
    "name": "Ann",
    "phone": "+12125550100",
    "country": "US",
    "region": "NY",
    "city": "New York",
    "street": ["1 Main St"],
    "postalCode": "10001",
}
THURSDAY = datetime(2026, 7, 2, 22, tzinfo=UTC)  # in the evening, before the Fourth on a Saturday


@pytest.fixture(autouse=True)
def evening(api: Api) -> Iterator[None]:
    before, api.clock.now = api.clock.now, THURSDAY
    yield
    api.clock.now = before


@pytest.fixture
async def who(api: Api, store: Store) -> make.Someone:
    one = await make.merchant(store)
    told = await api.ask(one, ACCOUNT, input={"carrier": "usps"}, key=uuid4().hex)
    assert told["carrierAccountCreate"]["userErrors"] == []
    return one


async def slots(api: Api, who: make.Someone, carrier: str, country: str, zone: str) -> Any:
    return (await api.ask(who, SLOTS, input={"carrier": carrier, "country": country, "zone": zone}))["pickupSlots"]


def days(told: Any, zone: ZoneInfo) -> list[date]:
    return sorted({datetime.fromisoformat(each["start"]).astimezone(zone).date() for each in told["windows"]})


@pytest.mark.parametrize("carrier", ["usps", "ups", "fedex"])
async def test_no_slot_is_on_a_sunday_or_a_holiday(api: Api, who: make.Someone, carrier: str) -> None:
    told = await slots(api, who, carrier, "US", "America/New_York")

    assert days(told, NEW_YORK)[:3] == [date(2026, 7, 6), date(2026, 7, 7), date(2026, 7, 8)]
    off = {each["day"]: each["because"] for each in told["daysOff"]}
    assert list(off)[:3] == ["2026-07-03", "2026-07-04", "2026-07-05"]
    assert off["2026-07-05"] == "Its couriers do not come on Sundays."
    assert "Independence Day" in off["2026-07-03"]


async def test_carriers_of_china_come_every_day(api: Api, who: make.Someone) -> None:
    api.clock.now = datetime(2026, 10, 1, 0, tzinfo=UTC)  # eight in the morning of the National Day
    for carrier in ("sf", "cainiao"):
        told = await slots(api, who, carrier, "CN", "Asia/Shanghai")

        assert days(told, ZoneInfo("Asia/Shanghai"))[:5] == [date(2026, 10, 1 + n) for n in range(5)]
        assert told["daysOff"] == []


async def booked(api: Api, who: make.Someone, day: str) -> Any:
    window = {"start": f"{day}T10:00:00-04:00", "end": f"{day}T12:00:00-04:00"}
    wish = {"carrier": "usps", "window": window, "address": DOOR, "weightGrams": 500, "goods": "a shirt"}
    return (await api.ask(who, BOOK, input=wish, key=uuid4().hex))["pickupBook"]


@pytest.mark.parametrize(("day", "why"), [("2026-07-05", "Sundays"), ("2026-07-03", "Independence Day")])
async def test_a_day_off_cannot_be_booked_and_the_next_slot_is_told(
    api: Api, who: make.Someone, day: str, why: str
) -> None:
    [no] = (await booked(api, who, day))["userErrors"]

    assert (no["code"], no["field"]) == ("OUT_OF_HOURS", ["input", "window"])
    assert why in no["message"]
    assert "2026-07-06 09:00" in no["message"]


async def test_a_pickup_cannot_be_moved_to_a_day_off(api: Api, who: make.Someone) -> None:
    pickup = (await booked(api, who, "2026-07-07"))["pickup"]
    sunday = {"start": "2026-07-12T10:00:00-04:00", "end": "2026-07-12T12:00:00-04:00"}
    monday = {"start": "2026-07-13T10:00:00-04:00", "end": "2026-07-13T12:00:00-04:00"}

    [no] = (await api.ask(who, MOVE, input={"id": pickup["id"], "window": sunday}))["pickupReschedule"]["userErrors"]
    moved = (await api.ask(who, MOVE, input={"id": pickup["id"], "window": monday}))["pickupReschedule"]

    assert (no["code"], no["field"]) == ("OUT_OF_HOURS", ["input", "window"])
    assert moved["userErrors"] == []


@pytest.mark.parametrize(
    ("start", "day"), [("2026-07-10", "2026-07-10"), ("2026-07-12", "2026-07-13"), ("2026-07-03", "2026-07-06")]
)
async def test_a_second_visit_is_not_on_a_day_off(
    api: Api, store: Store, who: make.Someone, start: str, day: str
) -> None:
    told = (await booked(api, who, "2026-07-07"))["pickup"]
    await store.keys_of(who.merchant_id)

    async with store.reading(EVERYTHING) as session:
        pickup = next(each for each in await session.scalars(select(Pickup)) if each.typeid == told["id"])
        comes = await visits.coming(session, store.vault, pickup, datetime.fromisoformat(f"{start}T10:00:00-04:00"))

    assert comes == datetime.fromisoformat(f"{day}T10:00:00-04:00")


async def test_a_plan_offers_no_window_on_a_day_off(api: Api, store: Store, who: make.Someone) -> None:
    order = await bought(store, who, delivered_at=THURSDAY, shippingAddress=DOOR)
    async with store.writing(EVERYTHING) as session:
        form = DayForm(country="US", day=date(2026, 7, 6), name="Closed by a storm", source="The operator")
        await calendars.take(session, [form], THURSDAY)
    query = "query ($input: ReturnPlanInput!) { returnPlan(input: $input) { routes { carrier { code } windowStart } } }"

    line = {"orderLineId": order.lines[0].typeid}
    routes = (await api.ask(who, query, input={"lines": [line]}))["returnPlan"]["routes"]
    async with store.writing(EVERYTHING) as session:
        await session.execute(delete(CalendarDay).where(CalendarDay.country == "US"))

    starts = [each["windowStart"] for each in routes if each["windowStart"]]
    assert starts
    assert min(starts).startswith("2026-07-07T13:00")
