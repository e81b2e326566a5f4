"""Work is attended: it runs while its client is there."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.types import Receive

T = TypeVar("T")


class ClientGone(Exception):
    """The client hung up; nobody is there to read an answer."""


async def attended(work: Awaitable[T], receive: Receive) -> T:
    """The result of `work`, while its client is there: else ClientGone.

    Whenever it ends without a result (the client hung up, the caller was cancelled by its deadline) the work is
    cancelled, resolvers and all, and has ended too before this returns.
    """
    running = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_hung_up(receive))
    try:
        await asyncio.wait((running, gone), return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise ClientGone
        return running.result()
    finally:
        gone.cancel()
        if not running.done():
            running.cancel()
            await asyncio.wait((running,))


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
