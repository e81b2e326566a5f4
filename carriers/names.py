"""Names to addresses, beside the event loop: a name that hangs holds up nobody else's work."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

Resolve = Callable[[str, int], Awaitable[list[str]]]

_LOOKUPS = ThreadPoolExecutor(32, "names")


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order. OSError or UnicodeError when there are none."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_LOOKUPS, _look_up, host, port)
    return list(dict.fromkeys(found))


def _look_up(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
