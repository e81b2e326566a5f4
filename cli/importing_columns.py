"""Which column of a CSV file says which field of an order: by their names, or by a map."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.console import Problem
from cli.importing_forms import FIELDS, LISTS, is_field

OTHERS = "*"
"""``--map '*='`` leaves out every column that is not named."""

_HINTS = {"lines.unitPrice.currency": "total.currency"}
"""Told by the other where it is not told itself."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column (counted from 0) and the field it says: one of the order, or of its line or shipment (``room``)."""

    place: int
    room: str
    field: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a row is read. ``constants`` are fields by room that every order (line, shipment) has unless told otherwise;
    ``names`` are the columns' names by field."""

    header: tuple[str, ...]
    columns: tuple[Column, ...]
    constants: Mapping[str, Mapping[str, str]]
    merchant: int | None
    number: int | None
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Pairs of column and field, fields with a fixed value, columns to leave out."""

    pairs: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    left_out: frozenset[str] = frozenset()


def parse_map(given: Iterable[str]) -> ColumnMap:
    """``column=field``, ``field==value``, ``column=`` (leave it out), or a JSON file of the same as an object. Problem
    names what cannot be meant."""
    pairs: list[tuple[str, str]] = []
    for text in given:
        left, equals, right = text.partition("=")
        pairs += [(left, right)] if equals else _from_file(text)
    constants = tuple((left.strip(), right[1:]) for left, right in pairs if right.startswith("="))
    kept = tuple((left, right.strip()) for left, right in pairs if right.strip() and not right.startswith("="))
    wrong = [name for name in (*(field for _, field in kept), *(field for field, _ in constants)) if not is_field(name)]
    if wrong:
        raise Problem("--map", f"an order has no field {', '.join(wrong)}; there are {', '.join(FIELDS)}")
    return ColumnMap(kept, constants, frozenset(left for left, right in pairs if not right.strip()))


def _from_file(path: str) -> list[tuple[str, str]]:
    try:
        kept = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as bad:
        raise Problem("--map", f"{path}: {bad.strerror or 'cannot be read'}") from None
    except ValueError:
        raise Problem("--map", f"{path}: is not JSON") from None
    pairs = _told(kept) if isinstance(kept, dict) else []
    if not pairs or not all(isinstance(right, str) for _, right in pairs):
        raise Problem("--map", f'{path}: must be an object such as {{"order_id": "number", "total.currency": "=BRL"}}')
    return pairs


def _told(kept: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A column that says several fields has a list of them."""
    return [(left, each) for left, right in kept.items() for each in (right if isinstance(right, list) else [right])]


def plan(name: str, header: Sequence[str], wish: ColumnMap, merchant: str | None) -> Plan:
    """How this header is read. Problem names every column that is unknown, missing or there twice."""
    mapped = {column for column, _ in wish.pairs} | wish.left_out
    pairs = [*wish.pairs, *((each, each) for each in header if each not in mapped and is_field(each))]
    told = {field for _, field in pairs} | {field for field, _ in wish.constants}
    known = {column for column, _ in pairs} | wish.left_out | {merchant}
    complaints = {
        "unknown columns": []
        if OTHERS in wish.left_out
        else [each or "(no name)" for each in header if each not in known],
        "missing columns": sorted(mapped - {*header, OTHERS})
        + ([merchant] if merchant and merchant not in header else []),
        "columns there twice": [each for each, times in Counter(header).items() if times > 1 and each in known],
        "fields that no column says": _lacking(told, {field for _, field in pairs}),
    }
    wrong = [f"{what}: {', '.join(repr(each) for each in names)}" for what, names in complaints.items() if names]
    if wrong:
        raise Problem(name, f"{'; '.join(wrong)} (--map column=field, field==value, column= to leave one out)")
    places = {column: place for place, column in enumerate(header)}
    columns = tuple(Column(places[column], *_room(field)) for column, field in pairs)
    return Plan(
        header=tuple(header),
        columns=columns,
        constants=_by_room(wish.constants),
        merchant=places[merchant] if merchant else None,
        number=next((each.place for each in columns if (each.room, each.field) == ("", "number")), None),
        names={field: column for column, field in reversed(pairs)},
    )


def _lacking(told: set[str], by_column: set[str]) -> list[str]:
    """Fields an order must have; those of lines and shipments where the file has any."""
    used = {"", *(room for room in LISTS if any(field.startswith(f"{room}.") for field in by_column))}
    return [
        field
        for field, must in FIELDS.items()
        if must and _room(field)[0] in used and field not in told and _HINTS.get(field) not in told
    ]


def _room(field: str) -> tuple[str, str]:
    room, _, rest = field.partition(".")
    return (room, rest) if room in LISTS else ("", field)


def _by_room(constants: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    rooms: dict[str, dict[str, str]] = {"": {}, **{room: {} for room in LISTS}}
    for field, value in constants:
        room, rest = _room(field)
        rooms[room][rest] = value
    return rooms
