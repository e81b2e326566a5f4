"""Yunda's signature: lower-case hex MD5(body + "_" + app_secret), in a header."""

from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Request


def sign(body: str, secret: str) -> str:
    """The signature of a body exactly as sent."""
    return wire.md5_hex(f"{body}_{secret}")


def request(path: str, fields: dict[str, Any], access: Access) -> Request:
    """A signed call."""
    headers = {
        "app-key": access.credential("app_key"),
        "req-time": str(times.millis(access.now)),
        "sign": sign(wire.compact(fields), access.credential("app_secret")),
    }
    return wire.json_request("POST", access.base_url + path, fields, headers)
