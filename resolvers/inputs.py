"""What inputs have in common: fields that may be left out, items by the hundred, and the row an id names."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from typing import Any, TypeVar

import strawberry
from pydantic.alias_generators import to_camel

from aftersales.refusals import Refusal, RefusalCode, Refused
from db.ids import parse_typeid
from db.models.base import Identified
from resolvers.context import Context
from resolvers.errors import BadUserInput, LimitExceeded

MOST = 250
"""Items of one call."""

LONGEST_MM = 20_000

T = TypeVar("T")
R = TypeVar("R", bound=Identified)


def optional(description: str) -> Any:
    """A field that may be left out; null is the same."""
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Length, width and height in millimetres.")
class SizeInput:
    length_mm: int = strawberry.field(description="Length.")
    width_mm: int = strawberry.field(description="Width.")
    height_mm: int = strawberry.field(description="Height.")


def size_of(given: SizeInput | None) -> tuple[int, int, int] | None:
    """The sides in millimetres. BadUserInput for one that no parcel has."""
    if given is None:
        return None
    size = (given.length_mm, given.width_mm, given.height_mm)
    if not all(1 <= each <= LONGEST_MM for each in size):
        raise BadUserInput("A side is 1 to 20,000 mm.")
    return size


def plain(value: Any) -> Any:
    """An input as plain values, without what was not given."""
    return _without_none(asdict(value))


def address_of(given: Any) -> dict[str, Any]:
    """An address as orders keep theirs."""
    told = {to_camel(name): value for name, value in plain(given).items()}
    return {**told, "country": told["country"].strip().upper()}


def door_of(given: Any, field: str, *more: str) -> dict[str, Any]:
    """An address where goods are to be fetched. Refused unless it names the street, and what else a courier needs."""
    told = address_of(given)
    lacks = [name for name in ("street", *more) if not told.get(name)]
    if lacks:
        no = "Say the {}: without it nobody can fetch the goods."
        raise Refused(*(Refusal(RefusalCode.INVALID, no.format(name), (field, name)) for name in lacks))
    return told


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_none(each) for each in value]
    return value


def few(items: list[T]) -> list[T]:
    """The items of a call. LimitExceeded beyond 250."""
    if len(items) > MOST:
        raise LimitExceeded("input", MOST, len(items))
    return items


def each_read(read: Callable[[Any], Any]) -> Callable[[Context, dict[str, Any]], dict[str, Any]]:
    """A mutation's ``prepare``: reads every item, before any transaction."""

    def prepare(_context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"input": [read(each) for each in few(arguments["input"])]}

    return prepare


def at(index: int, refusals: Iterable[Refusal], *path: str) -> tuple[Refusal, ...]:
    """Refusals of one item, with its place in the input, or in the list of the input that the path names."""
    return tuple(replace(no, field=("input", *path, str(index), *no.field)) for no in refusals)


def short(text: str | None, field: str, most: int = 2000) -> None:
    """Refused where a text is longer than that."""
    if text is not None and len(text) > most:
        raise Refused(Refusal(RefusalCode.INVALID, f"At most {most:,} characters.", (field,)))


async def locked(context: Context, model: type[R], id_: str, noun: str, field: tuple[str, ...] = ("input", "id")) -> R:
    """The row of this id within the mutation's reach, locked. Refused where there is none, or it is not the viewer's."""
    assert context.session
    parsed = parse_typeid(id_)
    row: R | None = None
    if parsed is not None and parsed[0] == model.prefix:
        row = await context.session.get(model, parsed[1], with_for_update=True)
    if row is None:
        raise no_such(noun, field)
    return row


def no_such(noun: str, field: tuple[str, ...]) -> Refused:
    """What is not there, or not the viewer's."""
    return Refused(Refusal(RefusalCode.NOT_FOUND, f"No such {noun}.", field))
