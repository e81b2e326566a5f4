"""Exchanges and resends from the wish to the end, one story a test."""

from aftersales import cases, return_goods
from aftersales.cases import Step
from aftersales.log import By
from db.enums import Party, TrackingStatus
from db.ids import parse_typeid
from db.models.returns import Return
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import asked, call, codes, done, goods, received, scanned, stands, stock_of, stocked, time_is_up
from tests.returning import bought, change, requested


async def test_an_exchange_for_a_dearer_size_goes_to_its_end(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    await stocked(store, who, "TEE-RED-L", 3)

    rma = await asked(api, who, order, **goods("120.00", title="T-shirt L"))
    exchange = rma["exchange"]
    assert (rma["status"], exchange["status"], exchange["waitingOn"]) == ("APPROVED", "AWAITING_RETURN", "BUYER")
    assert exchange["difference"] == {"amount": "20.50", "currency": "CNY"}
    assert exchange["items"][0]["isReserved"]
    assert await stock_of(store, who, "TEE-RED-L") == (3, 1)

    await received(api, who, rma)
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["releasedAt"]) == ("AWAITING_PAYMENT", None)
    unpaid = await call(api, who, "exchangeRelease", exchange)
    assert codes(unpaid) == [("INVALID", ["input", "paymentReference"])]
    exchange = await done(api, who, "exchangeRelease", exchange, paymentReference="PAY-1")
    assert (exchange["status"], exchange["paid"]["amount"]) == ("RELEASED", "20.50")

    exchange = await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100001")
    assert (exchange["status"], exchange["trackingNumber"]) == ("SHIPPED", "SFX100001")
    assert await stock_of(store, who, "TEE-RED-L") == (2, 0)
    await scanned(api, store, "SFX100001", "PICKED_UP", "DELIVERED")
    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["exchange"]["onDeadline"]) == ("DELIVERED", "COMPLETE")
    assert rma["order"]["status"] == "DELIVERED"  # its own delivery is not touched by the new parcel
    await time_is_up(store, rma["exchange"])
    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["status"], rma["refunds"]) == ("COMPLETED", "COMPLETED", [])


async def test_what_the_new_goods_cost_less_goes_back_once_the_buyer_has_them(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("80.00"))
    await received(api, who, rma)

    exchange = (await stands(api, who, rma))["exchange"]
    assert exchange["status"] == "RELEASED"
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100002")
    assert (await stands(api, who, rma))["refunds"] == []
    await scanned(api, store, "SFX100002", "DELIVERED")

    [refund] = (await stands(api, who, rma))["refunds"]
    assert (refund["purpose"], refund["amount"]["amount"]) == ("EXCHANGE", "19.50")


async def test_goods_sent_in_advance_for_old_ones_that_never_come_are_owed_for(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", advance=True))
    exchange = rma["exchange"]
    assert (exchange["status"], exchange["isAdvance"]) == ("RELEASED", True)

    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100003")
    await scanned(api, store, "SFX100003", "DELIVERED")
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["onDeadline"], exchange["receivable"]) == ("DELIVERED", "OWE", None)
    refused = await change(api, who, "returnCancel", rma)
    assert codes(refused) == [("STATE", ["input", "id"])]
    await time_is_up(store, exchange)
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["receivable"]["amount"], exchange["onDeadline"]) == ("99.50", "COMPLETE")

    await received(api, who, rma)  # they come after all: nothing is owed
    assert (await stands(api, who, rma))["exchange"]["receivable"] is None


async def test_goods_sent_in_advance_are_not_owed_for_once_the_old_ones_came(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", advance=True))
    await done(api, who, "exchangeShip", rma["exchange"], carrier="sf", trackingNumber="SFX100004")
    await scanned(api, store, "SFX100004", "DELIVERED")

    await received(api, who, rma)

    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["onDeadline"], exchange["receivable"]) == ("COMPLETE", None)


async def test_an_exchange_becomes_a_refund_and_gives_back_what_was_paid_for_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 1)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))
    await received(api, who, rma)
    exchange = await done(api, who, "exchangeRelease", (await stands(api, who, rma))["exchange"], paymentReference="P")

    exchange = await done(api, who, "exchangeConvert", exchange, reason="sold out")

    assert (exchange["status"], exchange["isTerminal"]) == ("CONVERTED_TO_REFUND", True)
    assert await stock_of(store, who, "TEE-RED-L") == (1, 0)
    rma = await stands(api, who, rma)
    assert rma["resolution"] == "REFUND"
    assert sorted((each["purpose"], each["amount"]["amount"]) for each in rma["refunds"]) == [
        ("EXCHANGE", "20.50"),
        ("RETURN", "99.50"),
    ]


async def test_a_difference_that_nobody_pays_becomes_a_refund_by_itself(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("120.00"))
    await received(api, who, rma)

    await time_is_up(store, (await stands(api, who, rma))["exchange"])

    rma = await stands(api, who, rma)
    assert (rma["exchange"]["status"], rma["resolution"]) == ("CONVERTED_TO_REFUND", "REFUND")
    assert [each["purpose"] for each in rma["refunds"]] == ["RETURN"]


async def test_a_resend_goes_out_at_once_and_nothing_comes_back(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    told = await requested(api, who, order.line(0, 1, "MISSING_PARTS"), resolution="RESEND")
    rma = await stands(api, who, told["return"])

    assert (rma["status"], rma["exchange"]["status"], rma["exchange"]["isResend"]) == ("RECEIVED", "RELEASED", True)
    assert rma["exchange"]["difference"]["amount"] == "0.00"
    await done(api, who, "exchangeShip", rma["exchange"], carrier="sf", trackingNumber="SFX100005")
    await scanned(api, store, "SFX100005", "LOST")
    exchange = (await stands(api, who, rma))["exchange"]
    assert (exchange["status"], exchange["trackingNumber"]) == ("RELEASED", None)  # lost on its way: once more
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFX100006")
    await scanned(api, store, "SFX100006", "DELIVERED")
    await time_is_up(store, (await stands(api, who, rma))["exchange"])
    assert (await stands(api, who, rma))["status"] == "COMPLETED"


async def test_at_the_door_old_and_new_change_hands_with_the_first_scan(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50", atDoor=True))
    assert rma["exchange"]["status"] == "RELEASED"

    parsed = parse_typeid(rma["id"])
    assert parsed
    async with store.writing(EVERYTHING) as session:
        row = await cases.locked(session, Return, parsed[1])
        way = Shipment(
            merchant_id=row.merchant_id,
            carrier_code="sf",
            tracking_number="SFR1",
            status=TrackingStatus.PICKED_UP,
        )
        await return_goods.follow(session, row, way, Step(By(Party.CARRIER, "push"), make.NOW))

    assert (await stands(api, who, rma))["exchange"]["status"] == "DELIVERED"


async def test_a_return_called_off_takes_its_exchange_with_it(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TEE-RED-L", 1)
    rma = await asked(api, who, await bought(store, who), **goods("99.50"))

    await change(api, who, "returnCancel", rma)

    assert (await stands(api, who, rma))["exchange"]["status"] == "CANCELED"
    assert await stock_of(store, who, "TEE-RED-L") == (1, 0)
