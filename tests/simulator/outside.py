"""The outside: carriers that play their sandbox in their own formats, and partners' webhook receivers. Both outlive every
crash of ours, and both fail as a seed says."""

import asyncio
import base64
import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import httpx2
import orjson

from carriers.carrier import Incoming, Reply, SandboxParcel
from carriers.registry import BY_CODE
from carriers.sandbox import Book, World
from carriers.wordings import incoming
from tests.simulator.dying import Doom

Clock = Callable[[], datetime]
SANDBOX = "http://sandbox.test"
FAILURES = ("lost", "reset", "refused", 429, 500)
MOODS = ("well", "well", "well", 500, 410, 429, "reset", "timeout", "hold")
SPEED = 5.0  # hours of a journey in one of ours
PUBLIC_ADDRESS = "93.184.215.14"


@dataclass
class Stage(httpx2.AsyncBaseTransport):
    """All carriers behind one address. Of the calls that reach them a share fails: before or after they were heard."""

    clock: Clock
    dice: Random
    doom: Doom
    book: Book = field(default_factory=lambda: Book(SPEED))
    share: float = 0.25
    heard: int = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.doom.live()
        await asyncio.sleep(0)  # the wire: others have their turn
        self.doom.live()
        fate = self.dice.choice(FAILURES) if self.dice.random() < self.share else None
        if fate == "refused":
            raise httpx2.ConnectError("nobody listens", request=request)
        if isinstance(fate, int):
            return _response(fate)
        self.heard += 1
        reply = self._answer(request, await request.aread())
        if fate == "lost":
            raise httpx2.ReadTimeout("the answer is lost", request=request)
        if fate == "reset":
            raise httpx2.ReadError("the answer breaks off", request=request)
        return _response(reply.status, reply.body, dict(reply.headers))

    def _answer(self, request: httpx2.Request, body: bytes) -> Reply:
        _, code, rest = request.url.path.split("/", 2)
        carrier, now = BY_CODE[code], self.clock()
        assert carrier.sandbox
        told = Incoming(
            body=body,
            received_at=now,
            headers={name.lower(): value for name, value in request.headers.items()},
            query=dict(request.url.params),
            method=request.method,
            path=f"/{rest}",
        )
        return carrier.sandbox.answer(told, World(now, carrier, self.book))

    def news(self, codes: Iterable[str]) -> Iterator["Push"]:
        """All that these carriers have to push by now, in their wire formats, oldest first."""
        for code in codes:
            carrier = BY_CODE[code]
            if carrier.sandbox is None or carrier.sandbox.push is None:
                continue
            while due := list(World(self.clock(), carrier, self.book).news()):
                for each in due:
                    assert isinstance(each.parcel, SandboxParcel), "nothing else is asked of the carriers here"
                    request = carrier.sandbox.push(each.parcel, each.parcel.scans[-1:], each.subscription)
                    yield Push(code, incoming(request, self.clock()))
                    each.done()


@dataclass(frozen=True)
class Push:
    """A carrier's message on its way to us."""

    carrier: str
    message: Incoming


@dataclass(frozen=True)
class Arrival:
    """One request at a receiver, and whether it was thanked for."""

    receiver: str
    delivery: str
    body: dict[str, Any]
    at: datetime
    is_thanked: bool

    @property
    def number(self) -> Any:
        """The entry's, where there is one."""
        return (self.body.get("data") or {}).get("number")


@dataclass
class Receivers(httpx2.AsyncBaseTransport):
    """Partners' endpoints by host. One that holds answers when it is told to, or when the sender's patience ends."""

    clock: Clock
    dice: Random
    doom: Doom
    share: float = 0.1
    moods: dict[str, str | int] = field(default_factory=dict)
    secrets: dict[str, set[str]] = field(default_factory=dict)
    came: list[Arrival] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    holding: list[asyncio.Future[bool]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.doom.live()
        await asyncio.sleep(0)  # the wire
        self.doom.live()
        host, body = request.headers["host"], await request.aread()
        mood = self.moods.get(host, "well")
        if mood == "well" and self.dice.random() < self.share:
            mood = self.dice.choice(MOODS)
        if mood == "hold":
            mood = "well" if await self._held() else "timeout"
        self._note(host, request, body, is_thanked=mood == "well")
        if mood == "reset":
            raise httpx2.ReadError("the receiver hangs up", request=request)
        if mood == "timeout":
            raise httpx2.ReadTimeout("the receiver says nothing", request=request)
        if mood == 429:
            return _response(429, headers={"retry-after": "90"})
        return _response(200 if mood == "well" else int(mood), b"thanks")

    async def _held(self) -> bool:
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.holding.append(waiting)
        answers = await waiting
        self.doom.live()
        return answers

    def let_go(self, *, answers: bool) -> int:
        """Those held are thanked for, or their senders lose patience. Gives how many there were."""
        held, self.holding = [each for each in self.holding if not each.done()], []
        for each in held:
            each.set_result(answers)
        return len(held)

    def _note(self, host: str, request: httpx2.Request, body: bytes, *, is_thanked: bool) -> None:
        id_ = request.headers["webhook-id"]
        if not _is_signed(request.headers, body, self.secrets.get(host)):
            self.forged.append(id_)
        self.came.append(Arrival(host, id_, orjson.loads(body), self.clock(), is_thanked))


def _is_signed(headers: httpx2.Headers, body: bytes, secrets: set[str] | None) -> bool:
    """Whether one of the secrets that its partner was shown signed it; nobody can tell where the answer that showed
    one was lost."""
    if not secrets:
        return True
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    given = {each.partition(",")[2] for each in headers["webhook-signature"].split(" ")}
    keys = (base64.b64decode(each.removeprefix("whsec_")) for each in secrets)
    return any(base64.b64encode(hmac.digest(key, content, "sha256")).decode() in given for key in keys)


def _response(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body))


async def resolve(_host: str, _port: int) -> list[str]:
    """Every receiver's name leads to one public address."""
    return [PUBLIC_ADDRESS]
