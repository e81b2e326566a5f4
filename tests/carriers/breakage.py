"""Messages broken in every way: cut off, bytes overwritten, values of the wrong type or sense at any depth."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

JUNK: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, True, False, 0, -1, -1.5, 10**30, 1e308, float("inf"), [], {}, [None], [[]], {"a": 1}]),
    st.sampled_from(
        ["", "x", "{", "\ud800", "a\0b", "9" * 400, "99999999", "-14:00", "1e999", "<b>", "00.00.0000 00:00"]
    ),
    st.sampled_from(
        ["0001-01-01T00:00:00", "9999-12-31T23:59:59Z", "253402300799999", "01.01.0001 00:00", "٢٠٢٦-٠١-٠١"]
    ),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.just([None, 1, "x", [], {}]),
    st.just({"x": [{}]}),
)


@st.composite
def broken(draw: st.DrawFn, messages: list[bytes]) -> bytes:
    """One of the messages with up to three values swapped for junk, then perhaps cut, or overwritten somewhere."""
    body = draw(st.sampled_from(messages))
    for _ in range(draw(st.integers(0, 3))):
        body = _swapped(body, draw)
    way, at = draw(st.sampled_from(["whole", "whole", "cut", "overwritten"])), draw(st.integers(0, len(body)))
    if way == "whole":
        return body
    return body[:at] + (draw(st.binary(max_size=4)) + body[at + 2 :] if way == "overwritten" else b"")


def _swapped(body: bytes, draw: st.DrawFn) -> bytes:
    """One value replaced: of JSON, of the JSON within a text of it or within a form's field, or an attribute of XML."""
    if body[:1] == b"<":
        return _swapped_xml(body, draw)
    try:
        value: Any = json.loads(body)
    except ValueError:
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        if not fields:
            return body
        name = draw(st.sampled_from(sorted(fields)))
        inner = _swapped(fields[name].encode(), draw) if fields[name][:1] in "{[" else draw(st.text(max_size=12))
        return urlencode(fields | {name: inner}, errors="replace").encode()
    path = draw(st.sampled_from(list(_places(value))))
    return json.dumps(_changed(value, path, lambda old: _within(old, draw))).encode()


def _within(old: Any, draw: st.DrawFn) -> Any:
    """Junk, or where the old value is a text that holds JSON, perhaps that JSON with junk in it."""
    if isinstance(old, str) and old[:1] in {"{", "["} and draw(st.booleans()):
        return _swapped(old.encode("utf-8", "replace"), draw).decode("utf-8", "replace")
    return draw(JUNK)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(each, (*path, key))


def _changed(value: Any, path: tuple[Any, ...], new: Callable[[Any], Any]) -> Any:
    if not path:
        return new(value)
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


def _swapped_xml(body: bytes, draw: st.DrawFn) -> bytes:
    text = body.decode("utf-8", "replace")
    attributes = list(re.finditer(r'\b[\w-]+="([^"]*)"', text))
    if not attributes:
        return body
    found, new = draw(st.sampled_from(attributes)), draw(st.none() | JUNK.map(str))
    whole = "" if new is None else found[0].replace(f'"{found[1]}"', f'"{new}"')
    return (text[: found.start()] + whole + text[found.end() :]).encode("utf-8", "replace")
