"""``waybridge import points``, ``tariffs`` and ``calendars``: lists that are nobody's in particular, taken line by line."""

import csv
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Annotated, Any

import orjson
import typer
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import calendars as country_days
from aftersales import partners
from aftersales import points as drop_off_points
from aftersales import tariffs as price_lists
from aftersales.forms import Form, refusals
from cli.console import Problem, tell
from cli.importing_lines import BadLine, Lines, fingerprint, opened
from cli.importing_progress import progress, stopping
from cli.opening import run
from db.models.partners import CarrierRow
from db.reach import EVERYTHING
from db.session import Store

BATCH = 500
INTERRUPTED = 130
SHOWN = 5  # refusals that are told at once; all stand in the outcome file

File = Annotated[
    Path, typer.Argument(help="JSONL (an object a line) or CSV (a header of field names); gzip is unpacked.")
]
Outcome = Annotated[
    Path | None, typer.Option(metavar="FILE", help="One JSON line an entry; without it FILE.outcome.jsonl.")
]


@dataclass(frozen=True, slots=True)
class List:
    """What a file's lines are: their form, and how a batch of them enters (one outcome each)."""

    noun: str
    form: type[Form]
    take: Callable[[AsyncSession, Sequence[Any], datetime], Awaitable[list[str]]]


POINTS = List("points", drop_off_points.PointForm, drop_off_points.take)
TARIFFS = List("tariffs", price_lists.TariffForm, price_lists.take)
DAYS = List("days", country_days.DayForm, country_days.take)


def points(ctx: typer.Context, file: File, outcome: Outcome = None) -> None:
    """Import drop-off points and lockers. Run again: only what differs in the file changes; a point that is to be found no
    more is told with closed true. Ends with 0 when all is well, 1 when something was refused."""
    _command(ctx, POINTS, file, outcome)


def tariffs(ctx: typer.Context, file: File, outcome: Outcome = None) -> None:
    """Import price lists: they go before the rows that ship, carrier by carrier. Run again: only what differs changes."""
    _command(ctx, TARIFFS, file, outcome)


def calendars(ctx: typer.Context, file: File, outcome: Outcome = None) -> None:
    """Import holidays and working days of countries: they go before the days that ship. Each line is one day: country (two
    letters), day (2027-02-06), works (true for a weekend that is worked; else closed), name and source (who announced it,
    and when). Run again: only what differs changes; a holiday that is none after all is told with works true. Ends with 0
    when all is well, 1 when something was refused."""
    _command(ctx, DAYS, file, outcome)


def _command(ctx: typer.Context, kind: List, file: Path, outcome: Path | None) -> None:
    told = outcome or file.with_name(f"{file.name}.outcome.jsonl")
    refused: list[str] = []
    counts, whole = run(ctx, lambda store: _imported(store, kind, file, (told, refused)))
    for line in refused:
        tell(f"{file.name}, {line}")
    tell(f"{file}: {', '.join(f'{n:,} {word}' for word, n in sorted(counts.items())) or f'no {kind.noun}'}; see {told}")
    if not whole:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if counts["REFUSED"] else 0)


async def _imported(store: Store, kind: List, file: Path, into: tuple[Path, list[str]]) -> tuple[Counter[str], bool]:
    told, refused = into
    size, counts = fingerprint(file).size, Counter[str]()
    async with store.writing(EVERYTHING, patient=True) as session:
        await partners.ensure_carriers(session, now=datetime.now(UTC))
        carriers = frozenset(await session.scalars(select(CarrierRow.code)))
    try:
        out = told.open("wb")
    except OSError as bad:
        raise Problem(str(told), bad.strerror or "cannot be written") from None
    with out, opened(file) as lines, progress(file.name, size, 0, kind.noun) as shown, stopping() as stopped:
        for batch in _batches(_entries(file, lines)):
            await _batch(store, kind, carriers, batch, (out, counts, refused))
            shown(lines.position, counts.total())
            if stopped():
                return counts, False
    return counts, True


Entry = tuple[int, Any]


def _entries(file: Path, lines: Lines) -> Iterator[Entry]:
    """Each line's number with its object, or with the sentence why there is none."""
    endings = [each.lower() for each in file.suffixes if each.lower() != ".gz"]
    if endings[-1:] == [".csv"]:
        try:
            for row in csv.DictReader(text.decode("utf-8") for text in lines):
                cells = {name: cell for name, cell in row.items() if name is not None and cell}
                yield lines.line, cells if None not in row else "The row has more cells than the header."
        except (csv.Error, UnicodeDecodeError, BadLine) as bad:
            raise Problem(str(file), f"cannot be read after line {lines.line}: {bad}") from None
        return
    if endings[-1:] not in ([".jsonl"], [".ndjson"]):
        raise Problem(str(file), "its ending must say jsonl or csv")
    while True:
        try:
            text = next(lines, None)
            if text is None:
                return
            if text.strip():
                yield lines.line, orjson.loads(text)
        except BadLine as bad:
            yield lines.line, str(bad)
        except orjson.JSONDecodeError:
            yield lines.line, "The line is not JSON."


def _batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _batch(
    store: Store,
    kind: List,
    carriers: frozenset[str],
    batch: list[Entry],
    into: tuple[IO[bytes], Counter[str], list[str]],
) -> None:
    out, counts, refused = into
    read = [(line, _read(kind, item, carriers)) for line, item in batch]
    forms = [form for _, form in read if isinstance(form, Form)]
    async with store.writing(EVERYTHING, patient=True) as session:
        outcomes = iter(await kind.take(session, forms, datetime.now(UTC)))
    for line, form in read:
        errors = [] if isinstance(form, Form) else form
        word = next(outcomes) if isinstance(form, Form) else "REFUSED"
        counts[word] += 1
        refused += [f"line {line}: {error}" for error in errors[: SHOWN - len(refused)]]
        out.write(orjson.dumps({"line": line, "outcome": word, "errors": errors}, option=orjson.OPT_APPEND_NEWLINE))


def _read(kind: List, item: Any, carriers: frozenset[str]) -> Form | list[str]:
    """The form, or the sentences why not."""
    if isinstance(item, str):
        return [item]
    try:
        form = kind.form.model_validate(item)
    except ValidationError as bad:
        return [no.message for no in refusals(bad)]
    code = getattr(form, "carrier", None)
    return form if code is None or code in carriers else [f"There is no carrier {code!r}; see `waybridge carriers`."]
