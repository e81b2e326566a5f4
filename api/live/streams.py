"""GraphQL over server-sent events, distinct connections: one subscription a request. The id of each event is the
position, so a client that connects again with ``Last-Event-ID`` misses nothing."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from aftersales import positions
from api.graphql import Exchange
from api.live.door import Door
from api.live.following import Following
from api.live.guests import Guest
from api.live.rendering import Selection
from api.live.tail import SlowReader
from api.live.turns import Turns
from api.negotiation import STREAM
from api.operations import Prepared
from resolvers.context import Context

HEADERS = (
    (b"content-type", f"{STREAM}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept"),
    (b"x-accel-buffering", b"no"),  # a proxy must not collect what is to be told now
    (b"x-content-type-options", b"nosniff"),
)
COMMENT = b":\n\n"


@dataclass(frozen=True, slots=True)
class _Stream:
    """What one request follows."""

    source: Following
    selection: Selection
    context: Context


async def opened(door: Door, exchange: Exchange, context: Context, prepared: Prepared) -> ASGIApp:
    """The answer to a subscription; raises what its resolver raises."""
    source: Following = await door.operations.source(context, prepared)
    stream = _Stream(source, door.renderings.selection(prepared, context), context)

    async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
        guest = Guest(exchange.request, context.viewer)
        door.guests.enter(guest)
        try:
            await _serve(door, stream, guest, receive, send)
        finally:
            door.guests.leave(guest)
            await source.aclose()

    return answer


Write = Callable[[bytes], Awaitable[None]]


async def _serve(door: Door, stream: _Stream, guest: Guest, receive: Receive, send: Send) -> None:
    """Tells what happens until the client goes or is shown out. Without a last word: who connects again goes on."""
    paces = door.paces

    async def write(content: bytes) -> None:
        async with asyncio.timeout(paces.slow):
            await send({"type": "http.response.body", "body": content, "more_body": True})

    await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
    await write(COMMENT)
    telling = asyncio.create_task(_tell(door.turns, stream, write))
    gone = asyncio.create_task(_gone(receive))
    try:
        while not await _any_done(telling, gone, guest.ended, within=paces.keep_alive):
            await write(COMMENT)
        if not gone.done():
            async with asyncio.timeout(1.0):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
    except (TimeoutError, OSError):
        return  # they take nothing any more
    finally:
        for task in (telling, gone):
            task.cancel()
        await asyncio.gather(telling, gone, return_exceptions=True)


async def _tell(turns: Turns, stream: _Stream, write: Write) -> None:
    vault = stream.context.store.vault
    with contextlib.suppress(SlowReader, TimeoutError, OSError):
        async for entry in stream.source:
            told = await stream.selection.rendered(entry)
            position = positions.text_of(vault, entry.seal.position)
            await turns.take()
            await write(f"id: {position}\nevent: next\ndata: {told}\n\n".encode())


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _any_done(*futures: asyncio.Future[Any], within: float) -> bool:
    done, _ = await asyncio.wait(futures, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)
