"""Bulk exports at the door: rows read page by page as their key may see them, files given to who holds a link."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from aftersales import exports
from aftersales.exports import ExportFailed, Page, Reader
from api import export_plans
from api.errors import Failure, Invalid, located, rendered
from api.operations import Operations, checked
from api.settings import Settings
from db.enums import PartnerKind
from db.ids import parse_typeid
from db.models.exports import Export, ExportState
from db.models.partners import ApiKey, MerchantLink, Partner
from db.reach import EVERYTHING, Reach
from db.session import Store
from resolvers.context import Context, Viewer
from schema.root import SCHEMA

MEDIA = "application/jsonl; charset=utf-8"
CHUNK = 256 * 1024
PASSING = {"INTERNAL", "TIMEOUT", "OVERLOADED", "RATE_LIMITED"}
"""Failures that another try may not meet; all others end an export."""


class PageFailed(Exception):
    """A page could not be read this time; what it was is in the log already."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads exports' rows through the schema. No request's deadline, cost bucket or cache is touched."""

    store: Store
    operations: Operations
    clock: Callable[[], datetime]
    public_url: str = ""

    def reader(self) -> Reader:
        """What the worker is given."""
        return Reader(self._page, self._count)

    async def _page(self, export: Export) -> Page:
        made = _planned(self.operations, export)
        told = await self._asked(export, made.page, {export_plans.AFTER: export.cursor})
        rows = told[made.root]["nodes"]
        lines = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        info = told[made.root]["pageInfo"]
        return Page(lines, len(rows), info["endCursor"], bool(info["hasNextPage"] and info["endCursor"]))

    async def _count(self, export: Export) -> int | None:
        """None also where counting takes too long."""
        made = _planned(self.operations, export)
        if made.count is None:
            return None
        try:
            told = await self._asked(export, made.count, {})
        except PageFailed:
            return None
        return int(told[made.root]["totalCount"])

    async def _asked(self, export: Export, document: str, more: Mapping[str, Any]) -> dict[str, Any]:
        context = Context(
            viewer=await self._viewer(export),
            store=self.store,
            clock=self.clock,
            request_id=export.typeid,
            locale=export.locale,
            public_url=self.public_url,
        )
        try:
            prepared = export_plans.prepared(self.operations, document, {**export.variables, **more})
            result = self.operations.executed(context, prepared)
            done = checked(result if isinstance(result, ExecutionResult) else await result)
        except (Failure, Invalid) as fault:
            raise _ended(rendered(fault, export.typeid, dev=False)) from None
        if done.errors or done.data is None:
            raise _ended(located(done.errors or (), export.typeid, dev=False))
        return done.data

    async def _viewer(self, export: Export) -> Viewer:
        """Who asked for it, as they are now: a key that ended, or a merchant no longer linked, reads no further."""
        async with self.store.reading(EVERYTHING) as session:
            key = await session.get_one(ApiKey, export.key_id)
            partner = await session.get_one(Partner, export.partner_id)
            pair = (partner.id, export.acting_for)
            linked = export.acting_for is None or await session.get(MerchantLink, pair) is not None
        if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= self.clock()):
            raise ExportFailed("UNAUTHENTICATED", "The key that asked for this export has ended.")
        if partner.kind is PartnerKind.PLATFORM and not linked:
            raise ExportFailed("FORBIDDEN", "This platform does not act for that merchant.")
        return Viewer(
            reach=_reach(partner, export),
            scopes=frozenset(key.scopes),
            credential_id=key.id,
            kind=partner.kind,
            partner_id=partner.id,
            acting_for=export.acting_for,
        )


def reading(settings: Settings) -> Callable[[Store, Callable[[], datetime]], Reader]:
    """What a worker needs to run exports: how rows are read, of its store and by its clock."""
    operations = Operations(SCHEMA, limits=settings.limits, dev=settings.dev)
    return lambda store, clock: Rows(store, operations, clock, settings.public_url).reader()


def _reach(partner: Partner, export: Export) -> Reach:
    if partner.kind is PartnerKind.CARRIER:
        return Reach(carrier_code=partner.carrier_code, partner_id=partner.id)
    if export.acting_for is None:
        return Reach(platform_id=partner.id, partner_id=partner.id)
    return Reach(merchant_id=export.acting_for, partner_id=partner.id)


def _planned(operations: Operations, export: Export) -> export_plans.Plan:
    return export_plans.plan(operations, export.query)


def _ended(errors: list[dict[str, Any]]) -> Exception:
    """The first of the errors that ends the export, else that it may be tried again."""
    for error in errors:
        if error["extensions"]["code"] not in PASSING:
            return ExportFailed(error["extensions"]["code"], error["message"])
    return PageFailed("the rows could not be read")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the files are, and what it takes to give one out."""

    store: Store
    clock: Callable[[], datetime]
    folder: Path

    def routes(self) -> list[Route]:
        """``GET /exports/{id}.jsonl?token=...``."""
        return [Route("/exports/{id}.jsonl", self.give, methods=["GET"])]

    async def give(self, request: Request) -> Response:
        """The file: in parts by Range (an interrupted download goes on), else gzipped for who takes that. What is not
        there looks as what never was."""
        parsed = parse_typeid(request.path_params["id"])
        token = request.query_params.get("token", "")
        if parsed is None or not exports.opens(self.store.vault, parsed[1], token, self.clock()):
            return _no(403, "FORBIDDEN", "This link is not ours, or its time is over; ask for a fresh one.")
        async with self.store.reading(EVERYTHING) as session:
            row = await session.get(Export, parsed[1])
        file = None if row is None else exports.file_of(self.folder, row)
        is_done = row is not None and row.state is ExportState.DONE and row.removed_at is None
        if file is None or not is_done or not await asyncio.to_thread(file.is_file):
            return _no(404, "NOT_FOUND", "There is no such file (any more).")
        headers = {"cache-control": "private, no-store", "vary": "accept-encoding", "x-content-type-options": "nosniff"}
        if "range" not in request.headers and _takes_gzip(request):
            named = {"content-disposition": f'attachment; filename="{file.name}"', "content-encoding": "gzip"}
            return StreamingResponse(_gzipped(file), headers=headers | named, media_type=MEDIA)
        return FileResponse(file, headers=headers, media_type=MEDIA, filename=file.name)


def _no(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, {"cache-control": "no-store"})


def _takes_gzip(request: Request) -> bool:
    offers = [
        each.replace(" ", "").split(";") for each in request.headers.get("accept-encoding", "").lower().split(",")
    ]
    return any(name == "gzip" and "q=0" not in wishes for name, *wishes in offers)


async def _gzipped(file: Path) -> AsyncIterator[bytes]:
    """The file, compressed as it goes out: a chunk at a time, off the loop."""
    packer = zlib.compressobj(level=5, wbits=31)
    opened = await asyncio.to_thread(file.open, "rb")
    try:
        while chunk := await asyncio.to_thread(opened.read, CHUNK):
            yield await asyncio.to_thread(packer.compress, chunk)
        yield packer.flush()
    finally:
        opened.close()
