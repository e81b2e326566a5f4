"""What the experiments on live updates stand on: a real server in a process of its own, merchants, sockets, a writer."""

import asyncio
import gc
import json
import multiprocessing
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from aftersales import credentials, partners, shipments
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import By, Fact, announce
from aftersales.shipments import ShipmentWish
from api.app import create_app
from api.observability import set_up_logging
from api.settings import Settings
from cli.hosting import SOCKETS, settle
from db.enums import PartnerKind, Party
from db.ids import uuid7
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from worker.sealing import Sealer

SECRET_KEY = b"b" * 32
BY = By(Party.CARRIER, "benchmark")
CHANGES = "subscription { changes { number subjectId subjectVersion kind node { id ... on Shipment { status } } } }"
PARCELS = {"query": "{ shipments(first: 10) { nodes { id status } } }"}
SENT_AHEAD = 16 * 1024  # bytes the kernel keeps for who does not read: it would take megabytes


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


@asynccontextmanager
async def sealing(store: Store, _clock: Callable[[], datetime]) -> AsyncIterator[Callable[[], None]]:
    """The part of the worker that matters here."""

    async def seal() -> None:
        sealer = Sealer(store)
        while True:
            done = await sealer.step()
            await asyncio.sleep(0.01 if not done else 0)

    task = asyncio.create_task(seal())
    yield lambda: None
    task.cancel()


@dataclass(frozen=True, slots=True)
class Server:
    """A running one."""

    port: int
    pid: int

    def busy(self) -> float:
        """The seconds that it has computed."""
        words = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """What is resident of it, in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        [line] = [each for each in lines if each.startswith("VmRSS")]
        return int(line.split()[1]) / 1024


@contextmanager
def serving(url: str) -> Iterator[Server]:
    """The server, while it runs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD)
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, listener), daemon=True)
    process.start()
    try:
        yield Server(listener.getsockname()[1], process.pid or 0)
    finally:
        process.terminate()
        process.join()
        listener.close()


def _serve(url: str, listener: socket.socket) -> None:
    set_up_logging("critical")
    settings = Settings(DatabaseSettings(url, SECRET_KEY))
    app = create_app(settings, store=Store(url, Vault(SECRET_KEY)), beside=sealing)
    settle()
    config = uvicorn.Config(app, log_level="critical", access_log=False, **SOCKETS)
    uvicorn.Server(config).run(sockets=[listener])


async def ready(server: Server) -> None:
    """Once it answers."""
    async with httpx2.AsyncClient() as client:
        for _ in range(300):
            with suppress(httpx2.TransportError):
                if (await client.get(f"http://127.0.0.1:{server.port}/healthz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise TimeoutError("the server does not answer")


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant with a key and a parcel."""

    key: str
    key_id: UUID
    parcel: UUID


async def shop(store: Store, number: int) -> Shop:
    """A fresh merchant."""
    name = f"Bench {number} {uuid7().hex}"
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        owner = await partners.create_merchant(session, store.vault, partners.MerchantWish(name), now=now())
        wish = partners.PartnerWish(name, PartnerKind.MERCHANT, merchant_id=owner.id)
        partner = await partners.create_partner(session, wish, now=now())
        scopes = credentials.DEFAULT_SCOPES[PartnerKind.MERCHANT]
        row, key = await credentials.create_key(session, partner, "benchmark", scopes)
    await store.keys_of(owner.id)
    async with store.writing(EVERYTHING) as session:
        wanted = ShipmentWish(owner.id, "sf", f"SF{number:013}", ())
        return Shop(key, row.id, (await shipments.register(session, store.vault, wanted, BY, now())).id)


async def follow(port: int, key: str, subscriptions: int, **options: Any) -> ClientConnection:
    """A socket whose subscriptions stand."""
    raw = await connect(
        f"ws://127.0.0.1:{port}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        compression=None,
        ping_interval=None,
        open_timeout=60,
        **options,
    )
    await raw.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {key}"}}))
    await raw.recv()
    for number in range(subscriptions):
        await raw.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": CHANGES}}))
    await raw.send('{"type":"ping"}')
    await raw.recv()
    return raw


async def scan(store: Store, shops: Sequence[Shop]) -> tuple[str, int]:
    """Commits a change of somebody's parcel: its id and its version since."""
    async with store.writing(EVERYTHING) as session:
        row = await session.get_one(Shipment, random.choice(shops).parcel, with_for_update=True)
        row.pieces = (row.pieces or 0) + 1
        await announce(session, [Fact(SHIPMENT_SCANNED, row, now())], BY, now=now())
    return row.typeid, row.version


async def ask(port: int, key: str, took: list[float]) -> None:
    """The canary: asks ten times a second, and notes how long each answer took."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
        while True:
            started = time.perf_counter()
            (await client.post("/graphql", json=PARCELS)).raise_for_status()
            took.append(time.perf_counter() - started)
            await asyncio.sleep(0.1)


def steady() -> None:
    """What measures must not stop to collect its garbage meanwhile."""
    gc.collect()
    gc.freeze()
