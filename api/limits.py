"""How large a request may be: the contract's numbers, and the two checks that need no document."""

from dataclasses import dataclass
from typing import Any

from resolvers.errors import LimitExceeded


@dataclass(frozen=True)
class Limits:
    """What one request may ask for; the defaults are the contract's."""

    body_bytes: int = 1_048_576
    source_characters: int = 100_000
    tokens: int = 2_000
    comments: int = 500
    depth: int = 12
    fields: int = 500
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    fragments: int = 50
    operations: int = 5
    page: int = 100
    list_items: int = 250
    cost: int = 5_000
    introspection_depth: int = 20
    introspection_objects: int = 250
    """Objects asked for per type of the schema; the usual tools ask for about half of it."""
    repeated_fields: int = 60
    """Fields of one selection set, fragments apart, that repeat a response key: merging them is quadratic work."""
    seconds: float = 10.0
    subscriptions: int = 25
    """Operations at a time on one socket."""


def within(limit: str, maximum: int, count: int) -> None:
    """Raises LimitExceeded naming the limit, its maximum and the count."""
    if count > maximum:
        raise LimitExceeded(limit, maximum, min(count, 10**15))


def check_inputs(value: Any, limits: Limits) -> None:
    """Bounds every list inside a request's variables."""
    if isinstance(value, list):
        within("list items", limits.list_items, len(value))
        for item in value:
            check_inputs(item, limits)
    elif isinstance(value, dict):
        for item in value.values():
            check_inputs(item, limits)
