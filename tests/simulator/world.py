"""One seed's world: the whole service in this process, the outside around it, and what the outside knows to be true."""

import asyncio
import hashlib
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from aftersales.calling import Caller
from api import selections
from api.app import create_app
from api.documents import Documents
from api.limits import Limits
from api.settings import Settings
from carriers.carrier import SandboxSubscription
from carriers.http import Outside
from carriers.registry import BY_CODE
from carriers.sandbox import CONSOLE
from db.settings import DatabaseSettings
from db.vault import Vault
from db.write_lock import WriteLock
from tests import make
from tests.simulator import inline
from tests.simulator.dying import Doom, live_through
from tests.simulator.ground import PUBLIC_URL, SECRET_KEY, Cast, Ground, Shop
from tests.simulator.outside import Push, Receivers, Stage, resolve
from worker.posting import Post
from worker.run import Loop, Worker
from worker.settings import Settings as WorkerSettings
from worker.webhooks import Sender

START = datetime(2031, 3, 3, 4, tzinfo=UTC)  # far from any clock on a wall: whoever reads one is found out
LONGEST = timedelta(days=6)  # keys are kept for seven
NEVER = 3600.0  # seconds of the wall's clock, which a slow machine must not bring into play
YIELDS = 0.15  # of all statements let somebody else go first

DOCUMENTS: dict[bool, Documents] = {}
"""Documents parsed once for all worlds: nothing of them changes."""


class Violation(Exception):
    """The service broke a promise."""


@dataclass
class Call:
    """A keyed mutation as its sender remembers it: ``answer`` is what must come again; None while nobody knows."""

    who: make.Someone
    document: str
    variables: dict[str, Any]
    key: str
    at: datetime
    answer: Any = None


@dataclass
class Endpoint:
    """A webhook endpoint as its partner knows it. While it is ``steady`` (never changed) it hears all of its topics that
    comes after position ``since``. ``secrets`` are those shown until it was asked for another."""

    id: str
    host: str
    who: make.Someone
    topics: list[str]
    since: int
    steady: bool = True
    secrets: set[str] = field(default_factory=set)


@dataclass
class Consumer:
    """Somebody who follows the log. ``after`` and what was seen are kept together."""

    name: str
    who: make.Someone
    after: str | None = None
    seen: list[str] = field(default_factory=list)
    is_reading: bool = False


@dataclass
class Known:
    """What the outside knows."""

    calls: list[Call] = field(default_factory=list)
    orders: dict[str, Shop] = field(default_factory=dict)
    parcels: set[tuple[str, str, str]] = field(default_factory=set)  # mark, carrier, number
    ids: dict[str, Shop] = field(default_factory=dict)  # of parcels, as far as told
    stopped: set[str] = field(default_factory=set)
    endpoints: list[Endpoint] = field(default_factory=list)
    flying: list[Push] = field(default_factory=list)
    accepted: list[Push] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)
    serial: int = 0

    def next(self) -> int:
        self.serial += 1
        return self.serial


@dataclass
class World:
    """``dice`` choose what happens; what the outside and the service draw has dice of its own."""

    seed: int
    ground: Ground
    doom: Doom
    now: datetime = START
    known: Known = field(default_factory=Known)
    trace: list[str] = field(default_factory=list)
    dice: Random = field(init=False)
    stage: Stage = field(init=False)
    receivers: Receivers = field(init=False)
    app: Starlette = field(init=False)
    worker: Worker = field(init=False)

    def __post_init__(self) -> None:
        self.dice, self._turns = Random(f"{self.seed} steps"), Random(f"{self.seed} turns")
        self.stage = Stage(self.clock, Random(f"{self.seed} carriers"), self.doom)
        self.receivers = Receivers(self.clock, Random(f"{self.seed} receivers"), self.doom)
        for each in self.cast.consoles:
            if BY_CODE[each.carrier].pushing:
                self.stage.book.call_back(each.carrier, CONSOLE, SandboxSubscription(each.url, each.secret))
        viewers = [(shop.mark, shop.who) for shop in self.cast.shops]
        viewers += [("platform", self.cast.platform), ("carrier", self.cast.carrier)]
        self.known.consumers = [Consumer(name, who) for name, who in viewers]

    @property
    def cast(self) -> Cast:
        return self.ground.cast

    def clock(self) -> datetime:
        """Stands until time passes. Nobody but the living reads it."""
        return self.now

    async def begin(self) -> None:
        """The process starts; whatever the last one held in memory is gone."""
        store = self.ground.store
        await store.close()
        store.vault = Vault(SECRET_KEY)
        if store.lock is not None:
            path = Path(store.url.database or "")
            store.lock = WriteLock(path.with_name(path.name + ".lock"))
            inline.InlineDialect.turn = staticmethod(self._turn)
        self.doom.spare()
        self.receivers.holding.clear()
        database = DatabaseSettings(store.url.render_as_string(hide_password=False), SECRET_KEY)
        self.app = create_app(
            Settings(database, public_url=PUBLIC_URL, limits=Limits(seconds=NEVER)), store=store, clock=self.clock
        )
        _share_documents(self.app)
        dice, client = Random(f"{self.seed} service"), httpx2.AsyncClient(transport=self.stage, trust_env=False)
        way_out: Any = self.receivers
        self.worker = Worker(
            store,
            self.clock,
            client,
            WorkerSettings(PUBLIC_URL),
            render=selections.render,
            _caller=Caller(store, Outside(client, self.clock, dice.random), self.clock, PUBLIC_URL),
            _sender=Sender(
                store,
                self.clock,
                Post(resolve=resolve, attempt_seconds=NEVER, _transport=way_out),
                selections.render,
                dice.random,
            ),
        )

    async def _turn(self) -> None:
        if self._turns.random() < YIELDS:
            await asyncio.sleep(0)

    async def live(self, work: Coroutine[Any, Any, str]) -> str | None:
        """What the step tells; None when the process died of it: then another one has begun."""
        told = await live_through(self.doom, work)
        if told is None:
            await self.begin()
        self.doom.left = 0
        return told

    def loop(self, name: str) -> Loop | None:
        """One of the worker's loops."""
        return next((each for each in self.worker.loops() if each.name == name), None)

    async def ask(self, who: make.Someone, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The data of an answer in which nothing went wrong and nothing of another merchant stands."""
        body = orjson.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", **who.headers}
        status, answer = await self.request("POST", "/graphql", headers, body)
        told = orjson.loads(answer)
        if status != 200 or "errors" in told:
            raise Violation(f"answered {status}: {answer.decode()[:500]}")
        self.sees_only_its_own(who, answer.decode())
        data: dict[str, Any] = told["data"]
        return data

    def sees_only_its_own(self, who: make.Someone, text: str) -> None:
        """A viewer's text holds no mark of a merchant beyond its reach."""
        own = {who.key} if who is not self.cast.platform else {shop.who.key for shop in self.cast.shops[:2]}
        for shop in self.cast.shops:
            if shop.mark in text and shop.who.key not in own:
                raise Violation(f"{who.partner.name} reads of {shop.mark}: {text[:500]}")

    async def request(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of one request."""
        messages = [{"type": "http.request", "body": body, "more_body": False}]
        parts: list[bytes] = []
        status = 0

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # nobody hangs up

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self.app(_scope(method, path, headers, query), receive, send)
        return status, b"".join(parts)

    def note(self, line: str) -> None:
        """One line of the trace: nothing in it may depend on anything but the seed."""
        at = self.now - START
        self.trace.append(f"{len(self.trace):3} +{at.days}d {timedelta(seconds=at.seconds)} {line}")

    @property
    def digest(self) -> str:
        """Of all that happened."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]


def _scope(method: str, path: str, headers: dict[str, str], query: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 1),
        "server": ("waybridge.test", 80),
    }


def _share_documents(app: Starlette) -> None:
    route: Any = next(route for route in app.routes if isinstance(route, Route) and route.path == "/graphql")
    operations = route.endpoint.operations
    operations.documents = DOCUMENTS.setdefault(operations.dev, operations.documents)
