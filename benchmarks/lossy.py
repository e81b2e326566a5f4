"""The carriers' sandbox behind a line that loses answers: a small HTTP server on loopback, spoken to over real sockets."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from random import Random
from typing import Any

import httpx2

from benchmarks.serving import free_port
from carriers.sandbox import Book
from cli import sandbox

DECK = 10


class Fate(StrEnum):
    """What becomes of a request: answered, or the connection breaks off before, in the middle of, or after its answer."""

    ANSWERED = auto()
    BEFORE = auto()
    HALFWAY = auto()
    AFTER = auto()


LOSSES = (Fate.BEFORE, Fate.HALFWAY, Fate.AFTER)


@dataclass
class Line:
    """The way to all carriers. Of each ten answers of a carrier its ``share`` is lost, in random places: evenly spread, so
    that no breaker opens. ``fates`` counts, by carrier and fate."""

    share: float
    dice: Random
    book: Book = field(default_factory=Book)
    fates: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    port: int = field(default_factory=free_port)
    _decks: dict[str, list[bool]] = field(default_factory=dict)

    def fate(self, carrier: str) -> Fate:
        """What becomes of the carrier's next answer."""
        deck = self._decks.setdefault(carrier, [])
        if not deck:
            deck += [place < self.share * DECK for place in range(DECK)]
            self.dice.shuffle(deck)
        fate = self.dice.choice(LOSSES) if deck.pop() else Fate.ANSWERED
        self.fates[carrier, fate] += 1
        return fate

    def bookings(self, carrier: str) -> Counter[str]:
        """How often the carrier booked each of our references."""
        return Counter(entry.order.reference for entry in self.book.desk(carrier).entries.values())


@asynccontextmanager
async def losing(line: Line) -> AsyncIterator[str]:
    """The line, open. Gives its address."""
    transport = httpx2.ASGITransport(app=sandbox.create_app(line.book))
    async with httpx2.AsyncClient(transport=transport, base_url="http://carrier") as inside:

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await _one(line, inside, reader, writer):
                    pass
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", line.port):
            yield f"http://127.0.0.1:{line.port}"


async def _one(
    line: Line, inside: httpx2.AsyncClient, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """One request, and what becomes of it. False: the connection is over."""
    head, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    method, path, _ = head.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in fields)}
    body = await reader.readexactly(int(headers.pop("content-length", "0")))
    fate = line.fate(path.split("/")[1])
    if fate is not Fate.BEFORE:
        answer = await inside.request(method, path, content=body, headers=_plain(headers))
        told = _told(answer)
        writer.write({Fate.AFTER: b"", Fate.HALFWAY: told[: len(told) - len(answer.content) // 2 - 1]}.get(fate, told))
        await writer.drain()
    return fate is Fate.ANSWERED


def _plain(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in {"host", "connection", "transfer-encoding"}}


def _told(answer: Any) -> bytes:
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    lines = [f"{name}: {value}" for name, value in kept.items()] + [f"content-length: {len(answer.content)}"]
    head = "\r\n".join((f"HTTP/1.1 {answer.status_code} X", *lines))
    return head.encode("latin-1") + b"\r\n\r\n" + bytes(answer.content)
