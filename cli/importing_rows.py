"""Rows of a CSV file that survive a broken one: a quote left open costs its own line, not those behind it."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.importing_lines import BadLine, Lines

MOST_LINES, MOST_TEXT = 200, 2**20
"""Of one row: a cell may hold line breaks, but not the rest of the file."""


@dataclass(frozen=True, slots=True)
class Row:
    """The line it begins on, and its cells or why there are none."""

    line: int
    cells: list[str] = field(default_factory=list)
    problem: str | None = None


@dataclass(slots=True)
class Rows:
    """A file's rows, empty ones left out. ``width`` is the number of cells that is right (0: any)."""

    lines: Lines
    delimiter: str
    width: int = 0
    again: deque[tuple[int, str]] = field(default_factory=deque)
    """Lines that were taken for a part of the row before."""

    def __iter__(self) -> Iterator[Row]:
        while True:
            try:
                start = self._line()
            except BadLine as bad:
                yield Row(self.lines.line, problem=str(bad))
                continue
            if start is None:
                return
            if start[1].strip():
                yield self._row(*start)

    def _row(self, line: int, text: str) -> Row:
        more: list[tuple[int, str]] = []
        while True:
            try:
                cells = next(csv.reader([text], delimiter=self.delimiter, strict=True), [])
                problem = f"has {len(cells)} cells, the header {self.width}"
                if not self.width or len(cells) == self.width:
                    return Row(line, cells)
            except csv.Error as bad:
                problem = str(bad)
                if problem == "unexpected end of data" and len(more) < MOST_LINES and len(text) < MOST_TEXT:
                    try:
                        following = self._line()
                    except BadLine as too_long:
                        following, problem = None, str(too_long)
                    if following is not None:
                        more.append(following)
                        text += following[1]
                        continue
                    problem = "a quote is left open"
            self.again.extendleft(reversed(more))
            return Row(line, cells_so_far(text.split("\n", 1)[0], self.delimiter), problem)

    def _line(self) -> tuple[int, str] | None:
        if self.again:
            return self.again.popleft()
        line = next(self.lines, None)
        return None if line is None else (self.lines.line, text_of(line))


def cells_so_far(text: str, delimiter: str) -> list[str]:
    """What can be told of a broken line, to know whose it is: its cells before the first quote."""
    return text.split('"', 1)[0].split(delimiter)[:-1] if '"' in text else text.split(delimiter)


def text_of(line: bytes) -> str:
    """Bytes that are not UTF-8 become halves of surrogate pairs, to be found in their cell."""
    return line.decode("utf-8", "surrogateescape")
