"""Which media type answers a request, by its Accept header."""

from functools import lru_cache

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
HTML = "text/html"
STREAM = "text/event-stream"
_PREFERRED = (RESPONSE, JSON, HTML)


def media_type(accept: str | None, *, html: bool = False) -> str | None:
    """The type to answer with, or None when nothing we have is acceptable.

    A missing header, and wildcards, mean application/json (GraphQL over HTTP, legacy clients); a page is shown only
    where `html` says so and the header names text/html. Of equally wanted types the newer GraphQL type goes first.
    """
    if not accept:
        return JSON
    return _chosen(accept, html) if len(accept) > 256 else _remembered(accept, html)


def _chosen(accept: str, html: bool) -> str | None:  # noqa: FBT001  # keyed by lru_cache, called only above
    wanted = dict(_range(part) for part in reversed(accept.split(",")))
    named = [type_ for type_ in _PREFERRED if wanted.get(type_, 0) > 0 and (html or type_ != HTML)]
    if named:
        return max(named, key=lambda type_: wanted[type_])
    wild = max(wanted.get("*/*", 0), wanted.get("application/*", 0))
    return JSON if wild > 0 and JSON not in wanted else None


_remembered = lru_cache(maxsize=256)(_chosen)


def _range(part: str) -> tuple[str, float]:
    media, *parameters = [piece.strip().lower() for piece in part.split(";")]
    weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return media, min(max(float(weight), 0.0), 1.0)
    except ValueError:
        return media, 0.0


def takes_stream(accept: str | None) -> bool:
    """Whether server-sent events are among what is accepted, by name: a wildcard does not mean them."""
    return accept is not None and any(
        media == STREAM and weight > 0 for media, weight in map(_range, accept.split(","))
    )


def one_event(body: bytes) -> bytes:
    """A whole answer as a stream of server-sent events (GraphQL over SSE, distinct connections)."""
    return b"event: next\ndata: %b\n\nevent: complete\ndata:\n\n" % body
