"""Other goods for those that come back, told through GraphQL: the old ones fetched and the new ones brought by carriers of
the sandbox."""

from typing import Any

from carriers import magic, scripts
from carriers.scripts import Script
from tests import make
from tests.exchanging import asked, call, codes, done, goods, received, stands, stock_of, stocked
from tests.returning import Bought, change, requested
from tests.stories.conftest import Stage
from tests.stories.test_door_pickup import seen

COUNT = iter(range(10_000, 99_999))


def on_the_way(script: Script = scripts.DELIVERED) -> dict[str, str]:
    """A parcel that goes out by SF, whose journey is this script."""
    return {"carrier": "sf", "trackingNumber": magic.number("sf", script, next(COUNT))}


async def swapped(stage: Stage, who: make.Someone, order: Bought, **wish: Any) -> Any:
    """An approved exchange whose courier is booked."""
    rma = await asked(stage.api, who, order, **wish)
    await stage.work()
    return rma


async def test_a_dearer_size_is_paid_for_kept_in_stock_and_brought(stage: Stage) -> None:
    who = await stage.seller("sf")
    await stocked(stage.store, who, "TEE-RED-L", 3)
    rma = await swapped(stage, who, await stage.order(who), **goods("120.00", title="T-shirt L"))
    assert rma["exchange"]["difference"] == {"amount": "20.50", "currency": "CNY"}
    assert await stock_of(stage.store, who, "TEE-RED-L") == (3, 1)

    await stage.pass_time(40, step=8)
    assert (await stands(stage.api, who, rma))["exchange"]["status"] == "AWAITING_RETURN"
    await received(stage.api, who, rma)
    exchange = (await stands(stage.api, who, rma))["exchange"]
    assert (exchange["status"], exchange["waitingOn"]) == ("AWAITING_PAYMENT", "BUYER")
    unpaid = await call(stage.api, who, "exchangeRelease", exchange)
    assert codes(unpaid) == [("INVALID", ["input", "paymentReference"])]
    await done(stage.api, who, "exchangeRelease", exchange, paymentReference="PAY-1")
    await done(stage.api, who, "exchangeShip", exchange, **on_the_way())
    assert await stock_of(stage.store, who, "TEE-RED-L") == (2, 0)

    await stage.pass_time(40, step=8)
    exchange = (await stands(stage.api, who, rma))["exchange"]
    assert (exchange["status"], exchange["onDeadline"]) == ("DELIVERED", "COMPLETE")
    await stage.pass_time(24 * 7, step=24 * 7)

    told = await stands(stage.api, who, rma)
    assert (told["exchange"]["status"], told["status"], told["refunds"]) == ("COMPLETED", "COMPLETED", [])


async def test_a_difference_that_nobody_pays_becomes_a_refund(stage: Stage) -> None:
    who = await stage.seller("sf")
    await stocked(stage.store, who, "TEE-RED-L", 1)
    rma = await swapped(stage, who, await stage.order(who), **goods("120.00"))
    await stage.pass_time(40, step=8)
    await received(stage.api, who, rma)

    await stage.pass_time(24 * 3 + 1, step=24)

    told = await stands(stage.api, who, rma)
    assert (told["exchange"]["status"], told["resolution"]) == ("CONVERTED_TO_REFUND", "REFUND")
    assert [(each["purpose"], each["amount"]["amount"]) for each in told["refunds"]] == [("RETURN", "87.50")]
    assert await stock_of(stage.store, who, "TEE-RED-L") == (1, 0)


async def test_goods_sent_in_advance_are_owed_for_when_the_old_ones_stay_away(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who, phone="13800130002")  # no courier comes there
    rma = await swapped(stage, who, order, **goods("99.50", advance=True))
    assert rma["exchange"]["status"] == "RELEASED"
    await done(stage.api, who, "exchangeShip", rma["exchange"], **on_the_way())

    await stage.pass_time(40, step=8)
    exchange = (await stands(stage.api, who, rma))["exchange"]
    assert (exchange["status"], exchange["onDeadline"], exchange["receivable"]) == ("DELIVERED", "OWE", None)
    await stage.pass_time(24 * 22, step=24 * 11)

    told = await stands(stage.api, who, rma)
    assert (told["status"], told["exchange"]["receivable"]["amount"]) == ("EXPIRED", "99.50")


async def test_the_courier_at_the_door_looks_at_the_old_and_hands_over_the_new(stage: Stage) -> None:
    who = await stage.seller("sf")
    rma = await swapped(stage, who, await stage.order(who), **goods("99.50", atDoor=True))
    assert (rma["exchange"]["status"], rma["exchange"]["isAtDoor"]) == ("RELEASED", True)

    await stage.pass_time(4)

    told = await stands(stage.api, who, rma)
    assert (told["status"], told["exchange"]["status"]) == ("SHIPPED_BACK", "DELIVERED")


async def test_what_was_missing_is_sent_again_and_nothing_comes_back(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    wish = order.line(0, 1, "MISSING_PARTS")
    rma = (await requested(stage.api, stage.buyer(order), wish, resolution="RESEND"))["return"]
    told = await stands(stage.api, who, rma)
    assert (told["exchange"]["isResend"], told["exchange"]["status"]) == (True, "RELEASED")

    await done(stage.api, who, "exchangeShip", told["exchange"], **on_the_way())
    await stage.pass_time(40, step=8)
    assert (await stands(stage.api, who, rma))["exchange"]["status"] == "DELIVERED"
    await stage.pass_time(24 * 7, step=24 * 7)

    ended = await seen(stage, who, rma)
    assert (ended["status"], ended["pickups"]) == ("COMPLETED", [])


async def test_cancelling_gives_back_the_courier_and_the_stock_in_one_command(stage: Stage) -> None:
    who = await stage.seller("sf")
    await stocked(stage.store, who, "TEE-RED-L", 1)
    rma = await swapped(stage, who, await stage.order(who), **goods("120.00"))
    assert await stock_of(stage.store, who, "TEE-RED-L") == (1, 1)

    canceled = await change(stage.api, who, "returnCancel", rma)

    assert canceled["return"]["status"] == "CANCELED"
    told = await seen(stage, who, rma)
    assert (told["pickups"][0]["status"], await stock_of(stage.store, who, "TEE-RED-L")) == ("CANCELED", (1, 0))
    assert (await stands(stage.api, who, rma))["exchange"]["status"] == "CANCELED"
    await stage.work()
    [entry] = stage.book.desk("sf").entries.values()
    assert entry.canceled_at is not None
