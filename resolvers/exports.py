"""Bulk exports: asked for, followed, fetched by a short-lived link, canceled."""

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import select
from strawberry.scalars import JSON

from aftersales import exports as business
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from db.ids import parse_typeid
from db.models.exports import Export, ExportState
from resolvers.context import Context, Info
from resolvers.feed import readable
from resolvers.inputs import locked
from resolvers.pages import Asked, Page, Sort, page

_NEWEST = Sort("CREATED_AT_DESC", Export.created_at, Export.id)
SCOPES = {"orders": "orders:read", "shipments": "shipments:read", "alerts": "shipments:read", "jobs": "shipments:read"}
"""What it takes to export a root field's rows; what the fields below need is asked when they are read."""


@strawberry.input(description="What is to be exported.")
class ExportCreateInput:
    query: str = strawberry.field(
        description="One query with one connection at its root, with its `nodes` (or `edges { node }`) alone: "
        "`{ orders(filter: {...}) { nodes { id number lines { sku } } } }`. Its pages are ours: `first`, `after`, `last` "
        "and `before` are left out. A page of 100 rows must be within the limits of a request."
    )
    variables: JSON | None = strawberry.field(default=None, description="The query's variables, as an object.")


@strawberry.input(description="Which export to cancel.")
class ExportCancelInput:
    id: strawberry.ID = strawberry.field(description="The export's id.")


async def create(info: Info, input: ExportCreateInput) -> Export:
    """A new export, checked as a request would be; it runs in the background."""
    context = info.context
    viewer = context.viewer
    assert context.session
    assert viewer.partner_id
    if context.export_root is None:
        raise RuntimeError("exports are checked by who knows the schema")
    variables: Any = {} if input.variables is None else input.variables
    with inside("input"):
        if not isinstance(variables, dict):
            raise Refused(Refusal(RefusalCode.INVALID, "variables must be an object.", ("variables",)))
        root = context.export_root(input.query, variables)
        if root == "changes":
            readable(viewer)
        elif root in SCOPES:
            viewer.must(SCOPES[root])
        wish = business.ExportWish(
            viewer.partner_id, viewer.credential_id, viewer.acting_for, input.query, variables, context.locale
        )
        return await business.create(context.session, wish, context.clock())


async def cancel(info: Info, input: ExportCancelInput) -> Export:
    """The export, ended; its file goes."""
    context = info.context
    row = await locked(context, Export, input.id, "export")
    with inside("input"):
        business.cancel(row, context.clock())
    return row


async def export(info: Info, id: strawberry.ID) -> Export | None:
    """One of the partner's own; null when there is none."""
    parsed = parse_typeid(id)
    if parsed is None or parsed[0] != Export.prefix:
        return None
    async with info.context.store.reading(info.context.viewer.reach) as session:
        return await session.get(Export, parsed[1])


async def exports(info: Info, asked: Asked) -> Page:
    """A page of the partner's own, the newest first."""
    return await page(info.context.store, info.context.viewer.reach, select(Export), _NEWEST, asked)


def progress(root: Export) -> float | None:
    """Between 0 and 1; None where the number of rows is not known (yet)."""
    if root.state is ExportState.DONE:
        return 1.0
    return None if root.total is None else min(1.0, root.rows / root.total) if root.total else 1.0


def url(root: Export, info: Info) -> str | None:
    """A fresh link."""
    made = _link(root, info.context)
    return made[0] if made else None


def url_expires_at(root: Export, info: Info) -> datetime | None:
    """Until when a link made now is good."""
    made = _link(root, info.context)
    return made[1] if made else None


def _link(root: Export, context: Context) -> tuple[str, datetime] | None:
    return business.link(context.store.vault, context.public_url, root, context.clock())


def file_until(root: Export) -> datetime | None:
    """When the file goes; None where there is none (any more)."""
    if root.state is not ExportState.DONE or root.removed_at is not None or root.done_at is None:
        return None
    return root.done_at + business.KEPT


def error(root: Export) -> Any:
    """Why it failed, as a mapping of its parts; None otherwise."""
    return root.error
