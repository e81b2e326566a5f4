"""The one way out to carriers: bounded in time, size and number, through a breaker a host. Nothing is redirected, no
proxy of the environment is used, and neither bodies nor credentials are ever logged."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from urllib.parse import urlsplit

import httpx2
import structlog

from carriers.breaker import Breaker
from carriers.carrier import Reply, Request

CONNECT_SECONDS = 2.0
INTERACTIVE_SECONDS, BACKGROUND_SECONDS = 3.0, 10.0
MOST_BYTES = 1024 * 1024
AT_ONCE = 8  # calls to one carrier

log = structlog.get_logger("carriers.http")


class Failure(StrEnum):
    """Why a call has no answer we can use."""

    TIMEOUT = auto()
    REFUSED = auto()
    STATUS = auto()
    TOO_LARGE = auto()
    OPEN = auto()


class CarrierError(Exception):
    """A carrier is down, overwhelmed or talks nonsense; its own text is never in it. ``status`` for STATUS; ``sent``:
    the request may have reached it; ``until`` for OPEN: when it is asked again."""

    def __init__(
        self,
        kind: Failure,
        carrier: str,
        status: int | None = None,
        *,
        sent: bool = True,
        until: datetime | None = None,
    ) -> None:
        super().__init__(f"{carrier}: {kind.value}" + (f" {status}" if status else ""))
        self.kind = kind
        self.carrier = carrier
        self.status = status
        self.sent = sent
        self.until = until

    @property
    def is_unknown(self) -> bool:
        """Whether the carrier may have done what was asked though it did not say so: then it is asked before anything
        is sent again. A refusal (4xx, "too many" included) and a redirect did nothing."""
        return self.sent and (self.status is None or self.status >= 500)


def new_client(proxy: str | None = None) -> httpx2.AsyncClient:
    """The client to go out with, through a ``proxy`` if there is one; close it at the end."""
    return httpx2.AsyncClient(
        trust_env=False,
        proxy=proxy,
        follow_redirects=False,
        timeout=httpx2.Timeout(BACKGROUND_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=64, max_keepalive_connections=32),
    )


@dataclass(slots=True)
class Outside:
    """What lives as long as the process: the client, a breaker for each carrier and host, seats for each carrier."""

    client: httpx2.AsyncClient
    clock: Callable[[], datetime]
    random: Callable[[], float] = random.random
    _breakers: dict[tuple[str, str], Breaker] = field(default_factory=dict)
    _seats: dict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
    )

    def breaker(self, carrier: str, url: str) -> Breaker:
        """The breaker of the carrier's host."""
        return self._breakers.setdefault((carrier, urlsplit(url).netloc), Breaker(self.random))

    async def send(self, carrier: str, request: Request, *, within: float = BACKGROUND_SECONDS) -> Reply:
        """The carrier's answer, also a refusal (4xx). CarrierError for everything else, within so many seconds."""
        breaker = self.breaker(carrier, request.url)
        if not breaker.admits(self.clock()):
            raise CarrierError(Failure.OPEN, carrier, sent=False, until=breaker.until)
        started = self.clock()
        try:
            reply = await self._within(carrier, request, within)
        except CarrierError as error:
            breaker.failed(self.clock(), timeout=error.kind is Failure.TIMEOUT)
            self._tell(carrier, request, str(error.kind), started)
            raise
        except BaseException:
            breaker.abandoned()
            raise
        breaker.succeeded()
        self._tell(carrier, request, str(reply.status), started)
        return reply

    async def _within(self, carrier: str, request: Request, seconds: float) -> Reply:
        try:
            async with asyncio.timeout(seconds), self._seats[carrier]:
                return await self._exchange(carrier, request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.InvalidURL) as error:
            kind = Failure.TIMEOUT if isinstance(error, httpx2.TimeoutException) else Failure.REFUSED
            raise CarrierError(kind, carrier, sent=False) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise CarrierError(Failure.TIMEOUT, carrier) from None
        except httpx2.TransportError:
            raise CarrierError(Failure.REFUSED, carrier) from None

    async def _exchange(self, carrier: str, request: Request) -> Reply:
        headers = {"accept-encoding": "identity", **request.headers}
        async with self.client.stream(
            request.method, request.url, headers=headers, content=request.body or None, follow_redirects=False
        ) as response:
            if response.status_code >= 500 or response.status_code == 429 or response.is_redirect:
                raise CarrierError(Failure.STATUS, carrier, response.status_code)
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise CarrierError(Failure.TOO_LARGE, carrier)
            told = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, bytes(body), told, self.clock())

    def _tell(self, carrier: str, request: Request, outcome: str, started: datetime) -> None:
        took = (self.clock() - started) / timedelta(milliseconds=1)
        log.info("carrier.call", carrier=carrier, host=urlsplit(request.url).netloc, outcome=outcome, ms=round(took))
