"""Runs bulk exports: a few pages of one, then the next one's turn. Rows go to the file first, then to the count: whoever
goes on after a crash cuts the file where the count ends. Who reads the rows is passed in."""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import or_, select, update

from aftersales.exports import KEPT, OPEN, ExportFailed, Page, Reader, file_of
from db.models.exports import Export, ExportState
from db.reach import EVERYTHING
from db.session import Store

LEASE = timedelta(seconds=60)
PAGES_AT_ONCE = 10
PACE_SECONDS = 1.0
SWEEP = timedelta(seconds=10)
WAITS = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 300, 1800))  # after the last one it has failed
INTERNAL = {"code": "INTERNAL", "message": "We failed again and again; it is being looked at."}

ReaderOf = Callable[[Store, Callable[[], datetime]], Reader]
"""Gives who reads rows, of the process's store and by its clock."""

log = structlog.get_logger("worker.exports")


@dataclass(slots=True)
class Exporter:
    """What runs exports into ``folder``. Several may run beside each other where they share the folder."""

    store: Store
    clock: Callable[[], datetime]
    folder: Path
    reader: Reader
    _swept: datetime | None = None

    async def step(self) -> int:
        """A few pages of one export, and the files whose time is over. Gives how much was done."""
        removed = await self._remove()
        export = await self._lease()
        if export is None:
            return removed
        try:
            await self._run(export)
        except ExportFailed as failed:
            await self._end(export, {"code": failed.code, "message": failed.message})
        except Exception as error:  # noqa: BLE001 whatever it is, it is tried again, and others have their turn
            await self._put_off(export, error)
        return removed + 1

    async def _lease(self) -> Export | None:
        now = self.clock()
        free = or_(Export.leased_until.is_(None), Export.leased_until < now)
        due = select(Export.id).where(Export.state.in_(OPEN), Export.run_at <= now, free)
        due = due.order_by(Export.run_at, Export.id).limit(1)
        async with self.store.reading(EVERYTHING) as session:
            if await session.scalar(due) is None:
                return None
        mine = update(Export).where(Export.id.in_(due.with_for_update(skip_locked=True)))
        values = {"state": ExportState.RUNNING, "leased_until": now + LEASE}
        async with self.store.writing(EVERYTHING, patient=True) as session:
            leased = mine.values(values).returning(Export)
            return await session.scalar(leased, execution_options={"synchronize_session": False})

    async def _run(self, export: Export) -> None:
        started: dict[str, Any] = {}
        if export.started_at is None:
            started = {"started_at": self.clock(), "total": await self.reader.count(export)}
        current: Export | None = export
        for turn in range(1, PAGES_AT_ONCE + 1):
            page = await self.reader.page(current or export)
            current = await self._keep(current or export, page, started, is_last=turn == PAGES_AT_ONCE)
            if current is None or not page.has_next:
                return
            started = {}

    async def _keep(self, export: Export, page: Page, started: Mapping[str, Any], *, is_last: bool) -> Export | None:
        """Writes a page down; None when it is no longer ours: canceled, or another goes on with it."""
        now = self.clock()
        if export.leased_until is None or now >= export.leased_until:
            raise TimeoutError("the page took longer than its lease")
        is_whole = await asyncio.to_thread(_write, file_of(self.folder, export), export.size_bytes, page.lines)
        values: dict[str, Any] = {"leased_until": now + LEASE, "failures": 0, **started}
        if not is_whole:
            log.warning("export.file_lost", export=export.typeid)
            values |= {"cursor": None, "rows": 0, "size_bytes": 0, "leased_until": None, "run_at": now}
        else:
            values |= {
                "cursor": page.cursor or export.cursor,
                "rows": export.rows + page.rows,
                "size_bytes": export.size_bytes + len(page.lines),
            }
            if not page.has_next:
                values |= {"state": ExportState.DONE, "done_at": now, "leased_until": None}
            elif is_last:
                values |= {"run_at": now, "leased_until": None}
        kept = await self._set(export, values)
        if kept is None:
            await self._leave(export)
        return kept if is_whole else None

    async def _leave(self, export: Export) -> None:
        """It was canceled while a page was written: the file may have been made anew after it was removed."""
        async with self.store.reading(EVERYTHING) as session:
            state = await session.scalar(select(Export.state).where(Export.id == export.id))
        if state is ExportState.CANCELED:
            await asyncio.to_thread(file_of(self.folder, export).unlink, missing_ok=True)

    async def _set(self, export: Export, values: Mapping[str, Any]) -> Export | None:
        mine = update(Export).where(
            Export.id == export.id,
            Export.state == ExportState.RUNNING,
            Export.leased_until == export.leased_until,
            Export.rows == export.rows,
        )
        async with self.store.writing(EVERYTHING, patient=True) as session:
            changed = mine.values(**values).returning(Export)
            return await session.scalar(changed, execution_options={"synchronize_session": False})

    async def _end(self, export: Export, error: Mapping[str, str]) -> None:
        values = {"state": ExportState.FAILED, "error": dict(error), "done_at": self.clock(), "leased_until": None}
        await self._settle(export, values)
        log.warning("export.failed", export=export.typeid, code=error["code"])

    async def _put_off(self, export: Export, error: Exception) -> None:
        log.warning("export.put_off", export=export.typeid, error=type(error).__name__, failures=export.failures + 1)
        if export.failures >= len(WAITS):
            await self._end(export, INTERNAL)
            return
        again = {"run_at": self.clock() + WAITS[export.failures], "failures": export.failures + 1}
        await self._settle(export, again | {"leased_until": None})

    async def _settle(self, export: Export, values: Mapping[str, Any]) -> None:
        """Of one that is still running; its lease may have been renewed since it was taken."""
        mine = update(Export).where(Export.id == export.id, Export.state == ExportState.RUNNING)
        async with self.store.writing(EVERYTHING, patient=True) as session:
            await session.execute(mine.values(**values))

    async def _remove(self, at_most: int = 100) -> int:
        """Takes away files of exports that came to nothing, and those kept for seven days; looks every ten seconds."""
        now = self.clock()
        if self._swept is not None and self._swept <= now < self._swept + SWEEP:
            return 0
        self._swept = now
        over = or_(
            Export.state.in_((ExportState.FAILED, ExportState.CANCELED)),
            (Export.state == ExportState.DONE) & (Export.done_at < now - KEPT),
        )
        async with self.store.reading(EVERYTHING) as session:
            wanted = select(Export).where(over, Export.removed_at.is_(None)).limit(at_most)
            found = list(await session.scalars(wanted))
        if not found:
            return 0
        for export in found:
            await asyncio.to_thread(file_of(self.folder, export).unlink, missing_ok=True)
        gone = update(Export).where(Export.id.in_([export.id for export in found])).values(removed_at=now)
        async with self.store.writing(EVERYTHING, patient=True) as session:
            await session.execute(gone)
        return len(found)


def _write(path: Path, at: int, lines: bytes) -> bool:
    """Puts lines into the file at a place, durably, and cuts it behind them; False when the file does not reach it. Only
    its owner may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        if file.seek(0, os.SEEK_END) < at:
            return False
        file.seek(at)
        file.truncate()
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    return True
