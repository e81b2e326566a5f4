"""Whatever comes in the place of a message, every reader of these five carriers raises Unreadable or nothing."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers import dcsa, dhl_express, dhl_parcel_de, dhl_unified, epcis
from carriers.carrier import Carrier, Incoming, PushRejected, Unreadable
from cli import reading
from tests.carriers.fedex.bench import CASES, NOW, access, mangled, read_everywhere

CARRIERS = [each.CARRIER for each in (dcsa, dhl_express, dhl_parcel_de, dhl_unified, epcis)]
ODD_TEXT = st.sampled_from(["", "0", "true", "x", "18.13.2016 10:02", "00.00.0000 00:00", "01.01.0001 00:00", "9" * 40])


@st.composite
def mangled_xml(draw: Callable[[Any], Any]) -> bytes:
    """An XML case with a few attributes replaced or dropped, or cut off somewhere."""
    text: str = draw(st.sampled_from(sorted(CASES.glob("dhl_parcel_de/cases/*/message.xml")))).read_text("utf-8")
    for _ in range(draw(st.integers(0, 3))):
        attributes = list(re.finditer(r'\b[a-z-]+="([^"]*)"', text))
        if not attributes:
            break
        found = draw(st.sampled_from(attributes))
        new = draw(st.none() | ODD_TEXT)
        whole = "" if new is None else found.group(0).replace(f'"{found.group(1)}"', f'"{new}"')
        text = text[: found.start()] + whole + text[found.end() :]
    raw = text.encode()
    return raw[: draw(st.integers(0, len(raw)))] if draw(st.booleans()) else raw


def survives(carrier: Carrier, body: bytes) -> None:
    read_everywhere(carrier, body)
    for kind in (*reading.KINDS, "auto"):
        with suppress(Unreadable):
            reading.as_json(carrier, reading.read(carrier, body, kind=kind, headers={}, now=NOW))
    if carrier.pushing:
        stamped = {"signature-timestamp": "2026-03-01T12:00:00Z", "notification-signature": "x", "gs1-signature": "é"}
        with suppress(PushRejected):
            carrier.pushing.verify(Incoming(body, NOW, stamped), access(carrier))
    if carrier.pushing and carrier.pushing.handshake:
        with suppress(Unreadable):
            carrier.pushing.handshake(Incoming(body, NOW), access(carrier))


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.code)
@settings(max_examples=300, deadline=None)
@given(drawn=st.data())
def test_a_mangled_message_is_unreadable_at_worst(carrier: Carrier, drawn: st.DataObject) -> None:
    survives(carrier, drawn.draw(mangled(carrier.code)))


@settings(max_examples=300, deadline=None)
@given(body=mangled_xml())
def test_mangled_xml_is_unreadable_at_worst(body: bytes) -> None:
    survives(dhl_parcel_de.CARRIER, body)


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda c: c.code)
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b"0", b'""', b"[" * 100_000, b"<a>" * 5_000, b"<!DOCTYPE a><a/>", b"\xff", b"[null]"],
    ids=["nothing", "null", "array", "object", "number", "text", "deep", "deep xml", "doctype", "not text", "nulls"],
)
def test_what_is_no_message_at_all_is_unreadable_at_worst(carrier: Carrier, body: bytes) -> None:
    survives(carrier, body)
