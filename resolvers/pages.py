"""Keyset pages: forwards and backwards from a cursor that is bound to its sort, never an offset."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, Tuple, Uuid, func, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from db.models.base import Moment
from db.reach import Reach
from db.session import Store
from resolvers.errors import BadUserInput

LARGEST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connection's arguments say."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    def size(self) -> int:
        """How many, 1 to 100; exactly one of first and last."""
        if (self.first is None) == (self.last is None):
            raise BadUserInput("Give either first or last, between 1 and 100.")
        size = self.first if self.first is not None else self.last
        assert size is not None
        if not 1 <= size <= LARGEST:
            name = "first" if self.first is not None else "last"
            raise BadUserInput(f"{name} must be between 1 and {LARGEST}, not {size}.")
        return size


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows: by a moment, then by id, both the same way."""

    name: str
    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[UUID]
    descending: bool = True

    def cursor(self, row: Any) -> str:
        """The row's place in this order, opaque to partners."""
        at: datetime = getattr(row, self.column.key)
        return base64.urlsafe_b64encode(orjson.dumps([self.name, at.isoformat(), row.id.hex])).decode().rstrip("=")

    def place(self, cursor: str, argument: str) -> Tuple:
        """The place a cursor stands for, typed as the columns are (a bare tuple would be compared as text); BAD_USER_INPUT for one of another sort, or none of ours."""
        try:
            name, value, id_ = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if name != self.name:
                raise BadUserInput(f"{argument} is a cursor of another sort ({str(name)[:40]}, not {self.name}).")
            return moment_and_id(datetime.fromisoformat(value).astimezone(UTC), UUID(hex=id_))
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise BadUserInput(f"{argument} is not a cursor of this connection.") from None


def moment_and_id(at: datetime, id_: UUID) -> Tuple:
    """A place in an order of rows, for comparing with (moment, id)."""
    return tuple_(literal(at, Moment()), literal(id_, Uuid()))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of rows, and how to count them all should somebody ask."""

    rows: Sequence[Any]
    sort: Sort
    has_next: bool
    has_previous: bool
    statement: Select[Any]
    store: Store
    reach: Reach

    async def count(self) -> int:
        """All rows of the connection, counted now."""
        async with self.store.reading(self.reach) as session:
            return await session.scalar(self.statement.with_only_columns(func.count(self.sort.id))) or 0


async def page(store: Store, reach: Reach, statement: Select[Any], sort: Sort, asked: Asked) -> Page:
    """A page of ``statement``'s rows: one SELECT with one row more than asked, to know whether others follow."""
    size, backwards = asked.size(), asked.last is not None
    keys = tuple_(sort.column, sort.id)
    shown = statement
    for cursor, argument, towards_end in ((asked.after, "after", True), (asked.before, "before", False)):
        if cursor is not None:
            place = sort.place(cursor, argument)
            shown = shown.where(keys < place if towards_end == sort.descending else keys > place)
    falling = sort.descending != backwards
    order = (sort.column.desc(), sort.id.desc()) if falling else (sort.column.asc(), sort.id.asc())
    async with store.reading(reach) as session:
        rows = list(await session.scalars(shown.order_by(*order).limit(size + 1)))
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
        return Page(rows, sort, asked.before is not None, more or asked.after is not None, statement, store, reach)
    return Page(rows, sort, more or asked.before is not None, asked.after is not None, statement, store, reach)
