"""Proof that a notification is the carrier's own. Both schemes share one header and one secret, which the carrier
holds as Base64 and the key is its decoded bytes."""

import hashlib
import hmac
import json
from datetime import UTC, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Incoming, PushRejected, Unreadable

WINDOW = timedelta(seconds=300)


def sign(secret: str, text: bytes) -> str:
    """The header's value: sha256= and the lower-case hex HMAC-SHA256."""
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def verify(incoming: Incoming, access: Access) -> None:
    """PushRejected unless signed with our secret: the raw body, or, where a Signature-Timestamp comes with it, that
    timestamp (at most 300 seconds off), the request's id and the canonical body."""
    given = incoming.headers.get("notification-signature")
    stamp = incoming.headers.get("signature-timestamp")
    text = incoming.body if stamp is None else _stamped(incoming, stamp)
    wire.demand(access.push_secret and sign(access.push_secret, text), given, "signature")


def _stamped(incoming: Incoming, stamp: str) -> bytes:
    try:
        moment = times.local(stamp, UTC, "Signature-Timestamp")
        body = canonical(json.loads(incoming.body))  # as it was signed, not yet as it is read
        text = f"{stamp}.{incoming.headers.get('request-id', '')}.{body}".encode()
    except (Unreadable, ValueError, OverflowError, RecursionError):
        raise PushRejected("the signed timestamp or body cannot be read") from None
    if abs(incoming.received_at - moment) > WINDOW:
        raise PushRejected("the signature is more than 300 seconds off")
    return text


def canonical(value: Any) -> str:
    """JSON in the one form of RFC 8785: keys ordered by UTF-16 units, numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(each)}" for name, each in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """As ECMAScript's Number::toString; ValueError for what JSON cannot hold."""
    if not isfinite(value):
        raise ValueError("not a JSON number")
    if value == 0:
        return "0"
    digits = "".join(map(str, Decimal(repr(abs(value))).normalize().as_tuple().digits))
    point = Decimal(repr(abs(value))).adjusted() + 1  # where the decimal point stands, counted in digits
    sign_ = "-" if value < 0 else ""
    if len(digits) <= point <= 21:
        return sign_ + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{sign_}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign_}0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign_}{digits[0]}{fraction}e{point - 1:+d}"
