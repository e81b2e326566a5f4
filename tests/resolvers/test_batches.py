"""A page of orders with everything takes as many statements as it has relations, however many orders there are."""

from collections import Counter

import pytest

from db.enums import DeliveryMode, TrackingStatus
from db.session import Store
from db.vault import Vault
from tests import make
from tests.asking import Api, serving
from tests.conftest import SECRET_KEY
from tests.resolvers.counting import counting

PAGE = """query($first: Int!) { orders(first: $first) {
  nodes {
    id number status total { amount currency } flags problems { message }
    merchant { name } customer { name phone email } shippingAddress { name phone street unit }
    lines { id sku unitPrice { amount } attributes { name } }
    shipments {
      id trackingNumber carrier { code name } merchant { id }
      events { id description } latestEvent { id } stages { stage } proofOfDelivery { signedBy event { id } }
      alerts { kind expectedImpact { sentence } shipment { id } } isDelayed estimate { at }
      tracking { method account { id name carrier { code } merchant { id } } }
      orders { id customer { name } lines { sku } merchant { id } shipments { id } }
    }
    journey { id }
  }
  pageInfo { endCursor }
} }"""
RELATIONS = {
    "orders": 2,  # the page itself, and the orders of its shipments
    "merchants": 1,
    "customers": 1,
    "order_lines": 1,
    "shipments": 1,
    "carriers": 1,
    "tracking_events": 1,
    "carrier_accounts": 1,
}
STATEMENTS = sum(RELATIONS.values())


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    made = await make.merchant(store)
    assert made.merchant
    await make.account(store, made.merchant.id)
    for number in range(50):
        order = await make.order(store, made.merchant.id, f"B-{number}")
        parcel = await make.shipment(
            store,
            made.merchant.id,
            f"SFB{number}",
            orders=[order],
            status=TrackingStatus.DELIVERED,
            delivered_at=make.NOW,
            signed_by="王小明",
            delivery_mode=DeliveryMode.LOCKER,
        )
        await make.scan(store, parcel)
        await make.scan(store, parcel, TrackingStatus.DELIVERED)
    return made


def main_table(statement: str) -> str:
    """The table a statement is about: of a join the far side, which is what it fetches."""
    words = statement.split()
    return words[words.index("JOIN") + 1] if "JOIN" in words else words[words.index("FROM") + 1]


async def asked(api: Api, store: Store, seller: make.Someone, first: int) -> list[str]:
    with counting(store) as statements:
        told = await api.ask(seller, PAGE, first=first)
    assert len(told["orders"]["nodes"]) == first
    assert all(len(node["shipments"][0]["events"]) == 2 for node in told["orders"]["nodes"])
    assert all(node["shipments"][0]["orders"][0]["id"] == node["id"] for node in told["orders"]["nodes"])
    return statements


@pytest.mark.parametrize("first", [1, 50])
async def test_a_page_with_everything_takes_one_statement_a_relation(
    api: Api, store: Store, seller: make.Someone, first: int
) -> None:
    await asked(api, store, seller, first)  # the key is looked up and kept for some seconds

    statements = await asked(api, store, seller, first)

    assert Counter(main_table(each) for each in statements) == RELATIONS
    assert len(statements) == STATEMENTS == 9


async def test_a_fresh_process_fetches_the_merchants_key_once(store: Store, seller: make.Someone) -> None:
    fresh = Store(store.url.render_as_string(hide_password=False), Vault(SECRET_KEY))
    async with serving(fresh) as api:
        statements = await asked(api, fresh, seller, 50)
    await fresh.close()

    assert len([each for each in statements if "data_keys" in each]) == 1
    assert len(statements) == STATEMENTS + 2  # the data key and the caller's own
