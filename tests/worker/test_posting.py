"""Nothing is sent where it may not go, and no receiver can do harm: real sockets on loopback, a resolver that lies."""

import asyncio
import gzip
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from db.enums import AttemptProblem
from tests.aftersales.rules.test_addresses_allowed import FORBIDDEN
from worker.posting import MOST_READ, Post

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Listener:
    """A socket on loopback that counts who comes and keeps what they say."""

    def __init__(self, talk: Talk) -> None:
        self.talk, self.came, self.said, self.port = talk, 0, b"", 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.said += head
            await self.talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    talk: Talk, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    listener = Listener(talk)
    server = await asyncio.start_server(listener.serve, host, port, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        server.close()


def says(answer: bytes) -> Talk:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return talk


def resolving(*answers: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that gives these in turn, the last for ever."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize("address", FORBIDDEN)
async def test_no_packet_goes_to_a_forbidden_address(address: str) -> None:
    post = Post(resolve=resolving([address]))
    async with listening(says(OK)) as four, listening(says(OK), "::1") as six:
        for port in (443, 8443):
            answer = await post.send(f"https://hook.example:{port}/", {}, b"{}")
            assert answer.problem is AttemptProblem.FORBIDDEN_ADDRESS
        assert post._transport is None, "nothing was even made to go out with"
        assert four.came == six.came == 0
    await post.close()


@pytest.mark.parametrize("found", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]])
async def test_one_forbidden_address_forbids_all(found: list[str]) -> None:
    answer = await Post(resolve=resolving(found)).send("https://hook.example/", {}, b"{}")

    assert answer.problem is AttemptProblem.FORBIDDEN_ADDRESS


async def test_a_resolver_that_changes_its_mind_is_asked_at_every_send() -> None:
    async with listening(says(OK)) as public, listening(says(OK), "127.0.0.2") as inner:
        post = Post(dev=True, resolve=resolving(["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"]))
        url = f"http://hook.example:{public.port}/"
        problems = [(await post.send(url, {}, b"{}")).problem for _ in range(3)]
        await post.close()

    assert problems == [None, AttemptProblem.FORBIDDEN_ADDRESS, AttemptProblem.FORBIDDEN_ADDRESS]
    assert (public.came, inner.came) == (1, 0)


async def test_it_connects_to_what_was_checked_and_nothing_is_resolved_twice() -> None:
    asked = []

    async def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with listening(says(OK)) as listener:
        post = Post(dev=True, resolve=resolve)
        answer = await post.send(f"http://hook.example:{listener.port}/a?b=c", {"webhook-id": "x"}, b"{}")
        await post.close()

    assert (answer.problem, answer.body, asked) == (None, b"ok", ["hook.example"])
    head = listener.said.decode()
    assert head.startswith("POST /a?b=c HTTP/1.1\r\n")
    assert f"\r\nhost: hook.example:{listener.port}\r\n" in head.lower()
    assert "accept-encoding: identity" in head.lower()


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(says(OK)) as target, listening(says(OK)) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        post = Post(dev=True)
        answer = await post.send(f"http://127.0.0.1:{target.port}/", {}, b"{}")
        await post.close()

    assert (answer.problem, target.came, proxy.came) == (None, 1, 0)


async def test_the_certificate_is_checked_against_the_name(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    names: list[str | None] = []
    tls[0].sni_callback = lambda _socket, name, _context: names.append(name)
    async with listening(says(OK), tls=tls[0]) as listener:
        for host, trusts, problem in (
            ("hook.example", tls[1], None),
            ("other.example", tls[1], AttemptProblem.BAD_CERTIFICATE),
            ("hook.example", None, AttemptProblem.BAD_CERTIFICATE),
        ):
            post = Post(dev=True, resolve=resolving(["127.0.0.1"]), verify=trusts)
            answer = await post.send(f"https://{host}:{listener.port}/", {}, b"{}")
            await post.close()
            assert answer.problem is problem, host

    assert names == ["hook.example", "other.example", "hook.example"]
    assert f"\r\nhost: hook.example:{listener.port}\r\n" in listener.said.decode().lower()


async def _never(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def _drips_headers(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(1000):
        writer.write(f"x-{number}: y\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drips_body(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _endless(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1000\r\n" + b"a" * 4096 + b"\r\n")
        await writer.drain()


BOMB = gzip.compress(b"\0" * 50_000_000)
A = AttemptProblem
BEHAVIOURS: dict[str, tuple[Talk, AttemptProblem | None]] = {
    "answers": (says(OK), None),
    "has nothing to say": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), None),
    "hangs up": (says(b""), A.REFUSED),
    "never answers": (_never, A.TIMEOUT),
    "drips its headers": (_drips_headers, A.TIMEOUT),
    "drips its body": (_drips_body, A.TIMEOUT),
    "never ends": (_endless, None),
    "breaks off": (says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"), None),
    "redirects": (
        says(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:1/\r\ncontent-length: 0\r\n\r\n"),
        A.REDIRECTED,
    ),
    "redirects for good": (says(b"HTTP/1.1 308 X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"), A.REDIRECTED),
    "refuses": (says(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"), A.ANSWERED),
    "fails": (says(b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n"), A.ANSWERED),
    "sends a bomb": (
        says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB) + BOMB),
        None,
    ),
    "talks nonsense": (says(b"\x00\x01\x02 nonsense\r\n\r\n"), A.REFUSED),
    "has too many headers": (says(b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 500_000 + b"\r\n\r\n"), A.REFUSED),
    "lies about its length": (says(b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n"), A.REFUSED),
    "switches protocols": (says(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"), A.REFUSED),
    "sets cookies": (says(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n"), None),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
async def test_no_receiver_does_harm(behaviour: str) -> None:
    talk, problem = BEHAVIOURS[behaviour]
    async with listening(talk) as listener, listening(says(OK), "127.0.0.2") as elsewhere:
        post = Post(dev=True, step_seconds=0.3, attempt_seconds=0.6)
        started = time.perf_counter()
        answer = await post.send(f"http://127.0.0.1:{listener.port}/", {}, b"{}")
        took = time.perf_counter() - started
        again = await post.send(f"http://127.0.0.1:{listener.port}/", {}, b"{}") if problem is None else answer
        await post.close()

    assert answer.problem is problem
    assert took < 2
    assert len(answer.body) <= MOST_READ
    assert elsewhere.came == 0
    assert again.problem is problem
    assert b"cookie" not in listener.said.lower()


async def test_a_port_where_nobody_listens_and_a_name_nobody_knows() -> None:
    async def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such name")

    async def hangs(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(30)
        return []

    async with listening(says(OK)) as listener:
        port = listener.port
    refused = await Post(dev=True).send(f"http://127.0.0.1:{port}/", {}, b"{}")
    nowhere = await Post(resolve=unknown).send("https://hook.example/", {}, b"{}")
    never = await Post(resolve=hangs, step_seconds=0.1).send("https://hook.example/", {}, b"{}")

    assert [each.problem for each in (refused, nowhere, never)] == [A.REFUSED, A.NOT_RESOLVED, A.TIMEOUT]


async def test_what_was_allowed_when_it_was_stored_is_checked_again() -> None:
    for url in ("http://hook.example/", "https://hook.example:22/", "https://127.0.0.1/", "", "https://a@b.example/"):
        answer = await Post(resolve=resolving(["8.8.8.8"])).send(url, {}, b"{}")
        assert answer.problem is AttemptProblem.FORBIDDEN_ADDRESS, url
