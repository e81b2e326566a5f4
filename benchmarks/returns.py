"""How fast returns are asked for, with the plan of their way back: ``python -m benchmarks.returns --database URL``.

Real ``waybridge serve`` processes, one on SQLite and two over PostgreSQL, without the worker unless ``--worker``; every
request a keyed ``returnRequest`` of an order of its own, of a buyer of its own, that the policy approves: eligibility, plan, pickup, the log and the idempotency are all in it. First as
fast as sixteen clients can, then at half of the goal's rate, each request sent when it is due and timed from then. The
database is migrated and filled by the command: ``sqlite+aiosqlite:////tmp/returns.db`` or ``postgresql+asyncpg://.../returns``.
``--profile`` asks in this process instead and prints what the time and the statements went to.
"""

import argparse
import asyncio
import contextlib
import cProfile
import json
import logging
import os
import pstats
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
import uvloop
from sqlalchemy import event, select, text, update

from aftersales import orders
from aftersales.forms import OrderForm
from benchmarks.serving import SECRET_KEY, Served, serving
from benchmarks.table import Figure, at, show
from db import migrate
from db.enums import Environment, OrderStatus
from db.ids import typeid, uuid7
from db.models.orders import Order, OrderLine
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from tests import asking, make

CLIENTS = 16
Servers = Sequence[Served]
GOALS = {True: 80, False: 150}  # by whether it is SQLite: requests a second
P99_MS = 80.0
AT_ONCE = 200
CARRIERS = ("sf", "kuaidi100")
REQUEST = """mutation ($input: ReturnRequestInput!, $key: String!) { returnRequest(input: $input) @idempotent(key: $key) {
  return { id rmaNumber status method deadlineAt lines { id sku quantity } pickups { number status window { start end } } }
  userErrors { code message field } } }"""
PLACE = '{"name": "仓库", "phone": "02161234567", "country": "CN", "region": "上海市", "city": "上海市", "street": ["路1号"]}'


@dataclass(frozen=True, slots=True)
class Prepared:
    """Who asks, and for which lines of orders."""

    who: make.Someone
    lines: Iterator[str]


async def prepare(store: Store, count: int) -> Prepared:
    """A merchant with accounts and a warehouse, and so many orders that arrived yesterday, each of another buyer."""
    await migrate.to_head(store)
    who = await make.merchant(store, f"Returns {uuid7().hex}")
    for code in CARRIERS:
        await make.account(store, who.merchant_id, code, environment=Environment.TEST)
    async with store.writing(EVERYTHING) as session:
        place = Warehouse(merchant_id=who.merchant_id, code="SH", name="SH", country="CN", is_default=True)
        place.seal(store.vault, address=PLACE)
        session.add(place)
    now = datetime.now(UTC)
    for start in range(0, count, AT_ONCE):
        numbers = [f"R-{uuid7().hex}-{n}" for n in range(start, min(start + AT_ONCE, count))]
        placed = (now - timedelta(days=5)).isoformat()
        checked = [
            orders.check(OrderForm.model_validate(make.order_form(number, placedAt=placed))) for number in numbers
        ]
        async with store.writing(EVERYTHING) as session:
            await orders.sync(session, store.vault, who.merchant_id, checked, by=make.BY, now=now)
    async with store.writing(EVERYTHING) as session:
        arrived = {"delivered_at": now - timedelta(days=1), "status": OrderStatus.DELIVERED}
        await session.execute(update(Order).where(Order.merchant_id == who.merchant_id).values(**arrived))
    async with store.reading(EVERYTHING) as session:
        ids = await session.scalars(select(OrderLine.id).where(OrderLine.merchant_id == who.merchant_id))
        return Prepared(who, iter([typeid(OrderLine.prefix, each) for each in ids]))


def body(line: str) -> dict[str, Any]:
    """One request under a fresh key."""
    wish = {"lines": [{"orderLineId": line, "quantity": 1, "reason": "NO_LONGER_WANTED"}]}
    return {"query": REQUEST, "variables": {"input": wish, "key": uuid7().hex}}


@dataclass
class Client:
    """One kept connection, spoken to by hand: a client library would cost more than it measures."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: str

    async def ask(self, line: str) -> None:
        """One request. RuntimeError when it is refused: then nothing was measured."""
        content = json.dumps(body(line)).encode()
        head = f"POST /graphql HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAuthorization: Bearer {self.key}\r\n"
        self.writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = answer.partition("content-length:")[2].partition("\r\n")[0]
        told = json.loads(await self.reader.readexactly(int(length)))
        made = ((told.get("data") or {}).get("returnRequest") or {}).get("return")
        if made is None or not made["pickups"]:
            raise RuntimeError(f"not what is measured: {told}")


async def fast(served: Servers, prepared: Prepared, count: int) -> float:
    """Requests a second, as fast as the clients can."""
    lines = iter([next(prepared.lines) for _ in range(count)])

    async def one(n: int) -> None:
        client = await _client(served, prepared, n)
        for line in lines:
            await client.ask(line)
        client.writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(CLIENTS)))
    return count / (time.perf_counter() - began)


async def paced(served: Servers, prepared: Prepared, rate: float, count: int) -> list[float]:
    """Each request's milliseconds from when it was due, sorted, at so many a second."""
    began, dues, took = time.perf_counter() + 0.1, iter(range(count)), []

    async def one(n: int) -> None:
        client = await _client(served, prepared, n)
        for each in dues:
            due = began + each / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            await client.ask(next(prepared.lines))
            took.append((time.perf_counter() - due) * 1000)
        client.writer.close()

    await asyncio.gather(*(one(n) for n in range(CLIENTS)))
    return sorted(took)


async def _client(served: Servers, prepared: Prepared, n: int) -> Client:
    port = served[n % len(served)].port
    return Client(*await asyncio.open_connection("127.0.0.1", port), prepared.who.key)


async def measure(given: argparse.Namespace, store: Store) -> None:
    """Prints the figures beside their goals."""
    goal = GOALS[store.is_sqlite]
    warm, paced_count = 100, goal // 2 * given.seconds
    prepared = await prepare(store, warm + given.requests + paced_count)
    async with contextlib.AsyncExitStack() as stack:
        count = given.servers or (1 if store.is_sqlite else 2)
        words = () if given.worker else ("--no-worker",)
        served = [await stack.enter_async_context(serving(given.database, *words)) for _ in range(count)]
        await fast(served, prepared, warm)
        await analyzed(store)
        busy = -sum(each.cpu_seconds() for each in served)
        rate = await fast(served, prepared, given.requests)
        busy += sum(each.cpu_seconds() for each in served)
        took = await paced(served, prepared, goal / 2, paced_count)
    p50, p99 = at(took, 0.5), at(took, 0.99)
    load = os.getloadavg()[0]
    engine = "SQLite" if store.is_sqlite else "PostgreSQL"
    show(
        f"returnRequest with plan, {engine}, {count} servers, {CLIENTS} clients, load {load:.1f}",
        [
            Figure("requests a second", f">= {goal}", f"{rate:.0f}", rate >= goal),
            Figure("processor of the servers", "", f"{busy / given.requests * 1000:.1f} ms a request"),
            Figure(f"p50 at {goal // 2}/s", "", f"{p50:.1f} ms"),
            Figure(f"p99 at {goal // 2}/s", f"<= {P99_MS:.0f} ms", f"{p99:.1f} ms", p99 <= P99_MS),
        ],
    )


async def analyzed(store: Store) -> None:
    """On PostgreSQL, what its autovacuum does within a minute: a database that was filled just now knows nothing of itself."""
    if not store.is_sqlite:
        async with store.reading(EVERYTHING) as session:
            await session.execute(text("ANALYZE"), execution_options={"reached": True})
            await session.commit()


async def profile(given: argparse.Namespace, store: Store) -> None:
    """Prints how many statements one request is, which, and where the time goes."""
    prepared = await prepare(store, given.requests + 20)
    statements: Counter[str] = Counter()

    def count(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements[" ".join(statement.split())[:110]] += 1

    async with asking.serving(store) as api:
        api.clock.now = datetime.now(UTC)

        async def ask() -> None:
            told = await api.raw(prepared.who, REQUEST, **body(next(prepared.lines))["variables"])
            assert told["data"]["returnRequest"]["return"]["pickups"], told

        for _ in range(20):
            await ask()
        for engine in {store.reader, store.writer}:
            event.listen(engine.sync_engine, "before_cursor_execute", count)
        profiler, began = cProfile.Profile(), time.perf_counter()
        profiler.enable()
        for _ in range(given.requests):
            await ask()
        profiler.disable()
    took = (time.perf_counter() - began) / given.requests * 1000
    print(f"{took:.1f} ms and {sum(statements.values()) / given.requests:.1f} statements a request, profiled")
    for statement, times in statements.most_common(70):
        print(f"{times / given.requests:6.2f}  {statement}")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(35)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats("aftersales|resolvers|worker|db/", 60)
    pstats.Stats(profiler).print_callers("compiler.py:.*__init__|_insert_own")


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--database", metavar="URL", required=True)
    words.add_argument("--requests", type=int, default=3000)
    words.add_argument("--seconds", type=int, default=20, help="of the second part")
    words.add_argument("--servers", type=int, help="as behind a balancer: 1 on SQLite, 2 on PostgreSQL unless given")
    words.add_argument("--worker", action="store_true", help="the worker inside each server, booking meanwhile")
    words.add_argument("--profile", action="store_true")
    given = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    store = Store(given.database, Vault(SECRET_KEY))
    try:
        await (profile if given.profile else measure)(given, store)
    finally:
        await store.close()


if __name__ == "__main__":
    uvloop.run(main())
