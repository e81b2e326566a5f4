"""JD's signed calls: a JSON array as the body, everything else in the query string."""

from typing import Any
from urllib.parse import urlencode

from carriers import wire
from carriers.carrier import Access, Request
from carriers.times import BEIJING

VERSION = "2.0"
ORIGIN = 1  # parcels of a contract customer


def sign(path: str, body: str, fields: dict[str, str], secret: str) -> str:
    """The md5-salt signature: names and values glued together in the order of their names, the secret at both
    ends. ``fields`` holds access_token, app_key and timestamp."""
    signed = {**fields, "method": path, "param_json": body, "v": VERSION}
    glued = "".join(name + signed[name] for name in sorted(signed))
    return wire.md5_hex(f"{secret}{glued}{secret}").upper()


def request(path: str, order: dict[str, Any], access: Access) -> Request:
    """A signed call about one order. Its time is Beijing's, as the header ``lop-tz`` says."""
    fields = {
        "access_token": access.credential("access_token"),
        "app_key": access.credential("app_key"),
        "timestamp": f"{access.now.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
    }
    query = {
        "LOP-DN": "ECAP",
        **fields,
        "v": VERSION,
        "sign": sign(path, wire.compact([order]), fields, access.credential("app_secret")),
        "algorithm": "md5-salt",
    }
    return wire.json_request("POST", f"{access.base_url}{path}?{urlencode(query)}", [order], {"lop-tz": "8"})
