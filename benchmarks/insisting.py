"""Clients that insist: what is refused, cut off or told to wait is sent again, under the same key, until it is answered.

Queries, keyed mutations and pushes over kept connections, written by hand so that it is known of every attempt how it
ended. Each carries a request id of its own, so that a server's log tells which were taken in.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle

from sqlalchemy import func, select

from aftersales import credentials, partners, shipments
from aftersales.log import By
from aftersales.partners import AccountWish, MerchantWish, PartnerWish
from aftersales.shipments import ShipmentWish
from benchmarks.serving import SECRET_KEY
from db import migrate
from db.enums import PartnerKind, Party
from db.ids import uuid7
from db.models.messages import Inbox
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault

PARCELS = 20
AT_ONCE = 48
PATIENCE_SECONDS = 120.0
ANSWER_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 1.0
QUERY = "{ shipments(first: 3) { nodes { id status } } }"
CREATE = """mutation($key: String!, $name: String!) {
  carrierAccountCreate(input: {carrier: "sf", name: $name}) @idempotent(key: $key) {
    carrierAccount { id } userErrors { code message } } }"""


@dataclass(frozen=True, slots=True)
class World:
    """A merchant with a key, an SF account with its push token, and parcels that are followed."""

    key: str
    token: str
    numbers: tuple[str, ...]

    @property
    def headers(self) -> dict[str, str]:
        """What they send."""
        return {"authorization": f"Bearer {self.key}"}


async def prepare(url: str) -> World:
    """Migrates the database and makes the world."""
    store, now = Store(url, Vault(SECRET_KEY)), datetime.now(UTC)
    await migrate.to_head(store)
    name = f"Bench {uuid7().hex}"
    async with store.writing(EVERYTHING) as session:
        await partners.ensure_carriers(session, now=now)
        owner = await partners.create_merchant(session, store.vault, MerchantWish(name), now=now)
        partner = await partners.create_partner(
            session, PartnerWish(name, PartnerKind.MERCHANT, merchant_id=owner.id), now=now
        )
        scopes = credentials.DEFAULT_SCOPES[PartnerKind.MERCHANT]
        _, key = await credentials.create_key(session, partner, "benchmark", scopes)
        account = await partners.create_account(session, store.vault, owner.id, AccountWish("sf"), now=now)
        token = account.open(store.vault, "push_token") or ""
    numbers = tuple(f"SF{number:013}" for number in range(PARCELS))
    async with store.writing(EVERYTHING) as session:
        for number in numbers:
            wish = ShipmentWish(owner.id, "sf", number, ())
            await shipments.register(session, store.vault, wish, By(Party.MERCHANT, "benchmark"), now)
    await store.close()
    return World(key, token, numbers)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: what it is, and for what it is known by."""

    kind: str
    name: str
    path: str
    body: bytes


def query() -> Asked:
    """Something read."""
    return Asked("query", "", "/graphql", json.dumps({"query": QUERY}).encode())


def mutation() -> Asked:
    """Something made, under a key of its own."""
    name = uuid7().hex
    body = {"query": CREATE, "variables": {"key": name, "name": name}}
    return Asked("mutation", name, "/graphql", json.dumps(body).encode())


def push(world: World, number: int) -> Asked:
    """A scan of one of the parcels, each a later one."""
    at = datetime.now(UTC) + timedelta(hours=8) - timedelta(days=5) + timedelta(seconds=number)
    route = {
        "mailno": world.numbers[number % len(world.numbers)],
        "acceptAddress": "杭州市",
        "acceptTime": at.strftime("%Y-%m-%d %H:%M:%S"),
        "opCode": "30",
        "remark": f"快件在【杭州转运中心】完成分拣，准备发往下一站 {number}",
        "id": f"{number}",
        "orderid": f"O{number}",
    }
    body = json.dumps({"Body": {"WaybillRoute": [route]}}, ensure_ascii=False).encode()
    return Asked("push", str(number), f"/carriers/sf/push/{world.token}", body)


@dataclass(slots=True)
class Attempt:
    """One try of one request, begun ``at``. ``status`` is None without an answer; ``connected`` tells whether a
    connection stood, ``hung_up`` that we lost patience; ``codes`` are those of GraphQL's errors."""

    id: str
    kind: str
    name: str
    at: float
    status: int | None = None
    connected: bool = False
    hung_up: bool = False
    retry_after: str | None = None
    codes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    node: str | None = None
    body: bytes = b""

    @property
    def is_done(self) -> bool:
        """Whether it was answered with what was asked for."""
        return self.status == 200 and not self.codes


@dataclass(slots=True)
class Kept:
    """A connection that is kept between requests."""

    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


@dataclass
class Clients:
    """Those who insist, over the ports of one gateway, and everything that came of it. ``acknowledged``: of each
    mutation's key the id of what was made."""

    world: World
    ports: Sequence[int]
    attempts: list[Attempt] = field(default_factory=list)
    acknowledged: dict[str, str | None] = field(default_factory=dict)
    pushed: set[str] = field(default_factory=set)
    given_up: list[Asked] = field(default_factory=list)
    _kept: list[Kept] = field(default_factory=list)
    _pushes: int = 0

    def __post_init__(self) -> None:
        self._turn = cycle(self.ports)
        self._seats = asyncio.Semaphore(AT_ONCE)

    def next_asked(self, number: int) -> Asked:
        """Seven queries, two mutations, one push in ten."""
        place = number % 10
        if place in {1, 6}:
            return mutation()
        if place == 4:
            self._pushes += 1
            return push(self.world, self._pushes)
        return query()

    async def insist(self, asked: Asked) -> Attempt | None:
        """Sends it until it is done; None when patience ended before."""
        until, pause = time.perf_counter() + PATIENCE_SECONDS, 0.05
        while time.perf_counter() < until:
            async with self._seats:
                attempt = await self.attempt(asked, next(self._turn))
            if attempt.is_done:
                if asked.kind == "mutation":
                    self.acknowledged[asked.name] = attempt.node
                elif asked.kind == "push":
                    self.pushed.add(asked.name)
                return attempt
            told = float(attempt.retry_after or 0)
            await asyncio.sleep(told + pause * random.uniform(0.5, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self.given_up.append(asked)
        return None

    async def attempt(self, asked: Asked, port: int) -> Attempt:
        """One try."""
        attempt = Attempt(uuid7().hex, asked.kind, asked.name, time.perf_counter())
        self.attempts.append(attempt)
        with contextlib.suppress(OSError, EOFError):
            async with asyncio.timeout(ANSWER_SECONDS) as patience:
                kept = await self._connection(port)
                attempt.connected = True
                try:
                    stays = await exchange(kept, asked, attempt, self.world.key)
                except BaseException:
                    kept.writer.close()
                    raise
                if stays:
                    self._kept.append(kept)
                else:
                    kept.writer.close()
        attempt.hung_up = patience.expired()
        return attempt

    async def _connection(self, port: int) -> Kept:
        for kept in self._kept:
            if kept.port == port:
                self._kept.remove(kept)
                if not kept.reader.at_eof() and not kept.writer.is_closing():
                    return kept
                kept.writer.close()
                return await self._connection(port)
        return Kept(port, *await asyncio.open_connection("127.0.0.1", port))

    def close(self) -> None:
        """Hangs up."""
        for kept in self._kept:
            kept.writer.close()
        self._kept.clear()

    def ends(self, kinds: Sequence[str] = ("query", "mutation", "push")) -> Counter[str]:
        """How attempts ended: by status, or that nobody answered."""
        return Counter(
            str(each.status) if each.status else "cut off" if each.connected else "not connected"
            for each in self.attempts
            if each.kind in kinds
        )


async def exchange(kept: Kept, asked: Asked, attempt: Attempt, key: str) -> bool:
    """One request and its answer, noted in the attempt; whether the connection stays."""
    head = (
        f"POST {asked.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nX-Request-Id: {attempt.id}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(asked.body)}\r\n\r\n"
    )
    kept.writer.write(head.encode() + asked.body)
    lines = (await kept.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    said = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    body = await kept.reader.readexactly(int(said.get("content-length", "0")))
    attempt.retry_after = said.get("retry-after")
    if asked.path == "/graphql" and body:
        told = json.loads(body)
        attempt.codes = tuple(error["extensions"]["code"] for error in told.get("errors", ()))
        made = (told.get("data") or {}).get("carrierAccountCreate")
        if made:
            attempt.refusals = tuple(no["code"] for no in made["userErrors"])
            attempt.node = (made["carrierAccount"] or {}).get("id")
    attempt.status = int(lines[0].split(" ")[1])
    attempt.body = b"" if attempt.is_done else body
    return said.get("connection") != "close"


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds of what was acknowledged."""

    lost: int
    twice: int
    lost_pushes: int


async def compare(url: str, clients: Clients) -> Found:
    """Compares what was acknowledged with the rows."""
    store = Store(url, Vault(SECRET_KEY))
    async with store.reading(EVERYTHING) as session:
        rows = (await session.execute(select(CarrierAccount.name, func.count()).group_by(CarrierAccount.name))).all()
        ids = {row.name: row.typeid for row in await session.scalars(select(CarrierAccount))}
        inbox = await session.scalar(select(func.count()).select_from(Inbox)) or 0
    await store.close()
    lost = sum(1 for name, id_ in clients.acknowledged.items() if id_ is None or ids.get(name) != id_)
    return Found(lost, sum(1 for _, many in rows if many > 1), max(0, len(clients.pushed) - inbox))
