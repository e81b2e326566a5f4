"""Several servers in one process, on sockets bound before anything starts, stopped together by one signal."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette

from cli.console import Problem

LOOPBACK = "127.0.0.1"
PATIENCE = 3  # seconds for open requests at the end

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hosted:
    """An application and the socket it is to be served on."""

    app: Starlette
    listener: socket.socket


def bound(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one. Problem when it is taken."""
    try:
        return socket.create_server((LOOPBACK, port), backlog=2048)
    except OSError as bad:
        raise Problem(f"port {port}", bad.strerror or "cannot be listened on") from None


def address(listener: socket.socket) -> str:
    """The address of a bound socket, as http."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:
        return runner.run(work)


async def host(
    hosted: Sequence[Hosted], ready: Callable[[], None], beside: Sequence[Callable[[], Awaitable[None]]] = ()
) -> None:
    """Starts the servers in their order, tells when all answer, and stops them in reverse on SIGINT or SIGTERM. What
    runs ``beside`` them is cancelled first; when it fails, everything stops."""
    servers = [(_server(each), each.listener) for each in hosted]
    started: list[tuple[uvicorn.Server, socket.socket]] = []
    with _stopping([server for server, _ in servers]):
        try:
            for server, listener in servers:
                await server.startup(sockets=[listener])
                started.append((server, listener))
            ready()
            await _until_stopped([server for server, _ in servers], beside)
        finally:
            for server, listener in reversed(started):
                await server.shutdown(sockets=[listener])
