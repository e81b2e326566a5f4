"""Relay connections over keyset pages."""

from typing import Any, Generic, TypeVar

import strawberry

from resolvers.pages import Page
from schema.fields import described, resolved

T = TypeVar("T")


@strawberry.type(description="Where a page stands among all.")
class PageInfo:
    has_next_page: bool = described("Whether more follows.")
    has_previous_page: bool = described("Whether more goes before.")
    start_cursor: str | None = described("The first edge's cursor.")
    end_cursor: str | None = described("The last edge's cursor.")


@strawberry.type(description="One row of a page and its place.")
class Edge(Generic[T]):
    cursor: str = described("Where this row stands; pass it as `after` or `before` of the same sort.")
    node: T = described("The row.")


def _edges(root: Any) -> list[Any]:
    page: Page = root
    return [Edge(cursor=page.sort.cursor(row), node=row) for row in page.rows]


def _nodes(root: Any) -> list[Any]:
    page: Page = root
    return list(page.rows)


def _page_info(root: Any) -> PageInfo:
    page: Page = root
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=page.sort.cursor(page.rows[0]) if page.rows else None,
        end_cursor=page.sort.cursor(page.rows[-1]) if page.rows else None,
    )


async def _total_count(root: Any) -> int:
    page: Page = root
    return await page.count()


@strawberry.type(description="A page of rows.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = resolved(by=_edges, description="The rows with their cursors.")
    nodes: list[T] = resolved(by=_nodes, description="The rows alone.")
    page_info: PageInfo = resolved(by=_page_info, description="Where this page stands.")
    total_count: int = resolved(
        by=_total_count,
        description="How many rows there are in all. Counted only when asked for.",
    )
