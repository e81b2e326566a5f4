"""How large a document is and what it costs: one walk with a memo per fragment, linear in the document.

It runs before the standard validation rules, some of which are quadratic, and must therefore survive anything that
parses: unknown fields, undefined fragments, cycles.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from api.limits import Limits, within
from api.pricing import FieldPrice, Prices
from resolvers.errors import BadUserInput


class Price(NamedTuple):
    """What an operation costs at most, and how much of it no count of returned objects would show."""

    requested: int
    surcharge: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document within its limits: the price of each operation, and the variables those prices depend on."""

    prices: Mapping[str | None, Price]
    sized_by: tuple[str, ...]
    visited: int
    """Nodes looked at; grows with the document, never with what fragments expand to."""


class _Sum(NamedTuple):
    """A selection set, measured: `per_item` and `item_surcharge` wait for the page argument of the connection above."""

    depth: int = 0
    fields: int = 0
    width: int = 0
    cost: int = 0
    per_item: int = 0
    surcharge: int = 0
    item_surcharge: int = 0
    introspection: int = 0


ROOTS = {"query": "query_type", "mutation": "mutation_type", "subscription": "subscription_type"}
NOTHING = _Sum()
NESTING = 150
"""Braces within braces, fragments included, that the walk follows: far above any depth, below Python's own stack."""


@dataclass(slots=True)
class _Walk:
    """The state of one analysis."""

    prices: Prices
    limits: Limits
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    memo: dict[str, _Sum] = field(default_factory=dict)
    defaults: dict[str, int] = field(default_factory=dict)
    """The sizes that variables have when they are not given; the largest, where operations differ."""
    sized_by: set[str] = field(default_factory=set)
    visited: int = 0
    aliases: int = 0
    directives: int = 0
    repeated: int = 0


def analyse(document: DocumentNode, prices: Prices, limits: Limits, variables: Mapping[str, Any]) -> Analysis:
    """Measures a parsed document; raises LimitExceeded, or BadUserInput for a U+0000 in a literal.

    Prices are not judged here: only one operation will run, and only its price counts.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    within("operations", limits.operations, len(operations))
    within("fragments", limits.fragments, len(fragments))
    walk = _Walk(prices, limits, variables, {node.name.value: node for node in fragments})
    for node in operations:
        _defaults(walk, node)
    priced = {
        node.name.value if node.name else None: _operation(walk, node, ROOTS[node.operation.value])
        for node in operations
    }
    for name, node in walk.fragments.items():
        total = _fragment(walk, name, 0)
        on_schema = node.type_condition.name.value.startswith("__")
        _judge(walk, _introspected(walk, total) if on_schema else total)
    return Analysis(priced, tuple(sorted(walk.sized_by)), walk.visited)


def _defaults(walk: _Walk, node: OperationDefinitionNode) -> None:
    for variable in node.variable_definitions or ():
        _directives(walk, variable)
        if variable.default_value is not None:
            _value(walk, variable.default_value, 0)
            size = _count(walk, variable.default_value)
            if size is not None:
                name = variable.variable.name.value
                walk.defaults[name] = max(size, walk.defaults.get(name, 0))


def _operation(walk: _Walk, node: OperationDefinitionNode, root: str) -> Price:
    _directives(walk, node)
    total = _selections(walk, node.selection_set, getattr(walk.prices.schema, root), 0)
    within("root fields", walk.limits.root_fields, total.width)
    _judge(walk, total)
    return Price(total.cost + total.per_item, total.surcharge + total.item_surcharge)


def _judge(walk: _Walk, total: _Sum) -> None:
    limits = walk.limits
    within("depth", limits.depth, total.depth)
    within("fields", limits.fields, total.fields)
    within("aliases", limits.aliases, walk.aliases)
    within("directives", limits.directives, walk.directives)
    within("repeated fields", limits.repeated_fields, walk.repeated)
    within("introspection", limits.introspection_objects, total.introspection)


def _selections(walk: _Walk, node: SelectionSetNode, parent: GraphQLNamedType | None, nesting: int) -> _Sum:
    within("nesting", NESTING, nesting)
    parts: list[_Sum] = []
    keys: set[str] = set()
    for selection in node.selections:
        walk.visited += 1
        _directives(walk, selection)
        if isinstance(selection, FieldNode):
            parts.append(_field(walk, selection, parent, nesting))
            keys.add((selection.alias or selection.name).value)
        elif isinstance(selection, FragmentSpreadNode):
            parts.append(_fragment(walk, selection.name.value, nesting))
        elif isinstance(selection, InlineFragmentNode):
            narrowed = _type(walk, selection.type_condition.name.value) if selection.type_condition else parent
            parts.append(_selections(walk, selection.selection_set, narrowed, nesting + 1))
    walk.repeated += sum(isinstance(selection, FieldNode) for selection in node.selections) - len(keys)
    if not parts:
        return NOTHING
    depth, *others = zip(*parts, strict=True)
    return _Sum(max(depth), *map(sum, others))


def _fragment(walk: _Walk, name: str, nesting: int) -> _Sum:
    """A fragment's measure, taken once; a cycle or an unknown name counts nothing and is left to validation."""
    if name not in walk.memo:
        walk.memo[name] = NOTHING
        node = walk.fragments.get(name)
        if node is not None:
            walk.visited += 1
            _directives(walk, node)
            parent = _type(walk, node.type_condition.name.value)
            walk.memo[name] = _selections(walk, node.selection_set, parent, nesting + 1)
    return walk.memo[name]


def _type(walk: _Walk, name: str) -> GraphQLNamedType | None:
    return walk.prices.schema.type_map.get(name)


def _field(walk: _Walk, node: FieldNode, parent: GraphQLNamedType | None, nesting: int) -> _Sum:
    walk.aliases += node.alias is not None
    for argument in node.arguments or ():
        _value(walk, argument.value, 0)
    price = walk.prices.of(parent, node.name.value) if parent else None
    below = NOTHING
    if node.selection_set:
        below = _selections(walk, node.selection_set, price.child if price else None, nesting + 1)
    if price is None:
        return below._replace(depth=below.depth + 1, fields=below.fields + 1, width=1)
    if node.name.value in {"__schema", "__type"}:
        return _introspected(walk, below)
    return _priced(price, _size(walk, node, price), below)


def _introspected(walk: _Walk, below: _Sum) -> _Sum:
    """A selection on the schema itself: free, and bounded in ways of its own."""
    within("introspection depth", walk.limits.introspection_depth, below.depth + 1)
    return _Sum(1, below.fields + 1, 1, introspection=1 + below.cost + below.introspection)


def _priced(price: FieldPrice, size: int, below: _Sum) -> _Sum:
    """One field over its selection: a list multiplies all below it, a connection only its edges."""
    once, extra = price.weight + below.cost, price.surcharge + below.surcharge
    shape = (below.depth + 1, below.fields + 1, 1)
    if price.items:
        return _Sum(*shape, 0, once, 0, extra, below.introspection)
    if price.connection:
        cost, surcharge = once + size * below.per_item, extra + size * below.item_surcharge
    else:
        cost, surcharge = once * size, extra * size
    return _Sum(*shape, cost, 0, surcharge, 0, below.introspection)


def _size(walk: _Walk, node: FieldNode, price: FieldPrice) -> int:
    """How many items: the page argument, else a list argument's length, else what the field's mark assumes."""
    if not (price.many or price.connection):
        return 1
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    pages = [
        _count(walk, given[name]) if name in given else default
        for name, default in price.pages.items()
        if name in given or default is not None
    ]
    asked = [size for size in pages if size is not None] or [
        size for name in price.lists if name in given and (size := _count(walk, given[name])) is not None
    ]
    return max(0, *asked) if asked else price.assumed


def _count(walk: _Walk, node: ValueNode) -> int | None:
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


def _directives(walk: _Walk, node: Any) -> None:
    for directive in node.directives or ():
        walk.visited += 1
        walk.directives += 1
        for argument in directive.arguments or ():
            _value(walk, argument.value, 0)


def _value(walk: _Walk, node: ValueNode, nesting: int) -> None:
    """Bounds the lists in a literal, and refuses text that no database would store alike."""
    walk.visited += 1
    within("nesting", NESTING, nesting)
    if isinstance(node, StringValueNode):
        if "\0" in node.value:
            raise BadUserInput("Text must not contain U+0000.")
    elif isinstance(node, ListValueNode):
        within("list items", walk.limits.list_items, len(node.values))
        for value in node.values:
            _value(walk, value, nesting + 1)
    elif isinstance(node, ObjectValueNode):
        for entry in node.fields:
            _value(walk, entry.value, nesting + 1)


def sized(value: Any) -> int | None:
    """What a variable's value says of a size: a number itself, a list its length."""
    if isinstance(value, int) and not isinstance(value, bool):
        return min(value, 10**12)
    return len(value) if isinstance(value, list) else None
