"""Orders of a file enter: in batches, each one transaction, whatever goes wrong with single ones named."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from aftersales import entering
from aftersales.entering import Entered, EntryOutcome, Read
from aftersales.log import By
from aftersales.refusals import Refusal, RefusalCode, Refused
from cli.console import Problem
from cli.importing_forms import Raw, invalid
from cli.importing_lines import Lines
from cli.importing_merchants import Merchants
from cli.importing_outcomes import Journal
from cli.importing_records import record
from cli.opening import reason
from db.enums import Party
from db.reach import EVERYTHING
from db.session import Store

MOST_ORDERS = 1000
MOST_BYTES = 8 * 2**20
"""Of one transaction, whatever --batch says: a server beside us waits no longer, and memory stays flat."""

TRIES = 3
AT_ONCE = 4
"""Transactions side by side on PostgreSQL, of different merchants."""

FEW = 10
_CANNOT = "The database cannot keep this order"


@dataclass(frozen=True, slots=True)
class Import:
    """One run: ``owner`` is the merchant of every order where no column says whose it is; ``batch`` orders of one
    merchant go into a transaction at most; ``names`` are the columns' names by field; ``dry`` undoes everything."""

    store: Store
    merchants: Merchants
    owner: str | None
    file: str
    names: Mapping[str, str]
    batch: int = 250
    dry: bool = False
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


async def run(job: Import, raws: Iterable[Raw], journal: Journal, lines: Lines, step: Callable[[], bool]) -> bool:
    """Imports what the journal has not. ``step`` is called after each batch and says whether to go on; gives whether the
    file came to its end."""
    fresh = (raw for raw in raws if raw.line > journal.done)
    for batch in _batches(fresh, job, lines):
        prepared = [_prepared(raw, job, journal) for raw in batch]
        journal.write(
            [
                record(raw, done, job.owner, job.names)
                for raw, done in zip(batch, await _enter(job, prepared), strict=True)
            ]
        )
        if not step():
            return False
    return True


def _batches(raws: Iterable[Raw], job: Import, lines: Lines) -> Iterator[list[Raw]]:
    """Until one merchant has enough, or all together have."""
    batch: list[Raw] = []
    each: dict[str | None, int] = defaultdict(int)
    start = lines.taken
    for raw in raws:
        batch.append(raw)
        each[raw.merchant] += 1
        if each[raw.merchant] >= job.batch or len(batch) >= MOST_ORDERS or lines.taken - start >= MOST_BYTES:
            yield batch
            batch, start = [], lines.taken
            each.clear()
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Item:
    """An order read and checked, with the merchant as the file calls it."""

    line: int
    merchant: str
    read: Read


def _prepared(raw: Raw, job: Import, journal: Journal) -> _Item:
    merchant = job.owner or raw.merchant or ""
    refused = raw.refused
    if raw.number is not None:
        before = journal.seen.first(merchant, raw.number, raw.line)
        if before is not None:
            message = f"The order stands on line {before} already; a file has each order once, its rows together."
            refused = (*refused, Refusal(RefusalCode.DUPLICATE, message, ("number",)))
    return _Item(raw.line, merchant, Read(raw.number, refused=refused) if refused else entering.read([raw.item])[0])


async def _enter(job: Import, items: Sequence[_Item]) -> list[Entered]:
    """One outcome an item. Where the database has many writers, several merchants' orders enter at a time."""
    ready = [item for item in items if item.read.checked is not None]
    await job.merchants.find(job.store, {item.merchant for item in ready})
    lots = _lots(ready, 1 if job.store.is_sqlite else AT_ONCE)
    done: dict[int, Entered] = {}
    for lot, outcomes in zip(lots, await asyncio.gather(*(_in_halves(job, lot) for lot in lots)), strict=True):
        done |= {item.line: outcome for item, outcome in zip(lot, outcomes, strict=True)}
    _demand_sense(done.values())
    return [done.get(item.line) or _refused(item, *item.read.refused) for item in items]


def _lots(items: Sequence[_Item], most: int) -> list[list[_Item]]:
    """Parts of about one size, no merchant in two of them."""
    merchants = Counter(item.merchant for item in items)
    lots: list[set[str]] = [set() for _ in range(min(most, len(merchants)))]
    sizes = [0] * len(lots)
    for merchant, count in merchants.most_common():
        smallest = sizes.index(min(sizes))
        lots[smallest].add(merchant)
        sizes[smallest] += count
    return [[item for item in items if item.merchant in lot] for lot in lots]


def _demand_sense(outcomes: Collection[Entered]) -> None:
    """Where the database takes nothing at all, it is not the orders' fault: Problem."""
    refused = [no for each in outcomes for no in each.refused if each.order is None and no.message.startswith(_CANNOT)]
    if len(refused) == len(outcomes) >= FEW:
        raise Problem("database", f"takes none of these orders; the first: {refused[0].message}")


async def _in_halves(job: Import, items: Sequence[_Item]) -> list[Entered]:
    """A batch that the database refuses is halved until the one at fault is found."""
    for tried in range(1, TRIES + 1):
        try:
            return await _transaction(job, items)
        except (DBAPIError, StaleDataError, ArithmeticError, ValueError) as bad:
            if isinstance(bad, DBAPIError) and bad.connection_invalidated:
                raise
            if tried < TRIES and _may_pass(bad):
                await job.merchants.find(job.store, {item.merchant for item in items})
                await asyncio.sleep(0.05 * tried)
                continue
            if len(items) == 1:
                return [_refused(items[0], invalid(f"{_CANNOT} ({reason(bad)})."))]
            break
    middle = len(items) // 2
    return [*await _in_halves(job, items[:middle]), *await _in_halves(job, items[middle:])]


def _may_pass(bad: Exception) -> bool:
    """Two writers met: the next try finds what the other wrote."""
    state = getattr(getattr(bad, "orig", None), "sqlstate", None)
    return isinstance(bad, (IntegrityError, StaleDataError)) or state in {"40001", "40P01"}


async def _transaction(job: Import, items: Sequence[_Item]) -> list[Entered]:
    """All items, merchant by merchant; one fsync for all of them."""
    done: dict[int, Entered] = {}
    groups: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        groups[item.merchant].append(item)
    made: dict[str, UUID] = {}
    async with job.store.writing(EVERYTHING, patient=True) as session:
        for merchant, group in groups.items():
            try:
                made[merchant] = await job.merchants.id_of(session, job.store, merchant, job.clock())
            except Refused as no:
                done |= {item.line: _refused(item, *no.refusals) for item in group}
            else:
                outcomes = await _of_one(job, session, made[merchant], group)
                done |= {item.line: each for item, each in zip(group, outcomes, strict=True)}
        if job.dry:
            session.expunge_all()  # what was found is still to be told
            await session.rollback()
    if not job.dry:
        job.merchants.known.update(made)
    return [done[item.line] for item in items]


async def _of_one(job: Import, session: AsyncSession, merchant: UUID, group: Sequence[_Item]) -> list[Entered]:
    by = By(Party.MERCHANT, "import", reference=f"{job.file}:{group[0].line}")
    reads = [item.read for item in group]
    return await entering.enter(session, job.store.vault, merchant, reads, by=by, now=job.clock())


def _refused(item: _Item, *refusals: Refusal) -> Entered:
    return Entered(item.read.number, EntryOutcome.REFUSED, refused=refusals)
