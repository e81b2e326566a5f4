"""Sends what is queued for partners' endpoints. Each pass writes down what came back and takes what is due next, in one
transaction; the sending goes on beside it, so that nobody waits for anybody else's endpoint."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from prometheus_client import Counter as Metric

from aftersales import webhook_notices, webhook_outcomes, webhook_queue, webhook_telling, webhooks
from aftersales.rules import signatures
from aftersales.rules import webhooks as rules
from aftersales.webhook_outcomes import Tried
from aftersales.webhook_telling import Standing, Told
from db.enums import AttemptProblem, DisabledBecause
from db.ids import typeid
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from worker.posting import AT_ONCE, Post

Render = Callable[[Store, Told, datetime], Awaitable[Mapping[str, Any]]]
"""Evaluates an endpoint's stored selection for one entry, with its owner's reach: the message's ``data``, ``errors``."""

FIRST_WINDOW, WIDEST_WINDOW = 2, 16
SWEEP = timedelta(seconds=5)
FAILING_AT_ONCE = AT_ONCE // 2  # endpoints that failed last leave the other half to those that did not
CONTENT = {"content-type": "application/json", "user-agent": "Waybridge-Webhooks/1"}

DISABLED = Metric("waybridge_webhook_endpoints_disabled", "Webhook endpoints given up or gone.", ["because"])
log = structlog.get_logger("worker.webhooks")


@dataclass(slots=True)
class _Sending:
    """A delivery on its way, and until when it is ours."""

    delivery: UUID
    endpoint: UUID
    until: datetime


@dataclass(slots=True)
class Sender:
    """What a worker remembers of its sending. ``ring`` asks for another pass; ``random`` spreads retries."""

    store: Store
    clock: Callable[[], datetime]
    post: Post
    render: Render | None = None
    random: Callable[[], float] = random.random
    ring: Callable[[], None] = lambda: None
    _running: dict[asyncio.Task[None], _Sending] = field(default_factory=dict)
    _windows: dict[UUID, int] = field(default_factory=dict)
    _done: list[Tried] = field(default_factory=list)
    _swept: datetime | None = None

    async def step(self) -> int:
        """One pass: gives how many deliveries were sent off, written down or lined up."""
        now = self.clock()
        due: list[WebhookEndpoint] = []
        is_to_sweep, waning = self._is_to_sweep(now), self._waning(now)
        if not self._done and not waning:
            async with self.store.reading(EVERYTHING) as session:
                due = await webhook_queue.endpoints_due(session, now)
                is_to_sweep = is_to_sweep and await webhook_queue.is_any_stranded(session, now)
            if not self._seats(due) and not is_to_sweep:
                return 0
        done, self._done = self._done, []
        try:
            async with self.store.writing(EVERYTHING, patient=True) as session:
                lined = await webhook_queue.line_up(session, now) if is_to_sweep else 0
                disabled = await webhook_outcomes.record(session, done, now, self.random)
                await webhook_queue.renew(session, [each.delivery for each in waning], now)
                due = due or await webhook_queue.endpoints_due(session, now)
                taken = await webhook_queue.lease(session, self._seats(due), now)
                items = await webhook_queue.load(session, taken) if taken else []
                items = await webhook_notices.fill(session, items)
                told = [each.endpoint for each in items]
                standing = await webhook_telling.standing(session, told, [each.event or each.head for each in items])
        except BaseException:
            self._done = done + self._done
            raise
        _tell(disabled)
        for each in waning:
            each.until = now + webhook_queue.LEASE
        self._send_off(items, standing, now)
        return len(items) + len(done) + lined

    async def idle(self) -> None:
        """Waits for what is being sent now."""
        if self._running:
            await asyncio.wait(self._running)

    async def finish(self) -> None:
        """Waits for what is being sent and writes it down; then nothing is left but what is queued."""
        await self.idle()
        if self._done:
            async with self.store.writing(EVERYTHING, patient=True) as session:
                disabled = await webhook_outcomes.record(session, self._done, self.clock(), self.random)
            self._done.clear()
            _tell(disabled)

    async def close(self) -> None:
        """Breaks off what is being sent: another worker sends it when its lease has run out."""
        for task in self._running:
            task.cancel()
        await self.idle()
        await self.post.close()

    def _seats(self, due: Sequence[WebhookEndpoint]) -> dict[UUID, int]:
        """How many each endpoint may be sent now: it widens with success, and halves with a failure down to one."""
        busy = Counter(each.endpoint for each in self._running.values())
        free, seats = AT_ONCE - len(self._running), dict[UUID, int]()
        narrow = FAILING_AT_ONCE - sum(count for id_, count in busy.items() if self._windows.get(id_) == 1)
        for endpoint in due:
            if free <= 0 or len(seats) >= webhook_queue.ENDPOINTS_AT_ONCE:
                break
            window = self._windows.setdefault(endpoint.id, 1 if endpoint.failing_since else FIRST_WINDOW)
            count = min(window - busy[endpoint.id], free, narrow if window == 1 else free)
            if count > 0:
                seats[endpoint.id] = count
                free -= count
                narrow -= count if window == 1 else 0
        return seats

    def _waning(self, now: datetime) -> list[_Sending]:
        """What takes so long that its lease is to be renewed."""
        return [each for each in self._running.values() if each.until - now < webhook_queue.LEASE / 2]

    def _is_to_sweep(self, now: datetime) -> bool:
        """Now and then, for what was queued while the one before it ended, and what a receiver's patience held."""
        if self._swept is not None and timedelta() <= now - self._swept < SWEEP:
            return False
        self._swept = now
        return True

    def _send_off(self, items: list[Told], standing: Standing, now: datetime) -> None:
        for told in items:
            if not webhook_telling.may_still(told, standing):
                self._note(Tried(told, now, problem=AttemptProblem.OUT_OF_REACH))
                continue
            task = asyncio.create_task(self._send(told), name="webhook")
            self._running[task] = _Sending(told.delivery.id, told.endpoint.id, now + webhook_queue.LEASE)
            task.add_done_callback(self._leave)

    def _leave(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self.ring()

    def _note(self, tried: Tried) -> None:
        id_ = tried.told.endpoint.id
        window = self._windows.get(id_, FIRST_WINDOW)
        self._windows[id_] = max(window // 2, 1) if tried.problem else min(window + 1, WIDEST_WINDOW)
        self._done.append(tried)

    async def _send(self, told: Told) -> None:
        at, started = self.clock(), time.perf_counter()
        try:
            body = await self._body(told, at)
            sent = webhooks.secrets(self.store.vault, told.endpoint, at)
            headers = {**CONTENT, **signatures.headers(sent, told.delivery.typeid, at, body)}
            answer = await self.post.send(told.endpoint.url, headers, body)
        except Exception as error:  # noqa: BLE001 whatever failed on our side, it is tried again
            log.error(  # noqa: TRY400 the text of a failure may quote what is secret
                "webhooks.failed", delivery=told.delivery.typeid, error=type(error).__name__
            )
            self._note(Tried(told, at, problem=AttemptProblem.OURS))
            return
        took = timedelta(seconds=time.perf_counter() - started)
        status, problem = answer.http_status, answer.problem
        log.info(
            "webhooks.sent",
            delivery=told.delivery.typeid,
            status=status,
            problem=problem,
            ms=round(took / timedelta(milliseconds=1)),
        )
        wait = rules.retry_after(answer.retry_after, at) if problem else None
        self._note(Tried(told, at, took, problem, status, rules.safe_text(answer.body) or None, wait))

    async def _body(self, told: Told, now: datetime) -> bytes:
        if told.endpoint.selection is None or told.event is None:
            return orjson.dumps(webhook_telling.thin(self.store.vault, told, now))
        if self.render is None:
            raise RuntimeError("this worker was started without the means to evaluate selections")
        return orjson.dumps(webhook_telling.envelope(told, await self.render(self.store, told, now)))


def _tell(disabled: Mapping[UUID, DisabledBecause]) -> None:
    """For whoever runs the gateway; the partner is told by their other endpoints and finds it at the endpoint."""
    for id_, because in disabled.items():
        DISABLED.labels(because.name).inc()
        log.warning("webhooks.disabled", endpoint=typeid(WebhookEndpoint.prefix, id_), because=because.name)


async def tidy(store: Store, now: datetime, at_most: int = 500) -> int:
    """Forgets old deliveries, and endpoints that were deleted and have none, a few at a time. Gives how many."""
    async with store.reading(EVERYTHING) as session:
        deliveries = await webhook_queue.old(session, now, at_most)
        endpoints = await webhook_queue.bare(session, now, at_most)
    if deliveries or endpoints:
        async with store.writing(EVERYTHING, patient=True) as session:
            await webhook_queue.forget(session, deliveries, endpoints)
    return len(deliveries) + len(endpoints)
