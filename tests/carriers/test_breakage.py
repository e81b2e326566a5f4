"""Whatever comes in the place of a carrier's message: reading it raises Unreadable or gives what can be kept."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.rules import shipments
from carriers import wire
from carriers.carrier import Carrier, Incoming, Parcel, PushRejected, Reading, Reply, Unreadable
from carriers.registry import BY_CODE, CARRIERS
from cli import reading
from tests.carriers.bench import HERE, NOW, access
from tests.carriers.breakage import broken

MESSAGES = {c.code: [path.read_bytes() for path in sorted(HERE.glob(f"{c.code}/cases/*/message.*"))] for c in CARRIERS}
STAMPED = {
    "signature-timestamp": "2026-03-01T12:00:00Z",
    "notification-signature": "x",
    "gs1-signature": "é",
    "fdx-signature": "é",
    "authorization": "Bearer é",
}
EVERY_CARRIER = pytest.mark.parametrize("code", BY_CODE)


def readers(carrier: Carrier) -> Iterator[Callable[[bytes], object]]:
    """Everything of a carrier's that reads bytes from outside, as a function of the body alone."""
    of_body = (carrier.read_pickup, carrier.read_error, carrier.recognise)
    yield from (read for read in of_body if read)
    if tracking := carrier.tracking:
        yield lambda body: tracking.read(Reply(200, body, {}, NOW))
        yield lambda body: tracking.read(Reply(500, body, {}, NOW))
    if subscribing := carrier.subscribing:
        yield lambda body: subscribing.read(Reply(200, body), [Parcel("1")])
        yield lambda body: subscribing.read(Reply(400, body), [Parcel("1")])
    if authorizing := carrier.authorizing:
        yield lambda body: authorizing.read(Reply(200, body))
    if pushing := carrier.pushing:
        account = replace(access(carrier), token="issued")
        yield lambda body: pushing.read(Incoming(body, NOW, {}, {"number": "a\0\ud800"}))
        yield lambda body: pushing.verify(Incoming(body, NOW, STAMPED), account)
        if handshake := pushing.handshake:
            yield lambda body: handshake(Incoming(body, NOW), account)


def survives(carrier: Carrier, body: bytes) -> None:
    """Nothing but a refusal escapes, and what is read can be told, folded and stored."""
    for read in readers(carrier):
        with suppress(Unreadable, PushRejected):
            found = read(body)
            if isinstance(found, Reading):
                can_be_kept(carrier, found)


def can_be_kept(carrier: Carrier, found: Reading) -> None:
    """Any database takes its texts and its moments."""
    told = json.dumps(reading.as_json(carrier, found), ensure_ascii=False, allow_nan=False)
    assert "\\u0000" not in told
    told.encode()
    for shipment in found.shipments:
        moments = [scan.occurred_at.astimezone(UTC) for scan in shipment.scans]
        assert moments == sorted(moments)
        assert all(shipments.identity(scan) for scan in shipment.scans)
        if shipment.estimated_delivery_at:
            shipment.estimated_delivery_at.astimezone(UTC)
    for kept in (*found.shipments, *found.errors, *found.pickups):
        assert repr(kept).encode()


@EVERY_CARRIER
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drawn=st.data())
def test_a_broken_message_is_unreadable_at_worst(code: str, drawn: st.DataObject) -> None:
    survives(BY_CODE[code], drawn.draw(broken(MESSAGES[code])))


NO_MESSAGES = {
    "nothing": b"",
    "null": b"null",
    "array": b"[]",
    "object": b"{}",
    "nulls": b"[null]",
    "number": b"0",
    "text": b'""',
    "not a number": b"NaN",
    "deep array": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "as deep as read": b'{"data":' * 900 + b'"\\ud800"' + b"}" * 900,
    "deep xml": b"<a>" * 5_000,
    "doctype": b"<!DOCTYPE a><a/>",
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "not text": b"\xff",
    "form": b"a=b",
    "form of nothing": b"param=&data=&content=",
    "many fields": b"&".join(b"a%d=b" % n for n in range(200)),
}


@EVERY_CARRIER
@pytest.mark.parametrize("body", NO_MESSAGES.values(), ids=NO_MESSAGES)
def test_what_is_no_message_at_all_is_unreadable_at_worst(code: str, body: bytes) -> None:
    survives(BY_CODE[code], body)


def padded(body: bytes, filler: str) -> bytes:
    """The message with every text grown so that it comes near a mebibyte."""
    try:
        told = json.loads(body)
    except ValueError:
        return body + b" " * (2**20 - len(body))
    texts = max(1, json.dumps(told).count('": "'))
    grown = _grown(told, filler * (2**20 // texts // len(filler.encode())))
    return json.dumps(grown, ensure_ascii=False).encode()


def _grown(value: Any, by: str) -> Any:
    if isinstance(value, dict):
        return {name: _grown(each, by) for name, each in value.items()}
    if isinstance(value, list):
        return [_grown(each, by) for each in value]
    return value + by if isinstance(value, str) else value


@EVERY_CARRIER
@pytest.mark.parametrize("filler", ["9", " ", "【", "JD新单号", "-1-1", "<["])
def test_a_mebibyte_is_read_in_the_twinkling_of_an_eye(code: str, filler: str) -> None:
    for body in (padded(message, filler) for message in MESSAGES[code][::3]):
        for read in readers(BY_CODE[code]):
            began = perf_counter()
            with suppress(Unreadable, PushRejected):
                read(body)
            assert perf_counter() - began < 1.0


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'{"a": "x\u0000y"}', {"a": "x\ufffdy"}),
        (r'{"a": ["\ud800", {"\udfff": 1}]}', {"a": ["\ufffd", {"\ufffd": 1}]}),
        (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        ('{"a": "x\0y"}', {"a": "x\ufffdy"}),
        (r'{"a": "\\u0000"}', {"a": r"\u0000"}),
    ],
)
def test_what_no_database_keeps_is_replaced_as_it_is_decoded(text: str, read: object) -> None:
    assert wire.json_of(text) == read


def test_a_scan_without_a_code_is_no_unmapped_code() -> None:
    told = [{"waybill_No": "YT1", "upload_Time": "2026-1-5 9:00:00", "processInfo": "已收件"}]
    yto = BY_CODE["yto"]
    found = reading.as_json(yto, reading.read(yto, json.dumps(told).encode(), kind="track", headers={}, now=NOW))
    assert found["unmapped"] == []
    assert found["shipments"][0]["events"][0]["status"] == "UNKNOWN"
