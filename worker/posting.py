"""The one way out to partners' webhook endpoints: resolved once, every address checked, connected to the very address
that was checked, and nothing of what comes back is followed, unpacked or believed.

A connection serves one request: what was checked for one name is never used for another.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from aftersales.rules.addresses_allowed import NotATarget, Target, choose, target
from carriers.names import Resolve, resolve
from db.enums import AttemptProblem

STEP_SECONDS = 5.0  # to resolve, to connect, and to wait for the answer, each
ATTEMPT_SECONDS = 15.0
MOST_READ = 16 * 1024
AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the first bytes of it, or why nothing did."""

    problem: AttemptProblem | None
    http_status: int | None = None
    body: bytes = b""
    retry_after: str | None = None


class _Problem(Exception):
    def __init__(self, problem: AttemptProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def new_transport(verify: ssl.SSLContext | None = None, proxy: str | None = None) -> httpx2.AsyncHTTPTransport:
    """What sends, and no more: it keeps no connection and nothing of the environment, follows nothing, and has no cookies
    that one partner could set and another on the same address would get. A ``proxy`` is asked for the very address that
    was checked, and sees nothing but that of what goes through by https."""
    return httpx2.AsyncHTTPTransport(
        verify=verify or ssl.create_default_context(),
        trust_env=False,
        proxy=proxy,
        limits=httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=0),
    )


@dataclass(slots=True)
class Post:
    """Sends bytes to a partner's address, through a ``proxy`` if there is one. ``dev`` also takes http and loopback."""

    dev: bool = False
    resolve: Resolve = resolve
    verify: ssl.SSLContext | None = None
    proxy: str | None = field(default=None, repr=False)
    step_seconds: float = STEP_SECONDS
    attempt_seconds: float = ATTEMPT_SECONDS
    _transport: httpx2.AsyncHTTPTransport | None = field(default=None)

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, or the problem; never an exception but a cancellation. Takes 15 s at most."""
        try:
            async with asyncio.timeout(self.attempt_seconds):
                to = target(url, dev=self.dev)
                return await self._exchange(to, await self._address(to), headers, body)
        except (TimeoutError, httpx2.TimeoutException):
            return Answer(AttemptProblem.TIMEOUT)
        except NotATarget:
            return Answer(AttemptProblem.FORBIDDEN_ADDRESS)
        except _Problem as problem:
            return Answer(problem.problem)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            return Answer(AttemptProblem.BAD_CERTIFICATE if _is_tls(error) else AttemptProblem.REFUSED)

    async def close(self) -> None:
        """Drops the connections, if any were made."""
        if self._transport is not None:
            await self._transport.aclose()
            self._transport = None

    async def _address(self, to: Target) -> str:
        try:
            async with asyncio.timeout(self.step_seconds):
                return choose(await self.resolve(to.host, to.port), dev=self.dev)
        except (OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _Problem(AttemptProblem.NOT_RESOLVED) from None

    async def _exchange(self, to: Target, address: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._transport is None:
            self._transport = new_transport(self.verify, self.proxy)
        host = f"[{address}]" if ":" in address else address
        request = httpx2.Request(
            "POST",
            f"{to.scheme}://{host}:{to.port}{to.path}",
            headers={"host": to.authority, "accept-encoding": "identity", "connection": "close", **headers},
            content=body,
            extensions={"sni_hostname": to.host, "timeout": httpx2.Timeout(self.step_seconds).as_dict()},
        )
        response = await self._transport.handle_async_request(request)
        try:
            read = await _first_bytes(response)
        finally:
            await response.aclose()
        problem = None if response.is_success else AttemptProblem.ANSWERED
        if response.is_redirect:
            problem = AttemptProblem.REDIRECTED
        return Answer(problem, response.status_code, read, response.headers.get("retry-after"))


async def _first_bytes(response: httpx2.Response) -> bytes:
    """At most 16 KiB, as they came. Of an answer that breaks off, what there was: its status says all."""
    read = bytearray()
    try:
        async for part in response.aiter_raw(4096):
            read += part
            if len(read) >= MOST_READ:
                break
    except (httpx2.HTTPError, OSError):
        pass
    return bytes(read[:MOST_READ])


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
