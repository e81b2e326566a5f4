"""Asks the gateway as a partner does: over HTTP, with a key, in GraphQL text."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx2

from api.app import create_app
from api.settings import Settings
from carriers.sandbox import Book
from cli import sandbox
from db.session import Store
from db.settings import DatabaseSettings
from tests import make


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = make.NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Api:
    """A client of the gateway under test."""

    http: httpx2.AsyncClient
    clock: Clock = field(default_factory=Clock)

    async def raw(self, who: make.Someone | None, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer; ``headers_`` adds headers."""
        headers = {**(who.headers if who else {}), **variables.pop("headers_", {})}
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        told: dict[str, Any] = answer.json()
        return told

    async def ask(self, who: make.Someone, query: str, **variables: Any) -> Any:
        """The data; fails on any error."""
        told = await self.raw(who, query, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def refused(self, who: make.Someone | None, query: str, **variables: Any) -> str:
        """The code of the first error; fails when there is none."""
        told = await self.raw(who, query, **variables)
        code: str = told["errors"][0]["extensions"]["code"]
        return code


async def look_up(host: str, _port: int) -> list[str]:
    """Names as these tests' world has them: most lead to a public address, ``inner.`` into a network, others nowhere."""
    if host.startswith("nowhere."):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    if host.startswith("slow."):
        await asyncio.sleep(30)
    return ["93.184.216.34", "10.0.0.1"] if host.startswith("inner.") else ["93.184.216.34"]


@asynccontextmanager
async def serving(store: Store, carriers: httpx2.AsyncBaseTransport | None = None, **more: Any) -> AsyncIterator[Api]:
    """The application over a store, spoken to in process, its lifespan run; ``carriers`` answers whatever it asks of them:
    the sandbox unless told. ``more`` are further settings."""
    clock = Clock()
    database = DatabaseSettings(store.url.render_as_string(hide_password=False), b"k" * 32)
    settings = Settings(database, public_url="http://waybridge.test", **more)
    spoken_to = carriers or httpx2.ASGITransport(app=sandbox.create_app(Book()))
    outward = httpx2.AsyncClient(transport=spoken_to, trust_env=False)
    app = create_app(settings, store=store, clock=clock, look_up=look_up, outward=outward)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://waybridge.test") as http:
            yield Api(http, clock)
