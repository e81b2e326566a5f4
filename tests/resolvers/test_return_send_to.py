"""Where goods go back to: to the buyer who brings them in the clear, to others as addresses are shown."""

import orjson

from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import bought, requested

WHERE = "query($id: ID!) { return(id: $id) { method sendTo { name city street } customs { fromCountry toCountry isWaiting } } }"
PLACE = {"name": "王仓库", "country": "DE", "city": "Berlin", "street": ["Ring 1"], "postalCode": "10115"}


async def warehouse(store: Store, who: make.Someone) -> None:
    await store.keys_of(who.merchant_id)
    async with store.writing(EVERYTHING) as session:
        row = Warehouse(merchant_id=who.merchant_id, code="B", name="B", country="DE", is_default=True)
        row.seal(store.vault, address=orjson.dumps(PLACE).decode())
        session.add(row)


async def test_who_sends_goods_themselves_is_told_where_and_that_a_border_lies_between(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await warehouse(store, who)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(), method="SHIP_YOURSELF"))["return"]
    buyer = make.buyer(store, order.order, ("orders:read", "returns:read"))

    theirs = (await api.ask(buyer, WHERE, id=rma["id"]))["return"]
    ours = (await api.ask(await make.another_key(store, who, "returns:read"), WHERE, id=rma["id"]))["return"]

    assert theirs["sendTo"] == {"name": "王仓库", "city": "Berlin", "street": ["Ring 1"]}
    assert ours["sendTo"]["name"] == "王**"
    assert theirs["customs"] == {"fromCountry": "CN", "toCountry": "DE", "isWaiting": False}


async def test_without_a_warehouse_nobody_knows_where(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await bought(store, who)
    rma = (await requested(api, who, order.line(), method="SHIP_YOURSELF"))["return"]

    assert (await api.ask(who, WHERE, id=rma["id"]))["return"]["sendTo"] is None
