"""What the published schema promises of a mutation, and how one is called by what is published alone."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type
from strawberry.types import get_object_definition

from resolvers.mutation import Edge, Touches
from schema.root import SCHEMA
from tests import make
from tests.matrix.ground import Ground
from tests.matrix.rows import Row

CORE: GraphQLSchema = SCHEMA._schema
assert CORE.mutation_type
MUTATIONS = CORE.mutation_type.fields
_NAME = SCHEMA.config.name_converter.get_graphql_name
_EDGES = {
    _NAME(each): next(one for one in each.extensions if isinstance(one, Edge))
    for each in get_object_definition(SCHEMA.mutation, strict=True).fields
}
_TYPEID = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}")
_WORDS = ("name", "number", "externalId", "trackingNumber", "url", "query", "code", "sku", "warehouse")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """A mutation as the schema publishes it."""

    name: str
    scope: str | None
    touches: Touches
    is_keyed: bool
    has_version: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: the error that ended the request, else the payload with all refusals in it, those of items too."""

    error: str | None
    message: str
    payload: Any
    is_replay: bool

    @property
    def codes(self) -> list[str]:
        """The refusals' codes; empty where it was done."""
        if self.payload is None:
            return []
        items = [*self.payload.get("results", []), self.payload]
        return [no["code"] for item in items for no in item["userErrors"]]

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.error is None and not self.codes


@cache
def promise(call: str) -> Promise:
    """Of a row's mutation. The scope is what its description tells a partner."""
    name = call.split(maxsplit=1)[0]
    field, edge = MUTATIONS[name], _EDGES[name]
    told = re.search(r"Needs the scope ([a-z]+:[a-z]+)", field.description or "")
    input_: Any = get_named_type(field.args["input"].type)
    assert isinstance(input_, GraphQLInputObjectType)
    return Promise(name, told and told[1], edge.touches, edge.keyed, "expectedVersion" in input_.fields)


async def ask(it: Ground, call: str, row: Row, input_: Any, **how: Any) -> Told:
    """What a mutation answers: to the ground's caller, or ``who``, with its ``headers``; under a ``key`` if one is given."""
    name = promise(call).name
    key = how.get("key")
    keyed = " @idempotent(key: $key)" if key else ""
    given = f"$input: {MUTATIONS[name].args['input'].type}" + (", $key: String!" if key else "")
    text = f"mutation({given}) {{ {name}(input: $input){keyed} {{ {row.shows} userErrors {{ code field }} }} }}"
    who: make.Someone = how.get("who", it.caller)
    told = await it.api.raw(who, text, input=input_, key=key, headers_=how.get("headers", it.headers))
    if "errors" in told:
        [error] = told["errors"]
        return Told(error["extensions"]["code"], error["message"], None, is_replay=False)
    return Told(None, "", told["data"][name], is_replay=told["extensions"].get("replayed", False))


def ids(input_: Any) -> list[Path]:
    """Where an input names a row by its id."""
    return [path for path, value in _leaves(input_) if isinstance(value, str) and _TYPEID.fullmatch(value)]


def at(input_: Any, path: Path) -> Any:
    """What stands at a place of an input."""
    for step in path:
        input_ = input_[step]
    return input_


def put(input_: Any, path: Path, value: Any) -> Any:
    """The input with something else at a place."""
    other = deepcopy(input_)
    at(other, path[:-1])[path[-1]] = value
    return other


def varied(input_: Any) -> Any:
    """Another valid input of the same type, of which it does not matter whether it could be done."""
    found = ids(input_)
    if found:
        text = at(input_, found[0])
        return put(input_, found[0], text[:-1] + ("0" if text[-1] != "0" else "1"))
    path = next(path for path, _ in _leaves(input_) if path[-1] in _WORDS)
    return put(input_, path, at(input_, path) + "x")


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, each in enumerate(value):
            yield from _leaves(each, (*path, index))
    else:
        yield path, value
