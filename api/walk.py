"""What one analysis of a document keeps while it walks, and how it reads arguments: sizes, lists, literals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isinf
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from api.limits import Limits, within
from api.pricing import FieldPrice, Prices
from resolvers.errors import BadUserInput

NESTING = 150
"""Braces within braces, fragments included, that the walk follows: far above any depth, below Python's own stack."""


class Sum(NamedTuple):
    """A selection set, measured: `per_item` and `item_surcharge` wait for the page argument of the connection above."""

    depth: int = 0
    fields: int = 0
    width: int = 0
    cost: int = 0
    per_item: int = 0
    surcharge: int = 0
    item_surcharge: int = 0
    introspection: int = 0


@dataclass(slots=True)
class Walk:
    """The state of one analysis."""

    prices: Prices
    limits: Limits
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    memo: dict[str, Sum] = field(default_factory=dict)
    defaults: dict[str, int] = field(default_factory=dict)
    """The sizes that variables have when they are not given; the largest, where operations differ."""
    sized_by: set[str] = field(default_factory=set)
    visited: int = 0
    aliases: int = 0
    directives: int = 0
    repeated: int = 0


def size_of(walk: Walk, node: FieldNode, price: FieldPrice) -> int:
    """How many items: the page argument, else a list argument's length, else what the field's mark assumes."""
    if not (price.many or price.connection):
        return 1
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    pages = [
        count_of(walk, given[name]) if name in given else default
        for name, default in price.pages.items()
        if name in given or default is not None
    ]
    asked = [size for size in pages if size is not None] or [
        size for name in price.lists if name in given and (size := count_of(walk, given[name])) is not None
    ]
    return max(0, *asked) if asked else price.assumed


def count_of(walk: Walk, node: ValueNode) -> int | None:
    """The number or the length a value stands for; None when it is neither (null, a wrong type, a missing variable)."""
    if isinstance(node, VariableNode):
        name = node.name.value
        walk.sized_by.add(name)
        if name in walk.variables:
            return sized(walk.variables[name])
        return walk.defaults.get(name)
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= 12 else 10**12
    return len(node.values) if isinstance(node, ListValueNode) else None


def read_directives(walk: Walk, node: Any) -> None:
    """Counts the directives of a node, and reads their arguments."""
    for directive in node.directives or ():
        walk.visited += 1
        walk.directives += 1
        for argument in directive.arguments or ():
            read_value(walk, argument.value, 0)


def read_value(walk: Walk, node: ValueNode, nesting: int) -> None:
    """Bounds the lists in a literal, and refuses text that no database would store alike."""
    walk.visited += 1
    within("nesting", NESTING, nesting)
    if isinstance(node, StringValueNode):
        if "\0" in node.value:
            raise BadUserInput("Text must not contain U+0000.")
    elif isinstance(node, FloatValueNode):
        if isinf(float(node.value)):
            raise BadUserInput("A number is too large.")
    elif isinstance(node, ListValueNode):
        within("list items", walk.limits.list_items, len(node.values))
        for value in node.values:
            read_value(walk, value, nesting + 1)
    elif isinstance(node, ObjectValueNode):
        for entry in node.fields:
            read_value(walk, entry.value, nesting + 1)


def sized(value: Any) -> int | None:
    """What a variable's value says of a size: a number itself, a list its length."""
    if isinstance(value, int) and not isinstance(value, bool):
        return min(value, 10**12)
    return len(value) if isinstance(value, list) else None
