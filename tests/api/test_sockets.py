"""The protocol graphql-transport-ws, against a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from aftersales.credentials import parse_key
from api.auth import KEPT_SECONDS
from api.live.paces import PACES, Paces
from db.models.partners import ApiKey
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.api.live import CHANGES, UPDATED, Gateway, parcels, serving, stir

DEAR = """subscription { changes { node { ...Ten } } }
fragment Ten on Order { timeline(first: 100) { nodes { node { ...Hundred } } } }
fragment Hundred on Order { timeline(first: 100) { nodes { number } } }"""
QUICK = Paces(acknowledge=0.4, check=0.1, slow=1.0)


@pytest.fixture(scope="module")
async def gateway(store: Store) -> AsyncIterator[Gateway]:
    async with serving(store, QUICK) as running:
        yield running


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def test_hello_by_the_first_message_in_either_spelling(gateway: Gateway, seller: make.Someone) -> None:
    for name in ("authorization", "Authorization"):
        async with gateway.socket() as talk:
            await talk.say(type="connection_init", payload={name: f"Bearer {seller.key}"})
            assert await talk.hear() == {"type": "connection_ack"}


async def test_hello_by_the_header_of_the_handshake(gateway: Gateway, seller: make.Someone) -> None:
    async with gateway.socket(additional_headers=seller.headers) as talk:
        await talk.say(type="connection_init")
        assert await talk.hear() == {"type": "connection_ack"}


async def test_another_protocol_is_not_spoken(gateway: Gateway) -> None:
    async with gateway.socket(protocol="graphql-ws") as talk:
        assert (await talk.closed())[0] == 4406


async def test_who_does_not_say_hello_is_shown_out(gateway: Gateway) -> None:
    async with gateway.socket() as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"authorization": "Bearer wb_nobody"},
        {"authorization": 1},
        {"authorization": "Bearer €\n"},
        {"Authorization": ["Bearer", "x"]},
    ],
)
async def test_a_hello_without_a_valid_credential_is_forbidden(gateway: Gateway, payload: dict[str, Any]) -> None:
    async with gateway.socket() as talk:
        await talk.say(type="connection_init", payload=payload)
        assert await talk.closed() == (4403, "Forbidden")


async def test_nothing_is_followed_before_hello(gateway: Gateway) -> None:
    async with gateway.socket() as talk:
        await talk.say(type="subscribe", id="1", payload={"query": CHANGES})
        assert await talk.closed() == (4401, "Unauthorized")


async def test_hello_is_said_once(gateway: Gateway, seller: make.Someone) -> None:
    async with gateway.socket(seller) as talk:
        await talk.say(type="connection_init", payload=seller.headers)
        assert await talk.closed() == (4429, "Too many initialisation requests")


async def test_an_id_is_used_by_one_operation_at_a_time(gateway: Gateway, seller: make.Someone) -> None:
    async with gateway.socket(seller) as talk:
        await talk.subscribe("a")
        await talk.say(type="complete", id="a")
        await talk.subscribe("a")
        await talk.say(type="subscribe", id="a", payload={"query": CHANGES})
        assert await talk.closed() == (4409, "Subscriber for a already exists")


async def test_a_ping_is_answered_with_what_it_carried(gateway: Gateway) -> None:
    async with gateway.socket() as talk:
        await talk.say(type="ping", payload={"at": 1})
        assert await talk.hear() == {"type": "pong", "payload": {"at": 1}}
        await talk.say(type="pong")
        await talk.say(type="ping")
        assert await talk.hear() == {"type": "pong"}


async def test_what_happens_is_told_until_complete(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    [parcel] = await parcels(store, seller, "SF2000000000001")
    async with gateway.socket(seller) as talk:
        await talk.subscribe("1", UPDATED, ids=[parcel.typeid])

        await stir(store, parcel)
        assert (await talk.next())["subjectId"] == parcel.typeid
        await talk.say(type="complete", id="1")
        await stir(store, parcel)
        assert await talk.silence()


async def test_only_the_parcels_named_are_told_of(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    one, two = await parcels(store, seller, "SF2000000000002", "SF2000000000003")
    async with gateway.socket(seller) as talk:
        await talk.subscribe("two", UPDATED, ids=[two.typeid])

        await stir(store, one)
        await stir(store, two)
        assert (await talk.next("two"))["subjectId"] == two.typeid
        assert await talk.silence()


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { changes { number } more: changes { number } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A { changes { number } } query B { viewer { kind } }", {}, "OPERATION_RESOLUTION_FAILURE"),
        (CHANGES, {"after": "nonsense"}, "BAD_USER_INPUT"),
        (CHANGES, {"after": 1}, "BAD_USER_INPUT"),
        (UPDATED, {"ids": ["ord_01h455vb4pex5vsknk084sn02q"]}, "BAD_USER_INPUT"),
        (UPDATED, {"ids": ["shp_01h455vb4pex5vsknk084sn02q"] * 101}, "LIMIT_EXCEEDED"),
        ("subscription { changes { " + " ".join(f"a{n}: number" for n in range(31)) + "} }", {}, "LIMIT_EXCEEDED"),
        (
            DEAR,
            {},
            "COST_EXCEEDED",
        ),
    ],
)
async def test_what_cannot_be_followed_is_told_and_the_socket_goes_on(
    gateway: Gateway, seller: make.Someone, query: str, variables: dict[str, Any], code: str
) -> None:
    async with gateway.socket(seller) as talk:
        await talk.say(type="subscribe", id="bad", payload={"query": query, "variables": variables})

        answer = await talk.hear()
        assert (answer["type"], answer["id"]) == ("error", "bad")
        assert {error["extensions"]["code"] for error in answer["payload"]} == {code}
        assert all(error["extensions"]["requestId"] for error in answer["payload"])
        await talk.subscribe("bad")


async def test_a_key_follows_what_it_may_read(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    assert seller.merchant
    orders_only = await make.another_key(store, seller, "orders:read")
    async with gateway.socket(orders_only) as talk:
        await talk.say(type="subscribe", id="1", payload={"query": UPDATED})
        assert (await talk.hear())["payload"][0]["extensions"]["code"] == "FORBIDDEN"
        await talk.subscribe("1")
        await parcels(store, seller, "SF2000000000009")
        await make.order(store, seller.merchant.id, "L-1")
        await stir(store, (await parcels(store, seller, "SF2000000000010"))[0])
        assert (await talk.next())["kind"] == "order.created"
        assert await talk.silence()


async def test_a_socket_has_twenty_five_operations_at_a_time(gateway: Gateway, seller: make.Someone) -> None:
    async with gateway.socket(seller) as talk:
        for number in range(25):
            await talk.subscribe(str(number))
        await talk.say(type="subscribe", id="one more", payload={"query": CHANGES})
        answer = await talk.hear()
        assert (answer["type"], answer["id"]) == ("error", "one more")
        assert answer["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        await talk.say(type="complete", id="7")
        await talk.subscribe("one more")


async def test_queries_and_mutations_are_answered_once(gateway: Gateway, seller: make.Someone) -> None:
    register = """mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) {
      results { shipment { trackingNumber } } } }"""
    variables = {"input": [{"carrier": "sf", "trackingNumber": "SF2000000000004"}]}
    async with gateway.socket(seller) as talk:
        await talk.say(type="subscribe", id="q", payload={"query": "{ viewer { kind } }"})
        assert await talk.next("q") == {"kind": "MERCHANT"}
        assert await talk.hear() == {"type": "complete", "id": "q"}
        await talk.say(type="subscribe", id="m", payload={"query": register, "variables": variables})
        assert (await talk.next("m"))["results"] == [{"shipment": {"trackingNumber": "SF2000000000004"}}]
        assert await talk.hear() == {"type": "complete", "id": "m"}
        await talk.say(type="subscribe", id="v", payload={"query": register, "variables": {}})
        answer = await talk.hear()
        assert (answer["type"], answer["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


async def test_a_revoked_key_is_shown_out(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    key = await make.another_key(store, seller, "shipments:read")
    other = await make.another_key(store, seller, "shipments:read")
    parsed = parse_key(key.key)
    assert parsed
    async with gateway.socket(key) as talk, gateway.socket(other) as stays:
        await talk.subscribe("1")
        async with store.writing(EVERYTHING) as session:
            await session.execute(update(ApiKey).where(ApiKey.id == parsed[0]).values(revoked_at=make.NOW))
        assert (await talk.closed(within=10))[0] == 4403
        await stays.say(type="ping")
        assert await stays.hear() == {"type": "pong"}


def test_a_revoked_key_is_shown_out_within_ten_seconds_by_default() -> None:
    assert PACES.check + KEPT_SECONDS < 10
    assert PACES.slow < 10


async def test_a_buyer_is_shown_out_when_their_token_ends(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    assert seller.merchant
    buyer = make.buyer(store, await make.order(store, seller.merchant.id, "L-2"))
    async with gateway.socket(buyer) as talk:
        await talk.subscribe("1")
        gateway.clock.now += timedelta(hours=2)
        try:
            assert (await talk.closed())[0] == 4403
        finally:
            gateway.clock.now -= timedelta(hours=2)


async def test_a_platform_follows_its_merchants_or_the_one_it_names(gateway: Gateway, store: Store) -> None:
    mine, also_mine = await make.merchant(store), await make.merchant(store)
    agent = await make.platform(store, mine, also_mine)
    assert mine.merchant
    named = make.Someone(agent.partner, agent.key)
    async with gateway.socket(agent) as of_both, gateway.socket() as of_one:
        await of_one.say(type="connection_init", payload={**named.headers, "Waybridge-Merchant": mine.merchant.typeid})
        await of_one.hear()
        await of_both.subscribe("1")
        await of_one.subscribe("1")
        [theirs] = await parcels(store, also_mine, "SF2000000000005")
        [ours] = await parcels(store, mine, "SF2000000000006")
        assert [(await of_both.next())["subjectId"] for _ in range(2)] == [theirs.typeid, ours.typeid]
        assert (await of_one.next())["subjectId"] == ours.typeid


async def test_a_server_that_stops_says_so(store: Store, seller: make.Someone) -> None:
    async with serving(store) as stopping, stopping.socket(seller) as talk:
        await talk.subscribe("1")
        stopping.server.should_exit = True
        assert (await talk.closed())[0] in {1001, 1012}


async def test_many_messages_at_once_are_heard_in_order(gateway: Gateway, seller: make.Someone) -> None:
    async with gateway.socket(seller) as talk:
        for number in range(200):
            await talk.raw.send(json.dumps({"type": "ping", "payload": {"n": number}}))
        heard = await asyncio.gather(*[talk.hear()])
        heard += [await talk.hear() for _ in range(199)]
        assert [each["payload"]["n"] for each in heard] == list(range(200))
