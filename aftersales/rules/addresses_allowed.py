"""Where a webhook may go. An address a partner names must not lead into a network that only we can see.

Python's own ``is_global`` calls several of these ranges global, so they stand here one by one, after the special-purpose
registries of IANA (RFC 6890 and its successors). An IPv6 address that carries an IPv4 address is judged by both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

PORTS = frozenset({443, 8443})
"""Ports that HTTPS is served on; 80 is not among them, since nothing is sent in the clear."""

LONGEST_URL = 2048
_LOCAL_NAMES = frozenset({"localhost", "local", "internal", "localdomain", "onion", "test", "invalid"})

_FORBIDDEN_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers' NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds answer with credentials here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_FORBIDDEN_6 = tuple(
    IPv6Network(each)
    for each in (
        "::/96",  # unspecified, loopback, IPv4-compatible
        "64:ff9b:1::/48",  # NAT64 within one network
        "100::/64",  # discard
        "100:0:0:1::/64",  # dummy
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_MAPPED, _TRANSLATED = IPv6Network("::ffff:0:0/96"), IPv6Network("::ffff:0:0:0/96")
_NAT64, _SIX_TO_FOUR = IPv6Network("64:ff9b::/96"), IPv6Network("2002::/16")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: ``host`` is a name or an address, in ASCII; ``path`` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"https": 443, "http": 80}[self.scheme] else f"{name}:{self.port}"


class NotATarget(Exception):
    """An address that nothing is sent to; the sentence says why and what to give instead."""


def target(url: str, *, dev: bool = False) -> Target:
    """The target of an address: https, a port of the list, no credentials, and no host that is ours alone. ``dev`` also
    takes http, any port, and loopback."""
    if len(url) > LONGEST_URL or not url.isascii() or any(each <= " " or each in "\\\x7f" for each in url):
        raise NotATarget(f"The URL must be plain ASCII of at most {LONGEST_URL} characters, without spaces.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotATarget("This is not a URL.") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" and not (dev and parts.scheme == "http"):
        raise NotATarget("Only https is sent to.")
    if "@" in parts.netloc or "#" in url:
        raise NotATarget("The URL must hold no user, password or fragment.")
    port = {"https": 443, "http": 80}[parts.scheme] if port is None else port
    if not dev and port not in PORTS:
        raise NotATarget(f"Only the ports {' and '.join(str(each) for each in sorted(PORTS))} are sent to.")
    _check_host(host, dev=dev)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _check_host(host: str, *, dev: bool) -> None:
    if not host or "%" in host:
        raise NotATarget("The URL names no host.")
    try:
        literal = ip_address(host)
    except ValueError:
        if not dev and _is_local(host):
            raise NotATarget("The host must be one that the whole Internet knows.") from None
        return
    if not is_allowed(literal, dev=dev):
        raise NotATarget("This address is not a public one.")


def _is_local(host: str) -> bool:
    """Names of one network only; and numbers in other notations, which some resolvers take for addresses."""
    last = host.rpartition(".")[2]
    return "." not in host or last in _LOCAL_NAMES or host.endswith(".home.arpa") or last[:1].isdigit()


def is_allowed(address: IPv4Address | IPv6Address, *, dev: bool = False) -> bool:
    """Whether one address may be connected to. ``dev`` also allows loopback (127.0.0.1, ::1)."""
    if dev and address in {IPv4Address("127.0.0.1"), IPv6Address("::1")}:
        return True
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _FORBIDDEN_4)
    inner = _embedded(address)
    if inner is not None:
        return not any(inner in each for each in _FORBIDDEN_4)
    return address in _GLOBAL_6 and not any(address in each for each in _FORBIDDEN_6) and address.scope_id is None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to."""
    if any(address in each for each in (_MAPPED, _TRANSLATED, _NAT64)):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return IPv4Address(int(address) >> 80 & 0xFFFFFFFF) if address in _SIX_TO_FOUR else None


def choose(addresses: Sequence[str], *, dev: bool = False) -> str:
    """The address to connect to, of all that a name resolves to: each must be allowed. NotATarget otherwise."""
    if not addresses:
        raise NotATarget("The name resolves to nothing.")
    for each in addresses:
        try:
            found = ip_address(each)
        except ValueError:
            raise NotATarget("The name resolves to what is no address.") from None
        if not is_allowed(found, dev=dev):
            raise NotATarget("The name leads to an address that is not public.")
    return addresses[0]
