"""Documents meant to hurt, by class; every one of them is valid JSON text and some are valid GraphQL."""


def _bomb(levels: int) -> str:
    links = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {links} fragment F{levels} on Query {{ hello }}"


def _chain(length: int) -> str:
    links = " ".join(f"fragment F{n} on Order {{ id ...F{n + 1} }}" for n in range(length))
    return f'{{ order(number: "1") {{ ...F0 }} }} {links} fragment F{length} on Order {{ id }}'


def _order(body: str) -> str:
    return f'{{ order(number: "1") {{ {body} }} }}'


DOCUMENTS = {
    "aliases": _order(" ".join(f"a{n}: id" for n in range(1_000))),
    "aliases of roots": "{" + " ".join(f'a{n}: order(number: "{n}") {{ id }}' for n in range(100)) + "}",
    "one field repeated": _order("id " * 1_900),
    "nested fields repeated": _order("shipments { events { id } } " * 300),
    "deep repeats": "{" + 'order(number: "1") { shipments { events { id status location { city } } } } ' * 20 + "}",
    "repeats through inline fragments": _order("... on Order { id number lines { id sku } } " * 60),
    "repeats through fragments": _order(" ".join(f"...F{n}" for n in range(50)))
    + " ".join(f"fragment F{n} on Order {{ id number total {{ amount }} shipments {{ id }} }}" for n in range(50)),
    "conflicts": _order(" ".join("a: id a: number" for _ in range(200))),
    "a fragment bomb of forty levels": _bomb(40),
    "a fragment bomb of twenty levels": _bomb(20),
    "a chain of fragments": _chain(49),
    "a long chain of fragments": _chain(190),
    "a fragment of itself": "{ ...F } fragment F on Query { hello ...F }",
    "fragments in a ring": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }",
    "an unknown fragment": "{ ...Nothing }",
    "unused fragments": "{ hello }" + " ".join(f"fragment F{n} on Order {{ id }}" for n in range(300)),
    "deep fields": "{" + "a{" * 190 + "a" + "}" * 191,
    "deeper than the parser": "{" + "a{" * 900 + "a" + "}" * 901,
    "deep inline fragments": "{" + "... {" * 190 + "hello" + "}" * 191,
    "deep list": "{ nodes(ids: " + "[" * 190 + "]" * 190 + ") { id } }",
    "deep object": "{ nodes(ids: " + "{a:" * 190 + "1" + "}" * 190 + ") { id } }",
    "deep list type": "query ($a: " + "[" * 190 + "Int" + "]" * 190 + ") { hello }",
    "a wide list": "{ nodes(ids: [" + "1 " * 1_900 + "]) { id } }",
    "directives": "{ hello " + "@skip(if: false) " * 300 + "}",
    "unknown directives": "{ hello " + "@a " * 1_900 + "}",
    "many operations": " ".join(f"query Q{n} {{ hello }}" for n in range(300)),
    "many variables": "query (" + " ".join(f"$a{n}: Int" for n in range(450)) + ") { hello }",
    "tokens": "{" + "a " * 30_000 + "}",
    "comments": "#\n" * 40_000 + "{ hello }",
    "blanks": " " * 900_000,
    "commas": "," * 90_000 + "{ hello }",
    "one long name": "{ " + "a" * 90_000 + " }",
    "one long text": '{ hello(name: "' + "a" * 90_000 + '" ) }',
    "one long integer": "{ orders(first: " + "9" * 90_000 + ") { totalCount } }",
    "one long float": "{ scaled(by: 1" + "0" * 400 + ".5) }",
    "huge exponent": "{ scaled(by: 1e999999) }",
    "huge page": "{ orders(first: 2147483647) { edges { node { id } } } }",
    "huge pages within": "{ nodes(ids: [1]) { shipments { events(last: 2147483647) { id } } } }",
    "negative page": "{ orders(first: -2147483648) { edges { node { id } } } }",
    "both pages": "{ orders(first: 10, last: 10) { edges { cursor } } }",
    "introspection in circles": "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } }",
    "introspection by alias": "{"
    + " ".join(f"a{n}: __schema {{ types {{ fields {{ name args {{ name }} }} }} }}" for n in range(20))
    + "}",
    "typenames": "{" + "__typename " * 1_900 + "}",
    "nothing": "",
    "a brace": "{",
    "an empty selection": "{ }",
    "an empty document": "# nothing",
    "a byte order mark": "\ufeff{ hello }",
    "a control character": "{ hello\x07 }",
    "emoji": "{ \U0001f4a5 }",
    "U+0000 as an escape": '{ hello(name: "\\u0000") }',
    "U+0000 as a braced escape": '{ hello(name: "\\u{000000}") }',
    "a lone surrogate as an escape": '{ hello(name: "\\ud800") }',
    "a code point too high": '{ hello(name: "\\u{110000}") }',
    "an open text": '{ hello(name: "',
    "an open block text": '{ hello(name: """',
    "an unknown type": "query ($a: Nothing) { hello(name: $a) }",
    "schema language": "type Query { a: Int }",
    "an operation and schema language": "{ hello } type A { a: Int }",
    "a subscription": "subscription { ticks }",
    "defer": "{ ... @defer { hello } }",
    "the name of a dunder": "{ __class__ { __init__ } }",
    "an interpolation": '{ hello(name: "{0.__class__} %s ${jndi:ldap://x}") }',
}
