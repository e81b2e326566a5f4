"""Node: anything with a global id."""

from typing import Any

import strawberry
from graphql import GraphQLResolveInfo

from db.models.base import Identified
from resolvers import nodes as answers
from schema.fields import resolved


def _typeid(root: Any) -> strawberry.ID:
    row: Identified = root
    return strawberry.ID(row.typeid)


@strawberry.interface(
    description="Anything with a global id. Ids are opaque, typed by their prefix and sort by time of creation."
)
class Node:
    id: strawberry.ID = resolved(by=_typeid, description="The global id, e.g. ord_01h455vb4pex5vsknk084sn02q.")

    @classmethod
    def is_type_of(cls, value: object, _info: GraphQLResolveInfo[Any]) -> bool:
        """A value is of the type that bears its row's name."""
        return type(value).__name__ == cls.__name__


@strawberry.type
class NodeQueries:
    node: Node | None = resolved(
        by=answers.node, description="One object by its global id, or null. Needs the scope of what it is."
    )
    nodes: list[Node | None] = resolved(
        by=answers.nodes,
        description="Several objects in the order of their ids (at most 100), null where there is none. "
        "Needs the scopes of what they are.",
        size=10,
    )
