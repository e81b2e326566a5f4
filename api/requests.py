"""What a GraphQL request over HTTP says, decoded strictly: bytes in, one `Asked` out, or a clear refusal."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.errors import BadUserInput, LimitExceeded, Rejected

NESTING = 64
INTEGER_DIGITS = 40
PARAMETERS = ("query", "operationName", "variables", "extensions")
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One GraphQL request: the document's text, which operation of it, and what its variables are."""

    query: str
    operation: str | None
    variables: Mapping[str, Any]
    extensions: Mapping[str, Any]


async def read_body(request: Request, maximum: int) -> bytes:
    """The whole body; LIMIT_EXCEEDED with status 413 as soon as it is known to be too long."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and len(announced) < 20 and int(announced) > maximum:
        raise _too_long(maximum, int(announced))
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > maximum:
            raise _too_long(maximum, size)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_long(maximum: int, size: int) -> LimitExceeded:
    failure = LimitExceeded("body bytes", maximum, size)
    failure.status = 413
    return failure


def check_content_type(request: Request) -> None:
    """JSON in UTF-8, unpacked; the types a foreign web page could send without asking are refused (CSRF)."""
    content_type = request.headers.get("content-type", "")
    if content_type != "application/json":
        _check_media(content_type)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadUserInput("The body must not be compressed.")


def _check_media(content_type: str) -> None:
    media, *parameters = [part.strip().lower() for part in content_type.split(";")]
    if media != "application/json":
        raise Rejected("BAD_USER_INPUT", "The content type of a POST must be application/json.", 415)
    charsets = [part.partition("=")[2].strip(' "') for part in parameters if part.startswith("charset")]
    if any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise Rejected("BAD_USER_INPUT", "The body must be UTF-8.", 415)


def asked_in_body(body: bytes) -> Asked:
    """The request in a POST's body."""
    value = decode(body)
    if isinstance(value, list):
        raise BadUserInput("Batches are not taken: send one request at a time, as a JSON object.")
    if not isinstance(value, dict):
        raise BadUserInput("The body must be a JSON object with the member query.")
    return asked_in(value)


def asked_in_address(query_string: bytes) -> Asked:
    """The request in a GET's address; `variables` and `extensions` are JSON there."""
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise BadUserInput("The address is not UTF-8, or has too many parameters.") from None
    given = [(name, text) for name, text in pairs if name in PARAMETERS]
    found: dict[str, Any] = dict(given)
    if len(found) != len(given):
        raise BadUserInput("A parameter is given twice.")
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = decode(found[name].encode()) if found[name] else None
    _check_text(found)
    return asked_in(found)


def asked_in(value: Mapping[str, Any]) -> Asked:
    """The request in these members."""
    query, operation = value.get("query"), value.get("operationName")
    variables, extensions = value.get("variables"), value.get("extensions")
    for name, member in (("variables", variables), ("extensions", extensions)):
        if member is not None and not isinstance(member, dict):
            raise BadUserInput(f"The member {name} must be an object.")
    if operation is not None and not isinstance(operation, str):
        raise BadUserInput("The member operationName must be text.")
    if query is None and isinstance((extensions or {}).get("persistedQuery"), dict):
        raise Rejected("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
    if not isinstance(query, str) or not query:
        raise BadUserInput("The member query must be text: a GraphQL document.")
    return Asked(query, operation or None, variables or {}, extensions or {})


def decode(body: bytes) -> Any:
    """Strict JSON: UTF-8, no NaN or infinity, no repeated member, no U+0000, no lone surrogate, bounded nesting."""
    _check_nesting(body)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadUserInput("The body must be UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BadUserInput(f"The body is not JSON: {error.msg} at character {error.pos}.") from None
    if b"\\u" in body:
        _check_text(value)
    return value


def _check_nesting(body: bytes) -> None:
    if body.count(b"[") + body.count(b"{") <= NESTING:
        return
    depth = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", body)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > NESTING:
            raise BadUserInput(f"The body is nested more than {NESTING} deep.")


def _check_text(value: Any) -> None:
    """Refuses U+0000 and lone surrogates, in keys too: the databases disagree about the first and fail on the second."""
    if isinstance(value, str):
        if "\0" in value or _SURROGATE.search(value):
            raise BadUserInput("Text must not contain U+0000 or lone surrogates.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    elif isinstance(value, list):
        for item in value:
            _check_text(item)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadUserInput("A member is given twice in one object.")
    return members


def _integer(text: str) -> int:
    if len(text) > INTEGER_DIGITS:
        raise BadUserInput(f"A number has more than {INTEGER_DIGITS} digits.")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise BadUserInput("A number is too large.")
    return number


def _no_constant(name: str) -> Any:
    raise BadUserInput(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_no_constant
)
