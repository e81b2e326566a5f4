"""One file's orders enter, from its first line to its last, with an outcome file beside it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum, auto
from pathlib import Path
from zoneinfo import ZoneInfo

from cli import importing
from cli.console import Problem, tell
from cli.finding import find
from cli.importing_columns import ColumnMap
from cli.importing_csv import Csv, read_csv
from cli.importing_forms import Raw
from cli.importing_jsonl import Jsonl
from cli.importing_lines import Lines, fingerprint, opened
from cli.importing_merchants import Merchants
from cli.importing_outcomes import Journal, journal
from cli.importing_progress import progress, stopping
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store


class Format(StrEnum):
    """How a file says its orders."""

    JSONL = auto()
    CSV = auto()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. Either ``merchant`` (name or id) or ``merchant_column`` says whose orders they are; ``zone``
    is that of times that say none; ``dry`` undoes every batch; ``restart`` forgets an interrupted import."""

    file: Path
    format: Format
    outcome: Path
    merchant: str | None = None
    merchant_column: str | None = None
    columns: ColumnMap = field(default_factory=ColumnMap)
    zone: ZoneInfo | None = None
    batch: int = 250
    create_merchants: bool = False
    dry: bool = False
    restart: bool = False


async def imported(store: Store, wish: Wish) -> tuple[int, bool]:
    """Imports; gives how many orders were refused wholly or in part, and whether the file came to its end."""
    owner = None if wish.merchant is None else await _owner(store, wish.merchant)
    printed = fingerprint(wish.file)
    if wish.outcome.exists() and wish.outcome.samefile(wish.file):
        raise Problem("--outcome", "is the file to import itself")
    with opened(wish.file) as lines:
        reader = _reader(wish, lines)
        if reader is None:
            tell(f"{wish.file}: is empty, nothing to import")
            return 0, True
        kept = journal(wish.outcome, {**asdict(printed), **_stamp(wish, owner)}, restart=wish.restart)
        try:
            if kept.done:
                tell(f"{wish.file}: goes on after line {kept.done}, where it was interrupted")
            if isinstance(reader, Jsonl):
                reader = Jsonl(lines, reader.merchant, reader.zone, kept.done)
            names = reader.plan.names if isinstance(reader, Csv) else {}
            job = importing.Import(
                store=store,
                merchants=Merchants(wish.create_merchants, wish.merchant_column or ""),
                owner=owner,
                file=wish.file.name,
                names=names,
                batch=wish.batch,
                dry=wish.dry,
            )
            whole = await _shown(job, reader, kept, lines, printed.size)
            if whole:
                kept.finish()
        finally:
            kept.close()
    _sum_up(kept, wish)
    return kept.with_errors, whole


async def _shown(job: importing.Import, reader: Iterable[Raw], kept: Journal, lines: Lines, size: int) -> bool:
    """The import under its progress bar, until Ctrl-C."""
    with progress(job.file, size, kept.counts.total()) as told, stopping() as stopped:

        def step() -> bool:
            told(lines.position, kept.counts.total())
            return not stopped()

        return await importing.run(job, reader, kept, lines, step)


def _reader(wish: Wish, lines: Lines) -> Jsonl | Csv | None:
    if wish.format is Format.JSONL:
        return Jsonl(lines, wish.merchant_column, wish.zone)
    return read_csv(lines, wish.columns, wish.merchant_column, wish.zone)


def _stamp(wish: Wish, owner: str | None) -> dict[str, object]:
    """What must be the same for an interrupted import to go on."""
    return {
        "file": wish.file.name,
        "format": wish.format.value,
        "merchant": owner,
        "merchantColumn": wish.merchant_column,
        "map": [f"{left}={right}" for left, right in wish.columns.pairs]
        + [f"{left}=={right}" for left, right in wish.columns.constants],
        "zone": wish.zone.key if wish.zone else None,
        "dryRun": wish.dry,
    }


def _sum_up(kept: Journal, wish: Wish) -> None:
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(kept.counts.items())) or "no orders"
    partly = f"; {kept.with_errors:,} with errors" if kept.with_errors else ""
    tell(f"{wish.file.name}: {told}{partly}{' (dry run: nothing was written)' if wish.dry else ''}; see {wish.outcome}")


async def _owner(store: Store, name: str) -> str:
    async with store.reading(EVERYTHING) as session:
        return (await find(session, Merchant, name, "--merchant")).typeid
