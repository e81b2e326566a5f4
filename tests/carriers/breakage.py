"""Messages broken in every way: cut off, bytes overwritten, values of the wrong type at any depth."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from hypothesis import strategies as st

from carriers.carrier import Carrier, Incoming, Parcel, Reply, Unreadable

JUNK = st.sampled_from([None, True, False, 7, -1.5, "", "x", "{", [], {}, [None], {"a": 1}, 10**30, "\ud800"])
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def cases_beside(test: str) -> list[bytes]:
    """The messages of the cases in a test module's folder."""
    return [path.read_bytes() for path in sorted(Path(test).parent.glob("cases/*/message.*"))]


@st.composite
def broken(draw: st.DrawFn, messages: list[bytes]) -> bytes:
    """One of the messages, cut, overwritten, or with one inner value swapped for junk."""
    body = draw(st.sampled_from(messages))
    told = json.loads(body) if body[:1] == b"{" else dict(parse_qsl(body.decode()))
    way = draw(st.sampled_from(["cut", "overwritten", "swapped"]))
    if way == "swapped" and told:
        changed = _swapped(told, draw(st.lists(st.integers(0, 20), max_size=8)), draw(JUNK))
        return json.dumps(changed).encode()
    at = draw(st.integers(0, len(body)))
    return body[:at] if way == "cut" else body[:at] + draw(st.binary(max_size=4)) + body[at + 2 :]


def _swapped(value: Any, path: list[int], junk: Any) -> Any:
    if isinstance(value, str) and value[:1] == "{" and path:
        try:
            return json.dumps(_swapped(json.loads(value), path, junk))
        except ValueError:
            return junk
    if not path or not isinstance(value, dict | list) or not value:
        return junk
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    chosen = keys[path[0] % len(keys)]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    changed = [(key, _swapped(each, path[1:], junk) if key == chosen else each) for key, each in items]
    return dict(changed) if isinstance(value, dict) else [each for _, each in changed]


def readers(carrier: Carrier, parcel: Parcel) -> Iterable[Callable[[bytes], Any]]:
    """Every reader of a carrier, as a function of the body alone."""
    tracking, subscribing, pushing = carrier.tracking, carrier.subscribing, carrier.pushing
    if tracking:
        yield lambda body: tracking.read(Reply(body=body, received_at=NOW))
    if subscribing:
        yield lambda body: subscribing.read(Reply(body=body), [parcel])
    if pushing:
        yield lambda body: pushing.read(Incoming(body, NOW))
    yield from (each for each in (carrier.read_pickup, carrier.read_error, carrier.recognise) if each)


def read_everyway(carrier: Carrier, body: bytes) -> None:
    """Reads a body with every reader; nothing but Unreadable may come out of it."""
    for read in readers(carrier, Parcel("SF3000000000017")):
        with suppress(Unreadable):
            read(body)
