"""Exports in tests: asked for over HTTP, run by a worker's passes, read back as a partner would."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import update

from aftersales.exports import Page, Reader
from api.exports import reading
from api.settings import Settings
from db.models.exports import Export
from db.reach import EVERYTHING
from db.session import Store
from db.settings import DatabaseSettings
from tests import make
from tests.asking import Api
from worker.exports import Exporter

FIELDS = "id state query rows totalRows sizeBytes progress error { code message } url urlExpiresAt fileUntil startedAt doneAt"
CREATE = f"""mutation($text: String!, $given: JSON) {{ exportCreate(input: {{query: $text, variables: $given}}) {{
  export {{ {FIELDS} }} userErrors {{ code message field }} }} }}"""
CANCEL = f"""mutation($id: ID!) {{ exportCancel(input: {{id: $id}}) {{
  export {{ {FIELDS} }} userErrors {{ code message field }} }} }}"""
SHOW = f"query($id: ID!) {{ export(id: $id) {{ {FIELDS} }} }}"


def settings(folder: Path) -> Settings:
    """The door's settings with this folder of files."""
    return Settings(DatabaseSettings("sqlite:///unused", b"k" * 32), public_url="http://waybridge.test", files=folder)


@dataclass
class Exporting:
    """Exports of one module's database; ``reader`` is what its worker reads with."""

    api: Api
    store: Store
    folder: Path
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = reading(settings(self.folder))(self.store, self.api.clock)

    def exporter(self, reader: Reader | None = None) -> Exporter:
        """A worker's exporter, fresh as after a start."""
        return Exporter(self.store, self.api.clock, self.folder, reader or self.reader)

    async def create(self, who: make.Someone, query: str, headers: Any = None, **variables: Any) -> Any:
        """The new export as told."""
        told = await self.payload(who, query, headers, **variables)
        assert told["userErrors"] == []
        return told["export"]

    async def payload(self, who: make.Someone, query: str, headers: Any = None, **variables: Any) -> Any:
        """The whole payload of ``exportCreate``."""
        given = {
            "text": query,
            "given": variables or None,
            "headers_": {"idempotency-key": uuid4().hex, **(headers or {})},
        }
        return (await self.api.ask(who, CREATE, **given))["exportCreate"]

    async def show(self, who: make.Someone, id_: str) -> Any:
        """The export as told now."""
        return (await self.api.ask(who, SHOW, id=id_))["export"]

    async def drain(self, reader: Reader | None = None) -> int:
        """Passes until nothing is due."""
        exporter, passes = self.exporter(reader), 0
        while await exporter.step():
            passes += 1
        return passes

    async def lines(self, url: str) -> list[Any]:
        """The rows behind a link."""
        answer = await self.api.http.get(url)
        assert answer.status_code == 200, answer.text
        return [orjson.loads(line) for line in answer.content.splitlines()]

    async def run(self, who: make.Someone, query: str, headers: Any = None, **variables: Any) -> list[Any]:
        """The rows of an export from beginning to end."""
        made = await self.create(who, query, headers, **variables)
        await self.drain()
        done = await self.show(who, made["id"])
        assert done["state"] == "DONE", done
        rows = await self.lines(done["url"])
        assert done["rows"] == len(rows)
        return rows

    async def end_all(self) -> None:
        """Takes every export out of the worker's way."""
        async with self.store.writing(EVERYTHING) as session:
            await session.execute(update(Export).values(state="canceled", leased_until=None))


def after(reader: Reader, do: Callable[[Export, int], Awaitable[None]]) -> Reader:
    """A reader that does something after each page it read, before the page is written down; told how many it was."""
    read = 0

    async def page(export: Export) -> Page:
        nonlocal read
        found = await reader.page(export)
        read += 1
        await do(export, read)
        return found

    return replace(reader, page=page)
