"""Whatever comes in the place of a Chinese domestic carrier's message, reading it raises Unreadable or nothing."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers import jd, jtexpress, sto, yto, yunda, zto
from carriers.carrier import Carrier, Incoming, Parcel, PushRejected, Reply, Unreadable
from cli import reading
from tests.carriers.domestic import NOW, access

CARRIERS = {each.CARRIER.code: each.CARRIER for each in (zto, sto, yto, yunda, jd, jtexpress)}
HERE = Path(__file__).parent
MESSAGES = [(code, path.read_bytes()) for code in CARRIERS for path in sorted((HERE / code).glob("cases/*/message.*"))]

WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, -1, 10**30, 1e308, float("inf"), "", "x", "\ud800", "\0", "9" * 400, [], [None], [[]], {}]
) | st.dictionaries(st.text(max_size=3), st.none() | st.text(max_size=3), max_size=2)


def readers(carrier: Carrier) -> Iterator[Callable[[bytes], object]]:
    """Everything of a carrier's that reads bytes from outside; shown as partners see it, where it can be."""
    for kind in (*reading.KINDS, "auto"):
        yield lambda body, kind=kind: reading.as_json(  # type: ignore[misc]  # a default of a lambda
            carrier, reading.read(carrier, body, kind=kind, headers={}, now=NOW)
        )
    if carrier.subscribing:
        subscribing = carrier.subscribing
        yield lambda body: subscribing.read(Reply(200, body), [Parcel("1")])
    if carrier.pushing:
        pushing = carrier.pushing
        yield lambda body: pushing.verify(Incoming(body, NOW), access(carrier))


def survives(code: str, body: bytes) -> None:
    for read in readers(CARRIERS[code]):
        with suppress(Unreadable, PushRejected):
            read(body)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, key))


def changed(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return wrong
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], wrong)
    return copy


def mutated(body: bytes, pick: Callable[[list[Any]], Any], wrong: Any) -> bytes:
    """One place of the JSON, or of the JSON inside a form's field, replaced."""
    try:
        value = json.loads(body)
    except ValueError:
        fields = dict(parse_qsl(body.decode()))
        inner = next((name for name in ("data", "content") if name in fields), None)
        if inner is None:
            return body.replace(b"false", str(wrong).encode("utf-8", "replace"))
        return urlencode(fields | {inner: mutated(fields[inner].encode(), pick, wrong)}).encode()
    return json.dumps(changed(value, pick(list(places(value))), wrong)).encode()


@pytest.mark.parametrize("code", CARRIERS)
@settings(max_examples=150, deadline=None)
@given(draw=st.data())
def test_a_value_of_another_type_is_unreadable_at_worst(code: str, draw: st.DataObject) -> None:
    body = draw.draw(st.sampled_from([message for own, message in MESSAGES if own == code]))
    survives(code, mutated(body, lambda found: draw.draw(st.sampled_from(found)), draw.draw(WRONG)))


@pytest.mark.parametrize("code", CARRIERS)
@settings(max_examples=60, deadline=None)
@given(draw=st.data())
def test_a_cut_or_garbled_message_is_unreadable_at_worst(code: str, draw: st.DataObject) -> None:
    body = draw.draw(st.sampled_from([message for own, message in MESSAGES if own == code]))
    at = draw.draw(st.integers(0, len(body)))
    survives(code, body[:at] + draw.draw(st.binary(max_size=3)) + draw.draw(st.sampled_from([b"", body[at + 1 :]])))


@pytest.mark.parametrize("code", CARRIERS)
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"0", b'""', b"[" * 100_000, b"<a>" * 5_000, b"<!DOCTYPE a><a/>", b"\xff", b"a=b"],
    ids=["nothing", "null", "array", "object", "number", "text", "deep", "deep xml", "doctype", "not text", "form"],
)
def test_what_is_no_message_at_all_is_unreadable_at_worst(code: str, body: bytes) -> None:
    survives(code, body)
