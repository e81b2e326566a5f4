"""Drop-off points: the nearest first, with hours and load; the same as measuring every one."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from aftersales import points
from aftersales.points import PointForm, Wanted
from aftersales.rules import geometry, hours
from aftersales.rules.geometry import Position
from db.models.points import DropOffPoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api

NEAR = """query ($lat: Float!, $lon: Float!, $radius: Int, $first: Int, $method: ReturnMethod) {
  dropOffPoints(near: {latitude: $lat, longitude: $lon}, radiusMeters: $radius, first: $first, method: $method, carrier: "SF") {
    meters point { id externalId name isOpen isFull accepts capacity load openingHours { day opens closes } carrier { code } } } }"""
SHENZHEN = Position(22.5431, 114.0579)


def form(name: str, at: Position, **more: Any) -> PointForm:
    given = {"name": name, "address": "1 Keyuan Road", "country": "CN", "zone": "Asia/Shanghai", "accepts": "LOCKER"}
    where = {"latitude": at.latitude, "longitude": at.longitude}
    return PointForm.model_validate({"carrier": "sf", "externalId": name, **given, **where, **more})


async def taken(store: Store, *forms: PointForm) -> list[str]:
    async with store.writing(EVERYTHING) as session:
        return await points.take(session, forms, make.NOW)


async def test_the_nearest_come_first_with_hours_and_load(api: Api, store: Store) -> None:
    far, close = Position(22.5431, 114.0679), Position(22.5433, 114.0580)
    week = "Mo-Fr 09:00-18:00; Sa 22:00-02:00"
    await taken(
        store,
        form("far", far, hours="24/7", accepts="DROP_OFF_POINT|BOX_FREE_QR", capacity=10, load=10),
        form("close", close, hours=week),
        form("shut", close, closed=True),
    )

    who = await make.merchant(store)
    told = (await api.ask(who, NEAR, lat=22.5431, lon=114.0579, radius=3000, first=5))["dropOffPoints"]

    assert [(each["point"]["name"], each["meters"]) for each in told] == [("close", 24), ("far", 1027)]
    near, away = (each["point"] for each in told)
    assert near["openingHours"][0] == {"day": 1, "opens": "09:00", "closes": "18:00"}
    assert near["openingHours"][-1] == {"day": 6, "opens": "22:00", "closes": "02:00"}
    assert (away["isOpen"], away["isFull"], away["accepts"]) == (True, True, ["BOX_FREE_QR", "DROP_OFF_POINT"])
    served = await api.ask(who, NEAR, lat=22.5431, lon=114.0579, radius=3000, first=5, method="BOX_FREE_QR")
    assert [each["point"]["name"] for each in served["dropOffPoints"]] == ["far"]
    node = await api.ask(who, "query ($id: ID!) { node(id: $id) { id __typename } }", id=near["id"])
    assert node["node"]["__typename"] == "DropOffPoint"


async def test_a_list_taken_twice_changes_nothing_and_a_change_is_seen(store: Store) -> None:
    one, two = form("one", Position(1, 1)), form("two", Position(2, 2), hours="24/7")

    assert await taken(store, one, two, one) == ["CREATED", "CREATED", "UNCHANGED"]
    assert await taken(store, one, two) == ["UNCHANGED", "UNCHANGED"]
    assert await taken(store, form("one", Position(1, 1), closed=True), two) == ["UPDATED", "UNCHANGED"]


@pytest.mark.parametrize("center", [SHENZHEN, Position(0, 179.99), Position(-16.5, -179.99), Position(89.9, 10)])
async def test_what_is_found_is_what_measuring_every_point_finds(store: Store, center: Position) -> None:
    dice = random.Random(7)
    made = []
    for number in range(300):
        spread = dice.choice([0.005, 0.05, 0.5])
        latitude = min(max(center.latitude + dice.gauss(0, spread), -90), 90)
        longitude = (center.longitude + dice.gauss(0, spread) * (100 if center.latitude > 80 else 1) + 540) % 360 - 180
        made.append(form(f"{center}-{number}", Position(latitude, longitude), carrier="zto"))
    await taken(store, *made)

    for radius, first in ((500, 20), (3000, 20), (50_000, 100), (50_000, 3)):
        async with store.reading(EVERYTHING) as session:
            found = await points.near(session, Wanted(center, radius, first, frozenset({"zto"})))
        away = sorted(geometry.meters(center, Position(each.latitude, each.longitude)) for each in made)
        assert [each.meters for each in found] == [round(each) for each in away if each <= radius][:first]


async def test_what_cannot_be_asked_is_refused(api: Api, store: Store) -> None:
    who = await make.merchant(store)

    assert await api.refused(who, NEAR, lat=91, lon=0, radius=10, first=1) == "BAD_USER_INPUT"
    assert await api.refused(who, NEAR, lat=1, lon=0, radius=50_001, first=1) == "LIMIT_EXCEEDED"
    assert await api.refused(who, NEAR, lat=1, lon=0, radius=10, first=101) == "LIMIT_EXCEEDED"


def test_a_point_is_open_by_its_own_clock() -> None:
    week = hours.read("Mo-Fr 09:00-18:00; Sa 22:00-02:00; Su off")
    monday, sunday = datetime(2026, 6, 1, 1, 0, tzinfo=UTC), datetime(2026, 6, 6, 17, 30, tzinfo=UTC)

    assert hours.is_open(week, "Asia/Shanghai", monday)  # nine in the morning there
    assert not hours.is_open(week, "Europe/Berlin", monday)
    assert hours.is_open(week, "Asia/Shanghai", sunday)  # half past one at night, of Saturday's opening
    for wrong in ("Xx 09:00-10:00", "Mo 25:00-26:00", "whenever"):
        with pytest.raises(ValueError, match=r"cannot|has no"):
            hours.read(wrong)


def test_rows_have_the_band_of_their_latitude() -> None:
    assert form("x", Position(-0.001, 0)).columns()["band"] == -1
    assert DropOffPoint.prefix == "pnt"
