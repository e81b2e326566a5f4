"""How a server leaves: it says so at once, goes on for a moment, and whoever keeps a connection is asked to close it. So
nobody's request meets a door that has just been shut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

T = TypeVar("T")


class Parting:
    """Pure ASGI middleware: while ``leaving``, every answer asks to close the connection behind it."""

    def __init__(self, app: ASGIApp, leaving: Callable[[], bool]) -> None:
        self.app, self._leaving = app, leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and self._leaving():
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, send_on if scope["type"] == "http" else send)


@contextlib.asynccontextmanager
async def until(left: asyncio.Event, kept: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """What ``kept`` gives. It ends as soon as ``left`` is set, in a task of its own, and has ended afterwards: what takes
    its time to stop does so while others still finish."""
    entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def keep() -> None:
        async with kept as given:
            entered.set_result(given)
            await left.wait()

    keeping = asyncio.create_task(keep())
    await asyncio.wait((keeping, entered), return_when=asyncio.FIRST_COMPLETED)
    if not entered.done():
        entered.cancel()
        await keeping
    try:
        yield entered.result()
    finally:
        left.set()
        await keeping
