"""Plans over a customs border: who is offered, and that a hub at home comes first."""

from typing import Any

from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.test_return_plan import plan
from tests.returning import bought

BERLIN: dict[str, Any] = {
    "name": "Max Mustermann",
    "phone": "+4915112345678",
    "country": "DE",
    "region": "Berlin",
    "city": "Berlin",
    "street": ["Musterstr. 1"],
    "postalCode": "10115",
}
CUSTOMS = "A border is crossed: customs data is needed."


async def seller(store: Store, *houses: tuple[str, str, bool]) -> make.Someone:
    who = await make.merchant(store)
    for carrier in ("fedex", "dhl_express", "ups"):
        await make.account(store, who.merchant_id, carrier)
    async with store.writing(EVERYTHING) as session:
        for code, country, is_hub in houses:
            row = Warehouse(merchant_id=who.merchant_id, code=code, name=code, country=country, is_hub=is_hub)
            row.seal(store.vault, address="{}")
            session.add(row)
    return who


async def test_over_a_border_only_those_are_offered_that_can_tell_customs(api: Api, store: Store) -> None:
    who = await seller(store, ("HOME", "CN", False))

    told = await plan(api, who, await bought(store, who, shippingAddress=BERLIN))

    ways = {(each["carrier"]["code"], each["method"]) for each in told["routes"] if each["carrier"]}
    assert ways == {("fedex", "LABEL"), ("dhl_express", "DOOR_PICKUP")}
    assert all(CUSTOMS in each["because"] for each in told["routes"] if each["carrier"])


async def test_a_hub_at_home_comes_before_every_border(api: Api, store: Store) -> None:
    who = await seller(store, ("HOME", "CN", False), ("HUB", "DE", True))

    told = await plan(api, who, await bought(store, who, shippingAddress=BERLIN))

    crossing = [CUSTOMS in each["because"] for each in told["routes"] if each["carrier"]]
    assert crossing == sorted(crossing)
    assert {*crossing} == {False, True}


async def test_within_the_union_there_is_no_border(api: Api, store: Store) -> None:
    who = await seller(store, ("PARIS", "FR", False))

    told = await plan(api, who, await bought(store, who, shippingAddress=BERLIN))

    assert told["routes"][0]["carrier"]
    assert not any(CUSTOMS in each["because"] for each in told["routes"])
