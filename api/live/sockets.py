"""GraphQL over WebSocket: the protocol ``graphql-transport-ws``, for subscriptions, queries and mutations alike.

Messages are heard one after the other, and a subscription stands before the next one is heard: the pong that answers a
ping tells that all subscriptions asked for before it are in place.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

import structlog
from graphql import ExecutionResult, OperationType
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.auth import HEADER
from api.errors import Failure, Timeout, rendered
from api.graphql import new_request_id
from api.limits import within
from api.live import messages
from api.live.door import Door
from api.live.following import Following
from api.live.guests import SLOW, Ending, Guest
from api.live.messages import Ended, about, wrong
from api.live.rendering import Selection
from api.live.tail import SlowReader
from api.operations import Prepared, checked, offered
from api.requests import Asked
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
                await self._door.turns.take()
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

    async def _ping(self, message: dict[str, Any]) -> None:
        await self._send(messages.pong(message.get("payload")))

    async def _pong(self, _message: dict[str, Any]) -> None:
        """A sign of life."""

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self._guest is None:
            raise Ended(messages.NOT_SAID_HELLO)
        id_, asked = messages.id_of(message), messages.asked_by(message)
        if id_ in self._running:
            raise Ended(messages.taken(id_))
        request_id = new_request_id()
        try:
            async with asyncio.timeout(self._door.operations.limits.seconds):
                self._running[id_] = await self._begun(id_, asked, request_id)
        except Ended:
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, it is told of this operation, and the socket goes on
            await self._refuse(id_, error, request_id)

    async def _complete(self, message: dict[str, Any]) -> None:
        running = self._running.pop(messages.id_of(message), None)
        if running is not None:
            running.cancel()

    async def _begun(self, id_: str, asked: Asked, request_id: str) -> asyncio.Task[None]:
        """The operation, under way."""
        assert self._guest is not None
        operations = self._door.operations
        within("operations on one socket", operations.limits.subscriptions, len(self._running) + 1)
        prepared = operations.prepared(asked)
        opened: Context = await self._door.open_context(self._guest.request)
        context = opened.again(request_id)
        offered(context, "charge", prepared.price.requested)
        if prepared.kind is OperationType.SUBSCRIPTION:
            source: Following = await operations.source(context, prepared)
            selection = self._door.renderings.selection(prepared, context)
            streaming = asyncio.create_task(self._stream(id_, source, selection))
            streaming.add_done_callback(lambda _: source.leave())  # a task that is cancelled at once never runs
            return streaming
        return asyncio.create_task(self._answer(id_, context, prepared))

    async def _stream(self, id_: str, source: Following, selection: Selection) -> None:
        """Tells what happens, until they have had enough."""
        head = messages.head_of_next(id_)
        try:
            async for entry in source:
                told = await selection.rendered(entry)
                await self._door.turns.take()
                await self._send(f"{head}{told}}}")
        except SlowReader:
            self._end(SLOW)
        except Ended as ended:
            self._end(ended.ending)
        except Exception as error:  # noqa: BLE001 whatever it is, it is told of this operation, and the socket goes on
            await self._refuse(id_, error, new_request_id())
        finally:
            self._forget(id_)
            await source.aclose()

    async def _answer(self, id_: str, context: Context, prepared: Prepared) -> None:
        """Tells the one result of a query or a mutation."""
        operations = self._door.operations
        try:
            async with asyncio.timeout(operations.limits.seconds):
                result = operations.executed(context, prepared)
                if not isinstance(result, ExecutionResult):
                    result = await result
            told = operations.told(context, prepared, checked(result), context.request_id).decode()
            await self._send(f"{messages.head_of_next(id_)}{told}}}")
            await self._send(about(id_, "complete"))
        except Ended as ended:
            self._end(ended.ending)
        except Exception as error:  # noqa: BLE001 whatever it is, it is told of this operation, and the socket goes on
            await self._refuse(id_, error, context.request_id)
        finally:
            self._forget(id_)

    async def _refuse(self, id_: str, error: Exception, request_id: str) -> None:
        """Tells that an operation ended without a result."""
        operations = self._door.operations
        failure = Timeout(operations.limits.seconds) if isinstance(error, TimeoutError) else error
        try:
            await self._send(about(id_, "error", rendered(failure, request_id, dev=operations.dev)))
        except Ended as ended:
            self._end(ended.ending)

    def _forget(self, id_: str) -> None:
        """The id may be used again, unless it already is."""
        if self._running.get(id_) is asyncio.current_task():
            del self._running[id_]

    async def _send(self, text: str) -> None:
        """Sends a message; Ended when they do not take it, or are gone."""
        try:
            async with asyncio.timeout(self._door.paces.slow):
                await self._send_on({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Ended(SLOW) from None
        except (OSError, RuntimeError):
            raise Ended(GONE) from None

    _answers: ClassVar[dict[str, Callable[["_Socket", dict[str, Any]], Awaitable[None]]]] = {
        "connection_init": _greet,
        "ping": _ping,
        "pong": _pong,
        "subscribe": _subscribe,
        "complete": _complete,
    }


def _request(scope: Scope, payload: Mapping[str, Any]) -> Request:
    """The HTTP request that a socket stands for: what it was opened with, and what the first message says instead."""
    opened = {name.decode("latin-1"): value for name, value in scope["headers"]}
    said = {name.lower(): value.encode() for name, value in payload.items() if isinstance(value, str)}
    headers = [(name.encode(), value) for name in CARRIED if (value := said.get(name, opened.get(name)))]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": scope["path"],
            "query_string": b"",
            "headers": headers,
            "state": {"request_id": new_request_id()},
        }
    )


async def _stopped(*tasks: asyncio.Task[Any]) -> None:
    """Ends these, and waits until they have."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
