"""What goes wrong in the sandbox by a number's script: silence, errors, rubbish, and credentials that are refused."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import unquote_plus, urlencode

from carriers import magic, wire
from carriers.carrier import Carrier, Incoming, Reply, Unreadable
from carriers.scripts import BROKEN, GARBAGE, LOCKED_OUT, SLOW, Script

PAGE = b"<html><body><h1>Scheduled maintenance</h1></body></html>"
REPLIES = {
    BROKEN.code: Reply(500),
    GARBAGE.code: Reply(200, PAGE, {"content-type": "text/html"}),
}
"""The answers that are no answers of the carrier."""

_PROOFS = frozenset({"sign", "data_digest", "msgDigest"})


def of(carrier: Carrier, request: Incoming) -> Script | None:
    """The mishap that a number in the request asks for, wherever the carrier's format puts it."""
    query = urlencode(request.query)
    text = unquote_plus(f"{request.path}?{query}\n{request.body.decode(errors='replace')}")
    for number in magic.numbers_in(text):
        found = magic.meant(number)
        if found and found[1] in {BROKEN, GARBAGE, LOCKED_OUT, SLOW}:
            return found[1] if carrier.is_aggregator or found[0] == carrier.code else None
    return None


def unproven(request: Incoming) -> Incoming:
    """The request with every proof of who sends it taken away or spoilt, so that the carrier refuses it in its words."""
    try:
        fields = wire.form_of(request.body)
    except Unreadable:
        fields = {}
    body = urlencode(_spoilt(fields)).encode() if _PROOFS & fields.keys() else request.body
    kept = {name: value for name, value in request.headers.items() if name == "content-type"}
    query = _spoilt(request.query)
    if "xml" not in query:
        return replace(request, headers=kept, query=query, body=body)
    return replace(request, headers=request.headers, query={**query, "xml": '<data appname="" password=""/>'})


def _spoilt(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: "0" * len(value) if name in _PROOFS else value for name, value in fields.items()}
