"""Those who follow a merchant's changes over WebSocket and over SSE, and connect again where they were after every end."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from aftersales import positions
from benchmarks.insisting import World
from benchmarks.serving import SECRET_KEY
from db.vault import Vault

FOLLOW = "subscription($after: String) { changes(after: $after) { number position node { id } } }"
FEED = "query($after: String!) { changes(first: 100, after: $after) { nodes { number position } } }"
AGAIN_SECONDS = 0.1
BEGINNING = positions.text_of(Vault(SECRET_KEY), 0)


@dataclass
class Follower:
    """One who follows, wherever a server listens. ``seen``: the merchant's own numbers in the order they came, with the
    moment of each; ``ends``: how connections ended."""

    world: World
    ports: Sequence[int]
    seen: list[tuple[int, float]] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    is_connected: bool = False
    _place: str = BEGINNING

    def __post_init__(self) -> None:
        self._turn = cycle(self.ports)

    @property
    def numbers(self) -> list[int]:
        """What they saw, in the order they saw it."""
        return [number for number, _ in self.seen]

    def note(self, result: dict[str, object]) -> None:
        """Takes an entry; an error in its place is counted as an end."""
        told = (result.get("data") or {}).get("changes")  # type: ignore[attr-defined]  # JSON
        if not told or "errors" in result:
            self.ends["an error in place of an entry"] += 1
            return
        self.seen.append((told["number"], time.perf_counter()))
        self._place = told["position"]

    async def over_socket(self) -> None:
        """Follows until cancelled."""
        while True:
            with contextlib.suppress(OSError, EOFError, InvalidHandshake, TimeoutError):
                await self._socket(next(self._turn))
            self.is_connected = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _socket(self, port: int) -> None:
        async with connect(
            f"ws://127.0.0.1:{port}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            ping_interval=None,
            open_timeout=5,
        ) as socket:
            with contextlib.suppress(ConnectionClosed):
                await self._hear(socket)
        self.ends[f"closed with {socket.close_code}"] += 1

    async def _hear(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "connection_init", "payload": self.world.headers}))
        asked = {"query": FOLLOW, "variables": {"after": self._place}}
        await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
        async for text in socket:
            message = json.loads(text)
            self.is_connected = True
            if message["type"] == "next":
                self.note(message["payload"])
            elif message["type"] == "error":
                self.ends[f"refused: {message['payload'][0]['extensions']['code']}"] += 1
                return

    async def over_sse(self) -> None:
        """Follows until cancelled."""
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
            while True:
                with contextlib.suppress(httpx2.ConnectError):
                    try:
                        await self._stream(client, next(self._turn))
                    except httpx2.TransportError as error:
                        if self.is_connected:
                            self.ends[f"broken off: {type(error).__name__}"] += 1
                self.is_connected = False
                await asyncio.sleep(AGAIN_SECONDS)

    async def _stream(self, client: httpx2.AsyncClient, port: int) -> None:
        headers = {**self.world.headers, "accept": "text/event-stream"}
        asked = {"query": FOLLOW, "variables": {"after": self._place}}
        async with client.stream("POST", f"http://127.0.0.1:{port}/graphql", json=asked, headers=headers) as stream:
            if stream.status_code != 200:
                self.ends[f"refused with {stream.status_code}"] += 1
                return
            self.is_connected = True
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    self.note(json.loads(line.removeprefix("data: ")))
        self.ends["ended"] += 1

    def missed(self, written: Sequence[int]) -> int:
        """How many they were never told of, came twice or out of turn."""
        wrong = sum(1 for one, other in zip(self.numbers, self.numbers[1:], strict=False) if other <= one)
        return len(set(written) - set(self.numbers)) + wrong


@dataclass
class Feed:
    """All changes by the feed, read on from where it was."""

    world: World
    port: int
    numbers: list[int] = field(default_factory=list)
    _place: str = BEGINNING

    async def read(self) -> int:
        """Takes what is new; gives how much that was."""
        before = len(self.numbers)
        async with httpx2.AsyncClient(headers=self.world.headers, trust_env=False, timeout=30) as client:
            while True:
                body = {"query": FEED, "variables": {"after": self._place}}
                told = (await client.post(f"http://127.0.0.1:{self.port}/graphql", json=body)).json()
                nodes = told["data"]["changes"]["nodes"]
                if not nodes:
                    return len(self.numbers) - before
                self.numbers += [node["number"] for node in nodes]
                self._place = nodes[-1]["position"]


async def settled(followers: Sequence[Follower], feed: Feed) -> int:
    """Waits until nothing new comes and those who follow have seen it; gives how much they missed."""
    for _ in range(150):
        fresh = await feed.read()
        if not fresh and all(each.seen and each.numbers[-1] >= feed.numbers[-1] for each in followers):
            break
        await asyncio.sleep(0.1)
    return sum(each.missed(feed.numbers) for each in followers)
