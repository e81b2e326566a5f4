"""How fast what happened is told: ``python -m benchmarks.webhooks --database URL``.

Three experiments, each with the whole worker in one process and the receivers in another, on loopback, without TLS:
commit to first attempt at 50 changes a second; a backlog of deliveries to 10 endpoints; 1,000 changes told to 100 endpoints
of which 50 never answer. The database is made by the command and must be empty or absent:
``sqlite+aiosqlite:////tmp/webhooks.db`` or ``postgresql+asyncpg://.../webhooks``.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httptools
import structlog
import uvloop
from sqlalchemy import func, select

from aftersales import partners, webhooks
from aftersales.events import SHIPMENT_SCANNED
from aftersales.log import By, Fact, announce
from aftersales.partners import MerchantWish, PartnerWish
from aftersales.webhooks import EndpointWish, Owner
from benchmarks.table import Figure, at, show
from carriers.http import new_client
from cli.hosting import settle
from db import migrate
from db.enums import DeliveryStatus, PartnerKind, Party, SigningScheme, Subject
from db.ids import uuid7
from db.models.partners import Merchant
from db.models.shipments import Shipment
from db.models.webhooks import WebhookDelivery
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from worker import fanout, sealing
from worker.run import Worker
from worker.settings import Settings

BY = By(Party.MERCHANT, "benchmark")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Receiver(asyncio.Protocol):
    """Answers 200 once the request is whole, except under /hang; reports each arrival: path, version, moment."""

    def __init__(self, arrivals: Any) -> None:
        self.arrivals, self.path, self.body = arrivals, "", b""
        self.parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.path += url.decode()

    def on_message_complete(self) -> None:
        self.arrivals.append((self.path, time.time()))
        if not self.path.startswith("/hang"):
            self.transport.write(OK)
            self.transport.close()


def receive(port: Any, arrivals: Any) -> None:
    """The receivers' process; what came goes back in batches."""

    async def main() -> None:
        came: list[tuple[str, float]] = []
        server = await asyncio.get_running_loop().create_server(lambda: Receiver(came), "127.0.0.1", 0, backlog=4096)
        port.value = server.sockets[0].getsockname()[1]
        while True:
            await asyncio.sleep(0.05)
            batch, came[:] = list(came), []
            if batch:
                arrivals.put(batch)

    uvloop.run(main())


@dataclass
class Track:
    """What the experiments run on."""

    store: Store
    url: str
    arrivals: Any
    came: list[tuple[str, float]]

    def take(self) -> list[tuple[str, float]]:
        """Everything that came so far."""
        while not self.arrivals.empty():
            self.came += self.arrivals.get()
        return self.came

    async def merchant(self, *paths: str) -> tuple[Merchant, list[Shipment]]:
        """A merchant with an endpoint a path and twenty parcels."""
        async with self.store.writing(EVERYTHING) as session:
            await partners.ensure_carriers(session, now=now())
            name = uuid7().hex
            row = await partners.create_merchant(session, self.store.vault, MerchantWish(name), now=now())
            wish = PartnerWish(name, PartnerKind.MERCHANT, merchant_id=row.id)
            partner = await partners.create_partner(session, wish, now=now())
            owner = Owner(partner.id, row.id, None, [each.value for each in Subject], [])
            for path in paths:
                told = EndpointWish(self.url + path, ["shipment.scanned"], dev=True)
                await webhooks.create(session, self.store.vault, owner, told, SigningScheme.HMAC_SHA256, now=now())
            parcels = [
                Shipment(merchant_id=row.id, carrier_code="sf", tracking_number=uuid7().hex, told=[]) for _ in range(20)
            ]
            session.add_all(parcels)
        return row, parcels

    async def scan(self, parcel: Shipment) -> None:
        """A change of the parcel, committed."""
        async with self.store.writing(EVERYTHING) as session:
            row = await session.get_one(Shipment, parcel.id, with_for_update=True)
            row.pieces = (row.pieces or 0) + 1
            await announce(session, [Fact(SHIPMENT_SCANNED, row, now())], BY, now=now())

    async def queue(self) -> None:
        """Seals and fans out all there is."""
        await sealing.drain(self.store)
        while await fanout.fan_out(self.store, now()):
            pass

    async def left(self) -> int:
        """How many deliveries wait."""
        waiting = select(func.count()).where(WebhookDelivery.status == DeliveryStatus.WAITING)
        async with self.store.reading(EVERYTHING) as session:
            return await session.scalar(waiting) or 0


@contextlib.asynccontextmanager
async def working(track: Track) -> AsyncIterator[None]:
    """The whole worker, in this process."""
    async with new_client() as client:
        worker = Worker(track.store, now, client, Settings(dev=True))
        running = asyncio.create_task(worker.run())
        try:
            yield
        finally:
            worker.stop()
            running.cancel()
            await asyncio.wait([running])


async def latency(track: Track, changes: int) -> Figure:
    """Commit to first attempt: 50 changes a second, each of another parcel than the one before."""
    _, parcels = await track.merchant("/latency")
    await track.queue()
    committed: list[float] = []
    async with working(track):
        await asyncio.sleep(1)
        started, busy = time.perf_counter(), time.process_time()
        for number in range(changes):
            await asyncio.sleep(max(0.0, started + number / 50 - time.perf_counter()))
            await track.scan(parcels[number % len(parcels)])
            committed.append(time.time())
        for _ in range(200):
            await asyncio.sleep(0.05)
            if sum(path == "/latency" for path, _ in track.take()) >= changes:
                break
        share = (time.process_time() - busy) / (time.perf_counter() - started)
    came = sorted(moment for path, moment in track.came if path == "/latency")
    took = sorted((arrived - commit) * 1000 for arrived, commit in zip(came, committed, strict=True))
    p50, p99 = at(took, 0.5), at(took, 0.99)
    spread = f"p50 {p50:.0f}, p99 {p99:.0f}, max {took[-1]:.0f} ms; {share:.0%} of a core"
    what = f"commit to first attempt, {changes:,} at 50 a second"
    return Figure(what, "p50 <= 100 ms, p99 <= 1 s", spread, p50 <= 100 and p99 <= 1000)


async def backlog(track: Track, events: int) -> Figure:
    """A queue of deliveries to 10 endpoints, worked off."""
    _, parcels = await track.merchant(*(f"/backlog{each}" for each in range(10)))
    for number in range(events):
        await track.scan(parcels[number % len(parcels)])
    await track.queue()
    total = await track.left()
    started = time.perf_counter()
    async with working(track):
        while await track.left():  # noqa: ASYNC110 what is left stands in the database
            await asyncio.sleep(0.05)
        took = time.perf_counter() - started
    await asyncio.sleep(0.3)
    came = sum(path.startswith("/backlog") for path, _ in track.take())
    measured = f"{total / took:.0f} a second; {came - total} twice"
    return Figure(f"a backlog of {total:,} to 10 endpoints", ">= 200 a second", measured, total / took >= 200)


async def hanging(track: Track) -> Figure:
    """1,000 changes, each told to two of 100 endpoints; 50 of these take and never answer."""
    for number in range(50):
        _, parcels = await track.merchant(f"/well{number}", f"/hang{number}")
        for parcel in parcels:
            await track.scan(parcel)
    await track.queue()
    started, begun = time.perf_counter(), time.time()
    async with working(track):
        while time.perf_counter() - started < 60:
            await asyncio.sleep(0.05)
            well = [moment for path, moment in track.take() if path.startswith("/well")]
            if len(well) >= 1000:
                break
    took = max(well) - begun
    measured = f"{len(well):,} in {took:.1f} s"
    return Figure("50 of 100 endpoints hang", "1,000 to the others in 10 s", measured, len(well) >= 1000 and took <= 10)


async def run(url: str, changes: int, port: int, arrivals: Any) -> list[Figure]:
    """All experiments on one database."""
    store = Store(url, Vault(b"b" * 32))
    await migrate.to_head(store)
    settle()
    track = Track(store, f"http://127.0.0.1:{port}", arrivals, [])
    try:
        return [await latency(track, changes), await backlog(track, changes // 5), await hanging(track)]
    finally:
        await store.close()


def main() -> None:
    """Runs the receivers beside the gateway and prints what was measured."""
    parser = argparse.ArgumentParser(description="Measures how fast webhooks go out.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--changes", type=int, default=1000)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    context = multiprocessing.get_context("spawn")
    port, arrivals = context.Value("i", 0), context.Queue()
    receiver = context.Process(target=receive, args=(port, arrivals), daemon=True)
    receiver.start()
    while not port.value:
        time.sleep(0.05)
    try:
        figures = uvloop.run(run(given.database, given.changes, port.value, arrivals))
    finally:
        receiver.terminate()
        receiver.join()
    engine = given.database.partition("+")[0]
    show(f"{engine}: webhooks (load {os.getloadavg()[0]:.1f})", figures)


if __name__ == "__main__":
    main()
