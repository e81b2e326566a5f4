"""Orders of a CSV file: a row an order line, rows of one order directly after each other.

Cells of the order itself may be filled in any of its rows, and must not contradict each other. The delimiter is the
one of comma, semicolon and tab that the header has most.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.refusals import Refusal
from cli.console import Problem
from cli.importing_columns import ColumnMap, Plan, plan
from cli.importing_forms import LISTS, Raw, invalid, zoned
from cli.importing_lines import BadLine, Lines
from cli.importing_rows import Row, Rows, text_of

MOST_ROWS = 1000
"""Of one order: more than any order may have lines and shipments."""

_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_MONEY = {"": ("total",), "lines": ("unitPrice",), "shipments": ("declaredValue", "freight")}


@dataclass(slots=True)
class _Gathered:
    """The rows of one order so far."""

    line: int
    merchant: str | None = None
    number: str = ""
    order: dict[str, Any] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {room: [] for room in LISTS})
    rows: dict[str, list[int]] = field(default_factory=lambda: {room: [] for room in LISTS})
    refused: list[Refusal] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Csv:
    """A CSV file whose header has been understood."""

    rows: Rows
    plan: Plan
    zone: ZoneInfo | None

    def __iter__(self) -> Iterator[Raw]:
        """Every order, in the file's sequence."""
        present: _Gathered | None = None
        loose: list[_Gathered] = []  # broken rows that do not say whose they are
        for row in self.rows:
            merchant, number = self._mark(row.cells)
            if row.problem is not None and not number:
                loose.append(self._add(_Gathered(row.line, merchant), row))
                continue
            if present and number == present.number and number and (row.problem or merchant == present.merchant):
                present.refused += [each for broken in loose for each in broken.refused]
            else:
                yield from (self._raw(each) for each in (present, *loose) if each)
                present = _Gathered(row.line, merchant, number)
            loose = []
            self._add(present, row)
        yield from (self._raw(each) for each in (present, *loose) if each)

    def _mark(self, cells: Sequence[str]) -> tuple[str | None, str]:
        """Whose order, and which."""
        merchant, number = (
            cells[place].strip() if place is not None and place < len(cells) else ""
            for place in (self.plan.merchant, self.plan.number)
        )
        return (None if self.plan.merchant is None else merchant), number

    def _add(self, order: _Gathered, row: Row) -> _Gathered:
        order.count += 1
        line = row.line
        if order.count > MOST_ROWS:
            order.refused = [invalid(f"The order has more than {MOST_ROWS} rows.", "number")]
            return order
        if row.problem is not None:
            order.refused.append(invalid(f"Line {line}: {row.problem}."))
            return order
        rooms: dict[str, dict[str, Any]] = {"": {}, **{room: {} for room in LISTS}}
        for column in self.plan.columns:
            text = row.cells[column.place].strip()
            if _NOT_UTF8.search(text):
                order.refused.append(invalid(f"Line {line} is not UTF-8 here.", *_path(column.room, column.field)))
            elif text:
                _put(rooms[column.room], column.field, text)
        for name, value in rooms[""].items():
            if order.order.setdefault(name, value) != value:
                order.refused.append(invalid(f"Line {line} contradicts the order's lines before.", *name.split(".")))
        for room in LISTS:
            if rooms[room] and rooms[room] not in (order.lists[room] if room == "shipments" else ()):
                order.lists[room].append(rooms[room])
                order.rows[room].append(line)
        return order

    def _raw(self, order: _Gathered) -> Raw:
        told = self._whole("", order.order)
        currency = told.get("total.currency")
        item: dict[str, Any] = {"number": order.number, "customer": {}, **_nested(told)}
        for room in LISTS:
            if order.lists[room]:
                item[room] = [_nested(self._whole(room, each, currency)) for each in order.lists[room]]
        rows = {room: tuple(order.rows[room]) for room in LISTS}
        return Raw(order.line, zoned(item, self.zone), order.merchant, tuple(order.refused[:10]), rows)

    def _whole(self, room: str, told: Mapping[str, Any], currency: str | None = None) -> dict[str, Any]:
        """With the constants; a price without a currency is in the total's."""
        whole = {**self.plan.constants[room], **told}
        for money in _MONEY[room]:
            if currency and f"{money}.amount" in whole:
                whole.setdefault(f"{money}.currency", currency)
        return whole


def read_csv(lines: Lines, wish: ColumnMap, merchant: str | None, zone: ZoneInfo | None) -> Csv | None:
    """The file behind its header; None for an empty file. Problem when the header is not as the map says."""
    try:
        first = next(lines, None)
        if first is None:
            return None
        text = text_of(first)
        delimiter = max(",;\t", key=text.count)
        header = [each.strip() for each in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except (BadLine, csv.Error) as bad:
        raise Problem(lines.name, f"the header cannot be read: {bad}") from None
    return Csv(Rows(lines, delimiter, len(header)), plan(lines.name, header, wish, merchant), zone)


def _path(room: str, field: str) -> tuple[str, ...]:
    return tuple(f"{room}.{field}".strip(".").split("."))


def _put(told: dict[str, Any], field: str, text: str) -> None:
    if field == "shippingAddress.street":
        told.setdefault(field, []).append(text)
    elif field.startswith("attributes."):
        told.setdefault("attributes", []).append({"name": field.removeprefix("attributes."), "value": text})
    else:
        told[field] = text


def _nested(told: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as objects within objects."""
    item: dict[str, Any] = {}
    for name, value in told.items():
        *path, last = name.split(".")
        place = item
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return item
