"""A carrier's message as it came, sealed: pushes and the answers to our questions go into one inbox."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from carriers.carrier import Carrier, Incoming, Reading, Reply, Unreadable
from db.enums import EventSource, InboxState
from db.ids import uuid7
from db.models.messages import Inbox
from db.models.partners import CarrierAccount
from db.vault import Vault

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_TEXT, _BYTES = "t", "b"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be kept. ``frame`` is what surrounds the body: headers, status, what was asked."""

    source: EventSource
    body: bytes
    frame: Mapping[str, Any]
    digest: bytes
    received_at: datetime


def pushed(incoming: Incoming) -> Letter:
    """A push; the same body again is the same message."""
    headers = {name: value for name, value in incoming.headers.items() if name not in SECRET_HEADERS}
    frame = {"headers": headers, "query": dict(incoming.query), "method": incoming.method, "path": incoming.path}
    digest = hashlib.sha256(incoming.body).digest()
    return Letter(EventSource.PUSH, incoming.body, frame, digest, incoming.received_at)


def answered(carrier: Carrier, asked: Sequence[str], reply: Reply, now: datetime) -> Letter:
    """The answer to a question after these numbers; the same answer to the same question is the same message."""
    source = EventSource.AGGREGATOR if carrier.is_aggregator else EventSource.POLL
    frame = {"headers": dict(reply.headers), "status": reply.status, "asked": list(asked)}
    digest = hashlib.sha256("\n".join(asked).encode() + b"\n" + reply.body).digest()
    return Letter(source, reply.body, frame, digest, reply.received_at or now)


def row(vault: Vault, account: CarrierAccount, letter: Letter) -> dict[str, Any]:
    """The columns of an Inbox row; the merchant's key must be at hand."""
    id_ = uuid7()
    return {
        "id": id_,
        "merchant_id": account.merchant_id,
        "account_id": account.id,
        "carrier_code": account.carrier_code,
        "source": letter.source,
        "digest": letter.digest,
        "body": vault.seal(account.merchant_id, f"inbox|{id_.hex}|body", _as_text(letter.body)),
        "headers": vault.seal(account.merchant_id, f"inbox|{id_.hex}|headers", json.dumps(letter.frame)),
        "received_at": letter.received_at,
        "state": InboxState.NEW,
        "attempts": 0,
    }


def _as_text(body: bytes) -> str:
    """Bytes as a text that can be sealed: as they are where they are UTF-8, else in Base64."""
    try:
        return _TEXT + body.decode()
    except UnicodeDecodeError:
        return _BYTES + base64.b64encode(body).decode()


def _as_bytes(text: str) -> bytes:
    return text[1:].encode() if text[:1] == _TEXT else base64.b64decode(text[1:])


def read(vault: Vault, message: Inbox, carriers: Mapping[str, Carrier]) -> Reading:
    """Opens and reads. Unreadable when its carrier has no reader for it or it is not in the carrier's form."""
    carrier = carriers.get(message.carrier_code)
    body = _as_bytes(message.open(vault, "body") or "")
    frame = json.loads(message.open(vault, "headers") or "{}")
    headers = frame.get("headers", {})
    if carrier and carrier.tracking and message.source is not EventSource.PUSH:
        reply = Reply(frame.get("status", 200), body, headers, message.received_at)
        return named(carrier.tracking.read(reply), frame.get("asked", ()))
    if carrier and carrier.pushing and message.source is EventSource.PUSH:
        about = {"query": frame.get("query", {}), "method": frame.get("method", "POST"), "path": frame.get("path", "")}
        return carrier.pushing.read(Incoming(body, message.received_at, headers, **about))
    raise Unreadable(f"{message.carrier_code} has no adapter that reads this")


def named(reading: Reading, asked: Sequence[str]) -> Reading:
    """An answer that does not repeat the one number asked for (ZTO, Cainiao's gateway) is about that number."""
    if len(asked) != 1:
        return reading
    [number] = asked
    return replace(
        reading,
        shipments=tuple(
            each if each.tracking_number else replace(each, tracking_number=number) for each in reading.shipments
        ),
        errors=tuple(
            each if each.tracking_number else replace(each, tracking_number=number) for each in reading.errors
        ),
    )
