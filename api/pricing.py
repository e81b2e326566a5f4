"""What each field of the schema is worth when a document is priced; read once from the schema, by type and field name."""

from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from schema.directives import Cost, ListSize

OBJECT, SCALAR, MUTATION = 1, 0, 10
UNMARKED_LIST = 10
# Lists of the introspection types: about what a schema of some hundred types holds. `types` stands
# for one type, so that the result reads "objects per type of the schema".
INTROSPECTED = {"types": 1, "directives": 1, "interfaces": 2, "args": 2, "locations": 1}
PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class FieldPrice:
    """One field: its own weight, and how its selection is multiplied."""

    weight: int
    surcharge: int
    """The part of the weight that is not the object itself, and that no count of returned objects would show."""
    child: GraphQLNamedType | None
    many: bool
    connection: bool
    """The selection's `edges` and `nodes` are multiplied by this field's page argument."""
    items: bool
    """This is `edges` or `nodes` of a connection: the field above says how many."""
    assumed: int
    pages: dict[str, int | None]
    """Page arguments and their defaults in the schema."""
    lists: tuple[str, ...]
    """Arguments that are lists: `nodes(ids:)` returns as many as it is asked for."""


class Prices:
    """The price of any field of one schema, found once and kept."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._found: dict[tuple[str, str], FieldPrice | None] = {}

    def of(self, parent: GraphQLNamedType, name: str) -> FieldPrice | None:
        """The price of a field, or None for one that does not exist (validation will say so).

        Only names that exist are kept, so a stranger's words cannot fill the memory.
        """
        key = (parent.name, name)
        found = self._found.get(key)
        if found is None:
            field = self._definition(parent, name)
            if field is not None:
                found = self._found[key] = self._read(parent, name, field)
        return found

    def _definition(self, parent: GraphQLNamedType, name: str) -> GraphQLField | None:
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return self.schema.get_field(parent, name)
        return None

    def _read(self, parent: GraphQLNamedType, name: str, field: GraphQLField) -> FieldPrice:
        child = get_named_type(field.type)
        composite = is_composite_type(child)
        marks = getattr(field.extensions.get("strawberry-definition"), "directives", ())
        many = _is_list(field.type)
        # Most types wrap none or one other: the wrapping is part of the type it wraps.
        natural = OBJECT if composite and not (parent.name == "__Type" and name == "ofType") else SCALAR
        weight = MUTATION if parent is self.schema.mutation_type and not name.startswith("__") else natural
        weight = next((mark.weight for mark in marks if isinstance(mark, Cost)), weight)
        assumed = INTROSPECTED.get(name, UNMARKED_LIST) if parent.name.startswith("__") else UNMARKED_LIST
        return FieldPrice(
            weight=weight,
            surcharge=max(weight - natural, 0),
            child=child if composite else None,
            many=many,
            connection=child.name.endswith("Connection"),
            items=many and parent.name.endswith("Connection") and name in {"edges", "nodes"},
            assumed=next((mark.assumed_size for mark in marks if isinstance(mark, ListSize)), assumed),
            pages={arg: _whole(field.args[arg].default_value) for arg in PAGE_ARGUMENTS if arg in field.args},
            lists=tuple(arg for arg, spec in field.args.items() if many and _is_list(spec.type)),
        )


def _is_list(type_: GraphQLOutputType | GraphQLInputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None
