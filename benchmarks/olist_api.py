"""The gateway as partners meet it: over HTTP, with a key, in GraphQL text; spoken to in this process."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from api.app import Clock, create_app
from api.settings import Settings
from db.session import Store
from db.settings import DatabaseSettings

AT_ONCE = 250
"""Scans in one mutation, the most it takes."""

_PUSH = """mutation($input: [TrackingEventInput!]!) {
  trackingEventsPush(input: $input) { results { outcome } userErrors { message } } }"""

_DELAYED = """query($after: String) { orders(first: 100, after: $after, filter: {delayed: true}) {
  nodes { number merchant { name } } pageInfo { hasNextPage endCursor } } }"""


@dataclass(frozen=True, slots=True)
class Partner:
    """A client with a partner's key."""

    http: httpx2.AsyncClient
    key: str

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data; fails on any error."""
        body = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=body, headers={"authorization": f"Bearer {self.key}"})
        told = answer.json()
        assert "errors" not in told, told["errors"]
        return told["data"]


@asynccontextmanager
async def serving(store: Store, key: bytes, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole application over this store."""
    settings = Settings(DatabaseSettings(store.url.render_as_string(hide_password=False), key))
    app = create_app(settings, store=store, clock=clock)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://waybridge", timeout=60) as http:
            yield http


async def push(carrier: Partner, scans: Sequence[dict[str, Any]]) -> Counter[str]:
    """Tells of the scans, as many at once as may be; gives how many came to which outcome."""
    outcomes: Counter[str] = Counter()
    for start in range(0, len(scans), AT_ONCE):
        told = await carrier.ask(_PUSH, input=scans[start : start + AT_ONCE])
        assert not told["trackingEventsPush"]["userErrors"]
        outcomes.update(each["outcome"] for each in told["trackingEventsPush"]["results"])
    return outcomes


async def delayed_orders(platform: Partner) -> list[tuple[str, str]]:
    """Every delayed order as (merchant, number), page after page."""
    found: list[tuple[str, str]] = []
    after: str | None = None
    while True:
        page = (await platform.ask(_DELAYED, after=after))["orders"]
        found += [(node["merchant"]["name"], node["number"]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
