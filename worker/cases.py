"""The clocks of cases: what has run out is done, each case in a transaction of its own, so one that fails holds up none."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog

from aftersales import case_clocks
from db.reach import EVERYTHING
from db.session import Store

AT_MOST = 50

log = structlog.get_logger("worker.cases")


async def strike(store: Store, clock: Callable[[], datetime]) -> int:
    """One pass. Gives how many cases moved."""
    async with store.reading(EVERYTHING) as session:
        due = await case_clocks.due(session, clock(), AT_MOST)
    await store.keys_of(*{merchant for _, merchant in due})
    return sum([await _one(store, case, clock()) for case, _ in due])


async def _one(store: Store, case: UUID, now: datetime) -> int:
    try:
        async with store.writing(EVERYTHING, patient=True) as session:
            return await case_clocks.strike(session, store.vault, case, now)
    except Exception:
        log.exception("case.clock_failed", case=case.hex)
        async with store.writing(EVERYTHING, patient=True) as session:
            await case_clocks.put_off(session, case, now)
        return 0
