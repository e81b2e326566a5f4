"""How a field says who answers it: ``related`` for edges, ``resolved`` for the rest, ``mutation`` for changes."""

from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from resolvers.context import Info
from resolvers.edges import Edge
from resolvers.mutation import Edge as MutationEdge
from resolvers.mutation import Look, Prepare, Touches
from schema.directives import ListSize, RequiresIdempotency


def related(
    by: Edge,
    description: str,
    *,
    size: int | None = None,
    scope: str | None = None,
    deprecated: str | None = None,
    name: str | None = None,
) -> Any:
    """A relation, answered by its edge in one statement for all parents. ``size`` is the assumed length of a list;
    ``scope`` is what it takes to cross over."""

    async def resolve(root: Any, info: Info) -> Any:
        if scope is not None:
            info.context.viewer.must(scope)
        return await info.context.load(by, getattr(root, by.key))

    return strawberry.field(
        resolver=resolve,
        description=f"{description} Needs the scope {scope}." if scope else description,
        directives=_sized(size),
        metadata={"edge": by, "scope": scope},
        deprecation_reason=deprecated,
        name=name,
    )


def resolved(by: Callable[..., Any], description: str, *, size: int | None = None, name: str | None = None) -> Any:
    """A field answered by a resolver."""
    return strawberry.field(resolver=by, description=description, directives=_sized(size), name=name)


def described(description: str, *, size: int | None = None, name: str | None = None) -> Any:
    """A plain field: the row's attribute of the same name."""
    return strawberry.field(description=description, directives=_sized(size), name=name)


def followed(by: Callable[..., Any], description: str) -> Any:
    """A subscription: its resolver gives what happens, as it happens."""
    return strawberry.subscription(resolver=by, description=description)


def mutation(
    by: Callable[..., Any],
    scope: str | None,
    description: str,
    *,
    prepare: Prepare | None = None,
    touches: Touches = Touches.OWN_ROWS,
    keyed: bool = False,
    look: Look | None = None,
) -> Any:
    """A change: one transaction behind the mutation's edge. ``prepare`` runs before it, and ``look`` asks outside before;
    ``keyed``: refused without an idempotency key, as creates, bookings and money are."""
    needed = [*([f"the scope {scope}"] if scope else []), *(["an idempotency key"] if keyed else [])]
    return strawberry.mutation(
        resolver=by,
        description=f"{description} Needs {' and '.join(needed)}." if needed else description,
        extensions=[MutationEdge(scope, prepare=prepare, touches=touches, keyed=keyed, look=look)],
        directives=[RequiresIdempotency()] if keyed else [],
    )


def _sized(size: int | None) -> Sequence[object]:
    return [] if size is None else [ListSize(assumed_size=size)]
