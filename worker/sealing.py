"""On PostgreSQL one sealer gives seals to whatever was committed, for all merchants, in the order of ids. On SQLite there
is nothing to do: who writes, seals.

Every pass is one transaction under an advisory lock, taken in a statement of its own so that what follows sees all that
earlier sealers committed. A late commit gets a later position, so no reader can miss it; its subject's row lock keeps a
subject's versions in order.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from aftersales import proofs, webhook_notices
from aftersales.rules.entries import stamp_of
from aftersales.sealing import COLUMNS, Grown, Waiting, seal
from db.reach import EVERYTHING
from db.session import Store

PACE_SECONDS = 0.01
SIGNING_SECONDS = 5.0
AT_ONCE = 1000
CHANNEL = "waybridge_log"
"""Told of each new position: a hint that there is something to read, never the truth."""

_LOCK = 7240120
_SWEEP_SECONDS = 60.0
_RISE_SECONDS = 1.0

log = structlog.get_logger("worker.sealing")


@dataclass(slots=True)
class LowWater:
    """Below ``low`` no id waits, so that a pass need not wade through what a long reader keeps from being cleared. It
    rises to an id seen before transaction ``xid`` began once everything older than that has ended: who took a lower id
    had begun before. A foreign transaction that stays open keeps it low and holds up nothing else."""

    low: int = 0
    seen: int = 0
    _mark: tuple[int, int] | None = None
    _passed: bool = False
    _looked: float = 0.0
    _swept: float = field(default_factory=time.monotonic)

    def start(self) -> int:
        """From where to look now; once a minute from the very beginning."""
        now = time.monotonic()
        if now - self._swept < _SWEEP_SECONDS:
            return self.low
        self._swept = now
        return 0

    async def look(self, connection: Any) -> None:
        """Once a second, before events are taken: whether what was marked has ended."""
        now = time.monotonic()
        if now - self._looked < _RISE_SECONDS:
            return
        self._looked = now
        xid, oldest = await connection.fetchrow(_HORIZON)
        if self._mark is None:
            self._mark = (xid, self.seen)
        self._passed = oldest > self._mark[0]

    def took(self, ids: list[int], *, all_of_them: bool) -> None:
        """What a committed pass took."""
        self.seen = max(self.seen, *ids)
        if self._passed and all_of_them and self._mark is not None:
            self.low, self._mark, self._passed = self._mark[1], None, False


@dataclass(slots=True)
class Sealer:
    """The loop's memory between passes."""

    store: Store
    water: LowWater = field(default_factory=LowWater)

    async def step(self) -> int:
        """One pass: gives how many were sealed. Nothing while another process seals."""
        if self.store.sealer is None:
            return 0
        async with self.store.sealer.connect() as kept:
            connection: Any = (await kept.get_raw_connection()).driver_connection
            try:
                return await self._pass(connection)
            except BaseException:
                await kept.invalidate()
                task = asyncio.current_task()
                if task and task.cancelling():  # which a failing rollback would hide
                    raise asyncio.CancelledError from None
                raise

    async def _pass(self, connection: Any) -> int:
        low = self.water.start()
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM unsealed WHERE event_id > $1)", low):
            return 0
        async with connection.transaction(isolation="read_committed"):
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return 0
            await self.water.look(connection)
            ids = [row["event_id"] for row in await connection.fetch(_TAKE, low, AT_ONCE)]
            if ids:
                await _seal(connection, ids)
        if ids:
            if min(ids) <= self.water.low:
                log.error("sealing.found_below_low_water", lowest=min(ids), low=self.water.low)
            self.water.took(ids, all_of_them=len(ids) < AT_ONCE)
        return len(ids)


async def drain(store: Store) -> int:
    """Seals all that waits now; gives how many. For tests and tools; on SQLite nothing ever waits."""
    sealer, total = Sealer(store), 0
    while done := await sealer.step():
        total += done
    return total


async def sign(store: Store, now: datetime, at_most: int = 200) -> int:
    """Signs the heads that are due, and queues them for whoever keeps them by webhook. Gives how many."""
    async with store.reading(EVERYTHING) as session:
        if not await proofs.due(session, now, at_most):
            return 0
    async with store.writing(EVERYTHING, patient=True) as session:
        signed = await proofs.sign_due(session, store.vault, now, at_most)
        await webhook_notices.tell_heads(session, signed, now)
        return len(signed)


async def _seal(connection: Any, ids: list[int]) -> None:
    events = await connection.fetch(_READ, ids)
    if len(events) != len(ids):
        raise RuntimeError(f"{len(ids)} events wait and {len(events)} are there")
    owners = sorted({row["merchant_id"] for row in events})
    state = await connection.fetch(_STATE, owners)
    trees = {row["id"]: Grown.of(row["size"] or 0, row["peaks"] or b"") for row in state}
    waiting = [Waiting(row["id"], stamp_of(row), row["carrier_code"], row["customer_id"]) for row in events]
    seals = seal(waiting, trees, state[0]["position"])
    await connection.copy_records_to_table("seals", records=seals, columns=COLUMNS)
    grown = [(owner, trees[owner].size, b"".join(trees[owner].peaks)) for owner in owners]
    await connection.executemany(_GROW, grown)
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, str(seals[-1][0]))


_HORIZON = "SELECT pg_current_xact_id()::text::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_TAKE = (
    "DELETE FROM unsealed WHERE ctid = ANY(ARRAY("
    "SELECT ctid FROM unsealed WHERE event_id > $1 ORDER BY event_id LIMIT $2)) RETURNING event_id"
)
_READ = (
    "SELECT id, merchant_id, subject, subject_id, version, kind, commitment, carrier_code, customer_id"
    " FROM events WHERE id = ANY($1::bigint[]) ORDER BY id"
)
_STATE = (
    "SELECT (SELECT coalesce(max(position), 0) FROM seals) AS position, owner.id, size, peaks"
    " FROM unnest($1::uuid[]) AS owner(id) LEFT JOIN trees ON trees.merchant_id = owner.id"
)
_GROW = (
    "INSERT INTO trees (merchant_id, size, peaks) VALUES ($1, $2, $3)"
    " ON CONFLICT (merchant_id) DO UPDATE SET size = excluded.size, peaks = excluded.peaks"
)
