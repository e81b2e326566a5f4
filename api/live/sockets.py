"""GraphQL over WebSocket: the protocol ``graphql-transport-ws``, for subscriptions, queries and mutations alike.

Messages are heard one after the other, and a subscription stands before the next one is heard: the pong that answers a
ping tells that all subscriptions asked for before it are in place.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from graphql import ExecutionResult, OperationType
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.auth import HEADER
from api.errors import Failure, LimitExceeded, Timeout, rendered
from api.graphql import new_request_id
from api.live import messages
from api.live.door import Door
from api.live.guests import REVOKED, SLOW, STOPPED, Ending, Guest
from api.live.messages import Ended, about, head_of_next, wrong
from api.live.tail import SlowReader
from api.operations import Prepared, checked, offered
from resolvers.context import Context

CARRIED = ("authorization", HEADER, "accept-language")
CLOSING_SECONDS = 1.0
GONE = Ending(1006, "")

_log = structlog.get_logger("live")


class Sockets:
    """An ASGI application for one address: ``WebSocketRoute("/graphql", Sockets(...))``."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one socket until it ends."""
        assert (await receive())["type"] == "websocket.connect"
        spoken = messages.PROTOCOL in scope["subprotocols"]
        await send({"type": "websocket.accept", "subprotocol": messages.PROTOCOL if spoken else None, "headers": []})
        socket = _Socket(self._door, scope, receive, send)
        await socket.close(await socket.serve() if spoken else messages.NOT_SPOKEN)


class _Socket:
    """One conversation."""

    def __init__(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        self._door, self._scope, self._receive, self._send_on = door, scope, receive, send
        self._guest: Guest | None = None
        self._greeted = False
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._running: dict[str, asyncio.Task[None]] = {}

    async def serve(self) -> Ending:
        """Hears and answers until either side has had enough; gives why."""
        late = asyncio.get_running_loop().call_later(self._door.paces.acknowledge, self._late)
        hearing = asyncio.create_task(self._hear_on())
        try:
            await asyncio.wait([hearing, self._ended], return_when=asyncio.FIRST_COMPLETED)
            return self._ended.result() if self._ended.done() else hearing.result()
        finally:
            late.cancel()
            if self._guest is not None:
                self._door.guests.leave(self._guest)
            await _stopped(hearing, *self._running.values())

    async def close(self, ending: Ending) -> None:
        """Says why, unless nobody is there to hear it."""
        if ending is GONE:
            return
        with contextlib.suppress(TimeoutError, OSError, RuntimeError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._send_on({"type": "websocket.close", "code": ending.code, "reason": ending.reason})

    def _late(self) -> None:
        if self._guest is None:
            self._end(messages.TOO_LATE)

    def _end(self, ending: Ending) -> None:
        if not self._ended.done():
            self._ended.set_result(ending)

    async def _hear_on(self) -> Ending:
        try:
            while True:
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    return GONE
                await self._hear(message)
        except Ended as ended:
            return ended.ending
        except Exception as error:  # noqa: BLE001 whatever it is, one socket ends and it is logged whole
            _log.error("live.socket_failed", exc_info=error)
            return messages.FAILED

    async def _hear(self, raw: Message) -> None:
        message = messages.read(raw)
        answer = self._answers.get(message["type"])
        if answer is None:
            raise wrong("The type of a message is one of connection_init, ping, pong, subscribe, complete.")
        await answer(self, message)

    async def _greet(self, message: dict[str, Any]) -> None:
        if self._greeted:
            raise Ended(messages.TOO_MANY_HELLOS)
        self._greeted = True
        request = _request(self._scope, message.get("payload") or {})
        try:
            context: Context = await self._door.open_context(request)
        except Failure:
            raise Ended(messages.FORBIDDEN) from None
        except Exception as error:
            _log.warning("live.greeting_failed", error=type(error).__name__)
            raise Ended(messages.LATER) from error
        self._guest = Guest(request, context.viewer, self._ended)
        self._door.guests.enter(self._guest)
        await self._send(messages.ACKNOWLEDGE)
'''
'''
