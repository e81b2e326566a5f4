"""The sealer's process is killed again and again while slow, failing writers commit; then everything is counted."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from benchmarks.sealing_parts import commit, subjects
from benchmarks.sealing_postgresql import Server
from benchmarks.sealing_report import Goal, Report
from worker import sealing

COMMITS = 3000


class Changed(Exception):
    """The writer thinks better of it."""


@dataclass
class Ordeal:
    """What was committed, and how often the sealer was killed."""

    server: Server
    wanted: int
    merchant: UUID = field(default_factory=uuid4)
    committed: set[tuple[UUID, int]] = field(default_factory=set)
    kills: int = 0
    taken_back: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        return self.kills >= self.wanted and len(self.committed) >= COMMITS

    async def kill(self) -> None:
        """At any moment of its work: the way out of the context is SIGKILL."""
        while not self.is_over:
            async with self.server.sealer():
                await asyncio.sleep(random.random())
            self.kills += 1

    async def write(self, rows: Sequence[UUID]) -> None:
        """Pauses of 0 to 200 ms before the commit; one in twenty is rolled back, one in ten has a savepoint taken back."""
        async with self.server.connection() as connection:
            while not self.is_over:
                subject = random.choice(rows)
                with contextlib.suppress(Changed):
                    async with connection.transaction():
                        if random.random() < 0.1:
                            with contextlib.suppress(Changed):
                                async with connection.transaction():
                                    await commit(connection, self.merchant, random.choice(rows))
                                    self.taken_back["savepoints"] += 1
                                    raise Changed
                        version = await commit(connection, self.merchant, subject)
                        await asyncio.sleep(random.random() * 0.2)
                        if random.random() < 0.05:
                            self.taken_back["transactions"] += 1
                            raise Changed
                    self.committed.add((subject, version))


async def kills(server: Server, report: Report, wanted: int) -> None:
    """Counts what is lost, repeated, numbered with a gap or out of its subject's order."""
    ordeal = Ordeal(server, wanted)
    async with server.connection() as connection:
        rows = await subjects(connection, 400)
    await asyncio.gather(ordeal.kill(), *(ordeal.write(rows) for _ in range(16)))
    await sealing.drain(server.store)
    async with server.connection() as connection:
        found = await connection.fetch(
            "SELECT s.number, e.subject_id, e.version FROM seals s JOIN events e ON e.id = s.event_id"
            " WHERE s.merchant_id = $1 ORDER BY s.position",
            ordeal.merchant,
        )
    wrong = violations(found, ordeal.committed)
    back = ", ".join(f"{count} {what}" for what, count in ordeal.taken_back.items())
    figure = f"{len(ordeal.committed):,} commits, {back} taken back: {wrong} violations"
    report.tell(f"  {ordeal.kills} kills of the sealer", figure, Goal(0), wrong)


def violations(found: Sequence[Any], committed: set[tuple[UUID, int]]) -> int:
    """In a merchant's log as it was sealed, against what was committed."""
    told = [(row["subject_id"], row["version"]) for row in found]
    gaps: int = sum(row["number"] != place for place, row in enumerate(found, 1))
    latest: dict[UUID, int] = {}
    disorder = 0
    for subject, version in told:
        disorder += version <= latest.get(subject, 0)
        latest[subject] = version
    return gaps + disorder + len(told) - len(set(told)) + len(committed ^ set(told))
