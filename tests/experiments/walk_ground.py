"""What a random walk walks over: the gateway in process, its worker's loops of cases, SF's sandbox, a few shops with different
policies, and what the walk knows of them. One clock for all."""

import tempfile
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import httpx2
from structlog.testing import capture_logs

from aftersales import access
from aftersales.credentials import mint_customer_token
from carriers.carrier import SandboxSubscription
from carriers.registry import BY_CODE
from carriers.sandbox import CONSOLE, Book, World
from cli import sandbox
from db.case_enums import CaseKind
from db.enums import Environment, PartnerKind
from db.models.partners import Partner
from db.models.warehouses import Warehouse
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api, serving
from tests.refunding import policy
from tests.returning import Bought
from worker.run import Worker
from worker.settings import Settings

LOOPS = {"inbox", "jobs", "bookings", "cases"}
ALL_SCOPES = ("orders:read", "shipments:read", "returns:read", "returns:write")
TAIL = 40
WAREHOUSE = """{"name": "仓库", "phone": "02161234567", "country": "CN", "region": "上海市", "city": "上海市",
  "district": "浦东新区", "street": ["张江路1号"], "postalCode": "201203"}"""


class Violation(Exception):  # it is what was found, not a failure of the walk
    """Something that must hold did not."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant, and its buyers' orders."""

    who: make.Someone
    orders: list[Bought] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """A case as the walk saw it last: enough to aim at it."""

    id: UUID
    typeid: str
    kind: CaseKind
    shop: Shop
    status: str
    version: int
    parent: UUID | None
    order: UUID | None
    is_terminal: bool


@dataclass
class Ground:
    """All of it. ``cases`` is kept by the checks, ``trace`` are the last commands with what came of them."""

    store: Store
    api: Api
    worker: Worker
    book: Book
    dice: Random
    shops: list[Shop]
    platform: make.Someone
    carrier: make.Someone
    cases: dict[UUID, Known] = field(default_factory=dict)
    lines: dict[UUID, list[str]] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    seen: int = 0
    counter: int = 0
    is_race: bool = False
    tally: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    trace: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL))

    @property
    def now(self) -> datetime:
        """The moment for everybody."""
        return self.api.clock.now

    def next(self) -> int:
        """A number that nobody had."""
        self.counter += 1
        return self.counter

    def chance(self, share: float) -> bool:
        """Whether it happens this time."""
        return self.dice.random() < share

    def pick(self, kind: CaseKind) -> Known | None:
        """A case of a kind: mostly one that goes on, mostly a young one."""
        found = [each for each in self.cases.values() if each.kind is kind]
        alive = [each for each in found if not each.is_terminal]
        found = alive if alive and self.chance(0.88) else found
        found = found[-25:] if self.chance(0.7) else found
        return self.dice.choice(found) if found else None

    def buyer(self, order: Bought) -> make.Someone:
        """An order's buyer, with a token that is good now."""
        row = order.order
        given = (self.store.vault, row.merchant_id, row.customer_id, timedelta(hours=1), self.now, ALL_SCOPES)
        return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), mint_customer_token(*given)[0])

    async def ask(self, who: make.Someone, text: str, shop: Shop, wish: Any, key: str = "") -> Any:
        """The answer to a mutation of one ``input``; an internal error is a violation."""
        assert shop.who.merchant
        headers = {"Waybridge-Merchant": shop.who.merchant.typeid} if who is self.platform else {}
        headers |= {"Idempotency-Key": key} if key else {}
        told = await self.api.raw(who, text, input=wish, headers_=headers)
        for error in told.get("errors", []):
            if error.get("extensions", {}).get("code", "INTERNAL") == "INTERNAL":
                raise Violation(f"an internal error: {error}")
        return told

    async def work(self) -> int:
        """The carrier tells its news, and the worker does what is to be done now."""
        carrier = BY_CODE["sf"]
        assert carrier.sandbox
        for due in list(World(datetime.now(UTC), carrier, self.book).news()):
            request = due.request(carrier.sandbox)
            answer = await self.api.http.request(
                request.method, request.url, headers=dict(request.headers), content=request.body
            )
            if answer.status_code != httpx2.codes.OK:
                raise Violation(f"a carrier's push was answered {answer.status_code}")
            due.done()
        return sum([await loop.step() for loop in self.worker.loops() if loop.name in LOOPS])

    async def pass_time(self, hours: float) -> None:
        """Lets time pass for everybody, in one leap, and what is due be done."""
        self.api.clock.now += timedelta(hours=hours)
        self.book.advance(hours)
        for _ in range(40):
            if not await self.work():
                return


def said(logs: list[Any]) -> str | None:
    """The first failure that was only logged."""
    for entry in logs:
        if entry["log_level"] in {"error", "critical"}:
            return repr({name: each for name, each in entry.items() if name != "exc_info"})
    return None


async def watched(doing: Callable[[], Any]) -> Any:
    """What a command tells; what the gateway or its worker logged as a failure is a violation."""
    with capture_logs() as logs:
        told = await doing()
    if (failure := said(logs)) is not None:
        raise Violation(f"logged: {failure}")
    return told


async def _shop(store: Store, book: Book, name: str, now: datetime, rules: dict[str, Any] | None) -> Shop:
    who = await make.merchant(store, name)
    wish: dict[str, Any] = {
        "credentials": {each: f"sandbox-{each}" for each in BY_CODE["sf"].credentials},
        "base_url": "http://127.0.0.1:8600/sf",
        "environment": Environment.TEST,
    }
    opened = access.opened(store.vault, await make.account(store, who.merchant_id, "sf", **wish))
    url = access.push_url("http://waybridge.test", opened)
    book.call_back("sf", CONSOLE, SandboxSubscription(url, opened.push_secret))
    async with store.writing(EVERYTHING) as session:
        row = Warehouse(merchant_id=who.merchant_id, code="SH", name="上海仓", country="CN", is_default=True)
        row.seal(store.vault, address=WAREHOUSE)
        session.add(row)
    if rules is not None:
        await policy(store, who, **rules)
    return Shop(who)


@asynccontextmanager
async def grounded(store: Store, seed: int) -> AsyncIterator[Ground]:
    """The world before the first command. ``store`` must be migrated."""
    book, start = Book(1.0), datetime.now(UTC)
    transport = httpx2.ASGITransport(app=sandbox.create_app(book))
    with tempfile.TemporaryDirectory(prefix="walk") as folder:
        async with (
            serving(store) as api,
            httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8600") as client,
        ):
            api.clock.now = start
            by_hand = {"auto": {"mostMinor": {"CNY": 100}, "mostReturns": 0}}
            policies: list[dict[str, Any] | None] = [
                {},
                {"trigger": "FIRST_SCAN", **by_hand},
                {"trigger": "APPROVAL"},
                {"trigger": "RECEIPT"},
                None,
            ]
            shops = [await _shop(store, book, f"Walk {seed} {n} {start}", start, own) for n, own in enumerate(policies)]
            platform = await make.platform(store, *[shop.who for shop in shops[:3]])
            worker = Worker(store, api.clock, client, Settings(dev=True, files=Path(folder)))
            carrier = await make.carrier(store, "sf")
            yield Ground(store, api, worker, book, Random(seed), shops, platform, carrier)  # a walk to repeat
            await worker.sender.close()
