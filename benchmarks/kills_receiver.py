"""A partner's webhook endpoint for the experiments with kills: of the messages it refuses 5 % with a 500 and 2 % by a
reset, each when it first comes, until it ``is_refusing`` no more. (A second refusal would wait five minutes by the published
schedule, which says nothing about kills.)"""

import asyncio
import contextlib
import random
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httptools
import orjson

TAKES = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
FAILS = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
FAILING, RESETTING = 0.05, 0.02
TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came: which, of what, and whether it was taken (answered 200). A test has no subject."""

    id: str
    is_taken: bool
    subject: str | None = None
    version: int = 0
    number: int = 0


@dataclass
class Heard:
    """All that came, in its order."""

    seed: int
    arrivals: list[Arrival] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    url: str = ""
    is_refusing: bool = True

    def fate(self, id_: str) -> float:
        """0 to 1 for a message that comes for the first time, the same in every run of a seed; 1 for one that came, and
        for all when nothing is refused any more."""
        if id_ in self.known or not self.is_refusing:
            return 1.0
        self.known.add(id_)
        return random.Random(zlib.crc32(id_.encode(), self.seed)).random()


class Receiver(asyncio.Protocol):
    """One connection, one message."""

    def __init__(self, heard: Heard) -> None:
        self.heard, self.id, self.body = heard, "", b""
        self.parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"webhook-id":
            self.id = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        fate = self.heard.fate(self.id)
        self.heard.arrivals.append(_arrival(self.id, orjson.loads(self.body), is_taken=fate >= FAILING + RESETTING))
        if fate < RESETTING:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.write(TAKES if fate >= FAILING + RESETTING else FAILS)
            self.transport.close()


def _arrival(id_: str, told: dict[str, Any], *, is_taken: bool) -> Arrival:
    about = told["data"]
    if told["type"] == TEST:
        return Arrival(id_, is_taken)
    return Arrival(id_, is_taken, about["subjectId"], about["subjectVersion"], about["number"])


@contextlib.asynccontextmanager
async def receiving(seed: int) -> AsyncIterator[Heard]:
    """A receiver on loopback, at ``url``."""
    heard = Heard(seed)
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(heard), "127.0.0.1", 0, backlog=1024)
    heard.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield heard
    finally:
        server.close()
        await server.wait_closed()
