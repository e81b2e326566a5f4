"""No text, however long, and no number, however large, breaks a mutation: it is refused or done, and never an internal error."""

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type

from tests.matrix.calls import CALLS
from tests.matrix.conftest import Prepare
from tests.matrix.contract import MUTATIONS, Path, promise, put

HARD: dict[str, list[Any]] = {
    "String": ["x" * 5000, "a\x00b"],
    "ID": ["x" * 5000],
    "Int": [-1, 2**31 - 1],
    "Decimal": ["1e30", "NaN"],
    "DateTime": ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"],
    "Date": ["9999-12-31"],
    "Float": [1e308],
}
TOLD = {None, "BAD_USER_INPUT", "LIMIT_EXCEEDED"}


def places(type_: Any, given: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every scalar of an input that could be given, those in nested inputs that are given."""
    if isinstance(given, list):
        yield from places(type_, given[0], (*path, 0)) if given else ()
        return
    named: Any = get_named_type(type_)
    for name, field in named.fields.items():
        inner: Any = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            if given.get(name):
                yield from places(inner, given[name], (*path, name))
        elif not isinstance(inner, GraphQLEnumType) and "[" not in str(field.type):
            yield (*path, name), inner.name


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # the one that minds what it is given
@pytest.mark.parametrize("call", CALLS)
async def test_nothing_that_is_given_breaks_it(fresh: Prepare, call: str) -> None:
    one = await fresh(call)
    found = list(places(MUTATIONS[promise(call).name].args["input"].type, one.input))
    broke = []
    for path, value in ((path, value) for path, kind in found for value in HARD.get(kind, ())):
        told = await one.ask(put(one.input, path, value))
        if told.error not in TOLD:
            broke.append((path, str(value)[:40]))
        if told.is_done:
            one = await fresh(call)
    assert found
    assert broke == []
