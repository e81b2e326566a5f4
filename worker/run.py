"""The worker: loops, each at its own pace, woken when there is work; one that fails never stops the others."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import httpx2
import structlog

from aftersales.calling import Caller
from carriers.carrier import Carrier
from carriers.http import Outside, new_client
from carriers.registry import BY_CODE
from db.away import is_away
from db.cancelling import hear_cancellation
from db.hints import on_commit
from db.session import Store
from db.settings import open_store
from db.write_lock import WriterBusy
from worker import (
    bookings,
    cases,
    clocks,
    deliveries,
    fanout,
    inbox,
    jobs,
    labels,
    polling,
    sealing,
    subscribing,
    webhooks,
)
from worker.exports import PACE_SECONDS, Exporter, ReaderOf
from worker.posting import Post
from worker.settings import Settings
from worker.webhooks import Render, Sender

BREATH_SECONDS = 0.01  # after a pass: what comes in meanwhile is taken in one batch, not one by one
AFTER_FAILURE_SECONDS = 1.0
WHILE_AWAY_SECONDS = 0.5
LONGEST_AFTER_FAILURE_SECONDS = 30.0
WORK = {**jobs.KINDS, **bookings.KINDS, **labels.KINDS, **deliveries.KINDS}
STOP_SECONDS = 8.0  # for the passes under way at a stop; their leases run out otherwise

log = structlog.get_logger("worker")


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop: its pass gives how much it did; when that was something it goes on after a breath, else it waits so many
    seconds, or until it is woken."""

    name: str
    step: Callable[[], Awaitable[int]]
    seconds: float
    is_wakeable: bool = False
    bell: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Worker:
    """Everything that happens without anyone asking. ``client`` is the caller's to close; ``more`` are further loops;
    ``render`` evaluates webhooks' own selections, ``read`` gives who reads exports' rows."""

    store: Store
    clock: Callable[[], datetime]
    client: httpx2.AsyncClient
    settings: Settings
    carriers: Mapping[str, Carrier] = field(default_factory=lambda: BY_CODE)
    more: Sequence[Loop] = ()
    render: Render | None = None
    read: ReaderOf | None = None
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _caller: Caller | None = None
    _sender: Sender | None = None
    _loops: list[Loop] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        """How the loops go out."""
        if self._caller is None:
            outside = Outside(self.client, self.clock)
            self._caller = Caller(
                self.store, outside, self.clock, self.settings.public_url, self.carriers, self.settings.files
            )
        return self._caller

    @property
    def sender(self) -> Sender:
        """How webhooks go out."""
        if self._sender is None:
            self._sender = Sender(
                self.store, self.clock, Post(self.settings.dev, proxy=self.settings.egress_proxy), self.render
            )
        return self._sender

    def loops(self) -> list[Loop]:
        """What runs, in the order of one ``tick``; made once."""
        self._loops = self._loops or self._make()
        return self._loops

    def _make(self) -> list[Loop]:
        paces, caller, store, clock = self.settings.paces, self.caller, self.store, self.clock
        sending = Loop("webhooks", self.sender.step, paces.webhooks_seconds, is_wakeable=True)
        fan_out = partial(_then, lambda: fanout.fan_out(store, clock()), sending.bell)
        spreading = Loop("fanout", fan_out, paces.webhooks_seconds, is_wakeable=True)
        self.sender.ring = sending.bell.set
        seal = partial(_then, sealing.Sealer(store).step, spreading.bell)
        return [
            Loop("subscribing", partial(subscribing.subscribe, caller), paces.subscribing_seconds),
            Loop("polling", partial(polling.poll, caller, paces.shipments_at_once), paces.polling_seconds),
            Loop("inbox", self._read, paces.inbox_seconds, is_wakeable=True),
            Loop("jobs", partial(jobs.run, caller, WORK), paces.jobs_seconds, is_wakeable=True),
            Loop("bookings", partial(bookings.follow, caller), paces.subscribing_seconds),
            Loop("alerts", lambda: clocks.alert(store, clock()), paces.alerts_seconds),
            Loop("cases", lambda: cases.strike(store, clock), paces.alerts_seconds),
            Loop("lanes", lambda: _once(clocks.learn(store, clock())), paces.lanes_seconds),
            *([] if store.is_sqlite else [Loop("sealing", seal, sealing.PACE_SECONDS)]),
            spreading,
            sending,
            Loop("heads", lambda: sealing.sign(store, clock()), sealing.SIGNING_SECONDS),
            Loop("tidying", lambda: clocks.tidy(store, clock()), paces.tidying_seconds),
            Loop("webhooks.tidying", lambda: webhooks.tidy(store, clock()), paces.tidying_seconds),
            Loop("labels.tidying", partial(labels.tidy, caller), paces.tidying_seconds),
            *([] if self.read is None else [Loop("exports", self._exporter(self.read).step, PACE_SECONDS)]),
            *self.more,
        ]

    def _exporter(self, read: ReaderOf) -> Exporter:
        return Exporter(self.store, self.clock, self.settings.files, read(self.store, self.clock))

    def _read(self) -> Awaitable[int]:
        return inbox.take(self.store, self.clock(), self.settings.paces.messages_at_once, self.carriers)

    def wake(self) -> None:
        """There is work: something was written down."""
        for loop in self.loops():
            if loop.is_wakeable:
                loop.bell.set()

    def stop(self) -> None:
        """Every loop ends after its present pass."""
        self._stopped.set()
        self.wake()

    async def run(self) -> None:
        """Runs until ``stop``; a cancellation ends passes where they are, and their leases run out."""
        try:
            with on_commit(self.store, self._committed):
                async with asyncio.TaskGroup() as group:
                    for loop in self.loops():
                        group.create_task(self._keep(loop), name=f"worker.{loop.name}")
            await self.sender.finish()
        finally:
            await self.sender.close()

    async def tick(self) -> None:
        """One pass of every loop, one after the other; failures are raised. For tests and for draining by hand."""
        for loop in self.loops():
            await loop.step()
        await self.sender.finish()

    def _committed(self) -> None:
        """On SQLite what was committed is sealed: it may have to be told."""
        next(loop for loop in self.loops() if loop.name == "fanout").bell.set()

    async def _keep(self, loop: Loop) -> None:
        failures = 0
        while not self._stopped.is_set():
            loop.bell.clear()
            try:
                did = await loop.step()
                failures = 0
            except Exception as error:  # noqa: BLE001 whatever it is, the loop tries again and the others go on
                hear_cancellation()
                failures += 1
                self._report(loop, error)
                await _rest(self._stopped, _pause(error, failures))
                continue
            if did:
                await asyncio.sleep(BREATH_SECONDS)
            else:
                await _rest(loop.bell if loop.is_wakeable else self._stopped, loop.seconds)

    def _report(self, loop: Loop, error: Exception) -> None:
        """Names the failure, not its text: the text of a database's error quotes values."""
        if isinstance(error, WriterBusy):
            log.warning("worker.busy", loop=loop.name)
        elif is_away(error):
            log.warning("worker.database_away", loop=loop.name)
        else:
            at = error.__traceback__
            while at is not None and at.tb_next is not None:
                at = at.tb_next
            where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else ""
            log.error("worker.loop_failed", loop=loop.name, error=type(error).__name__, where=where)


def _pause(error: Exception, failures: int) -> float:
    """Seconds before the next try: longer the oftener it failed, but as soon as the database is back we are."""
    if is_away(error):
        return WHILE_AWAY_SECONDS
    return min(AFTER_FAILURE_SECONDS * failures, LONGEST_AFTER_FAILURE_SECONDS)


async def _rest(until: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)


async def _once(pass_: Awaitable[int]) -> int:
    """A pass that is complete in itself: afterwards the loop rests."""
    await pass_
    return 0


async def _then(step: Callable[[], Awaitable[int]], bell: asyncio.Event) -> int:
    """A pass that makes work for another loop."""
    did = await step()
    if did:
        bell.set()
    return did


@contextlib.asynccontextmanager
async def inside(
    store: Store,
    clock: Callable[[], datetime],
    *,
    settings: Settings,
    render: Render | None = None,
    read: ReaderOf | None = None,
) -> AsyncIterator[Callable[[], None]]:
    """The worker within another process, over its store: gives how to wake it; at the end it finishes its passes."""
    async with new_client(settings.egress_proxy) as client:
        worker = Worker(store, clock, client, settings, render=render, read=read)
        running = asyncio.create_task(worker.run())
        try:
            yield worker.wake
        finally:
            worker.stop()
            _, late = await asyncio.wait([running], timeout=STOP_SECONDS)
            if late:
                running.cancel()
                await asyncio.wait([running])


async def main(environ: Mapping[str, str], render: Render | None = None, read: ReaderOf | None = None) -> None:
    """The worker as a process of its own, until it is told to stop."""
    settings = Settings.from_environ(environ)
    assert settings.database is not None
    store = open_store(settings.database)
    try:
        async with new_client(settings.egress_proxy) as client:
            worker = Worker(store, lambda: datetime.now(UTC), client, settings, render=render, read=read)
            for name in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(name, worker.stop)
            await worker.run()
    finally:
        await store.close()
