"""A hub gathers the returns of its country and sends them on together, told through GraphQL."""

import asyncio
from uuid import uuid4

from tests import make
from tests.refunding import confirmed, money
from tests.returning import change
from tests.stories.conftest import Stage
from tests.stories.crossing import NOTE, SEND, approved, german_order, hub, seen, sent, told, waiting


async def test_a_hub_spares_the_border_and_sends_on_together_to_the_refund(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    await hub(stage, who)
    orders = [await german_order(stage, who), await german_order(stage, who, sku="HAT", hsCode=None)]
    returns = [await approved(stage, who, order, "DEFECTIVE") for order in orders]
    await stage.work()

    inland = await seen(stage, who, returns[0])
    assert (inland["customs"], inland["pickups"][0]["status"]) == (None, "ACCEPTED")
    note = (await stage.api.ask(who, NOTE, id=returns[0]["id"]))["return"]["consolidation"]
    assert (note["hub"], note["to"], note["crossesBorder"]) == ({"code": "LEJ"}, {"code": "SH"}, True)
    assert ([each["quantity"] for each in note["lines"]], note["totals"], note["sent"]) == ([2], [], [])

    for rma in returns:
        line = rma["lines"][0]["id"]
        await change(stage.api, who, "returnReceive", rma, lines=[{"id": line, "received": 2}])
        judged = await change(stage.api, who, "returnInspect", rma, lines=[{"id": line, "disposition": "RESTOCK"}])
        assert judged["userErrors"] == []
    [sheet] = [each["consolidation"] for each in (await waiting(stage, who)) if each["code"] == "LEJ"]
    assert [(each["hsCode"], each["quantity"], each["grams"]) for each in sheet["totals"]] == [
        (None, 2, 600),
        ("61091000", 2, 600),
    ]
    assert (sheet["values"], sheet["grams"]) == ([{"amount": "160.00", "currency": "EUR"}], 1200)
    assert (sheet["isComplete"], "HAT: the HS code" in sheet["because"]) == (False, True)

    wish = {"hub": "LEJ", "carrier": "fedex", "trackingNumber": "794644790138", "exportReference": "MRN 26DE1"}
    [no] = (await sent(stage, who, wish))["userErrors"]
    assert (no["code"], no["field"]) == ("POLICY", ["input", "lineIds"])
    hat = returns[1]["lines"][0]["id"]
    assert (await told(stage, who, returns[1], lines=[{"id": hat, "hsCode": "650500"}]))["userErrors"] == []

    key = uuid4().hex
    first, repeat = await sent(stage, who, wish, key), await sent(stage, who, wish, key)
    assert (first["userErrors"], first) == ([], repeat)
    parcel = first["consolidation"]
    assert parcel["shipment"] == {"trackingNumber": "794644790138", "direction": "REVERSE"}
    assert [each["quantity"] for each in parcel["sheet"]["lines"]] == [2, 2]
    [nothing] = (await sent(stage, who, {**wish, "trackingNumber": "794644790149"}))["userErrors"]
    assert (nothing["code"], nothing["field"]) == ("STATE", ["input", "hub"])
    note = (await stage.api.ask(who, NOTE, id=returns[0]["id"]))["return"]["consolidation"]
    assert [each["shipment"]["trackingNumber"] for each in note["sent"]] == ["794644790138"]
    [left] = [each for each in (await waiting(stage, who)) if each["code"] == "LEJ"]
    assert (left["consolidation"]["lines"], len(left["consolidations"])) == ([], 1)
    late = await told(stage, who, returns[0], lines=[{"id": returns[0]["lines"][0]["id"], "hsCode": "610990"}])
    assert late["userErrors"][0]["code"] == "STATE"

    due = (await money(stage.api, who, returns[0]))["refund"]
    assert due["amount"] == {"amount": "80.00", "currency": "EUR"}
    await confirmed(stage.api, who, due)
    assert (await seen(stage, who, returns[0]))["status"] == "COMPLETED"


async def test_of_two_parcels_at_once_one_takes_the_goods(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    await hub(stage, who)
    rma = await approved(stage, who, await german_order(stage, who))
    line = rma["lines"][0]["id"]
    await change(stage.api, who, "returnReceive", rma, lines=[{"id": line, "received": 1, "missing": 1}])
    await change(stage.api, who, "returnInspect", rma, lines=[{"id": line, "disposition": "RESTOCK"}])
    wishes = [{"hub": "LEJ", "carrier": "fedex", "trackingNumber": f"79464479{n}"} for n in range(1000, 1004)]

    told = await asyncio.gather(*(sent(stage, who, wish) for wish in wishes))

    assert [len(each["userErrors"]) for each in told].count(0) == 1
    assert {no["code"] for each in told for no in each["userErrors"]} <= {"STATE", "CONFLICT"}
    [went] = [each["consolidation"] for each in told if each["consolidation"]]
    assert [each["quantity"] for each in went["sheet"]["lines"]] == [1]
    again = await sent(stage, who, {**wishes[0], "trackingNumber": went["shipment"]["trackingNumber"]})
    assert again["userErrors"][0]["code"] == "DUPLICATE"


async def test_goods_are_sent_on_by_who_may_and_from_a_hub_alone(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    await hub(stage, who)
    wish = {"hub": "LEJ", "carrier": "fedex", "trackingNumber": "794644790150"}

    for change_, code, field in (
        ({"hub": "SH"}, "STATE", "hub"),
        ({"hub": "NONE"}, "NOT_FOUND", "hub"),
        ({"to": "NONE"}, "NOT_FOUND", "to"),
        ({"to": "LEJ"}, "INVALID", "to"),
        ({"lineIds": ["rln_00000000000000000000000000"]}, "STATE", "lineIds"),
        ({"lineIds": ["x"]}, "NOT_FOUND", "lineIds"),
        ({"carrier": "nobody"}, "NOT_FOUND", "carrier"),
    ):
        [no] = (await sent(stage, who, {**wish, **change_}))["userErrors"]
        assert (no["code"], no["field"]) == (code, ["input", field])
    stranger = await make.merchant(stage.store)
    assert (await sent(stage, stranger, wish))["userErrors"][0]["code"] == "NOT_FOUND"
    reader = await make.another_key(stage.store, who, "returns:read")
    assert await stage.api.refused(reader, SEND, input=wish, key=uuid4().hex) == "FORBIDDEN"
    assert (await stage.api.ask(stranger, "{ warehouses { id } }"))["warehouses"] == []
