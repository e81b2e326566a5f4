"""A working day of the gateway, in one process: partners' calls, carriers' pushes and the worker's passes, stage by stage.

It is lived twice over one database: by a child that dies at a named point, and by whoever goes on after it, where
clients send again what they do not know to be done, under the same keys.
"""

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import selections
from api.app import create_app
from api.exports import reading
from api.settings import Settings
from carriers import magic, scripts
from carriers.dhl_unified.subscribing import HEADER
from carriers.registry import BY_CODE
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from tests import make
from tests.asking import Clock
from tests.experiments.crash_points import AFTER, BEFORE, Point, Watch
from tests.worker import forgetful
from tests.worker.making import NOON, push, route
from worker.posting import Post, new_transport
from worker.run import Worker
from worker.settings import Settings as WorkerSettings

SECRET_KEY = b"k" * 32
PUBLIC = "http://127.0.0.1:9"  # nobody listens there: who is told to push, pushes in vain
STAYED = 0
SF = ("SF100000000001", "SF100000000002", "SF100000000003", "SF100000000004")  # of no form that the sandbox plays
SEA = tuple(magic.number("dcsa", next(s for s in scripts.SCRIPTS.values() if s.steps), nth) for nth in (1,))
ORDERS = """mutation($input: [OrderInput!]!) { ordersSync(input: $input) {
  results { order { id } userErrors { code } } userErrors { code } } }"""
PARCELS = """mutation($input: [ShipmentInput!]!) { shipmentsRegister(input: $input) {
  results { shipment { id } userErrors { code } } userErrors { code } } }"""
STOP = """mutation($id: ID!) { shipmentStopTracking(input: {id: $id}) { shipment { id } userErrors { code } } }"""
ACCOUNT = """mutation($name: String!) { carrierAccountCreate(input: {carrier: "zto", name: $name}) {
  carrierAccount { id name } userErrors { code } } }"""
EXPORT = """mutation { exportCreate(input: {query: "{ orders { nodes { id number } } }"}) {
  export { id } userErrors { code } } }"""
TEST = """mutation($id: ID!) { webhookEndpointTest(input: {id: $id}) { webhookDelivery { id } userErrors { code } } }"""
_ID = re.compile(r"\b[a-z]{3}_[0-9a-z]{26}\b")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a child is given: where, as whom, and where to die. ``acks`` is a file to which every answer is written before
    anything else can happen."""

    url: str
    files: Path
    acks: Path
    start: datetime
    key: str
    endpoint: str
    sf: str
    dhl: str
    dhl_secret: str
    point: Point | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One request. A carrier sends again only what was not answered; a partner may send everything again."""

    label: str
    path: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_push(self) -> bool:
        """Whether a carrier sends it."""
        return self.path.startswith("/carriers/")


Answers = dict[str, tuple[int, bytes]]
"""What came back, by label: status and body."""


def ids_of(body: bytes) -> list[str]:
    """The ids that an answer names, each once."""
    return list(dict.fromkeys(_ID.findall(body.decode())))


def acts(plan: Plan, answers: Answers) -> Iterator[Sequence[Act]]:
    """The day's stages. A stage needs the answers of those before it."""

    def asked(label: str, query: str, **variables: Any) -> Act:
        headers = {"authorization": f"Bearer {plan.key}", "content-type": "application/json", "idempotency-key": label}
        return Act(label, "/graphql", orjson.dumps({"query": query, "variables": variables}), headers)

    def pushed(label: str, number: str, *codes: str) -> Act:
        since = round((plan.start - NOON) / timedelta(minutes=1)) - 60
        return Act(label, plan.sf, push([route(number, code, since + n) for n, code in enumerate(codes)]), {})

    orders = [make.order_form(f"A-{n}") for n in (1, 2)]
    yield [asked("orders", ORDERS, input=orders)]
    carried = {SF[0]: ["A-1"], SF[1]: ["A-2"]}
    wanted = [{"carrier": "sf", "trackingNumber": n, "orderNumbers": carried.get(n, [])} for n in (SF[0], SF[1], SF[3])]
    sea = [{"carrier": "dcsa", "trackingNumber": number} for number in SEA]
    yield [asked("parcels", PARCELS, input=wanted + sea), asked("account", ACCOUNT, name="of the day")]
    shake = {"scope": "subscription.validate", "self": "https://dhl/sub-sandbox", "secret": "s"}
    yield [
        pushed("push 1", SF[0], "50"),
        pushed("push 2", SF[0], "50", "31"),
        pushed("push 3", SF[1], "50"),
        pushed("push 4", SF[2], "50"),
        Act("handshake", plan.dhl, json.dumps(shake).encode(), {HEADER.lower(): plan.dhl_secret}),
    ]
    late = [{"carrier": "sf", "trackingNumber": SF[2]}]
    stopped = ids_of(answers["parcels"][1])[2]
    yield [asked("late parcel", PARCELS, input=late), asked("stop", STOP, id=stopped)]
    yield [asked("export", EXPORT), asked("test", TEST, id=plan.endpoint)]


@dataclass(slots=True)
class Service:
    """The gateway, open: its door, its worker, its clock."""

    store: Store
    http: httpx2.AsyncClient
    worker: Worker
    clock: Clock
    answers: Answers = field(default_factory=dict)

    async def send(self, act: Act) -> None:
        """Sends it, and keeps the answer."""
        answer = await self.http.post(act.path, content=act.body, headers={**act.headers, "x-act": act.label})
        self.answers[act.label] = (answer.status_code, answer.content)

    async def passes(self, count: int) -> int:
        """So many passes of every loop, fewer when nothing is left to do. Gives how much was done."""
        total = 0
        for _ in range(count):
            done = sum([await loop.step() for loop in self.worker.loops()])
            await self.worker.sender.finish()
            total += done
            if not done:
                break
        return total


@asynccontextmanager
async def open_for(plan: Plan, watch: Watch) -> AsyncIterator[Service]:
    """The whole gateway over the plan's database, as after a start."""
    store, clock = Store(plan.url, Vault(SECRET_KEY)), Clock(plan.start)
    settings = Settings(DatabaseSettings(plan.url, SECRET_KEY), public_url=PUBLIC, files=plan.files)
    app = create_app(settings, store=store, clock=clock)
    carriers = {**BY_CODE, "tiny": forgetful.carrier(forgetful.LISTS)}
    door = httpx2.ASGITransport(app=_acknowledged(app, plan.acks, watch))
    calls = watch.transport("CALL", httpx2.AsyncHTTPTransport(trust_env=False))
    async with (
        httpx2.AsyncClient(transport=door, base_url=PUBLIC) as http,
        httpx2.AsyncClient(transport=calls, timeout=5.0, trust_env=False) as outside,
    ):
        of_worker = WorkerSettings(PUBLIC, dev=True, files=plan.files)
        worker = Worker(store, clock, outside, of_worker, carriers, render=selections.render, read=reading(settings))
        posting: Any = watch.transport("POST", new_transport())
        worker.sender.post = Post(dev=True, _transport=posting)
        try:
            async with app.router.lifespan_context(app):
                yield Service(store, http, worker, clock)
        finally:
            await worker.sender.close()
            await store.close()


def _acknowledged(app: ASGIApp, acks: Path, watch: Watch) -> ASGIApp:
    """Writes down what a client may know, the moment it may."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        label = dict(scope.get("headers", ())).get(b"x-act", b"").decode()
        status, body = 0, b""

        async def sent(message: Message) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
                watch.reached(BEFORE, f"ANSWER {label}")
            await send(message)
            body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body"):
                with acks.open("ab") as file:
                    file.write(orjson.dumps([label, status, body.decode()]) + b"\n")
                watch.reached(AFTER, f"ANSWER {label}")

        await app(scope, receive, sent if scope["type"] == "http" else send)

    return watched


def acknowledged(plan: Plan) -> Answers:
    """What the dead process had answered."""
    if not plan.acks.exists():
        return {}
    lines = [orjson.loads(line) for line in plan.acks.read_bytes().splitlines()]
    return {label: (status, body.encode()) for label, status, body in lines}


async def live(plan: Plan, service: Service) -> None:
    """The day. A seed other than 0 shuffles each stage and lets the worker work beside it."""
    chance = Random(plan.seed)
    for stage in acts(plan, service.answers):
        order = chance.sample(stage, len(stage)) if plan.seed else stage
        beside = [service.passes(chance.randint(1, 3))] if plan.seed else []
        await asyncio.gather(*(service.send(act) for act in order), *beside)
        assert all(status == 200 for status, _ in service.answers.values()), service.answers
        await service.passes(2)
    await service.passes(12)


async def go_on(plan: Plan, service: Service) -> None:
    """The day again after a death: carriers repeat what was not answered, partners everything; then all is drained while
    time passes beyond every lease, and an hour for the next signed heads."""
    known = acknowledged(plan)
    service.answers |= {label: each for label, each in known.items() if label.startswith(("push", "handshake"))}
    for stage in acts(plan, service.answers):
        for act in stage:
            if not (act.is_push and act.label in known):
                await service.send(act)
    await service.passes(12)
    for seconds in (61, 301, 3600):
        service.clock.now += timedelta(seconds=seconds)
        await service.passes(12)


def child(plan: Plan) -> None:
    """The process that is to die: it ends by itself (0) only where its point was never reached."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    watch = Watch(plan.point)
    watch.install()

    async def main() -> None:
        async with open_for(plan, watch) as service:
            await live(plan, service)

    asyncio.run(main())
    os._exit(STAYED)


def at(plan: Plan, point: Point, seed: int = 0) -> Plan:
    """The plan with its death."""
    return replace(plan, point=point, seed=seed)
