"""What a partner, merchant, carrier or account may be called and given. Each takes a value, gives it as it is stored,
and refuses it with its place."""

import re
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aftersales.refusals import Refusal, RefusalCode, Refused

_LONGEST_NAME = 200
_LONGEST_SECRET = 8192
_LARGEST_QUOTA = 1_000_000_000
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def invalid(message: str, *path: str) -> Refused:
    """A refusal to raise: the value at this path cannot be meant."""
    return Refused(Refusal(RefusalCode.INVALID, message, path))


def name(text: str) -> str:
    """Trimmed; without control characters, which would play tricks on terminals and logs."""
    trimmed = text.strip()
    if not 0 < len(trimmed) <= _LONGEST_NAME or not trimmed.isprintable():
        raise invalid(f"A name is 1 to {_LONGEST_NAME} printable characters.", "name")
    return trimmed


def country(code: str | None) -> str | None:
    """ISO 3166-1 alpha-2, or nothing."""
    if code is not None and not _COUNTRY.fullmatch(code):
        raise invalid("A country is two capital letters (ISO 3166-1), as in CN.", "country")
    return code


def zone(text: str) -> str:
    """An IANA zone that we have the rules of."""
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise invalid("There is no such IANA zone; Asia/Shanghai is one.", "zone") from None
    return text


def carrier_code(text: str) -> str:
    """Our code of a carrier."""
    if not _CODE.fullmatch(text):
        raise invalid("A carrier's code is 2 to 40 of a-z, 0-9 and _, a letter first.", "code")
    return text


def credentials(given: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """An account's credentials, by the names that its carrier knows; every wrong one is named at once."""
    unknown = f"The carrier has no such credential. There are: {', '.join(known) or 'none'}."
    wrong = [
        Refusal(RefusalCode.INVALID, unknown if given_name not in known else _LENGTH, ("credentials", given_name))
        for given_name, text in given.items()
        if given_name not in known or not 0 < len(text) <= _LONGEST_SECRET
    ]
    if wrong:
        raise Refused(*wrong)
    return dict(given)


def push_secret(text: str) -> str:
    """What the carrier proves its pushes with."""
    if not 0 < len(text) <= _LONGEST_SECRET:
        raise invalid(_LENGTH, "pushSecret")
    return text


_LENGTH = f"1 to {_LONGEST_SECRET} characters are needed."


def daily_quota(calls: int | None) -> int | None:
    """How many calls a day an account may make; None: as many as it takes."""
    if calls is not None and not 0 < calls <= _LARGEST_QUOTA:
        raise invalid("A daily quota is a positive whole number.", "dailyQuota")
    return calls


def base_url(text: str | None) -> str | None:
    """https, or http on this machine (the sandbox): a host, perhaps a path, nothing else. No slash at the end."""
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise invalid("That is no address.", "baseUrl") from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    if not secure or not host or parts.username is not None or parts.query or parts.fragment:
        raise invalid("https://HOST is needed (http only on this machine), without user or query.", "baseUrl")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
