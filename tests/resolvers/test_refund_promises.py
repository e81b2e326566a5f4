"""What becomes of granted money: promised and late, withdrawn with its return, owed by a ruling or a failed delivery."""

from datetime import timedelta

from aftersales import bookings, case_clocks, cases, pickups, refunds, returns
from aftersales.cases import Step
from aftersales.log import By
from aftersales.pickups import PickupWish
from aftersales.rules.planning import Route
from carriers.readings import ReadPickup
from db.case_enums import ReturnMethod
from db.enums import Party, PickupStatus
from db.models.orders import Order
from db.models.returns import Return
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import confirmed, id_of, inspected, money, policy, priced, received, total
from tests.returning import bought, change, requested
from worker import cases as clocks
from worker import sealing

TWO = [priced("TEE", "100.00", 2), priced("CAP", "50.00")]
CARRIER = By(Party.CARRIER, "push")


async def test_a_return_called_off_withdraws_its_refund_and_its_money(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(quantity=2)))["return"]

    assert (await change(api, who, "returnCancel", rma))["userErrors"] == []

    after = await money(api, who, rma)
    assert (after["refund"]["status"], after["lines"][0]["money"]) == ("CANCELED", "NOT_DUE")
    assert after["order"]["moneyBack"]["granted"] == {"amount": "0.00"}
    again = (await requested(api, who, order.line(quantity=2)))["return"]
    assert (await money(api, who, again))["refund"]["amount"]["amount"] == "199.00"


async def test_a_return_that_expires_withdraws_its_refund(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL", clocks={"refund_within": 40 * 86400})
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    await store.keys_of(who.merchant_id)

    async with store.writing(EVERYTHING) as session:
        assert await case_clocks.strike(session, store.vault, id_of(rma), make.NOW + timedelta(days=14))

    after = await money(api, who, rma)
    assert (after["status"], after["refund"]["status"]) == ("EXPIRED", "CANCELED")


async def test_an_express_refund_is_promised_within_a_day_of_the_pickup_and_a_breach_is_visible(
    api: Api, store: Store
) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(reason="DEFECTIVE"), express=True))["return"]
    await store.keys_of(who.merchant_id)
    collected = make.NOW - timedelta(hours=2)
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, id_of(rma))
        end = make.NOW + timedelta(hours=2)
        route = Route(ReturnMethod.DOOR_PICKUP, "sf", window_start=make.NOW, window_end=end)
        wish = PickupWish(who.merchant_id, route, {}, rma=row)
        pickup = await pickups.book(session, store.vault, wish, Step(CARRIER, make.NOW))
        said = ReadPickup(pickup.reference, PickupStatus.PICKED_UP, "50", occurred_at=collected)
        await bookings.heard(session, store.vault, (row, pickup), said, Step(CARRIER, make.NOW))

    promised = await money(api, who, rma)
    refund = promised["refund"]
    assert (promised["status"], promised["trigger"]) == ("SHIPPED_BACK", "FIRST_SCAN")
    assert (refund["promisedFrom"], refund["deadlineAt"], refund["onDeadline"]) == (
        collected.isoformat(),
        (collected + timedelta(hours=24)).isoformat(),
        "REMIND",
    )
    started = (await confirmed(api, who, refund, "STARTED"))["refund"]
    assert started["deadlineAt"] == refund["deadlineAt"]

    late = collected + timedelta(hours=24)
    assert await clocks.strike(store, lambda: late) == 1

    await sealing.drain(store)
    broken = (await money(api, who, rma))["refund"]
    assert (broken["breachedAt"], broken["breaches"], broken["status"]) == (late.isoformat(), 1, "PROCESSING")
    query = "query($id: ID!) { refund(id: $id) { timeline { nodes { kind after } } } }"
    told = (await api.ask(who, query, id=refund["id"]))["refund"]["timeline"]["nodes"]
    assert [each["kind"] for each in told] == [
        "refund.requested",
        "refund.deadline_changed",
        "refund.processing",
        "refund.deadline_changed",
        "refund.breached",
    ]
    opened = told[0]["after"]
    assert (opened["amountMinor"], opened["shippingMinor"], opened["purpose"]) == (9950, 0, "RETURN")
    assert opened["lines"] == [{"id": rma["lines"][0]["id"], "quantity": 1, "amountMinor": 9950}]


async def test_a_delivery_that_failed_without_a_word_is_compensated_once(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, failedDeliveryPercent=5)
    order = await bought(store, who)
    step = Step(CARRIER, make.NOW)
    query = """query($n: String!) { order(number: $n) { moneyBack { due { amount } granted { amount } left { amount }
      refunds { purpose amount { amount } return { id } steps { kind label } } } } }"""

    for _ in range(2):
        async with store.writing(EVERYTHING) as session:
            row = await session.get_one(Order, order.order.id, with_for_update=True)
            await refunds.compensate(session, row, step)

    told = (await api.ask(who, query, n=order.order.number))["order"]["moneyBack"]
    assert (told["due"]["amount"], told["granted"]["amount"], told["left"]["amount"]) == ("208.95", "9.95", "199.00")
    [refund] = told["refunds"]
    assert (refund["purpose"], refund["amount"]["amount"], refund["return"]) == ("COMPENSATION", "9.95", None)
    other = await make.merchant(store)
    theirs = await bought(store, other)
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Order, theirs.order.id, with_for_update=True)
        assert await refunds.compensate(session, row, step) is None


async def test_a_ruling_against_the_buyer_withdraws_the_refund(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    platform = await make.platform(store, who)
    await policy(store, who, trigger="RECEIPT")
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    await received(api, who, rma)
    await change(api, who, "returnDispute", rma, reason="these are fakes")
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, id_of(rma))
        await returns.rule(session, store.vault, row, "DECLINE", Step(By(Party.PLATFORM, "test"), make.NOW, "fakes"))

    after = await money(api, who, rma)
    assert platform
    assert (after["status"], after["refund"]["status"]) == ("DECLINED", "CANCELED")


async def test_a_return_whose_money_moves_is_not_called_off(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    await confirmed(api, who, (await money(api, who, rma))["refund"], "STARTED")

    told = await change(api, who, "returnCancel", rma)

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("POLICY", ["input", "id"])]
    assert (await money(api, who, rma))["status"] == "APPROVED"


async def test_a_refund_that_failed_is_withdrawn_with_its_return(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who, trigger="APPROVAL")
    order = await bought(store, who)
    rma = (await requested(api, who, order.line()))["return"]
    await confirmed(api, who, (await money(api, who, rma))["refund"], "FAILED")

    assert (await change(api, who, "returnCancel", rma))["userErrors"] == []

    after = await money(api, who, rma)
    assert (after["refund"]["status"], after["order"]["moneyBack"]["granted"]["amount"]) == ("CANCELED", "0.00")


async def test_a_ruling_for_the_buyer_pays_what_was_withheld(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await policy(store, who)
    order = await bought(store, who, lines=TWO, total=total("250.00"))
    rma = (await requested(api, who, order.line(0, 2), order.line(1)))["return"]
    await received(api, who, rma, {"received": 1, "damaged": 1}, {"received": 1})
    await inspected(api, who, rma, 1)
    await inspected(api, who, rma, 0, buyersFault=True)
    first = await money(api, who, rma)
    await change(api, who, "returnDispute", rma, reason="it came to me broken")
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, id_of(rma))
        await returns.rule(session, store.vault, row, "APPROVE", Step(By(Party.PLATFORM, "test"), make.NOW, "it did"))

    after = await money(api, who, rma)

    assert [each["amount"]["amount"] for each in first["refunds"]] == ["50.00", "100.00"]
    assert [each["amount"]["amount"] for each in after["refunds"]] == ["50.00", "100.00", "100.00"]
    assert (after["status"], after["order"]["moneyBack"]["left"]["amount"]) == ("RECEIVED", "0.00")
    for each in after["refunds"]:
        done = await confirmed(api, who, each)
    assert done["refund"]["return"]["status"] == "COMPLETED"
