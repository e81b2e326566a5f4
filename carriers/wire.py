"""Reading and writing the bytes carriers use: JSON, forms, XML, digests. Errors are Unreadable, never a traceback."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from carriers.carrier import Incoming, PushRejected, ReadError, Reading, Reply, Request, Token, Unreadable

FORM = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
JSON = {"content-type": "application/json;charset=UTF-8"}

# What no database keeps and no UTF-8 writes: NUL and lone surrogates, as such and as JSON escapes them.
_ODD = re.compile("[\0\ud800-\udfff]")
_ESCAPED_ODD = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


NO_SUCH_QUESTION = frozenset({404, 405, 501})
"""What a carrier answers to a question it does not have."""


def text_of(body: bytes) -> str:
    """The body as UTF-8 text, a byte order mark dropped."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        raise Unreadable(f"not UTF-8 at byte {bad.start}") from None


def plain(text: str) -> str:
    """The text with U+FFFD in the place of NUL and lone surrogates: a push that carries news is not lost for them."""
    return _ODD.sub("\ufffd", text)


def json_of(body: bytes | str) -> Any:
    """The body as JSON, its texts ``plain``; Unreadable names the line and column of what is wrong. Forms keep their
    texts as received, since they are signed, and come through here to be read; XML can hold nothing of the kind."""
    text = plain(body if isinstance(body, str) else text_of(body))
    try:
        value = json.loads(text)
        return _plain_texts(value) if _ESCAPED_ODD.search(text) else value
    except json.JSONDecodeError as bad:
        raise Unreadable(f"not JSON at line {bad.lineno} column {bad.colno}") from None
    except (RecursionError, ValueError):
        raise Unreadable("JSON nested too deep or with an impossible number") from None


def _plain_texts(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_plain_texts(each) for each in value]
    if isinstance(value, dict):
        return {plain(name): _plain_texts(each) for name, each in value.items()}
    return value


def object_of(body: bytes | str) -> dict[str, Any]:
    """The body as a JSON object."""
    value = json_of(body)
    if not isinstance(value, dict):
        raise Unreadable("a JSON object was expected")
    return value


def form_of(body: bytes) -> dict[str, str]:
    """The fields of a form body; the last of a repeated name wins. A JSON object of strings (how samples and logs
    keep a form) is taken as the same form."""
    text = text_of(body)
    if text.lstrip()[:1] == "{":
        return {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in object_of(text).items()}
    try:
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True, max_num_fields=50))
    except ValueError:
        raise Unreadable("not a form") from None


def is_xml(body: bytes) -> bool:
    """Whether the body begins as XML does, a byte order mark and white space aside."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def xml_of(body: bytes) -> Element:
    """The root element. Document types, entities and external references are refused."""
    try:
        return fromstring(body, forbid_dtd=True)
    except ParseError as bad:
        line, column = bad.position
        raise Unreadable(f"not XML at line {line} column {column}") from None
    except DefusedXmlException:
        raise Unreadable("XML with a document type is not read") from None
    except (LookupError, ValueError):  # an encoding that nobody knows, or that the parser cannot take
        raise Unreadable("XML in an unknown encoding") from None


def compact(value: Any) -> str:
    """JSON without spaces, other scripts left as they are: how most carriers sign it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def form_request(url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Request:
    """A form POST."""
    return Request("POST", url, {**FORM, **(headers or {})}, urlencode(fields).encode())


def json_request(method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Request:
    """A request with a compact JSON body, or none."""
    content = b"" if body is None else compact(body).encode()
    return Request(method, url, {**({} if body is None else JSON), **(headers or {})}, content)


def json_reply(body: Any, status: int = 200) -> Reply:
    """A JSON answer."""
    return Reply(status, compact(body).encode(), JSON)


def md5_base64(text: str) -> str:
    """Base64 of the raw MD5 of UTF-8 text: the digest of many Chinese carriers (theirs, not our choice)."""
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def md5_hex(text: str) -> str:
    """Lower-case hex MD5 of UTF-8 text."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def same(expected: str, given: str) -> bool:
    """Equality in constant time, over bytes (non-ASCII text would raise otherwise)."""
    return hmac.compare_digest(expected.encode(), given.encode())


def demand(expected: str, given: str | None, what: str) -> None:
    """PushRejected unless a proof was expected, given, and equal."""
    if not expected:
        raise PushRejected(f"the account has no {what} to check with")
    if not given or not same(expected, given):
        raise PushRejected(f"the {what} is missing or wrong")


def basic_credentials(request: Incoming) -> tuple[str, str] | None:
    """User and password of an HTTP Basic header, if there is one."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password


def basic(user: str, password: str = "") -> str:
    """The value of an HTTP Basic header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def dig(value: Any, *path: str) -> Any:
    """The value under nested object keys, or None where the path ends early or meets another type."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def dicts(value: Any, place: str) -> list[dict[str, Any]]:
    """The objects of a list; one object alone is a list of one, nothing is none. Unreadable names the place."""
    found = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in found):
        raise Unreadable(f"{place} is not a list of objects")
    return found


def word(value: Any) -> str:
    """A text or number as trimmed plain text; "" for any other type."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return plain(str(value)).strip()


def objects(value: Any, where: str) -> list[dict[str, Any]]:
    """The objects of a list; null is an empty list. Unreadable naming ``where`` for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Unreadable(f"{where} is not a list of objects")
    return value


def needed(value: Any, place: str) -> str:
    """A text or number that must be there, trimmed. Unreadable naming the place where it is missing."""
    text = word(value)
    if not text:
        raise Unreadable(f"{place} is missing")
    return text


def problem(told: Mapping[str, Any], status: int = 0, number: str | None = None) -> ReadError:
    """A problem document (RFC 9457: title, detail, status), or only an HTTP status. 404 is an unknown number; 408,
    429 and 5xx may pass later."""
    code = word(told.get("status")) or str(status)
    message = word(told.get("detail")) or word(told.get("title")) or f"HTTP {code}"
    passing = code in ("408", "429") or (len(code) == len("500") and code.startswith("5"))
    return ReadError(code, message, number, not_found=code == "404", retryable=passing)


def refused(reply: Reply) -> ReadError:
    """An answer with an error status, whatever its body is, as a problem."""
    try:
        return problem(object_of(reply.body), reply.status)
    except Unreadable:
        return problem({}, reply.status)


def only_errors(reading: Reading) -> Reading:
    """The errors of what was read; Unreadable where there are none."""
    if not reading.errors:
        raise Unreadable("the message is no error")
    return Reading(errors=reading.errors)


def granted(reply: Reply) -> Token:
    """The bearer of an OAuth answer (RFC 6749, 5.1), an hour where its seconds, a number or a text, make no sense."""
    told = object_of(reply.body)
    seconds = word(told.get("expires_in"))
    good = seconds.isdecimal() and 0 < len(seconds) < 7 and int(seconds) > 0
    return Token(needed(told.get("access_token"), "access_token"), timedelta(seconds=int(seconds) if good else 3600))


def count(value: Any) -> int | None:
    """How many, from a whole number or its text; None for anything else, and for none."""
    text = word(value)
    return int(text) or None if text.isdecimal() and text.isascii() and len(text) < 10 else None


def grams(value: Any, each: float | None) -> int | None:
    """A weight in units of so many grams ``each``, from a number or its text; None where either makes no sense."""
    try:
        weight = float(word(value)) * (each or 0)
    except (ValueError, OverflowError):
        return None
    return round(weight) if 0 < weight < 1e12 else None


def kilograms(weight_grams: int) -> float:
    """A weight as carriers that count in kilograms are told it, to the gram."""
    return round(weight_grams / 1000, 3)


def national(phone: str, code: str) -> str:
    """An E.164 number of a country as it is dialled there; any other number as it is."""
    return phone.removeprefix(f"+{code}").strip()


def amount(value: Any) -> Decimal | None:
    """A sum of money from a number or its text; None where it makes no sense."""
    try:
        found = Decimal(word(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**9 else None
