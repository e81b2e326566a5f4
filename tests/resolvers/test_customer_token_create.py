"""customerTokenCreate: a short-lived token by which one buyer sees their own."""

from datetime import timedelta
from typing import Any

import pytest

from db.ids import typeid, uuid7
from db.models.orders import Order
from db.models.partners import Partner
from db.session import Store
from tests import make
from tests.asking import Api

CREATE = """mutation($input: CustomerTokenCreateInput!) { customerTokenCreate(input: $input) {
  customerToken { token expiresAt customer { id name } } userErrors { code message field } } }"""
OWN = "{ viewer { kind customerId scopes partner { id } } orders(first: 10) { nodes { number customer { name } } } }"


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture
async def order(store: Store, seller: make.Someone) -> Order:
    await make.order(store, seller.merchant_id, "OTHER-1")
    return await make.order(store, seller.merchant_id, "A-1")


async def create(api: Api, who: make.Someone, **given: Any) -> Any:
    return (await api.ask(who, CREATE, input=given))["customerTokenCreate"]


def bearer(token: str) -> make.Someone:
    return make.Someone(Partner(name="a buyer"), token)


async def test_the_token_sees_the_buyers_own_in_the_clear(api: Api, seller: make.Someone, order: Order) -> None:
    buyer = typeid("cus", order.customer_id)

    for given in ({"customerId": buyer}, {"externalId": "c-A-1"}):
        told = await create(api, seller, **given)
        token = told["customerToken"]
        assert told["userErrors"] == []
        assert token["expiresAt"] == (api.clock.now + timedelta(hours=1)).isoformat()
        assert token["customer"] == {"id": buyer, "name": "王**"}
        seen = await api.ask(bearer(token["token"]), OWN)
        assert seen["orders"]["nodes"] == [{"number": "A-1", "customer": {"name": "王小明"}}]
        assert seen["viewer"] == {
            "kind": None,
            "customerId": buyer,
            "scopes": ["orders:read", "shipments:read"],
            "partner": None,
        }


async def test_the_token_ends(api: Api, seller: make.Someone, order: Order) -> None:
    told = await create(api, seller, externalId="c-A-1", expiresInSeconds=60)
    who, kept = bearer(told["customerToken"]["token"]), api.clock.now
    try:
        api.clock.now = kept + timedelta(seconds=59)
        await api.ask(who, OWN)
        api.clock.now = kept + timedelta(seconds=60)
        assert await api.refused(who, OWN) == "UNAUTHENTICATED"
    finally:
        api.clock.now = kept


async def test_the_token_may_do_what_it_was_made_for(api: Api, seller: make.Someone, order: Order) -> None:
    told = await create(api, seller, externalId="c-A-1", scopes=["shipments:read"])
    who = bearer(told["customerToken"]["token"])

    assert await api.refused(who, OWN) == "FORBIDDEN"
    assert await api.ask(who, "{ shipments(first: 1) { nodes { id } } }") == {"shipments": {"nodes": []}}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"externalId": "nobody"}, "NOT_FOUND", ["input"]),
        ({"customerId": "cus_" + "0" * 26}, "NOT_FOUND", ["input"]),
        ({"customerId": "x"}, "NOT_FOUND", ["input"]),
        ({}, "NOT_FOUND", ["input"]),
        ({"externalId": "c-A-1", "expiresInSeconds": 0}, "INVALID", ["input", "expiresInSeconds"]),
        ({"externalId": "c-A-1", "expiresInSeconds": -5}, "INVALID", ["input", "expiresInSeconds"]),
        ({"externalId": "c-A-1", "expiresInSeconds": 86_401}, "INVALID", ["input", "expiresInSeconds"]),
        ({"externalId": "c-A-1", "scopes": ["orders:write"]}, "INVALID", ["input", "scopes"]),
        ({"externalId": "c-A-1", "scopes": ["personal:reveal"]}, "INVALID", ["input", "scopes"]),
    ],
)
async def test_what_cannot_be_is_refused(
    api: Api, seller: make.Someone, order: Order, given: dict[str, Any], code: str, field: list[str]
) -> None:
    told = await create(api, seller, **given)

    assert told["customerToken"] is None
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [(code, field)]


async def test_another_merchants_buyer_is_not_found(api: Api, store: Store, seller: make.Someone, order: Order) -> None:
    other = await make.merchant(store)
    for given in ({"customerId": typeid("cus", order.customer_id)}, {"externalId": "c-A-1"}):
        foreign = await create(api, other, **given)
        assert foreign["customerToken"] is None
        assert foreign == await create(api, other, customerId=typeid("cus", uuid7()))


async def test_a_token_mints_no_token(api: Api, store: Store, order: Order) -> None:
    assert await api.refused(make.buyer(store, order), CREATE, input={"externalId": "c-A-1"}) == "FORBIDDEN"
