"""Webhook endpoints through the API: made, seen, changed, tested, rotated, replayed, deleted, by their partner alone."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from resolvers import webhook_changes
from tests import make
from tests.asking import Api

ENDPOINT = """id url description merchantId topics carriers statuses selection signing publicKey previousSecretEndsAt
  failingSince disabledAt disabledBecause createdAt"""
CREATE = f"""mutation($input: WebhookEndpointCreateInput!, $key: String!) {{
  webhookEndpointCreate(input: $input) @idempotent(key: $key) {{
    webhookEndpoint {{ {ENDPOINT} }} secret userErrors {{ code message field }} }} }}"""
UPDATE = f"""mutation($input: WebhookEndpointUpdateInput!) {{ webhookEndpointUpdate(input: $input) {{
    webhookEndpoint {{ {ENDPOINT} }} userErrors {{ code message field }} }} }}"""
DELETE = """mutation($input: WebhookEndpointDeleteInput!) { webhookEndpointDelete(input: $input) {
    webhookEndpoint { id url } userErrors { code } } }"""
TEST = """mutation($input: WebhookEndpointTestInput!) { webhookEndpointTest(input: $input) {
    webhookDelivery { id kind status position subjectId } userErrors { code } } }"""
ROTATE = """mutation($input: WebhookEndpointRotateSecretInput!, $key: String! = "r") {
  webhookEndpointRotateSecret(input: $input) @idempotent(key: $key) {
    webhookEndpoint { id previousSecretEndsAt } secret userErrors { code } } }"""
REPLAY = """mutation($input: WebhookReplayInput!) { webhookReplay(input: $input) {
    replayed continueAfter userErrors { code message field } } }"""
LIST = f"{{ webhookEndpoints {{ {ENDPOINT} }} }}"


async def create(api: Api, who: make.Someone, key: str = "k", **wish: Any) -> Any:
    given = {"url": "https://hook.example/in", **wish}
    return (await api.ask(who, CREATE, input=given, key=key))["webhookEndpointCreate"]


async def test_an_endpoint_is_made_and_its_secret_shown_once(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    made = await create(api, seller, topics=["shipment.*"], carriers=["SF"], statuses=["DELIVERED"], description="ours")

    assert made["userErrors"] == []
    assert made["secret"].startswith("whsec_")
    endpoint = made["webhookEndpoint"]
    assert endpoint["id"].startswith("whk_")
    assert endpoint["merchantId"] == seller.merchant.typeid
    assert (endpoint["topics"], endpoint["carriers"], endpoint["statuses"]) == (["shipment.*"], ["sf"], ["DELIVERED"])
    assert (endpoint["signing"], endpoint["publicKey"]) == ("HMAC_SHA256", None)
    assert (await api.ask(seller, LIST))["webhookEndpoints"] == [endpoint]
    assert made["secret"] not in str(await api.raw(seller, LIST))

    again = await create(
        api, seller, topics=["shipment.*"], carriers=["SF"], statuses=["DELIVERED"], description="ours"
    )
    assert (again["webhookEndpoint"], again["secret"]) == (endpoint, None)


async def test_an_ed25519_endpoint_shows_its_public_key_only(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = await create(api, seller, signing="ED25519")

    assert made["secret"].startswith("whpk_")
    assert made["secret"] == made["webhookEndpoint"]["publicKey"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"url": "http://hook.example/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://user:secret@hook.example/"}, "url"),
        ({"url": "https://inner.example/"}, "url"),
        ({"topics": []}, "topics"),
        ({"topics": ["shipment.lost_forever"]}, "topics"),
        ({"carriers": ["nobody"]}, "carriers"),
        ({"statuses": ["delivered"]}, "statuses"),
        ({"description": "x" * 201}, "description"),
        ({"selection": "{ nope }"}, "selection"),
        ({"selection": "{ kind } { number }"}, "selection"),
        ({"selection": "mutation { ordersSync(input: []) { results { index } } }"}, "selection"),
        ({"selection": "{ kind } } mutation X { ordersSync(input: []) { results { index } } "}, "selection"),
        ({"selection": "query($x: ID!) { kind }"}, "selection"),
        ({"selection": "{ " + "".join(f"a{each}: kind " for each in range(40)) + "}"}, "selection"),
    ],
)
async def test_what_cannot_be_told_is_refused(api: Api, store: Store, wish: dict[str, Any], field: str) -> None:
    seller = await make.merchant(store)
    made = await create(api, seller, **wish)

    assert made["webhookEndpoint"] is None
    assert made["secret"] is None
    assert [(no["code"], no["field"]) for no in made["userErrors"]] == [("INVALID", ["input", field])]
    assert (await api.ask(seller, LIST))["webhookEndpoints"] == []


async def test_everything_wrong_is_told_at_once(api: Api, store: Store) -> None:
    made = await create(api, await make.merchant(store), url="ftp://x", topics=["?"], carriers=["?"], statuses=["?"])

    assert [no["field"][1] for no in made["userErrors"]] == ["url", "topics", "carriers", "statuses"]


async def test_an_endpoint_is_changed_where_something_is_given(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = (await create(api, seller, description="first", selection="{ kind }"))["webhookEndpoint"]
    change = {"id": made["id"], "topics": ["order.*"], "description": ""}
    changed = (await api.ask(seller, UPDATE, input=change))["webhookEndpointUpdate"]["webhookEndpoint"]

    assert changed == made | {"topics": ["order.*"], "description": None}
    bare = (await api.ask(seller, UPDATE, input={"id": made["id"], "selection": ""}))["webhookEndpointUpdate"]
    assert bare["webhookEndpoint"]["selection"] is None
    off = (await api.ask(seller, UPDATE, input={"id": made["id"], "enabled": False}))["webhookEndpointUpdate"]
    assert off["webhookEndpoint"]["disabledBecause"] == "ASKED"
    on = (await api.ask(seller, UPDATE, input={"id": made["id"], "enabled": True}))["webhookEndpointUpdate"]
    assert on["webhookEndpoint"]["disabledAt"] is on["webhookEndpoint"]["disabledBecause"] is None
    wrong = (await api.ask(seller, UPDATE, input={"id": made["id"], "url": "http://x"}))["webhookEndpointUpdate"]
    assert [no["field"] for no in wrong["userErrors"]] == [["input", "url"]]


async def test_a_secret_is_rotated_and_the_old_one_lasts_a_day(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = await create(api, seller)
    done = (await api.ask(seller, ROTATE, input={"id": made["webhookEndpoint"]["id"]}))["webhookEndpointRotateSecret"]

    assert done["secret"].startswith("whsec_")
    assert done["secret"] != made["secret"]
    assert done["webhookEndpoint"]["previousSecretEndsAt"] == "2026-06-02T12:00:00+00:00"


async def test_a_deleted_endpoint_is_found_by_nobody(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    id_ = (await create(api, seller))["webhookEndpoint"]["id"]
    assert (await api.ask(seller, DELETE, input={"id": id_}))["webhookEndpointDelete"]["userErrors"] == []

    assert (await api.ask(seller, LIST))["webhookEndpoints"] == []
    for mutation in (UPDATE, DELETE, TEST, ROTATE):
        told = await api.ask(seller, mutation, input={"id": id_})
        assert [no["code"] for no in next(iter(told.values()))["userErrors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize("who", ["another merchant", "a platform for the merchant", "a carrier"])
async def test_a_foreign_endpoint_is_not_found(api: Api, store: Store, who: str) -> None:
    seller = await make.merchant(store)
    strangers: dict[str, Callable[[], Awaitable[make.Someone]]] = {
        "another merchant": lambda: make.merchant(store),
        "a platform for the merchant": lambda: make.platform(store, seller),
        "a carrier": lambda: make.carrier(store, scopes=["webhooks:manage", "shipments:read"]),
    }
    other = await strangers[who]()
    id_ = (await create(api, seller))["webhookEndpoint"]["id"]
    delivery = (await api.ask(seller, TEST, input={"id": id_}))["webhookEndpointTest"]["webhookDelivery"]["id"]
    never = "whk_01h455vb4pex5vsknk084sn02q"

    assert (await api.ask(other, LIST))["webhookEndpoints"] == []
    for mutation in (UPDATE, DELETE, TEST, ROTATE):
        foreign, unknown = [await api.ask(other, mutation, input={"id": each}, key=each) for each in (id_, never)]
        assert foreign == unknown
        assert [no["code"] for no in next(iter(foreign.values()))["userErrors"]] == ["NOT_FOUND"]
    for given in ({"endpointId": id_}, {"deliveryIds": [delivery]}):
        told = (await api.ask(other, REPLAY, input=given))["webhookReplay"]
        assert [no["code"] for no in told["userErrors"]] == ["NOT_FOUND"]
        assert told["replayed"] is None


async def test_the_scope_is_asked_for_everything(api: Api, store: Store) -> None:
    seller = await make.merchant(store, scopes=["orders:read", "shipments:read", "orders:write"])

    assert await api.refused(seller, LIST) == "FORBIDDEN"
    assert await api.refused(seller, CREATE, input={"url": "https://hook.example/"}, key="k") == "FORBIDDEN"
    blind = await make.another_key(store, seller, "webhooks:manage")
    assert await api.refused(blind, CREATE, input={"url": "https://hook.example/"}, key="k") == "FORBIDDEN"


async def test_a_buyer_has_no_endpoints(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    assert seller.merchant
    buyer = make.buyer(store, await make.order(store, seller.merchant.id, "WH-1"))

    assert await api.refused(buyer, LIST) == "FORBIDDEN"


async def test_a_platform_makes_one_for_all_its_merchants_or_for_one(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    agent = await make.platform(store, seller)
    assert seller.merchant
    named = {"waybridge-merchant": seller.merchant.typeid}
    wish = {"url": "https://hook.example/"}

    everywhere = await create(api, agent)
    for_one = await api.raw(agent, CREATE, input=wish, key="k2", headers_=named)

    assert everywhere["webhookEndpoint"]["merchantId"] is None
    made = for_one["data"]["webhookEndpointCreate"]["webhookEndpoint"]
    assert made["merchantId"] == seller.merchant.typeid
    assert len((await api.ask(agent, LIST))["webhookEndpoints"]) == 2
    assert (await api.ask(seller, LIST))["webhookEndpoints"] == []


async def test_what_may_be_unmasked_for_the_caller_is_not_for_a_webhook(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    seeing = await make.another_key(store, seller, "webhooks:manage", "orders:read", "personal:reveal")
    id_ = (await create(api, seeing))["webhookEndpoint"]["id"]

    async with store.reading(EVERYTHING) as session:
        [row] = [each for each in await session.scalars(select(WebhookEndpoint)) if each.typeid == id_]
    assert row.scopes == ["orders:read", "webhooks:manage"]
    assert "order" in row.subjects
    assert "shipment" not in row.subjects


async def test_a_partner_has_fifty_endpoints_at_most(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    for each in range(50):
        await create(api, seller, key=f"k{each}")
    made = await create(api, seller, key="one more")

    assert [no["code"] for no in made["userErrors"]] == ["LIMIT"]


@pytest.mark.parametrize("name", ["nowhere.example", "slow.example"])
async def test_a_name_that_leads_nowhere_yet_is_accepted(
    api: Api, store: Store, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_changes, "LOOK_UP_SECONDS", 0.05)
    made = await create(api, await make.merchant(store), url=f"https://{name}/")

    assert made["userErrors"] == []
    assert made["webhookEndpoint"]["url"] == f"https://{name}/"


async def test_an_endpoint_cannot_be_led_into_a_network_later(api: Api, store: Store) -> None:
    seller = await make.merchant(store)
    made = (await create(api, seller))["webhookEndpoint"]
    led = await api.ask(seller, UPDATE, input={"id": made["id"], "url": "https://inner.example/"})
    other = await api.ask(seller, UPDATE, input={"id": made["id"], "topics": ["order.*"]})

    assert led["webhookEndpointUpdate"]["userErrors"] == [
        {"code": "INVALID", "message": "The name leads to an address that is not public.", "field": ["input", "url"]}
    ]
    assert other["webhookEndpointUpdate"]["webhookEndpoint"]["url"] == "https://hook.example/in"
