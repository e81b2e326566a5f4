"""How fast pushes are acknowledged: ``python -m benchmarks.push --database URL``.

A real server (uvicorn, its own process), eight connections, every push a new message that is durable when it is
acknowledged; beside it an endpoint that does nothing, as the measure of the machine. The database is made by the
command and must be empty or absent: ``sqlite+aiosqlite:////tmp/push.db`` or ``postgresql+asyncpg://.../push``.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import time
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aftersales import partners
from aftersales.partners import AccountWish, MerchantWish
from api import carrier_push
from api.carrier_push import Door
from db import migrate
from db.ids import uuid7
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

SECRET_KEY = b"b" * 32
AT_ONCE = 8


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


async def prepare(url: str) -> str:
    """Migrates, and gives the push token of a fresh SF account."""
    store = Store(url, Vault(SECRET_KEY))
    await migrate.to_head(store)
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now())
        owner = await partners.create_merchant(session, store.vault, MerchantWish(f"Bench {uuid7().hex}"), now=now())
        account = await partners.create_account(session, store.vault, owner.id, AccountWish("sf"), now=now())
        token = account.open(store.vault, "push_token") or ""
    await store.close()
    return token


def serve(url: str, port: int) -> None:
    """The server: the push address, and an endpoint that reads the body and does nothing else."""

    async def empty(request: Request) -> Response:
        await request.body()
        return Response(b"{}")

    store = Store(url, Vault(SECRET_KEY))
    routes = [*carrier_push.routes(Door(store, now)), Route("/empty", empty, methods=["POST"])]
    uvicorn.run(Starlette(routes=routes), port=port, log_level="error", access_log=False)


def body(number: int) -> bytes:
    """One of SF's pushes; each a different one."""
    route = {
        "mailno": f"SF{number:013}",
        "acceptAddress": "杭州市",
        "acceptTime": "2026-11-20 12:00:00",
        "opCode": "30",
        "remark": "快件在【杭州转运中心】完成分拣，准备发往下一站",
        "id": f"{number}",
        "orderid": f"O{number}",
    }
    return json.dumps({"Body": {"WaybillRoute": [route]}}, ensure_ascii=False).encode()


async def measure(port: int, path: str, many: int) -> tuple[float, list[float]]:
    """Acknowledgements a second, and each one's seconds, sorted."""
    numbers = iter(range(many))
    took: list[float] = []

    async def sender() -> None:
        reader, writer = await connected(port)
        for number in numbers:
            content = body(number)
            started = time.perf_counter()
            assert await post(reader, writer, path, content) == 200
            took.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return many / (time.perf_counter() - started), sorted(took)


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection, once the server listens."""
    for _ in range(200):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the server did not start")


async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, content: bytes) -> int:
    """One request over a kept connection, by hand: a client library would cost more than the server. Gives the status."""
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = answer.partition("content-length:")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
    return int(answer.split(" ", 2)[1])


async def compare(port: int, token: str, many: int) -> None:
    """Measures both endpoints and prints one line each."""
    rates = []
    for path in ("/empty", f"/carriers/sf/push/{token}"):
        rate, took = await measure(port, path, many)
        rates.append(rate)
        p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
        name = path.split("/")[1]
        print(f"{name:9} {rate:7.0f}/s  p50 {p50 * 1000:6.2f} ms  p99 {p99 * 1000:6.2f} ms  max {took[-1] * 1000:.1f}")
    print(f"ratio     {rates[1] / rates[0]:.2f} of an empty endpoint")


def main() -> None:
    """Runs the server beside the load and prints what was measured."""
    parser = argparse.ArgumentParser(description="Measures how fast carriers' pushes are acknowledged.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--pushes", type=int, default=4000)
    given = parser.parse_args()
    token = asyncio.run(prepare(given.database))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(given.database, port), daemon=True)
    server.start()
    try:
        asyncio.run(compare(port, token, given.pushes))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
