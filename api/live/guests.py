"""Who is connected for live updates: their credentials are looked at again and again, and everyone leaves at a stop."""

import asyncio
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

import structlog
from prometheus_client import Gauge
from starlette.requests import Request

from api.auth import HEADER
from api.errors import Failure
from api.graphql import OpenContext
from api.live.paces import Paces
from resolvers.context import Viewer

CONNECTED = Gauge("waybridge_live_connections", "Sockets and streams that are open.")
_log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a connection ends: a WebSocket close code, and a sentence of at most 123 bytes."""

    code: int
    reason: str


STOPPED = Ending(1012, "The server is restarting: connect again.")
REVOKED = Ending(4403, "Forbidden: the credential is not valid any more.")
SLOW = Ending(4413, "Too slow a reader: connect again and resume with after.")


@dataclass(frozen=True, slots=True, eq=False)
class Guest:
    """One connection. ``request`` carries its credential, ``viewer`` is who it was at the start."""

    request: Request
    viewer: Viewer
    ended: asyncio.Future[Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, ending: Ending) -> None:
        """The connection is to end; the first reason counts."""
        if not self.ended.done():
            self.ended.set_result(ending)

    @property
    def credential(self) -> Hashable:
        """What they showed."""
        headers = self.request.headers
        return headers.get("authorization"), headers.get(HEADER)


class Guests:
    """All connections of this process."""

    def __init__(self, open_context: OpenContext, paces: Paces) -> None:
        self._open_context, self._paces = open_context, paces
        self._present: set[Guest] = set()
        self._checking: asyncio.Task[None] | None = None
        self._stopping = False

    def __len__(self) -> int:
        return len(self._present)

    def enter(self, guest: Guest) -> None:
        """They are here; at a stop they are shown out at once."""
        self._present.add(guest)
        CONNECTED.set(len(self._present))
        if self._stopping:
            guest.end(STOPPED)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check_on(), name="live.guests")

    def leave(self, guest: Guest) -> None:
        """They are gone."""
        self._present.discard(guest)
        CONNECTED.set(len(self._present))

    def stop(self) -> None:
        """Everyone leaves, now and from now on."""
        self._stopping = True
        for guest in self._present:
            guest.end(STOPPED)

    async def close(self) -> None:
        """Stops, and looks at no credential any more."""
        self.stop()
        if self._checking is not None:
            self._checking.cancel()
            await asyncio.wait([self._checking])

    async def _check_on(self) -> None:
        while self._present:
            await asyncio.sleep(self._paces.check)
            showing: dict[Hashable, list[Guest]] = defaultdict(list)
            for guest in self._present:
                showing[guest.credential].append(guest)
            for guests in showing.values():
                await self._check(guests)

    async def _check(self, guests: list[Guest]) -> None:
        """One credential, for all who showed it."""
        try:
            viewer = (await self._open_context(guests[0].request)).viewer
        except Failure:
            viewer = None
        except Exception as error:  # noqa: BLE001 while the database is away nobody is told anything, and nobody is cut
            _log.warning("live.check_failed", error=type(error).__name__)
            return
        for guest in guests:
            if guest.viewer != viewer:
                guest.end(REVOKED)
