"""Files at the door: labels, given to who holds a short-lived link."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aftersales import label_files
from db.models.labels import ReturnLabel
from db.reach import EVERYTHING
from db.session import Store


@dataclass(frozen=True, slots=True)
class Drawer:
    """Where the files are, and what it takes to give one out."""

    store: Store
    clock: Callable[[], datetime]
    folder: Path

    def routes(self) -> list[Route]:
        """``GET /files/{token}``."""
        return [Route("/files/{token}", self.give, methods=["GET"])]

    async def give(self, request: Request) -> Response:
        """The file, to be saved, never shown as a page of ours. What is not there looks as what never was."""
        now = self.clock()
        id_ = label_files.opened(self.store.vault, request.path_params["token"], now)
        if id_ is None:
            return _no(403, "FORBIDDEN", "This link is not ours, or its time is over; ask for a fresh one.")
        async with self.store.reading(EVERYTHING) as session:
            label = await session.get(ReturnLabel, id_)
        content = None
        if label is not None and label_files.is_open(label, now):
            await self.store.keys_of(label.merchant_id)
            content = await asyncio.to_thread(label_files.read, self.store.vault, self.folder, label)
        if label is None or content is None or label.media_type is None:
            return _no(404, "NOT_FOUND", "There is no such file (any more).")
        named = f'attachment; filename="{label.typeid}.{label_files.ENDINGS[label.media_type]}"'
        headers = {
            "cache-control": "private, no-store",
            "content-disposition": named,
            "x-content-type-options": "nosniff",
        }
        return Response(content, headers=headers, media_type=label.media_type)


def _no(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, {"cache-control": "no-store"})
