"""A partner's query made one that reads page by page: the rows of the one connection at its root, a cursor in, a cursor
out. It is built from trees, so that a text cannot reach out of its place."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    parse,
    print_ast,
)

from aftersales.exports import ExportFailed
from aftersales.refusals import Refusal, RefusalCode, Refused
from api.errors import Failure, Invalid, rendered
from api.operations import Operations, Prepared
from api.requests import Asked

ROWS = 100  # a page
AFTER = "waybridgeAfter"
PAGING = {"first", "after", "last", "before"}
_ONE = "Give one query with one connection at its root and its nodes alone, such as { orders { nodes { id } } }."
_PARTS = (
    f"query(${AFTER}: String) {{ rows(first: {ROWS}, after: ${AFTER}) {{ pageInfo {{ hasNextPage endCursor }} }} }}"
)
_COUNT = "{ rows(first: 1) { totalCount } }"


@dataclass(frozen=True, slots=True)
class Plan:
    """Two documents of a query: one for a page, with the variable ``waybridgeAfter``, one for the number of all rows
    (None where the connection does not tell it). ``root`` is the connection's field."""

    root: str
    page: str
    count: str | None


def check(operations: Operations, text: str, variables: Mapping[str, Any]) -> str:
    """The root field of a query that can be exported. Refused, at ``query``, with what is wrong with it."""
    try:
        made = plan(operations, text)
        prepared(operations, made.page, variables)
    except ExportFailed as fault:
        raise _refused(fault.message) from None
    except (Failure, Invalid) as fault:
        raise _refused(str(rendered(fault, "", dev=False)[0]["message"])) from None
    return made.root


def _refused(message: str) -> Refused:
    return Refused(Refusal(RefusalCode.INVALID, message, ("query",)))


def prepared(operations: Operations, document: str, variables: Mapping[str, Any]) -> Prepared:
    """One of a plan's documents, ready to run with those of the variables that it has; raises Failure or Invalid."""
    known = operations.documents.find(document, variables)
    [operation] = known.operations.values()
    names = {each.variable.name.value for each in operation.variable_definitions or ()}
    given = {name: value for name, value in variables.items() if name in names}
    return operations.prepared(Asked(document, None, given, {}))


@lru_cache(64)
def plan(operations: Operations, text: str) -> Plan:
    """The plan of a partner's query. ExportFailed when it is none that can be exported."""
    try:
        given = parse(text, max_lexical_tokens=operations.limits.tokens, no_location=True)
    except (GraphQLSyntaxError, RecursionError) as fault:
        raise ExportFailed("GRAPHQL_PARSE_FAILED", str(getattr(fault, "message", _ONE))[:300]) from None
    fragments = [each for each in given.definitions if isinstance(each, FragmentDefinitionNode)]
    query, field = _root(given, len(fragments))
    fields = _fields(operations.schema, field)
    kept = [each for each in field.arguments or () if each.name.value not in PAGING]
    return Plan(
        root=field.name.value,
        page=_page(query, field, kept, fragments),
        count=_composed(_COUNT, query, field, kept, ()) if "totalCount" in fields else None,
    )


def _root(given: DocumentNode, fragments: int) -> tuple[OperationDefinitionNode, FieldNode]:
    operations = [each for each in given.definitions if isinstance(each, OperationDefinitionNode)]
    if len(operations) != 1 or len(operations) + fragments != len(given.definitions):
        raise ExportFailed("BAD_USER_INPUT", _ONE)
    [query] = operations
    fields = query.selection_set.selections
    if query.operation is not OperationType.QUERY or query.directives or len(fields) != 1:
        raise ExportFailed("BAD_USER_INPUT", _ONE)
    [field] = fields
    if not isinstance(field, FieldNode) or field.directives:
        raise ExportFailed("BAD_USER_INPUT", _ONE)
    return query, field


def _fields(schema: GraphQLSchema, field: FieldNode) -> Collection[str]:
    """What a page of the connection has; ExportFailed for a field that is none."""
    assert schema.query_type
    definition = schema.query_type.fields.get(field.name.value)
    page: Any = get_named_type(definition.type) if definition else None
    is_connection = isinstance(page, GraphQLObjectType) and page.name.endswith("Connection")
    if definition is None or not is_connection or not {"first", "after"} <= definition.args.keys():
        raise ExportFailed("BAD_USER_INPUT", f"{field.name.value[:80]} is no connection. {_ONE}")
    return set(page.fields)


def _page(
    query: OperationDefinitionNode,
    field: FieldNode,
    kept: Sequence[ArgumentNode],
    fragments: Sequence[FragmentDefinitionNode],
) -> str:
    nodes = FieldNode(name=NameNode(value="nodes"), selection_set=_rows(field))
    return _composed(_PARTS, query, field, kept, fragments, nodes)


def _rows(field: FieldNode) -> SelectionSetNode:
    """What is selected of a row, by ``nodes`` or by ``edges { node }``; what else a page has is left out."""
    rows = _only(field, {"nodes", "edges"})
    if rows is not None and rows.name.value == "edges":
        rows = _only(rows, {"node"})
    if rows is None or rows.selection_set is None:
        raise ExportFailed("BAD_USER_INPUT", _ONE)
    return rows.selection_set


def _only(field: FieldNode, names: set[str]) -> FieldNode | None:
    """The one selection of these names; none where there are several, or directives, or fragments in between."""
    selections = field.selection_set.selections if field.selection_set else ()
    fields = [each for each in selections if isinstance(each, FieldNode)]
    found = [each for each in fields if each.name.value in names]
    is_plain = len(fields) == len(selections) and len(found) == 1 and not found[0].directives
    return found[0] if is_plain else None


def _composed(
    frame: str,
    query: OperationDefinitionNode,
    field: FieldNode,
    kept: Sequence[ArgumentNode],
    fragments: Sequence[FragmentDefinitionNode],
    *rows: FieldNode,
) -> str:
    """The frame with the connection's name and arguments, the rows' selection, and the variables that are used."""
    [around] = parse(frame, no_location=True).definitions
    assert isinstance(around, OperationDefinitionNode)
    [paging] = around.selection_set.selections
    assert isinstance(paging, FieldNode)
    assert paging.selection_set
    connection = FieldNode(
        name=field.name,
        arguments=(*(paging.arguments or ()), *kept),
        selection_set=SelectionSetNode(selections=(*rows, *paging.selection_set.selections)),
    )
    used = {name for each in (connection, *fragments) for name in _variables(each)}
    declared = [each for each in query.variable_definitions or () if each.variable.name.value in used]
    made = OperationDefinitionNode(
        operation=OperationType.QUERY,
        variable_definitions=(*(around.variable_definitions or ()), *declared),
        selection_set=SelectionSetNode(selections=(connection,)),
    )
    return print_ast(DocumentNode(definitions=(made, *fragments)))


def _variables(node: Node) -> Iterator[str]:
    """The names of the variables below a node, but for those it declares."""
    waiting: list[Any] = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, VariableNode):
            yield each.name.value
        elif isinstance(each, Node):
            waiting.extend(getattr(each, key, None) for key in each.keys)
        elif isinstance(each, list | tuple):
            waiting.extend(each)
