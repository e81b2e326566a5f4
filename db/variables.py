"""Settings that both entrances read, read the same way; BadSetting names the variable that cannot be used."""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from db.settings import BadSetting

_YES, _NO = {"1", "true", "yes"}, {"", "0", "false", "no"}


def public_url(environ: Mapping[str, str]) -> str:
    """WAYBRIDGE_PUBLIC_URL: how the world reaches us, without a trailing slash."""
    given = environ.get("WAYBRIDGE_PUBLIC_URL") or "http://127.0.0.1:8000"
    parts = _split(given)
    if parts is None or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadSetting("WAYBRIDGE_PUBLIC_URL", "must be an address such as https://gateway.example.com")
    return given.rstrip("/")


def is_dev(environ: Mapping[str, str]) -> bool:
    """WAYBRIDGE_DEV: whether http and loopback targets are taken."""
    given = environ.get("WAYBRIDGE_DEV", "").lower()
    if given not in _YES | _NO:
        raise BadSetting("WAYBRIDGE_DEV", "must be true or false")
    return given in _YES


def cors_origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    """WAYBRIDGE_CORS_ORIGINS: browsers' origins, or ``*``. One with a path never matches what a browser sends."""
    given = tuple(each.strip() for each in environ.get("WAYBRIDGE_CORS_ORIGINS", "").split(",") if each.strip())
    for each in given:
        if each != "*" and not _is_origin(_split(each), each):
            raise BadSetting("WAYBRIDGE_CORS_ORIGINS", "must be origins such as https://shop.example, without a path")
    return given


def egress_proxy(environ: Mapping[str, str]) -> str | None:
    """WAYBRIDGE_EGRESS_PROXY: the HTTP proxy that all calls to partners and carriers go through; None: none. It may hold
    a user and a password."""
    given = environ.get("WAYBRIDGE_EGRESS_PROXY", "").strip()
    parts = _split(given)
    if given and (parts is None or parts.path not in {"", "/"} or parts.query or parts.fragment):
        raise BadSetting("WAYBRIDGE_EGRESS_PROXY", "must be a proxy's address such as http://proxy.internal:4750")
    return given or None


def _is_origin(parts: SplitResult | None, given: str) -> bool:
    return parts is not None and given == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc


def _split(given: str) -> SplitResult | None:
    """The parts of an http or https address with a host; None for anything else."""
    try:
        parts = urlsplit(given)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_good and given.isprintable() and " " not in given else None
