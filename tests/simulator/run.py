"""One seed, from its first step to rest: so many steps, each of which the process may not survive, then calm, then the
invariants."""

import asyncio
import traceback
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from db.enums import DeliveryStatus, InboxState, JobState
from db.models.messages import Inbox, Job
from db.models.webhooks import WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from tests.simulator.books import open_books
from tests.simulator.doings import deliver, gather_news, read_on, settle
from tests.simulator.dying import Crashed, Doom, Hangs, bury
from tests.simulator.ground import Ground, on_postgresql, on_sqlite
from tests.simulator.invariants import INVARIANTS
from tests.simulator.listening import overheard
from tests.simulator.steps import STEPS
from tests.simulator.world import Violation, World
from worker.run import Loop

MEMORY = next((place for place in ("/dev/shm",) if Path(place).is_dir()), None)
DYING = 0.2  # of all steps, if they write enough
POINTS = (1, 2, 3, 4, 5, 6, 8, 11, 15)
ROUNDS = 40
PASSES = 60
WEIGHTS = tuple(weight for weight, _ in STEPS)


@dataclass(frozen=True)
class Ended:
    """How a seed ended. The digest covers all that happened: the same seed has the same. ``complaints`` are what the
    service logged last."""

    seed: int
    digest: str
    deaths: int
    problems: tuple[str, ...]
    trace: tuple[str, ...]
    complaints: tuple[str, ...]


@dataclass
class Theatre:
    """Where seeds are played, one after the other."""

    ground: Ground
    doom: Doom
    complaints: deque[str]

    async def play(self, seed: int, steps: int) -> Ended:
        """Plays a seed. Never raises for what the service does."""
        self.complaints.clear()
        await self.ground.renew()
        world = World(seed, self.ground, self.doom)
        problems: list[str] = []
        deaths = 0
        try:
            await world.begin()
            for _ in range(steps):
                deaths += await _step(world)
            await _survived(world, _come_to_rest)
            problems = await _survived(world, _check)
        except (Violation, Hangs) as broken:
            problems = [str(broken)]
        except Exception:  # noqa: BLE001 whatever the service raises where nothing may be raised is its breach
            problems = [traceback.format_exc()]
        finally:
            self.doom.fallen.set()
            await bury()
            self.doom.spare()
        return Ended(seed, world.digest, deaths, tuple(problems), tuple(world.trace), tuple(self.complaints))


@asynccontextmanager
async def theatre(database: str | None = None) -> AsyncIterator[Theatre]:
    """On SQLite, in memory where the machine has a place for it; else on a PostgreSQL server."""
    with overheard() as complaints, TemporaryDirectory(dir=MEMORY) as folder:
        async with on_postgresql(database) if database else on_sqlite(Path(folder)) as ground:
            doom = Doom()
            doom.haunt(ground.store)
            asyncio.get_running_loop().set_exception_handler(partial(_complain, complaints))
            yield Theatre(ground, doom, complaints)


def _complain(complaints: deque[str], loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """What nobody waited for; the last words of the dead are none."""
    if not isinstance(told.get("exception"), Crashed):
        complaints.append(str(told))


async def _step(world: World) -> bool:
    """One step. Gives whether the process died in it."""
    [(_, step)] = world.dice.choices(STEPS, WEIGHTS)
    if world.dice.random() < DYING:
        world.doom.threaten(world.dice.choice(POINTS))
    world.note(f"{step.__name__} begins")
    told = await world.live(step(world))
    world.trace[-1] = world.trace[-1].replace(" begins", f": {'the process died' if told is None else told}")
    return told is None


async def _survived(world: World, work: Callable[[World], Awaitable[Any]]) -> Any:
    kept: list[Any] = []

    async def keep() -> str:
        kept.append(await work(world))
        return ""

    await world.live(keep())
    return kept[0]


async def _come_to_rest(world: World) -> None:
    """Everybody outside is well and patient; time passes until nothing waits any more."""
    world.stage.share = world.receivers.share = 0.0
    world.receivers.moods.clear()
    world.receivers.let_go(answers=True)
    await settle(world)
    for _ in range(ROUNDS):
        await _work_off(world)
        due = await _next_due(world)
        if due is None:
            break
        world.now = max(world.now, due) + timedelta(seconds=1)
    else:
        raise Violation(f"after {ROUNDS} rounds something still waits")
    for consumer in world.known.consumers:
        await read_on(world, consumer, 100, 1000)


async def _work_off(world: World) -> None:
    """Carriers say what they have to say, and each loop does what it can, until none finds anything to do."""
    gather_news(world)
    while world.known.flying:
        await deliver(world, world.known.flying.pop(0))
    for _ in range(PASSES):
        if not sum([await _exhaust(world, loop) for loop in world.worker.loops()]):
            return
    raise Violation("the worker never comes to an end")


async def _exhaust(world: World, loop: Loop) -> int:
    for count in range(PASSES):
        did = await loop.step()
        await world.worker.sender.idle()
        if not did:
            return count
    raise Violation(f"the loop {loop.name} never comes to an end")


async def _next_due(world: World) -> Any:
    """When the last of what waits is due; None when nothing waits."""
    waits = (
        select(func.max(WebhookDelivery.next_at))
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.status == DeliveryStatus.WAITING, WebhookEndpoint.disabled_at.is_(None)),
        select(func.max(Job.run_at)).where(Job.state == JobState.READY),
        select(func.max(func.coalesce(Inbox.leased_until, Inbox.received_at))).where(Inbox.state == InboxState.NEW),
    )
    async with world.ground.store.reading(EVERYTHING) as session:
        found = [await session.scalar(each) for each in waits]
    return max((each for each in found if each is not None), default=None)


async def _check(world: World) -> list[str]:
    books = await open_books(world)
    world.note(f"rests with { {name: len(rows) for name, rows in books.rows.items()} }")
    world.note(f"parcels {[(row.carrier_code, row.tracking_number, row.status.name) for row in books.shipments]}")
    world.note(f"messages {[(each.receiver, each.number, each.is_thanked) for each in world.receivers.came]}")
    return [f"{holds.__name__}: {problem}" for holds in INVARIANTS for problem in holds(world, books)]
