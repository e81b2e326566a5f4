"""One object by its global id, whatever its type. Foreign, erased, never existed: the same answer."""

import asyncio

import strawberry

from db.ids import parse_typeid
from resolvers.context import Info
from resolvers.edges import BY_PREFIX
from resolvers.errors import LimitExceeded

MOST = 100
SCOPES = {
    **dict.fromkeys(("ord", "oln", "cus"), "orders:read"),
    **dict.fromkeys(("ret", "pol", "whs", "rln", "pck", "rfd", "exc", "rep", "cns"), "returns:read"),
    **dict.fromkeys(("shp", "evt", "acc", "job"), "shipments:read"),
}
"""What it takes to ask for an id of this prefix; the others need no scope."""


async def node(info: Info, id: strawberry.ID) -> object | None:
    """The object, or null."""
    parsed = parse_typeid(id)
    edge = BY_PREFIX.get(parsed[0]) if parsed else None
    if parsed is None or edge is None:
        return None
    if parsed[0] in SCOPES:
        info.context.viewer.must(SCOPES[parsed[0]])
    found: object | None = await info.context.load(edge, parsed[1])
    return found


async def nodes(info: Info, ids: list[strawberry.ID]) -> list[object | None]:
    """The objects in the order of the ids, null where there is none; at most 100."""
    if len(ids) > MOST:
        raise LimitExceeded("ids", MOST, len(ids))
    return list(await asyncio.gather(*(node(info, each) for each in ids)))
