"""What the porter says: results on stdout, everything else on stderr. Listings are plain columns, so pipes can read them."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.cells import cell_len

Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout instead of text.")]


class Problem(Exception):
    """A command ends here with exit code 2: what is wrong, and where (a setting, an option, a file)."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
        self.message = message


def tell(text: str) -> None:
    """A remark on stderr, out of the way of what a script reads."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout, text as it is. A half of a surrogate pair, which carriers do send, becomes its
    escape: still JSON, still the same text."""
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode() + "\n")


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A listing: JSON, or a heading and one line a row. The keys of the first row are the columns."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        tell("none")
        return
    heading = list(rows[0])
    lines = [[name.upper() for name in heading], *([_cell(row[name]) for name in heading] for row in rows)]
    widths = [max(cell_len(line[place]) for line in lines) for place in range(len(heading))]
    for line in lines:
        padded = [text + " " * (width - cell_len(text)) for text, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ",".join(str(each) for each in value) or "-"
    return str(value)
