"""Goods that go to a workshop and come home, told through GraphQL with the sandbox's carriers on both ways."""

from typing import Any

from tests import make
from tests.exchanging import done, goods, received, stands, stocked
from tests.returning import Bought, requested
from tests.stories.conftest import Stage
from tests.stories.test_exchanges import on_the_way

WISH = {"symptom": "The display stays black", "serialNumber": "SN-1"}
PRICE = {"amount": "30.00", "currency": "CNY"}


async def at_the_workshop(stage: Stage, who: make.Someone, order: Bought) -> Any:
    """A repair whose goods a courier brought and the workshop has looked at."""
    line = order.line(0, 1, "DEFECTIVE")
    rma = (await requested(stage.api, stage.buyer(order), line, resolution="REPAIR", repair=WISH))["return"]
    await stage.work()
    await stage.pass_time(5)
    assert (await stands(stage.api, who, rma))["repair"]["status"] == "INBOUND"
    await stage.pass_time(35, step=7)
    await received(stage.api, who, await stands(stage.api, who, rma), None)
    repair = (await stands(stage.api, who, rma))["repair"]
    await done(stage.api, who, "repairUpdate", repair, event="DIAGNOSE", step="main board under test")
    return await stands(stage.api, who, rma)


async def test_a_buyer_who_declines_the_price_gets_the_goods_back_unrepaired(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    rma = await at_the_workshop(stage, who, order)
    await done(stage.api, who, "repairUpdate", rma["repair"], event="QUOTE", quote=PRICE, step="a new display")

    buyer = stage.buyer(order)
    told = await done(stage.api, buyer, "repairUpdate", rma["repair"], event="DECLINE_QUOTE", reason="too dear")
    assert [each["words"] for each in told["steps"]] == ["main board under test", "a new display"]
    await done(stage.api, who, "repairUpdate", rma["repair"], event="SEND_BACK", **on_the_way())
    await stage.pass_time(40, step=8)

    told = await stands(stage.api, who, rma)
    assert (told["repair"]["status"], told["status"], told["refunds"]) == ("COMPLETED", "COMPLETED", [])


async def test_a_device_is_lent_while_the_goods_are_repaired(stage: Stage) -> None:
    who = await stage.seller("sf")
    order = await stage.order(who)
    repair = (await at_the_workshop(stage, who, order))["repair"]
    await done(stage.api, who, "repairUpdate", repair, event="QUOTE", quote=PRICE)
    await done(stage.api, stage.buyer(order), "repairUpdate", repair, event="ACCEPT_QUOTE")

    lent = await done(stage.api, who, "repairUpdate", repair, event="START", loan={"serialNumber": "SPARE-7"})
    assert (lent["status"], lent["loan"]["serialNumber"]) == ("REPAIRING", "SPARE-7")
    await done(stage.api, who, "repairUpdate", repair, event="SEND_BACK", **on_the_way())
    await stage.pass_time(40, step=8)
    ended = await done(stage.api, who, "repairUpdate", repair, loanReturned=True)

    assert (ended["status"], ended["return"]["status"]) == ("COMPLETED", "COMPLETED")
    assert ended["loan"]["returnedAt"] is not None


async def test_what_cannot_be_repaired_is_exchanged(stage: Stage) -> None:
    who = await stage.seller("sf")
    await stocked(stage.store, who, "TEE-RED-M", 1)
    rma = await at_the_workshop(stage, who, await stage.order(who))

    beyond = {"event": "GIVE_UP", "reason": "the board is beyond repair", "exchange": goods("99.50", "TEE-RED-M")}
    await done(stage.api, who, "repairUpdate", rma["repair"], **beyond)
    told = await stands(stage.api, who, rma)
    assert (told["repair"]["status"], told["exchange"]["status"]) == ("UNREPAIRABLE", "RELEASED")
    await done(stage.api, who, "exchangeShip", told["exchange"], **on_the_way())
    await stage.pass_time(40, step=8)
    await stage.pass_time(24 * 7, step=24 * 7)

    ended = await stands(stage.api, who, rma)
    assert (ended["exchange"]["status"], ended["status"], ended["refunds"]) == ("COMPLETED", "COMPLETED", [])
