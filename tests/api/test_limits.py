"""Documents are measured once, in time linear in their text, and priced by what they ask for."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from graphql import get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from api.analysis import Analysis, analyse
from api.errors import BadUserInput, LimitExceeded
from api.limits import Limits, check_inputs
from api.pricing import Prices
from tests.api.toy import SCHEMA, door

PRICES = Prices(SCHEMA._schema)
EVERYTHING = dataclasses.replace(
    Limits(),
    **dict.fromkeys(
        ("fields", "aliases", "root_fields", "directives", "fragments", "repeated_fields", "depth"), 10**30
    ),
)
PAGE = """query Page($n: Int!) { orders(first: $n) { totalCount pageInfo { hasNextPage } edges { cursor node {
  id number total { amount currency }
  lines { id sku title quantity unitPrice { amount currency } }
  shipments { id trackingNumber carrier { code } events { id status location { city } } }
  returns { id rmaNumber shipments { id events { id } } } %s } } } }"""
CLAIMS = "claims { id status requested { amount currency } }"


def analysed(text: str, limits: Limits | None = None, variables: Mapping[str, Any] | None = None) -> Analysis:
    return analyse(parse(text), PRICES, limits or Limits(), variables or {})


def cost(text: str, **variables: Any) -> int:
    return next(iter(analysed(text, variables=variables).prices.values())).requested


@pytest.mark.parametrize(("size", "claims"), [(50, ""), (100, CLAIMS)])
async def test_a_dashboard_page_passes(size: int, claims: str) -> None:
    knock = door()
    answer = await knock.ask(PAGE % claims, n=size)

    found = answer["extensions"]["cost"]
    assert len(answer["data"]["orders"]["edges"]) == size
    assert size * 20 < found["actual"] <= found["requested"] <= Limits().cost


async def test_what_costs_too_much_names_the_cost_and_the_maximum() -> None:
    answer = await door().ask(PAGE % CLAIMS, n=1_000)

    extensions = answer["errors"][0]["extensions"]
    assert extensions["code"] == "COST_EXCEEDED"
    assert extensions["maximum"] == 5_000
    assert extensions["requested"] == cost(PAGE % CLAIMS, n=1_000) == 31_022


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("{ hello }", 0),
        ('{ order(number: "1") { id } }', 1),
        ('{ order(number: "1") { lines { id } } }', 1 + 2),
        ('{ order(number: "1") { shipments { events { location { city } } } } }', 1 + 1 + 6 * 2),
        ('{ order(number: "1") { shipments { events(last: 3) { id } } } }', 1 + 1 + 3),
        ("{ orders(first: 7) { edges { node { id } } pageInfo { hasNextPage } } }", 1 + 7 * 2 + 1),
        ("{ orders(last: 7) { edges { cursor } } }", 1 + 7),
        ("{ orders(first: 2) { totalCount } }", 1 + 20),
        ("{ orders { edges { cursor } } }", 1 + 10),
        ("{ recent { edges { cursor } } }", 1 + 5),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ("query ($ids: [ID!]! = [1, 2]) { nodes(ids: $ids) { id } }", 2),
        ("query ($n: Int = 4) { orders(first: $n) { edges { cursor } } }", 1 + 4),
        ("mutation { book(names: []) { id total { amount } } }", 10 + 1),
        ("{ __schema { types { name fields { name } } } }", 0),
        (
            "{ orders(first: 3) { ...C } } fragment C on OrderConnection { edges { node { ...O } } } fragment O on Order { id total { amount } }",
            1 + 3 * 3,
        ),
        ("{ ... { orders(first: 3) { ... on OrderConnection { edges { cursor } } } } }", 1 + 3),
    ],
)
def test_the_price_of_a_query(text: str, points: int) -> None:
    assert cost(text) == points


@pytest.mark.parametrize(
    ("first", "points"),
    [
        ("-5", 1),
        ("0", 1),
        ("null", 11),
        ('"x"', 11),
        ("1.5", 11),
        ("[1,2]", 3),
        ("9" * 5_000, 10**12 + 1),
        ("$unknown", 11),
    ],
)
def test_silly_page_sizes_do_no_harm(first: str, points: int) -> None:
    assert cost(f"{{ orders(first: {first}) {{ edges {{ cursor }} }} }}") == points


@pytest.mark.parametrize(
    ("value", "points"), [(-5, 1), (10**30, 10**12 + 1), (None, 11), (True, 11), ("x", 11), ({}, 11)]
)
def test_silly_page_variables_do_no_harm(value: Any, points: int) -> None:
    assert cost("query ($n: Int) { orders(first: $n) { edges { cursor } } }", n=value) == points


async def test_a_kept_document_is_priced_by_the_variables_of_each_request() -> None:
    knock = door()
    text = "query ($n: Int!) { orders(first: $n) { edges { cursor } } }"
    asked = [(await knock.ask(text, n=n))["extensions"]["cost"]["requested"] for n in (1, 50, 1, 3)]

    assert asked == [2, 51, 2, 4]
    assert len(knock.endpoint.documents) == 1


def nested(depth: int) -> str:
    return "{" + "x{" * (depth - 1) + "x" + "}" * depth


@pytest.mark.parametrize(
    ("limit", "maximum", "text"),
    [
        ("depth", 12, nested(13)),
        ("depth", 12, "{ x { ...F } } fragment F on Order " + nested(12)),
        (
            "fields",
            500,
            "fragment F on Order { "
            + " ".join(f"f{n}" for n in range(26))
            + " } {"
            + " ".join(f"o{n} {{ ...F }}" for n in range(19))
            + "}",
        ),
        ("aliases", 30, "{ order(number: 1) {" + " ".join(f"a{n}: id" for n in range(31)) + "} }"),
        ("root fields", 20, "{" + " ".join(f"f{n}" for n in range(21)) + "}"),
        ("directives", 50, "{ hello " + "@skip(if: false) " * 51 + "}"),
        ("fragments", 50, "{ hello }" + " ".join(f"fragment F{n} on Order {{ id }}" for n in range(51))),
        ("operations", 5, " ".join(f"query Q{n} {{ hello }}" for n in range(6))),
        ("list items", 250, "{ nodes(ids: [" + "1 " * 251 + "]) { id } }"),
        ("repeated fields", 60, "{ order(number: 1) {" + "id " * 62 + "} }"),
        ("introspection", 250, "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"),
        ("introspection depth", 20, "{ __schema { types " + "{ ofType " * 20 + "{ name }" + "}" * 21 + "}"),
    ],
)
async def test_each_limit_is_named_with_its_maximum_and_the_count(limit: str, maximum: int, text: str) -> None:
    (error,) = (await door().ask(text))["errors"]

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert (error["extensions"]["limit"], error["extensions"]["maximum"]) == (limit, maximum)
    assert error["extensions"]["count"] > maximum


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("tokens", "{" + "a " * 2_000 + "}"),
        ("comments", "#\n" * 501 + "{ hello }"),
        ("code points", " " * 100_001 + "{ hello }"),
    ],
)
async def test_long_texts_are_a_limit_and_not_a_mistake_in_grammar(limit: str, text: str) -> None:
    (error,) = (await door().ask(text))["errors"]

    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("LIMIT_EXCEEDED", limit)


async def test_a_list_among_the_variables_is_bounded_too() -> None:
    answer = await door().ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a"] * 251)

    assert answer["errors"][0]["extensions"]["limit"] == "list items"
    check_inputs({"a": [[1] * 250] * 250}, Limits())


@pytest.mark.parametrize(
    "options", [{}, {"specified_by_url": True, "input_value_deprecation": True, "directive_is_repeatable": True}]
)
async def test_the_usual_introspection_passes_and_costs_nothing(options: dict[str, bool]) -> None:
    answer = await door().ask(get_introspection_query(**options))

    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    assert answer["extensions"]["cost"] == {"requested": 0, "actual": 0, "available": 10_000}


def bomb(levels: int) -> str:
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {links} fragment F{levels} on Query {{ hello }}"


async def test_a_fragment_bomb_of_forty_levels_is_answered_at_once() -> None:
    answer = await door().ask(bomb(40))

    assert answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert answer["errors"][0]["extensions"]["count"] == 2**40


@given(levels=st.integers(1, 45))
@settings(max_examples=45, deadline=None)
def test_the_work_grows_with_the_text_and_not_with_what_it_expands_to(levels: int) -> None:
    assert analysed(bomb(levels), EVERYTHING).visited == 4 + 3 * levels - 1


FIELD_NAMES = [
    "hello",
    "order",
    "orders",
    "edges",
    "node",
    "lines",
    "shipments",
    "events",
    "id",
    "__typename",
    "__schema",
    "types",
    "nope",
]
TYPE_NAMES = ["Query", "Order", "OrderConnection", "Shipment", "Nope", "__Type", "String"]


def selections(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sets = st.lists(children, min_size=1, max_size=4).map(" ".join)
    return st.one_of(
        st.builds("{} {{ {} }}".format, st.sampled_from(FIELD_NAMES), sets),
        st.builds("a: {}(first: {}) {{ {} }}".format, st.sampled_from(FIELD_NAMES), st.integers(-5, 10**20), sets),
        st.builds("... on {} {{ {} }}".format, st.sampled_from(TYPE_NAMES), sets),
    )


LEAVES = st.one_of(st.sampled_from(FIELD_NAMES), st.integers(0, 4).map("...F{}".format))
SELECTION = st.recursive(LEAVES, selections, max_leaves=25)


@given(root=SELECTION, fragments=st.lists(st.tuples(st.sampled_from(TYPE_NAMES), SELECTION), max_size=5))
@settings(max_examples=300, deadline=None)
def test_whatever_parses_is_measured_or_refused_within_its_own_length(
    root: str, fragments: list[tuple[str, str]]
) -> None:
    text = f"{{ {root} }}" + "".join(
        f" fragment F{n} on {type_} {{ {body} }}" for n, (type_, body) in enumerate(fragments)
    )
    try:
        found = analysed(text, dataclasses.replace(EVERYTHING, introspection_objects=10**40, introspection_depth=10**9))
    except LimitExceeded as error:
        assert error.details["limit"] == "nesting"  # noqa: PT017  # the other outcome is a value
    else:
        assert found.visited <= len(text)
        assert found.prices[None].surcharge <= found.prices[None].requested


def test_braces_within_braces_are_bounded_before_python_is() -> None:
    with pytest.raises(LimitExceeded, match="nesting"):
        analysed("{" + "... {" * 190 + "hello" + "}" * 191, EVERYTHING)
    chain = " ".join(f"fragment F{n} on Query {{ ... {{ ... {{ ... {{ ...F{n + 1} }} }} }} }}" for n in range(49))
    with pytest.raises(LimitExceeded, match="nesting"):
        analysed("{ ...F0 } " + chain + " fragment F49 on Query { hello }", EVERYTHING)


@pytest.mark.parametrize("literal", ['"\\u0000"', '"a\\u{0}b"', '["x", {a: "\\u0000"}]'])
def test_a_literal_must_not_contain_u_0000(literal: str) -> None:
    with pytest.raises(BadUserInput):
        analysed(f"{{ hello(name: {literal}) }}")
    with pytest.raises(BadUserInput):
        analysed(f"query ($a: String = {literal}) {{ hello(name: $a) }}")
