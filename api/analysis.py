"""How large a document is and what it costs: one walk with a memo per fragment, linear in the document.

It runs before the standard validation rules, some of which are quadratic, and must therefore survive anything that
parses: unknown fields, undefined fragments, cycles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from api.limits import Limits, within
from api.pricing import FieldPrice, Prices
from api.walk import NESTING, Sum, Walk, count_of, read_directives, read_value, size_of


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


ROOTS = {"query": "query_type", "mutation": "mutation_type", "subscription": "subscription_type"}
NOTHING = Sum()


def analyse(document: DocumentNode, prices: Prices, limits: Limits, variables: Mapping[str, Any]) -> Analysis:
    """Measures a parsed document; raises LimitExceeded, or BadUserInput for a U+0000 in a literal.

    Prices are not judged here: only one operation will run, and only its price counts.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    within("operations", limits.operations, len(operations))
    within("fragments", limits.fragments, len(fragments))
    walk = Walk(prices, limits, variables, {node.name.value: node for node in fragments})
    for node in operations:
        _defaults(walk, node)
    priced = {
        node.name.value if node.name else None: _operation(walk, node, ROOTS[node.operation.value])
        for node in operations
    }
    for name, fragment in walk.fragments.items():
        total = _fragment(walk, name, 0)
        on_schema = fragment.type_condition.name.value.startswith("__")
        _judge(walk, _introspected(walk, total) if on_schema else total)
    return Analysis(priced, tuple(sorted(walk.sized_by)), walk.visited)


def _defaults(walk: Walk, node: OperationDefinitionNode) -> None:
    for variable in node.variable_definitions or ():
        read_directives(walk, variable)
        if variable.default_value is not None:
            read_value(walk, variable.default_value, 0)
            size = count_of(walk, variable.default_value)
            if size is not None:
                name = variable.variable.name.value
                walk.defaults[name] = max(size, walk.defaults.get(name, 0))


def _operation(walk: Walk, node: OperationDefinitionNode, root: str) -> Price:
    read_directives(walk, node)
    total = _selections(walk, node.selection_set, getattr(walk.prices.schema, root), 0)
    within("root fields", walk.limits.root_fields, total.width)
    _judge(walk, total)
    return Price(total.cost + total.per_item, total.surcharge + total.item_surcharge)


def _judge(walk: Walk, total: Sum) -> None:
    limits = walk.limits
    within("depth", limits.depth, total.depth)
    within("fields", limits.fields, total.fields)
    within("aliases", limits.aliases, walk.aliases)
    within("directives", limits.directives, walk.directives)
    within("repeated fields", limits.repeated_fields, walk.repeated)
    within("introspection", limits.introspection_objects, total.introspection)


def _selections(walk: Walk, node: SelectionSetNode, parent: GraphQLNamedType | None, nesting: int) -> Sum:
    within("nesting", NESTING, nesting)
    parts: list[Sum] = []
    keys: set[str] = set()
    for selection in node.selections:
        walk.visited += 1
        read_directives(walk, selection)
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
    return Sum(max(depth), *map(sum, others))


def _fragment(walk: Walk, name: str, nesting: int) -> Sum:
    """A fragment's measure, taken once; a cycle or an unknown name counts nothing and is left to validation."""
    if name not in walk.memo:
        walk.memo[name] = NOTHING
        node = walk.fragments.get(name)
        if node is not None:
            walk.visited += 1
            read_directives(walk, node)
            parent = _type(walk, node.type_condition.name.value)
            walk.memo[name] = _selections(walk, node.selection_set, parent, nesting + 1)
    return walk.memo[name]


def _type(walk: Walk, name: str) -> GraphQLNamedType | None:
    return walk.prices.schema.type_map.get(name)


def _field(walk: Walk, node: FieldNode, parent: GraphQLNamedType | None, nesting: int) -> Sum:
    walk.aliases += node.alias is not None
    for argument in node.arguments or ():
        read_value(walk, argument.value, 0)
    price = walk.prices.of(parent, node.name.value) if parent else None
    below = NOTHING
    if node.selection_set:
        below = _selections(walk, node.selection_set, price.child if price else None, nesting + 1)
    if price is None:
        return below._replace(depth=below.depth + 1, fields=below.fields + 1, width=1)
    if node.name.value in {"__schema", "__type"}:
        return _introspected(walk, below)
    return _priced(price, size_of(walk, node, price), below)


def _introspected(walk: Walk, below: Sum) -> Sum:
    """A selection on the schema itself: free, and bounded in ways of its own."""
    within("introspection depth", walk.limits.introspection_depth, below.depth + 1)
    return Sum(1, below.fields + 1, 1, introspection=1 + below.cost + below.introspection)


def _priced(price: FieldPrice, size: int, below: Sum) -> Sum:
    """One field over its selection: a list multiplies all below it, a connection only its edges."""
    once, extra = price.weight + below.cost, price.surcharge + below.surcharge
    shape = (below.depth + 1, below.fields + 1, 1)
    if price.items:
        return Sum(*shape, 0, once, 0, extra, below.introspection)
    if price.connection:
        cost, surcharge = once + size * below.per_item, extra + size * below.item_surcharge
    else:
        cost, surcharge = once * size, extra * size
    return Sum(*shape, cost, 0, surcharge, 0, below.introspection)
