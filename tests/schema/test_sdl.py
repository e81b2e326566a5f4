"""The contract as partners read it: kept in the tree, and told in words."""

from collections.abc import Iterator
from pathlib import Path

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLNamedType, GraphQLSchema, GraphQLUnionType

from schema.case_words import CASE_WORDS
from schema.enums import DESCRIPTIONS
from schema.root import SCHEMA
from schema.words import WORDS

SDL = Path(__file__).parents[2] / "schema/schema.graphql"
CORE: GraphQLSchema = SCHEMA._schema  # Strawberry has no public way to it
OURS = [each for name, each in CORE.type_map.items() if not name.startswith("__")]


def test_the_kept_schema_is_the_printed_one() -> None:
    assert SDL.read_text("utf-8") == SCHEMA.as_str() + "\n", (
        "The schema has changed. See `waybridge schema diff schema/schema.graphql`, tell partners in CHANGELOG.md, then "
        "`waybridge schema print > schema/schema.graphql`."
    )


def _untold(types: list[GraphQLNamedType]) -> Iterator[str]:
    for each in types:
        if not each.description:
            yield each.name
        for name, field in getattr(each, "fields", {}).items():
            if not field.description:
                yield f"{each.name}.{name}"
            for argument, described in ({} if isinstance(each, GraphQLInputObjectType) else field.args or {}).items():
                if not described.description:
                    yield f"{each.name}.{name}({argument}:)"


def test_every_type_field_and_argument_is_told() -> None:
    assert list(_untold(OURS)) == []


def test_every_directive_of_ours_is_told() -> None:
    idempotent = CORE.get_directive("idempotent")

    assert idempotent is not None
    assert idempotent.description


def test_every_value_of_every_enum_is_told_and_no_other() -> None:
    words = {each.name: each.values for each in OURS if isinstance(each, GraphQLEnumType)}

    assert [
        f"{name}.{value}" for name, values in words.items() for value in values if not values[value].description
    ] == []
    told_words = WORDS | CASE_WORDS
    told = {(name, value) for name, values in told_words.items() if name in words for value in values}
    assert told - {(name, value) for name, values in words.items() for value in values} == set()
    assert set(WORDS) <= set(words)
    assert set(WORDS) & set(CASE_WORDS) == set()


def test_every_told_word_is_in_the_schema() -> None:
    unused = {word.__name__ for word in DESCRIPTIONS} - set(CORE.type_map)

    assert unused <= {"Party"}


def test_no_union_stands_for_an_error() -> None:
    """Refusals are data of a payload, so that a new one breaks nobody."""
    assert [each.name for each in OURS if isinstance(each, GraphQLUnionType) and each.name.endswith("Result")] == []
