"""The plan of a way back: what is ranked and why, who is not offered, prices side by side, slots within bounds."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from aftersales import points, tariffs
from aftersales.points import PointForm
from db.enums import PickupStatus
from db.models.pickups import PickupAttempt
from db.models.warehouses import Stock, Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import bought, requested

PLAN = """query ($input: ReturnPlanInput!) { returnPlan(input: $input) {
  routes { method carrier { code } windowStart windowEnd zone point { name } warehouseId fee { amount currency } hoursToRefund
    gramsCo2e score parts { name points of } because }
  excluded { carrier { code } code because nextStep } } }"""
QUOTES = """query ($input: QuoteInput!) { quotes(input: $input) { quotes {
  carrier { code } service price { amount currency } billedGrams days source listSource } silent { code } } }"""
SLOTS = "query ($input: PickupSlotsInput!) { pickupSlots(input: $input) { windows { start end zone } code because } }"
HERE = {"latitude": 22.5431, "longitude": 113.95}


async def plan(api: Api, who: make.Someone, order: Any, **more: Any) -> Any:
    wish = {"lines": [{"orderLineId": order.lines[0].typeid}], **more}
    return (await api.ask(who, PLAN, input=wish))["returnPlan"]


async def warehouse(store: Store, who: make.Someone, code: str, country: str = "CN", wanted: int = 0) -> Warehouse:
    await store.keys_of(who.merchant_id)
    row = Warehouse(merchant_id=who.merchant_id, code=code, name=code, country=country, region="广东省")
    row.seal(store.vault, address="{}")
    async with store.writing(EVERYTHING) as session:
        session.add(row)
        await session.flush()
        if wanted:
            stock = {"merchant_id": who.merchant_id, "warehouse_id": row.id, "sku": "TEE-RED-M", "wanted": wanted}
            session.add(Stock(**stock))
    return row


async def locker(store: Store) -> None:
    form = {
        "carrier": "sf",
        "externalId": "keyuan",
        "name": "Keyuan locker",
        "address": "1 Keyuan Road",
        "country": "CN",
        "zone": "Asia/Shanghai",
        "accepts": ["LOCKER"],
        **HERE,
    }
    async with store.writing(EVERYTHING) as session:
        await points.take(session, [PointForm.model_validate(form)], make.NOW)


async def test_routes_are_ranked_with_the_parts_of_their_score(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    await locker(store)
    wants = await warehouse(store, who, "WANTS", wanted=3)
    await warehouse(store, who, "HAS")
    order = await bought(store, who)

    told = await plan(api, who, order, near=HERE)

    routes = told["routes"]
    assert [each["score"] for each in routes[:-1]] == sorted((each["score"] for each in routes[:-1]), reverse=True)
    assert {each["method"] for each in routes} == {"DOOR_PICKUP", "LABEL", "LOCKER", "SHIP_YOURSELF"}
    assert routes[-1]["method"] == "SHIP_YOURSELF"
    best = routes[0]
    assert (best["method"], best["carrier"]["code"], best["warehouseId"]) == ("DOOR_PICKUP", "sf", wants.typeid)
    assert best["fee"] == {"amount": "13.00", "currency": "CNY"}  # one kilogram within the province
    assert best["score"] == round(sum(part["points"] for part in best["parts"]), 4)
    assert all(0 <= part["points"] <= part["of"] for part in best["parts"])
    assert sum(part["of"] for part in best["parts"]) == 100
    assert "The warehouse wants these goods." in best["because"]
    [shelf] = {each["point"]["name"] for each in routes if each["method"] == "LOCKER"}
    assert shelf == "Keyuan locker"
    assert await plan(api, who, order, near=HERE) == told


async def test_who_cannot_take_the_goods_is_named_with_the_reason(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    await make.account(store, who.merchant_id, "cainiao")
    line = {"sku": "X", "title": "Sofa", "quantity": 1, "unitPrice": {"amount": "199.00", "currency": "CNY"}}
    cold = {"attributes": [{"name": "handling", "value": "cold_chain"}]}

    heavy = await plan(api, who, await bought(store, who, lines=[{**line, "weightGrams": 31_000}]))
    fireworks = await plan(api, who, await bought(store, who, lines=[{**line, "title": "烟花 大礼包"}]))
    fish = await plan(api, who, await bought(store, who, lines=[{**line, **cold}]))

    assert [each["method"] for each in heavy["routes"]] == ["SHIP_YOURSELF"]
    assert "30000 g at most" in heavy["excluded"][0]["because"]
    assert (heavy["excluded"][0]["code"], fireworks["excluded"][0]["code"]) == ("TOO_HEAVY", "FORBIDDEN_GOODS")
    assert (fireworks["routes"], fish["excluded"][0]["code"]) == ([], "NOT_ELIGIBLE")
    assert all(each["nextStep"] for told in (heavy, fireworks, fish) for each in told["excluded"])
    assert {each["carrier"]["code"] for each in fireworks["excluded"]} == {"sf", "cainiao"}
    assert "CN item 3" in fireworks["excluded"][0]["because"]
    assert [each["carrier"]["code"] for each in fish["excluded"]] == ["cainiao"]
    assert {each["carrier"]["code"] for each in fish["routes"] if each["carrier"]} == {"sf"}


async def test_a_border_costs_and_says_so(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    await warehouse(store, who, "BERLIN", "DE")

    told = await plan(api, who, await bought(store, who))

    assert "A border is crossed: customs data is needed." in told["routes"][0]["because"]
    assert next(p["points"] for p in told["routes"][0]["parts"] if p["name"] == "customs") == 0
    assert told["routes"][0]["fee"]["amount"] == "180.00"


async def test_the_begun_way_is_the_planned_one_and_a_return_can_be_planned_anew(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    place = await warehouse(store, who, "HOME")
    order = await bought(store, who)
    expected = (await plan(api, who, order))["routes"][0]

    rma = (await requested(api, who, order.line()))["return"]
    told = (await api.ask(who, PLAN, input={"returnId": rma["id"]}))["returnPlan"]

    assert (rma["method"], expected["method"]) == ("DOOR_PICKUP", "DOOR_PICKUP")
    assert told["routes"][0]["warehouseId"] == place.typeid
    assert told["routes"][0]["windowStart"] == expected["windowStart"]


async def test_a_carriers_visits_are_its_record(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    first, order = await bought(store, who), await bought(store, who)
    before = (await plan(api, who, order))["routes"][0]
    await requested(api, who, first.line(), method="DOOR_PICKUP")
    async with store.writing(EVERYTHING) as session:
        ours = update(PickupAttempt).where(PickupAttempt.merchant_id == who.merchant_id)
        await session.execute(ours.values(status=PickupStatus.FAILED, ended_at=make.NOW))

    after = (await plan(api, who, order))["routes"][0]

    assert "No visits known yet." in before["because"]
    assert "0 of 1 visits in 90 days were kept." in after["because"]
    assert after["score"] < before["score"]


async def test_a_buyer_plans_their_own_and_nobody_elses(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    mine, other = await bought(store, who), await bought(store, who)
    buyer = make.buyer(store, mine.order, ("orders:read", "returns:read"))
    wish = {"lines": [{"orderLineId": other.lines[0].typeid}]}

    assert (await plan(api, buyer, mine))["routes"][0]["carrier"]["code"] == "sf"
    assert await api.refused(buyer, PLAN, input=wish) == "BAD_USER_INPUT"
    assert await api.refused(await make.merchant(store), PLAN, input=wish) == "BAD_USER_INPUT"
    assert await api.refused(await make.another_key(store, who, "orders:read"), PLAN, input=wish) == "FORBIDDEN"
    assert await api.refused(who, PLAN, input={}) == "BAD_USER_INPUT"


async def test_quotes_stand_side_by_side_by_weight_and_volume(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf")
    await make.account(store, who.merchant_id, "zto")
    way = {"fromCountry": "CN", "toCountry": "CN", "fromRegion": "广东省", "toRegion": "广东省", "weightGrams": 900}
    box = {"lengthMm": 400, "widthMm": 300, "heightMm": 200}  # 24,000 cm3: 4 kg by 6000

    light = (await api.ask(who, QUOTES, input=way))["quotes"]["quotes"]
    large = (await api.ask(who, QUOTES, input={**way, "size": box}))["quotes"]["quotes"]

    of_sf = next(each for each in light if each["carrier"]["code"] == "sf")
    assert (of_sf["price"]["amount"], of_sf["billedGrams"], of_sf["source"]) == ("13.00", 900, "TARIFF")
    of_sf = next(each for each in large if each["carrier"]["code"] == "sf")
    assert (of_sf["price"]["amount"], of_sf["billedGrams"]) == ("19.00", 4000)
    assert [each["price"]["amount"] for each in light] == sorted((e["price"]["amount"] for e in light), key=float)
    assert all("estimate" in each["listSource"] for each in light)
    assert await api.refused(who, QUOTES, input={**way, "weightGrams": 0}) == "LIMIT_EXCEEDED"


async def test_slots_are_within_hours_notice_and_cut_off(api: Api, store: Store) -> None:
    who = await make.merchant(store)

    told = (await api.ask(who, SLOTS, input={"carrier": "sf", "country": "CN"}))["pickupSlots"]
    abroad = (await api.ask(who, SLOTS, input={"carrier": "sf", "country": "DE"}))["pickupSlots"]

    starts = [datetime.fromisoformat(each["start"]) for each in told["windows"]]
    assert starts == sorted(starts)
    assert starts[0] >= make.NOW + timedelta(minutes=60)
    assert starts[-1] <= make.NOW + timedelta(days=8)
    assert told["windows"][0]["zone"] == "Asia/Shanghai"
    assert (abroad["windows"], abroad["code"]) == ([], "OUT_OF_ZONE")
    assert "in CN only" in abroad["because"]
    assert tariffs.seeds()


async def test_a_parcels_emissions_come_with_what_they_were_made_of(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.shipment(
        store, who.merchant_id, "SFGREEN", weight_grams=2000, origin_country="CN", destination_country="CN"
    )
    await make.shipment(store, who.merchant_id, "SFGREY")
    query = (
        "query ($n: String!) { shipment(trackingNumber: $n) { emissions { grams km basis factors { mode source } } } }"
    )

    told = (await api.ask(who, query, n="SFGREEN"))["shipment"]["emissions"]

    assert (told["grams"], told["km"]) == (127, 600)  # 95 g a tonne-kilometre, and the courier's ten kilometres
    assert [each["mode"] for each in told["factors"]] == ["TRUCK", "VAN"]
    assert "assumed" in told["basis"]
    assert (await api.ask(who, query, n="SFGREY"))["shipment"]["emissions"] is None
