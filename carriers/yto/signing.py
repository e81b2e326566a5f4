"""YTO's signed calls: a form with the parameters as JSON, signed as Base64(MD5(param + method + version + secret))."""

from typing import Any
from urllib.parse import quote

from carriers import times, wire
from carriers.carrier import Access, Request

VERSION = "v1"


def sign(param: str, method: str, secret: str) -> str:
    """The signature of a call; ``param`` exactly as sent, ``method`` the interface's name in the address."""
    return wire.md5_base64(param + method + VERSION + secret)


def request(method: str, param: dict[str, Any], own: tuple[str, str], access: Access) -> Request:
    """A signed call of an interface; ``own`` names the client code and the secret that the account holds for it."""
    text, (client, secret) = wire.compact(param), own
    path = (method, VERSION, access.credential("user_id"), access.credential(client))
    fields = {
        "timestamp": str(times.millis(access.now)),
        "param": text,
        "sign": sign(text, method, access.credential(secret)),
        "format": "JSON",
    }
    return wire.form_request(f"{access.base_url}/open/{'/'.join(quote(part, safe='') for part in path)}", fields)
