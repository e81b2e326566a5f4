"""Goods handed in at a point or a locker: the one near by or the one chosen, kept on the return; what may not travel."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from aftersales import label_answers, points
from aftersales.points import PointForm
from db.case_enums import ReturnMethod
from db.ids import typeid, uuid7
from db.models.labels import ReturnLabel
from db.models.points import DropOffPoint
from db.models.returns import Return
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.quoting import PLAN, seller
from tests.returning import Bought, bought, change, requested

SEEN = """query ($id: ID!) { return(id: $id) { status method
  dropOffPoint { id name address openingHours { day opens closes } } labels { method carrier { code } } } }"""
HERE = {"latitude": 22.5431, "longitude": 113.95}
LINE = {"sku": "X", "title": "Sofa", "quantity": 1, "unitPrice": {"amount": "199.00", "currency": "CNY"}}


async def point(store: Store, name: str, **changes: Any) -> str:
    """A point of SF's; gives its id."""
    external = uuid4().hex
    form = {
        "carrier": "sf",
        "externalId": external,
        "name": name,
        "address": "1 Keyuan Road",
        "country": "CN",
        "zone": "Asia/Shanghai",
        "accepts": ["LOCKER"],
        "hours": "Mo-Fr 09:00-18:00",
        **HERE,
        **changes,
    }
    async with store.writing(EVERYTHING) as session:
        await points.take(session, [PointForm.model_validate(form)], make.NOW)
        found = await session.scalar(select(DropOffPoint).where(DropOffPoint.external_id == external))
        assert found
        return found.typeid


async def seen(api: Api, who: make.Someone, rma: Any) -> Any:
    return (await api.ask(who, SEEN, id=rma["id"]))["return"]


async def refused(api: Api, who: make.Someone, order: Bought, **wish: Any) -> list[tuple[str, list[str]]]:
    """The codes and places of what was refused."""
    told = await requested(api, who, order.line(), **wish)
    assert told["return"] is None
    return [(each["code"], each["field"]) for each in told["userErrors"]]


async def test_the_nearest_locker_is_chosen_and_told(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    await point(store, "Far", latitude=22.56)
    near = await point(store, "Near")

    told = await requested(api, who, (await bought(store, who)).line(), method="LOCKER", near=HERE)

    assert told["userErrors"] == []
    shown = await seen(api, who, told["return"])
    assert (shown["method"], shown["dropOffPoint"]["id"]) == ("LOCKER", near)
    assert shown["dropOffPoint"]["openingHours"][0] == {"day": 1, "opens": "09:00", "closes": "18:00"}
    assert [(each["method"], each["carrier"]["code"]) for each in shown["labels"]] == [("LOCKER", "sf")]


async def test_the_point_that_the_buyer_chose_goes_before_the_nearest(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    far = await point(store, "Counter", latitude=22.6, accepts=["DROP_OFF_POINT"])
    order = await bought(store, who)

    told = await requested(api, who, order.line(), dropOffPointId=far)

    shown = await seen(api, who, told["return"])
    assert (shown["method"], shown["dropOffPoint"]["id"]) == ("DROP_OFF_POINT", far)
    again = (await api.ask(who, PLAN, input={"returnId": told["return"]["id"]}))["returnPlan"]
    assert any(each["point"] for each in again["routes"])


async def test_the_place_is_kept_until_the_merchant_approves(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    chosen = await point(store, "Chosen", latitude=22.7)
    order = await bought(store, who)
    wish = {**order.line(), "reason": "DEFECTIVE"}

    rma = (await requested(api, who, wish, dropOffPointId=chosen))["return"]
    if rma["status"] == "REQUESTED":
        rma = (await change(api, who, "returnApprove", rma, kind="ReturnRefInput"))["return"]

    assert (rma["status"], (await seen(api, who, rma))["dropOffPoint"]["id"]) == ("APPROVED", chosen)


async def test_the_label_is_for_the_point_and_made_by_its_carrier_where_it_can(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    chosen = await point(store, "Keyuan locker", latitude=22.8)
    rma = (await requested(api, who, (await bought(store, who)).line(), dropOffPointId=chosen))["return"]

    await store.keys_of(who.merchant_id)
    async with store.reading(EVERYTHING) as session:
        label = await session.scalar(select(ReturnLabel).where(ReturnLabel.merchant_id == who.merchant_id))
        assert label is not None
        printed = await label_answers.printed(session, label)

    assert (rma["method"], printed.point) == ("LOCKER", "Keyuan locker, 1 Keyuan Road")
    assert label_answers.made_as(label, {ReturnMethod.LABEL}) is ReturnMethod.LABEL
    assert label_answers.made_as(label, {ReturnMethod.DOOR_PICKUP}) is None


async def test_a_point_that_cannot_take_it_is_refused(api: Api, store: Store) -> None:
    who, lonely = await seller(store, "sf"), await seller(store, "sf")
    order = await bought(store, who)
    full = await point(store, "Full", capacity=1, load=1)
    shut = await point(store, "Shut", closed=True)
    counter = await point(store, "Counter", accepts=["DROP_OFF_POINT"])
    of_zto = await point(store, "ZTO", carrier="zto")
    place = ["input", "dropOffPointId"]

    assert await refused(api, who, order, dropOffPointId=full) == [("STATE", place)]
    assert await refused(api, who, order, dropOffPointId=shut) == [("NOT_FOUND", place)]
    assert await refused(api, who, order, dropOffPointId=typeid("pnt", uuid7())) == [("NOT_FOUND", place)]
    assert await refused(api, who, order, dropOffPointId="nothing") == [("NOT_FOUND", place)]
    assert await refused(api, who, order, dropOffPointId=counter, method="LOCKER") == [("NOT_ELIGIBLE", place)]
    assert await refused(api, who, order, dropOffPointId=of_zto) == [("NOT_FOUND", ["input", "method"])]
    assert await refused(api, who, order, method="LOCKER") == [("INVALID", ["input", "near"])]
    at_sea = {"latitude": 0.0, "longitude": 0.0}
    told = await refused(api, lonely, await bought(store, lonely), method="LOCKER", near=at_sea)
    assert told == [("NOT_FOUND", ["input", "method"])]


async def test_what_may_not_travel_is_not_taken_back_by_any_carrier(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    order = await bought(store, who, lines=[{**LINE, "title": "烟花 大礼包"}])
    line = ["input", "lines", "0", "orderLineId"]

    assert await refused(api, who, order) == [("FORBIDDEN_GOODS", line)]
    assert await refused(api, who, order, method="SHIP_YOURSELF") == [("FORBIDDEN_GOODS", line)]


async def test_a_wished_way_that_no_carrier_can_go_is_refused_with_why(api: Api, store: Store) -> None:
    who = await seller(store, "sf")
    heavy = await bought(store, who, lines=[{**LINE, "weightGrams": 31_000}])
    home = {**make.order_form()["shippingAddress"], "country": "DE", "region": None, "city": "Berlin"}
    home |= {"district": None, "postalCode": "10115"}
    far = await bought(store, who, shippingAddress=home)
    place = ["input", "method"]

    assert await refused(api, who, heavy, method="DOOR_PICKUP") == [("TOO_HEAVY", place)]
    assert await refused(api, who, far, method="DOOR_PICKUP") == [("OUT_OF_ZONE", place)]
    unwished = (await requested(api, who, heavy.line()))["return"]
    assert unwished["method"] == "SHIP_YOURSELF"


async def test_a_parcel_too_long_is_left_to_who_can_take_it(api: Api, store: Store) -> None:
    who = await seller(store, "ups")
    home = {**make.order_form()["shippingAddress"], "country": "US", "region": "IL", "city": "Springfield"}
    home |= {"district": None, "postalCode": "62701", "phone": "+12175551234"}
    order = await bought(store, who, shippingAddress=home)
    size = {"lengthMm": 5000, "widthMm": 300, "heightMm": 300}

    assert await refused(api, who, order, method="DOOR_PICKUP", size=size) == [("TOO_LARGE", ["input", "method"])]
    rma = (await requested(api, who, order.line(), size=size))["return"]
    async with store.reading(EVERYTHING) as session:
        row = await session.scalar(select(Return).where(Return.number == rma["rmaNumber"]))
    assert row is not None
    assert row.size_mm == [5000, 300, 300]
    assert row.opened_at - make.NOW < timedelta(days=1)
