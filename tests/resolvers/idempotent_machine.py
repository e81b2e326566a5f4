"""Creates under idempotency keys in any order, through the whole gateway over a real database: sent, repeated, changed, by
two merchants, at two doors, at the same time, with commits that fail and clients that go away, while days pass and old
keys are swept. After every step there are as many things as keys were accepted, and each repeat was told the same."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import event, func, literal, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.models.messages import REPLAYS_KEPT, Replay
from db.models.partners import CarrierAccount
from db.models.webhooks import WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api, serving
from tests.resolvers.idempotent_calls import ACCOUNT, ENDPOINT, Call, Model, Told, told
from worker import clocks

MERCHANTS, KEYS, NUMBERS = 2, 8, 4
FAULTS = ("at the savepoint", "before the commit", "after the commit")
CALLS = st.builds(
    Call,
    who=st.integers(0, MERCHANTS - 1),
    key=st.integers(0, KEYS - 1),
    field=st.sampled_from([ACCOUNT, ENDPOINT]),
    number=st.sampled_from([*range(1, NUMBERS + 1), 0]),
)


@dataclass
class Track:
    """Two doors of the gateway over one database, and the loop they run in. ``steps`` and ``runs`` count."""

    runner: asyncio.Runner
    store: Store
    doors: Sequence[Api]
    fault: str | None = None
    steps: int = 0
    runs: int = 0
    came: dict[str, int] = field(default_factory=dict)

    def set_clock(self, now: datetime) -> None:
        """What time it is at both doors."""
        for door in self.doors:
            door.clock.now = now

    def before_commit(self, session: Session) -> None:
        """The infrastructure fails where it was told to."""
        self._fail("at the savepoint" if session.in_nested_transaction() else "before the commit")

    def after_commit(self, session: Session) -> None:
        """As above: it is done, and nobody hears of it."""
        if not session.in_nested_transaction():
            self._fail("after the commit")

    def _fail(self, where: str) -> None:
        if self.fault == where:
            self.fault = None
            raise OperationalError(where, {}, ConnectionResetError())


@contextmanager
def opened(runner: asyncio.Runner, stores: Sequence[Store]) -> Iterator[Track]:
    """The gateway at as many doors, each with connections of its own, as processes would have. Closes the stores."""
    stack = AsyncExitStack()

    async def doors() -> list[Api]:
        for each in stores:
            stack.push_async_callback(each.close)
        return [await stack.enter_async_context(serving(each)) for each in stores]

    track = Track(runner, stores[0], runner.run(doors()))
    hooks = {"before_commit": track.before_commit, "after_commit": track.after_commit}
    for name, hook in hooks.items():
        event.listen(Session, name, hook)
    try:
        yield track
    finally:
        for name, hook in hooks.items():
            event.remove(Session, name, hook)
        runner.run(stack.aclose())


class Calls(RuleBasedStateMachine):
    """The machine; each of its runs has merchants of its own."""

    track: ClassVar[Track]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.now = make.NOW
        self.track.set_clock(self.now)
        self.track.runs += 1
        self.sent: list[Call] = []
        self.merchants = self.run(merchants(self.track.store, MERCHANTS))

    def run(self, work: Any) -> Any:
        return self.track.runner.run(work)

    @rule(call=CALLS, door=st.integers(0, 1), is_wide=st.booleans())
    def send(self, call: Call, door: int, *, is_wide: bool) -> None:
        self.happened([call], [self.run(self.answer(call, door, is_wide=is_wide))])

    @rule(which=st.integers(0, 1000), door=st.integers(0, 1), is_wide=st.booleans())
    def repeat(self, which: int, door: int, *, is_wide: bool) -> None:
        if self.sent:
            call = self.sent[which % len(self.sent)]
            self.happened([call], [self.run(self.answer(call, door, is_wide=is_wide))])

    @rule(calls=st.lists(CALLS, min_size=2, max_size=3))
    def send_together(self, calls: list[Call]) -> None:
        self.happened(calls, self.run(self.together(calls)))

    @rule(call=CALLS, times=st.integers(2, 3))
    def send_twins(self, call: Call, times: int) -> None:
        """All alike: any order explains them, so one is tried, the fresh answer first."""
        answers = self.run(self.together([call] * times))
        real = [each for each in answers if each.code != "CONFLICT"] or answers[:1]
        for each in sorted(real, key=lambda one: one.is_replay):
            self.happened([call], [each])

    @rule(call=CALLS, where=st.sampled_from(FAULTS))
    def send_and_fail(self, call: Call, where: str) -> None:
        self.track.fault = where
        answer = self.run(self.answer(call, 0))
        failed, self.track.fault = self.track.fault is None, None
        if not failed:
            self.happened([call], [answer])
            return
        self.count(call, answer)
        assert answer == Told(error="INTERNAL")
        if where == "after the commit" and self.model.remembered(call, self.now) is None:
            self.model.do(call, None, self.now)

    @rule(call=CALLS, after=st.integers(0, 12))
    def send_and_go(self, call: Call, after: int) -> None:
        """Whether it was done is seen when it is sent again."""
        self.run(self.cut(call, after / 2000))
        answer = self.run(self.answer(call, 1))
        if answer.is_replay and self.model.remembered(call, self.now) is None:
            self.model.do(call, None, self.now)
        self.happened([call], [answer])

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.track.set_clock(self.now)

    @rule(call=CALLS)
    def sweep(self, call: Call) -> None:
        """While a call comes."""

        async def both() -> Told:
            _, answer = await asyncio.gather(clocks.tidy(self.track.store, self.now), self.answer(call, 1))
            while not await forgotten(self.track.store, self.now):
                assert await clocks.tidy(self.track.store, self.now)
            return answer

        self.happened([call], [self.run(both())])

    @invariant()
    def there_is_what_was_accepted(self) -> None:
        self.track.steps += 1
        made = self.model.made
        expected = [made[who, field_] for field_ in (ACCOUNT, ENDPOINT) for who in range(MERCHANTS)]
        known = sum(1 for _ in self.model.known(self.now))
        assert self.run(things(self.track.store, self.merchants, self.now)) == [*expected, known]

    def happened(self, calls: Sequence[Call], answers: Sequence[Told]) -> None:
        for call, answer in zip(calls, answers, strict=True):
            self.count(call, answer)
        after = self.model.after(list(zip(calls, answers, strict=True)), self.now)
        assert after is not None, f"nothing explains {answers} to {calls}"
        self.model = after

    def count(self, call: Call, answer: Told) -> None:
        self.sent.append(call)
        kind = "replay" if answer.is_replay else answer.error or answer.code or "done"
        self.track.came[kind] = self.track.came.get(kind, 0) + 1

    async def answer(self, call: Call, door: int, *, is_wide: bool = False) -> Told:
        return await sent(self.track.doors[door], self.merchants[call.who], call, is_wide=is_wide)

    async def together(self, calls: Sequence[Call]) -> list[Told]:
        return await asyncio.gather(*(self.answer(call, at % 2) for at, call in enumerate(calls)))

    async def cut(self, call: Call, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.answer(call, 0), seconds)


def machine_of(track: Track) -> type[Calls]:
    """The machine over this track."""
    return type("Machine", (Calls,), {"track": track})


def _count(which: Any) -> Any:
    return select(func.count(literal(1))).where(which).scalar_subquery()


async def merchants(store: Store, many: int) -> list[make.Someone]:
    """Merchants of whom nothing is known yet."""
    return [await make.merchant(store) for _ in range(many)]


async def sent(door: Api, who: make.Someone, call: Call, *, is_wide: bool = False) -> Told:
    """The answer to a call."""
    return told(await door.raw(who, call.document(is_wide=is_wide), **call.variables()), call)


async def things(store: Store, whose: Sequence[make.Someone], now: datetime) -> list[int]:
    """How many accounts each has, how many endpoints, and how many keys are remembered of them all."""
    counts = [
        *(_count(CarrierAccount.merchant_id == each.merchant_id) for each in whose),
        *(_count(WebhookEndpoint.partner_id == each.partner.id) for each in whose),
        _count(Replay.owner_id.in_([each.partner.id for each in whose]) & (Replay.created_at >= now - REPLAYS_KEPT)),
    ]
    async with store.reading(EVERYTHING) as session:
        return list((await session.execute(select(*counts))).one())


async def forgotten(store: Store, now: datetime) -> bool:
    """Whether no key is left that is older than seven days."""
    async with store.reading(EVERYTHING) as session:
        return await session.scalar(select(Replay.key).where(Replay.created_at < now - REPLAYS_KEPT).limit(1)) is None
