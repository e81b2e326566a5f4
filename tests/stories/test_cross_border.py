"""Goods come back over a customs border, told through GraphQL, with the carriers' sandboxes over HTTP."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from tests import make
from tests.stories.conftest import Stage
from tests.stories.crossing import UPDATE, approved, entries, german_order, seen, told

BOOK = """mutation ($input: PickupBookInput!, $key: String!) { pickupBook(input: $input) @idempotent(key: $key) {
  pickup { id } userErrors { code message field } } }"""


async def test_a_label_over_the_border_tells_customs_everything(stage: Stage) -> None:
    who = await stage.seller("fedex")
    order = await german_order(stage, who)
    rma = await approved(stage, who, order)

    await stage.work()

    known = await seen(stage, who, rma)
    papers = known["customs"]
    assert (papers["fromCountry"], papers["toCountry"], papers["reason"]) == ("DE", "CN", "RETURNED_GOODS")
    assert (papers["isComplete"], papers["isWaiting"], papers["missing"], papers["english"]) == (True, False, [], None)
    assert (papers["value"], papers["netGrams"]) == ({"amount": "80.00", "currency": "EUR"}, 600)
    assert (papers["relief"]["territory"], papers["relief"]["days"]) == ("CN", 365)
    [label] = known["labels"]
    assert (label["state"], label["carrier"]["code"]) == ("READY", "fedex")
    [booked] = [each.order for each in entries(stage, "fedex") if each.number == label["trackingNumber"]]
    [item] = booked.items
    assert (item.hs_code, item.origin, item.quantity, item.value) == ("61091000", "PT", 2, Decimal(40))
    assert (booked.currency, booked.customs_reason, booked.invoice) == ("EUR", "REJECTED", order.order.number)


async def test_a_courier_over_the_border_is_told_the_value(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    rma = await approved(stage, who, await german_order(stage, who))

    await stage.work()

    known = await seen(stage, who, rma)
    [pickup] = known["pickups"]
    assert (known["method"], pickup["status"], pickup["carrier"]["code"]) == ("DOOR_PICKUP", "ACCEPTED", "dhl_express")
    booked = entries(stage, "dhl_express")[-1].order
    assert (booked.declared, booked.currency) == (Decimal(80), "EUR")


async def test_without_an_hs_code_it_waits_is_told_and_goes_on_when_completed(stage: Stage) -> None:
    who = await stage.seller("fedex")
    rma = await approved(stage, who, await german_order(stage, who, hsCode=None, countryOfOrigin=None))
    await stage.work()

    waits = await seen(stage, who, rma)
    assert (waits["status"], waits["waitingOn"], waits["labels"]) == ("APPROVED", "MERCHANT", [])
    assert waits["customs"]["isWaiting"]
    assert [each["gap"] for each in waits["customs"]["missing"]] == ["HS_CODE", "COUNTRY_OF_ORIGIN"]
    assert (
        "SHIRT: the HS code, the country of origin. Complete it with returnCustomsUpdate" in waits["customs"]["english"]
    )
    assert "SHIRT：海关编码（HS）、原产国。请用 returnCustomsUpdate 补齐" in waits["customs"]["chinese"]

    line = waits["lines"][0]["id"]
    half = await told(stage, who, rma, lines=[{"id": line, "hsCode": "610910"}])
    assert (half["userErrors"], half["return"]["customs"]["isWaiting"]) == ([], True)
    stale = await told(stage, who, rma, expectedVersion=waits["version"], lines=[{"id": line, "countryOfOrigin": "PT"}])
    assert stale["userErrors"][0]["code"] == "CONFLICT"
    stage.api.clock.now += timedelta(days=2)
    wish = {"exportReference": "MRN 24CN0001", "lines": [{"id": line, "countryOfOrigin": "PT"}]}
    whole = await told(stage, who, rma, **wish)
    again = await told(stage, who, rma, **wish)

    assert (whole["return"]["waitingOn"], whole["return"]["customs"]["isWaiting"]) == ("BUYER", False)
    assert whole["return"]["deadlineAt"] > waits["deadlineAt"]  # the buyer's time begins when there is a label
    assert again["return"]["version"] == whole["return"]["version"]
    await stage.work()
    [label] = (await seen(stage, who, rma))["labels"]
    assert label["state"] == "READY"


async def test_what_customs_cannot_take_is_refused_and_other_papers_make_another_label(stage: Stage) -> None:
    who = await stage.seller("fedex")
    rma = await approved(stage, who, await german_order(stage, who))
    await stage.work()
    line = (await seen(stage, who, rma))["lines"][0]["id"]

    for wrong, field in (
        ({"hsCode": "61"}, "hsCode"),
        ({"countryOfOrigin": "ZZ"}, "countryOfOrigin"),
        ({"weightGrams": 0}, "weightGrams"),
        ({"value": {"amount": "0", "currency": "EUR"}}, "value"),
        ({"value": {"amount": "5", "currency": "USD"}}, "value"),
    ):
        no = (await told(stage, who, rma, lines=[{"id": line, **wrong}]))["userErrors"]
        assert [(each["code"], each["field"][-1]) for each in no] == [("INVALID", field)]
    stranger = await make.merchant(stage.store)
    assert (await told(stage, stranger, rma))["userErrors"][0]["code"] == "NOT_FOUND"
    reader = await make.another_key(stage.store, who, "returns:read")
    assert await stage.api.refused(reader, UPDATE, input={"id": rma["id"]}) == "FORBIDDEN"

    worth = await told(stage, who, rma, lines=[{"id": line, "value": {"amount": "30", "currency": "EUR"}}])
    await stage.work()

    assert worth["return"]["customs"]["value"]["amount"] == "60.00"
    assert [each["state"] for each in (await seen(stage, who, rma))["labels"]] == ["VOIDED", "READY"]
    assert entries(stage, "fedex")[-1].order.items[0].value == Decimal(30)


async def test_papers_that_never_come_leave_the_buyer_a_way_of_their_own(stage: Stage) -> None:
    who = await stage.seller("fedex")
    rma = await approved(stage, who, await german_order(stage, who, hsCode=None))

    until = datetime.fromisoformat((await seen(stage, who, rma))["deadlineAt"])

    stage.api.clock.now = until + timedelta(minutes=1)
    await stage.work()

    known = await seen(stage, who, rma)
    assert (known["status"], known["method"], known["waitingOn"]) == ("APPROVED", "SHIP_YOURSELF", "BUYER")
    assert datetime.fromisoformat(known["deadlineAt"]) > until + timedelta(days=1)
    assert (known["customs"]["isWaiting"], known["customs"]["isComplete"]) == (False, False)


async def test_a_courier_is_not_booked_by_hand_without_papers(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    rma = await approved(stage, who, await german_order(stage, who, hsCode=None))
    start = (stage.api.clock.now + timedelta(days=1)).replace(hour=10, minute=0)
    window = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    wish = {"carrier": "dhl_express", "returnId": rma["id"], "window": window}

    no = (await stage.api.ask(who, BOOK, input=wish, key=uuid4().hex))["pickupBook"]["userErrors"]

    assert [(each["code"], each["field"]) for each in no] == [("POLICY", ["input", "returnId"])]
    assert "SHIRT: the HS code" in no[0]["message"]


async def test_papers_told_after_a_courier_was_booked_by_hand_bring_that_courier_anew(stage: Stage) -> None:
    who = await stage.seller("dhl_express")
    rma = await approved(stage, who, await german_order(stage, who))
    start = (stage.api.clock.now + timedelta(days=1)).replace(hour=10, minute=0)
    window = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    booked = await stage.api.ask(
        who, BOOK, input={"carrier": "dhl_express", "returnId": rma["id"], "window": window}, key=uuid4().hex
    )
    assert booked["pickupBook"]["userErrors"] == []
    await stage.work()
    line = (await seen(stage, who, rma))["lines"][0]["id"]

    for worth in ("30", "25"):
        told_ = await told(stage, who, rma, lines=[{"id": line, "value": {"amount": worth, "currency": "EUR"}}])
        await stage.work()
        assert told_["userErrors"] == []
        known = await seen(stage, who, rma)
        assert (known["customs"]["fromCountry"], known["customs"]["toCountry"]) == ("DE", "CN")
        assert entries(stage, "dhl_express")[-1].order.declared == Decimal(worth) * 2
