"""The death of a process: at any write, before any commit or right after it. What is dead writes, reads and sends nothing
more; whatever of it still ran is cancelled."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from db.session import Store

T = TypeVar("T")
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
PATIENCE_SECONDS = 300.0


class Crashed(BaseException):
    """The process is gone. No ``except Exception`` may outlive it."""


class Hangs(Exception):
    """Something waits for what never comes."""


@dataclass
class Doom:
    """When the process dies. ``passed`` counts all points that it may die at."""

    left: int = 0  # 0: not in sight
    passed: int = 0
    fallen: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_dead(self) -> bool:
        return self.fallen.is_set()

    def threaten(self, points: int) -> None:
        """It dies at the so many-th point from now."""
        self.left = points

    def spare(self) -> None:
        """It lives on: the same process, or the next one."""
        self.left = 0
        self.fallen.clear()

    def point(self) -> None:
        """Here it may die."""
        self.live()
        self.passed += 1
        if self.left:
            self.left -= 1
            if not self.left:
                self.fallen.set()
        self.live()

    def live(self) -> None:
        """Here it is alive, or nothing goes on."""
        if self.is_dead:
            raise Crashed

    def haunt(self, store: Store) -> None:
        """From now on every write and commit of the store is a point."""
        for engine in {store.reader.sync_engine, store.writer.sync_engine}:
            dialect: Any = engine.dialect
            for name, around in (("do_execute", self._run), ("do_executemany", self._run), ("do_commit", self._commit)):
                setattr(dialect, name, partial(around, getattr(dialect, name)))

    def _run(self, run: Callable[..., None], cursor: Any, statement: str, *given: Any) -> None:
        if statement.lstrip().startswith(WRITES):
            self.point()
        elif not statement.startswith("ROLLBACK"):  # which the database does by itself for the dead
            self.live()
        run(cursor, statement, *given)

    def _commit(self, commit: Callable[[Any], None], connection: Any) -> None:
        self.point()
        commit(connection)
        self.point()


async def live_through(doom: Doom, work: Coroutine[Any, Any, T]) -> T | None:
    """What came of it; None when the process died meanwhile, and then nothing of it runs any more."""
    working = asyncio.create_task(work)
    falling = asyncio.create_task(doom.fallen.wait())
    await asyncio.wait({working, falling}, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if doom.is_dead:
        await bury()
        return None
    falling.cancel()
    if not working.done():
        raise Hangs(str(working.get_stack()))
    return working.result()


async def bury() -> None:
    """Ends every other task of the loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        _, late = await asyncio.wait(others, timeout=PATIENCE_SECONDS)
        if late:
            raise Hangs(str([task.get_stack() for task in late]))
        for task in others:
            if not task.cancelled():
                task.exception()
