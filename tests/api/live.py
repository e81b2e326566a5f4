"""A gateway on a real server, and partners who follow it live."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import Fact, announce
from api.app import create_app
from api.live.messages import PROTOCOL
from api.live.paces import PACES, Paces
from api.settings import Settings
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.settings import DatabaseSettings
from tests import make
from tests.asking import Clock
from worker import sealing

CHANGES = """subscription($after: String) { changes(after: $after) {
  position number subject subjectId subjectVersion kind before after actor { party credential } cause { kind reference }
  node { id ... on Shipment { pieces } } } }"""
UPDATED = "subscription($ids: [ID!], $after: String) { shipmentUpdated(ids: $ids, after: $after) { subjectId number } }"


@dataclass
class Gateway:
    """A running server over a store."""

    url: str
    app: Starlette
    server: uvicorn.Server
    clock: Clock = field(default_factory=Clock)

    @asynccontextmanager
    async def socket(
        self, who: make.Someone | None = None, *, protocol: str = PROTOCOL, **options: Any
    ) -> AsyncIterator["Talk"]:
        """A socket; with somebody, one that has said hello."""
        address = self.url.replace("http", "ws") + "/graphql"
        async with connect(address, subprotocols=[Subprotocol(protocol)], compression=None, **options) as raw:
            talk = Talk(raw)
            if who is not None:
                await talk.say(type="connection_init", payload=who.headers)
                assert await talk.hear() == {"type": "connection_ack"}
            yield talk


@dataclass
class Talk:
    """One conversation in graphql-transport-ws."""

    raw: ClientConnection

    async def say(self, **message: Any) -> None:
        await self.raw.send(json.dumps(message))

    async def hear(self, within: float = 5.0) -> Any:
        async with asyncio.timeout(within):
            return json.loads(await self.raw.recv())

    async def subscribe(self, id_: str, query: str = CHANGES, **variables: Any) -> None:
        """Subscribes, and waits until the subscription stands."""
        await self.say(type="subscribe", id=id_, payload={"query": query, "variables": variables})
        await self.say(type="ping")
        answer = await self.hear()
        assert answer == {"type": "pong"}, answer

    async def next(self, id_: str = "1", within: float = 5.0) -> Any:
        """The root field of the next result."""
        answer = await self.hear(within)
        assert answer["type"] == "next", answer
        assert answer["id"] == id_
        assert "errors" not in answer["payload"], answer
        [root] = answer["payload"]["data"].values()
        return root

    async def silence(self, seconds: float = 0.4) -> bool:
        """Whether nothing is said for so long."""
        try:
            await self.hear(seconds)
        except TimeoutError:
            return True
        return False

    async def closed(self, within: float = 5.0) -> tuple[int, str]:
        """The code and reason with which the server closes."""
        async with asyncio.timeout(within):
            await self.raw.wait_closed()
        return self.raw.close_code or 0, self.raw.close_reason or ""


@asynccontextmanager
async def serving(store: Store, paces: Paces = PACES) -> AsyncIterator[Gateway]:
    """The application on a port of its own, whose buffers for sending are small."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    clock = Clock()
    settings = Settings(DatabaseSettings(store.url.render_as_string(hide_password=False), b"k" * 32))
    app = create_app(settings, store=store, clock=clock, paces=paces)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on", timeout_graceful_shutdown=5))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield Gateway(address, app, server, clock)
    finally:
        app.state.live.stop()
        server.should_exit = True
        await running


async def scanned(store: Store, parcel: Shipment) -> None:
    """Something is heard of the parcel; on PostgreSQL it waits for its seal."""
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Shipment, parcel.id, with_for_update=True)
        row.pieces = (row.pieces or 0) + 1
        await announce(session, [Fact(SHIPMENT_SCANNED, row, make.NOW)], make.BY, now=make.NOW)


async def stir(store: Store, parcel: Shipment, times: int = 1) -> None:
    """Something is heard of the parcel, so many times, and sealed."""
    for _ in range(times):
        await scanned(store, parcel)
    await sealing.drain(store)


async def parcels(store: Store, who: make.Someone, *numbers: str, **columns: Any) -> Sequence[Shipment]:
    """Registered parcels of a merchant, sealed into the log."""
    assert who.merchant
    rows = [await make.shipment(store, who.merchant.id, number, **columns) for number in numbers]
    await sealing.drain(store)
    return rows


async def until(true: Callable[[], bool], within: float = 5.0) -> None:
    """Waits for what nobody announces."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110  # nobody announces it
            await asyncio.sleep(0.01)
