"""Size advice: from exchanges for the same complaint, from what others kept instead, from what this buyer keeps."""

from typing import Any

from db.session import Store
from tests import make
from tests.asking import Api
from tests.exchanging import done, goods, scanned, stands
from tests.returning import Bought, bought, requested

ADVICE = """query($n: String!, $r: ReturnReason!) { order(number: $n) { lines {
  sizeAdvice(reason: $r) { size share sampleSize } } } }"""
SMALL = "SIZE_TOO_SMALL"


def tee(size: str, sku: str = "TEE-RED") -> list[dict[str, Any]]:
    price = {"amount": "99.50", "currency": "CNY"}
    named = [{"name": "Size", "value": size}]
    return [{"sku": f"{sku}-{size}", "title": "Tee", "quantity": 1, "unitPrice": price, "attributes": named}]


async def sold(store: Store, who: make.Someone, size: str, buyer: str, sku: str = "TEE-RED") -> Bought:
    total = {"amount": "99.50", "currency": "CNY"}
    return await bought(store, who, lines=tee(size, sku), total=total, customer={"externalId": buyer})


async def advised(api: Api, who: make.Someone, order: Bought, reason: str = SMALL) -> Any:
    told = await api.ask(who, ADVICE, n=order.order.number, r=reason)
    return told["order"]["lines"][0]["sizeAdvice"]


async def test_nothing_is_known_of_a_new_thing(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await sold(store, who, "M", "ann")

    assert await advised(api, who, order) is None
    assert await advised(api, who, order, "DEFECTIVE") is None


async def test_an_exchange_that_was_kept_counts_for_the_next_who_complains(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    order = await sold(store, who, "M", "ann")
    told = await requested(
        api, who, order.line(0, 1, SMALL), resolution="EXCHANGE", exchange=goods("99.50", "TEE-RED-L", advance=True)
    )
    exchange = (await stands(api, who, told["return"]))["exchange"]
    await done(api, who, "exchangeShip", exchange, carrier="sf", trackingNumber="SFS100001")
    await scanned(api, store, "SFS100001", "DELIVERED")

    nxt = await sold(store, who, "M", "ben")

    assert await advised(api, who, nxt) == {"size": "L", "share": 1.0, "sampleSize": 1}
    assert await advised(api, who, nxt, "SIZE_TOO_LARGE") is None
    buyer = make.buyer(store, nxt.order, ("orders:read", "returns:read"))
    assert await advised(api, buyer, nxt) == {"size": "L", "share": 1.0, "sampleSize": 1}
    stranger = await make.merchant(store)
    assert await advised(api, stranger, await sold(store, stranger, "M", "eve")) is None


async def test_what_others_kept_instead_and_what_the_buyer_keeps_count_together(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    small = await sold(store, who, "M", "ann")
    await requested(api, who, small.line(0, 1, SMALL))
    await sold(store, who, "L", "ann")  # bought again, and kept
    await sold(store, who, "XL", "ann", "HAT")  # another thing says nothing of this one
    await sold(store, who, "XL", "ben", "COAT")  # but of the buyer it does
    await sold(store, who, "L", "ben", "VEST")
    order = await sold(store, who, "M", "ben")

    assert await advised(api, who, order) == {"size": "L", "share": 2 / 3, "sampleSize": 3}
    told = await requested(api, who, order.line(0, 1, SMALL))
    query = "query($id: ID!) { return(id: $id) { sizeAdvice { size sampleSize } } }"
    seen = await api.ask(who, query, id=told["return"]["id"])
    assert seen["return"]["sizeAdvice"] == {"size": "L", "sampleSize": 3}
