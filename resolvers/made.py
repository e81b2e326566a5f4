"""What a mutation wrote, at hand for its answer: whatever points at a row that did not exist before was written with it, so
that no statement need ask for it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from db.models.base import MerchantOwned
from db.session import Written


@dataclass(frozen=True, slots=True)
class Children:
    """The rows that point at their parent by a column, in the order of others."""

    child: InstrumentedAttribute[Any]
    order: tuple[str, ...]


@dataclass(slots=True)
class Made:
    """Rows of one merchant, once they are committed: all that its transaction wrote."""

    written: Written = field(default_factory=Written)
    _ids: frozenset[Any] = frozenset()
    _found: dict[Children, dict[Any, list[Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Only what has an id is asked about."""
        self._ids = frozenset(row.id for row in self.written.new if isinstance(row, MerchantOwned))

    def of(self, children: Children | None, parent: Any) -> list[Any] | None:
        """The children of a row; None: it is not new, or they were not asked for by a column alone."""
        if children is None or parent not in self._ids:
            return None
        if children not in self._found:
            rows = {id(row): row for row in (*self.written.new, *self.written.changed)}
            self._found[children] = _grouped(rows.values(), children)
        return self._found[children][parent]


def _grouped(rows: Iterable[Any], children: Children) -> dict[Any, list[Any]]:
    model: type[Any] = children.child.class_  # type: ignore[assignment]  # a table's own column, never an alias's
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if isinstance(row, model):
            found[getattr(row, children.child.key)].append(row)
    for each in found.values():
        each.sort(key=lambda row: [getattr(row, name) for name in children.order])
    return found
