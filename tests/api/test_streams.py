"""GraphQL over server-sent events, against a real server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import update

from aftersales.credentials import parse_key
from api.live.paces import Paces
from db.models.partners import ApiKey
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.api.live import CHANGES, UPDATED, Gateway, parcels, serving, stir, until

STREAM = {"accept": "text/event-stream"}
QUICK = Paces(check=0.1, keep_alive=0.2, slow=1.0)


@pytest.fixture(scope="module")
async def gateway(store: Store) -> AsyncIterator[Gateway]:
    async with serving(store, QUICK) as running:
        yield running


@pytest.fixture(scope="module")
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


@dataclass
class Stream:
    """One answer as it comes."""

    response: Response
    lines: AsyncIterator[str]

    async def event(self, within: float = 5.0) -> dict[str, str]:
        """The next event's fields; comments are passed over."""
        found: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self.lines:
                if not line and found:
                    return found
                name, colon, value = line.partition(":")
                if colon and name:
                    found[name] = value.strip()
        return found

    async def next(self) -> Any:
        """The root field of the next result."""
        event = await self.event()
        assert event["event"] == "next", event
        told = json.loads(event["data"])
        assert "errors" not in told, told
        [root] = told["data"].values()
        assert event["id"] == root["position"]
        return root


@asynccontextmanager
async def following(
    gateway: Gateway, who: make.Someone | None, query: str = CHANGES, *, last_event: str = "", **variables: Any
) -> AsyncIterator[Stream]:
    """An answer to a POST, once its head is there."""
    headers = STREAM | (who.headers if who else {}) | ({"last-event-id": last_event} if last_event else {})
    content = {"query": query, "variables": variables}
    async with (
        AsyncClient() as client,
        client.stream("POST", f"{gateway.url}/graphql", json=content, headers=headers) as response,
    ):
        yield Stream(response, response.aiter_lines())


async def test_what_happens_is_told_as_it_happens(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    [parcel] = await parcels(store, seller, "SF5000000000001")
    async with following(gateway, seller) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert stream.response.headers["x-accel-buffering"] == "no"
        await stir(store, parcel, 2)
        assert [(await stream.next())["subjectVersion"] for _ in range(2)] == [2, 3]


async def test_who_connects_again_goes_on_after_the_last_event(
    gateway: Gateway, store: Store, seller: make.Someone
) -> None:
    [parcel] = await parcels(store, seller, "SF5000000000002")
    async with following(gateway, seller) as stream:
        await stir(store, parcel)
        first = await stream.event()
    await stir(store, parcel, 3)
    async with following(gateway, seller, last_event=first["id"]) as stream:
        assert [(await stream.next())["subjectVersion"] for _ in range(3)] == [3, 4, 5]


async def test_the_last_event_counts_more_than_the_argument(
    gateway: Gateway, store: Store, seller: make.Someone
) -> None:
    [parcel] = await parcels(store, seller, "SF5000000000003")
    async with following(gateway, seller) as stream:
        await stir(store, parcel, 2)
        [one, two] = [(await stream.next())["position"] for _ in range(2)]
    await stir(store, parcel)
    async with following(gateway, seller, last_event=two, after=one) as stream:
        assert (await stream.next())["subjectVersion"] == 4


async def test_a_get_follows_too(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    [parcel] = await parcels(store, seller, "SF5000000000004")
    address = f"{gateway.url}/graphql?query={quote('subscription { changes { position subjectId } }')}"
    async with (
        AsyncClient() as client,
        client.stream("GET", address, headers=STREAM | seller.headers) as response,
    ):
        await stir(store, parcel)
        assert (await Stream(response, response.aiter_lines()).next())["subjectId"] == parcel.typeid


async def test_a_client_that_takes_json_too_is_streamed_subscriptions_only(
    gateway: Gateway, store: Store, seller: make.Someone
) -> None:
    both = {"accept": "application/graphql-response+json, application/json, text/event-stream"} | seller.headers
    [parcel] = await parcels(store, seller, "SF5000000000005")
    async with AsyncClient() as client:
        answer = await client.post(f"{gateway.url}/graphql", json={"query": "{ viewer { kind } }"}, headers=both)
        assert answer.json()["data"] == {"viewer": {"kind": "MERCHANT"}}
        async with client.stream("POST", f"{gateway.url}/graphql", json={"query": CHANGES}, headers=both) as response:
            await stir(store, parcel)
            assert (await Stream(response, response.aiter_lines()).next())["subjectId"] == parcel.typeid


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { changes(after: "nonsense") { number } }', "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_followed_is_told_in_the_stream(
    gateway: Gateway, seller: make.Someone, query: str, code: str
) -> None:
    async with following(gateway, seller, query) as stream:
        told = await stream.event()
        assert (stream.response.status_code, told["event"]) == (200, "next")
        assert json.loads(told["data"])["errors"][0]["extensions"]["code"] == code
        assert (await stream.event())["event"] == "complete"


async def test_a_scope_that_lacks_is_told_in_the_stream(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    orders_only = await make.another_key(store, seller, "orders:read")
    async with following(gateway, orders_only, UPDATED) as stream:
        assert json.loads((await stream.event())["data"])["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_query_is_answered_by_one_event(gateway: Gateway, seller: make.Someone) -> None:
    async with following(gateway, seller, "{ viewer { kind } }") as stream:
        assert json.loads((await stream.event())["data"])["data"] == {"viewer": {"kind": "MERCHANT"}}
        assert (await stream.event())["event"] == "complete"


async def test_nobody_follows_without_a_credential(gateway: Gateway) -> None:
    async with following(gateway, None) as stream:
        await stream.response.aread()
        assert stream.response.status_code == 401
        assert stream.response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_plain_request_is_told_where_subscriptions_are_served(gateway: Gateway, seller: make.Someone) -> None:
    async with AsyncClient() as client:
        answer = await client.post(f"{gateway.url}/graphql", json={"query": CHANGES}, headers=seller.headers)
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_silence_is_broken_by_comments(gateway: Gateway, seller: make.Someone) -> None:
    async with following(gateway, seller) as stream, asyncio.timeout(5):
        heard = [line async for line, _ in zip_async(stream.lines, range(6))]
    assert heard == [":", ""] * 3


async def zip_async(lines: AsyncIterator[str], numbers: range) -> AsyncIterator[tuple[str, int]]:
    for number in numbers:
        yield await anext(lines), number


async def test_a_revoked_key_is_followed_by_the_end(gateway: Gateway, store: Store, seller: make.Someone) -> None:
    key = await make.another_key(store, seller, "shipments:read")
    parsed = parse_key(key.key)
    assert parsed
    async with following(gateway, key) as stream:
        async with store.writing(EVERYTHING) as session:
            await session.execute(update(ApiKey).where(ApiKey.id == parsed[0]).values(revoked_at=make.NOW))
        assert await stream.event(within=10) == {}


async def test_a_client_that_leaves_is_forgotten(gateway: Gateway, seller: make.Someone) -> None:
    async with following(gateway, seller):
        assert len(gateway.app.state.live.guests) == 1
    await until(lambda: len(gateway.app.state.live.guests) == 0)


async def test_a_server_that_stops_ends_its_streams(store: Store, seller: make.Someone) -> None:
    async with serving(store) as stopping, following(stopping, seller) as stream:
        stopping.app.state.live.stop()
        assert await stream.event() == {}
