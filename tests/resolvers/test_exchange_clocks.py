"""What time does to exchanges and repairs whose return is not decided, is over, or comes to life again."""

from typing import Any

from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import SMALL, asked, goods, stands, stock_of, stocked, time_is_up
from tests.returning import Bought, bought, change, requested

TV = [{"sku": "TV-1", "title": "TV", "quantity": 1, "unitPrice": {"amount": "5999.00", "currency": "CNY"}}]


async def dear(store: Store, who: make.Someone) -> Bought:
    """An order that a person must look at."""
    return await bought(store, who, lines=TV, total={"amount": "5999.00", "currency": "CNY"})


async def later(api: Api, store: Store, who: make.Someone, rma: Any, kind: str) -> Any:
    """The return after its exchange's or repair's deadline passed."""
    query = f"query($id: ID!) {{ return(id: $id) {{ {kind} {{ id deadlineAt }} }} }}"
    await time_is_up(store, (await api.ask(who, query, id=rma["id"]))["return"][kind])
    return await stands(api, who, rma)


async def test_an_exchange_waits_for_its_return_to_be_decided(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await dear(store, who)
    wish = {"resolution": "EXCHANGE", "exchange": goods("5999.00", "TV-2")}
    rma = await stands(api, who, (await requested(api, who, order.line(0, 1, "DEFECTIVE"), **wish))["return"])
    assert (rma["status"], rma["exchange"]["status"], rma["exchange"]["allowedActions"]) == (
        "REQUESTED",
        "PROPOSED",
        ["exchangeConvert"],
    )

    rma = await later(api, store, who, rma, "exchange")
    assert rma["exchange"]["status"] == "PROPOSED"
    await change(api, who, "returnApprove", rma, "ReturnRefInput")
    assert (await stands(api, who, rma))["exchange"]["status"] == "AWAITING_RETURN"


async def test_an_exchange_and_a_repair_end_with_a_return_that_is_declined_for_good(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await stocked(store, who, "TV-2", 1)
    one, two = await dear(store, who), await dear(store, who)
    wishes: dict[str, Any] = {
        "exchange": {"resolution": "EXCHANGE", "exchange": goods("5999.00", "TV-2")},
        "repair": {"resolution": "REPAIR", "repair": {"symptom": "black"}},
    }
    for order, (kind, wish) in zip((one, two), wishes.items(), strict=True):
        rma = (await requested(api, who, order.line(0, 1, "DEFECTIVE"), **wish))["return"]
        declined = (await change(api, who, "returnDecline", rma, reason="It works here."))["return"]
        undecided = await later(api, store, who, rma, kind)
        assert undecided[kind]["status"] in {"PROPOSED", "REQUESTED"}
        await time_is_up(store, declined)
        assert (await later(api, store, who, rma, kind))[kind]["status"] in {"CANCELED", "DECLINED"}
    assert await stock_of(store, who, "TV-2") == (1, 0)


async def test_an_expired_return_is_about_money_if_it_comes_to_life_again(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    rma = await asked(api, who, await bought(store, who), **goods("99.50"))
    told = await api.ask(who, "query($id: ID!) { return(id: $id) { id deadlineAt } }", id=rma["id"])
    await time_is_up(store, told["return"])

    rma = await later(api, store, who, rma, "exchange")

    assert (rma["status"], rma["resolution"], rma["refunds"]) == ("EXPIRED", "REFUND", [])
    assert rma["exchange"]["status"] == "CONVERTED_TO_REFUND"


async def test_a_repair_whose_goods_never_come_ends_with_its_return(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    wish = {"resolution": "REPAIR", "repair": {"symptom": "black"}}
    rma = (await requested(api, who, order.line(0, 1, SMALL), **wish))["return"]
    await time_is_up(store, rma)

    rma = await later(api, store, who, rma, "repair")

    assert (rma["repair"]["status"], rma["resolution"]) == ("CANCELED", "REFUND")
