"""``waybridge import``: orders of a file, as many as there are, safe to repeat and to interrupt."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from cli import import_lists
from cli.console import Problem, tell
from cli.importing_columns import parse_map
from cli.importing_file import Format, Wish, imported
from cli.opening import run

app = typer.Typer(no_args_is_help=True, help="Bring data in from files: large ones, again and again, safely.")
INTERRUPTED = 130


app.command()(import_lists.points)
app.command()(import_lists.tariffs)
app.command()(import_lists.calendars)


_ENDINGS = {".jsonl": Format.JSONL, ".ndjson": Format.JSONL, ".csv": Format.CSV, ".tsv": Format.CSV}


Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="CSV: order_id=number says a field; total.currency==BRL says it for all; note= leaves a column out, "
        "'*=' all others. Or a JSON file of the same. Headers that are field names need none.",
    ),
]


@app.command()
def orders(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSONL (an order a line, as in the API) or CSV; gzip is unpacked.")],
    merchant: Annotated[str | None, typer.Option(help="Whose orders they are: name or id (mer_...).")] = None,
    merchant_column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column (JSONL: key) with the merchant's external id or name."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="What the file is; left out, its name's ending says so.")
    ] = None,
    map_: Map = None,
    zone: Annotated[
        str | None, typer.Option(help="The IANA zone of times that say none, as America/Sao_Paulo.")
    ] = None,
    outcome: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One JSON line an order; without it FILE.outcome.jsonl.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Orders of a merchant in one transaction.")] = 250,
    *,
    create_merchants: Annotated[
        bool, typer.Option("--create-merchants", help="Make merchants that are missing, by the merchant column.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; the outcome file says what would be.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, not where an interrupted import was.")
    ] = False,
) -> None:
    """Import orders. Run again: an interrupted import goes on, a finished one changes only what differs in the file.

    CSV has a row an order line; the rows of one order follow each other, with the order number in each. What cannot be
    taken is named in the outcome file by line and field, and the rest goes on. Ends with 0 when all is well, 1 when
    something was refused, 2 when there was nothing to begin with.
    """
    if (merchant is None) == (merchant_column is None):
        raise Problem("", "name either --merchant or --merchant-column")
    wish = Wish(
        file=file,
        format=format_ or _format(file),
        merchant=merchant,
        merchant_column=merchant_column,
        columns=parse_map(map_ or ()),
        zone=None if zone is None else _zone(zone),
        outcome=outcome or file.with_name(f"{file.name}.{'dry-run' if dry_run else 'outcome'}.jsonl"),
        batch=batch,
        create_merchants=create_merchants,
        dry=dry_run,
        restart=restart,
    )
    with_errors, whole = run(ctx, lambda store: imported(store, wish))
    if not whole:
        tell(f"Stopped. The same command goes on where it was; {wish.outcome} says how far that is.")
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(1 if with_errors else 0)


def _format(file: Path) -> Format:
    suffixes = [each.lower() for each in file.suffixes if each.lower() != ".gz"]
    found = _ENDINGS.get(suffixes[-1]) if suffixes else None
    if found is None:
        raise Problem("--format", f"the ending of {file.name} does not say jsonl or csv")
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Problem("--zone", f"{name!r} is no IANA zone") from None
