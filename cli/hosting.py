"""Several servers in one process, on sockets bound before anything starts, stopped together by one signal."""

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette

from cli.console import Problem

LOOPBACK = "127.0.0.1"
SIGNS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 3  # seconds for open requests at the end
SOCKETS: dict[str, Any] = {
    "ws_max_size": 256 * 1024,
    "ws_per_message_deflate": False,  # a compressor for each socket takes more memory than all else of it
    "ws_ping_interval": 15.0,
    "ws_ping_timeout": 10.0,
}
"""How servers treat WebSockets."""

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
        raise Problem(f"port {port}", f"{bad.strerror or 'cannot be listened on'}; --port names another") from None


def address(listener: socket.socket) -> str:
    """The address of a bound socket, as http."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def settle() -> None:
    """What stands by now stands as long as the process: to walk over it again and again, as the collector of garbage does,
    would hold everybody up for a tenth of a second at a time."""
    gc.freeze()


def run(work: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run, on uvloop where there is one."""
    with asyncio.Runner(loop_factory=uvicorn.Config("none").get_loop_factory()) as runner:
        return runner.run(work)


async def host(hosted: Sequence[Hosted], beside: Callable[[], Awaitable[None]]) -> None:
    """Starts the servers in their order, then runs ``beside`` until it ends or the process is told to stop (SIGINT,
    SIGTERM; a second one waits for nobody), then stops the servers in reverse. What fails, stops everything."""
    servers = [_server(each.app) for each in hosted]
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in SIGNS:
        loop.add_signal_handler(sign, _stop, hosted, servers, stopping)
    started: list[tuple[uvicorn.Server, Hosted]] = []
    try:
        for server, each in zip(servers, hosted, strict=True):
            await server.startup(sockets=[each.listener])
            started.append((server, each))
        settle()
        await _until(stopping, [server.main_loop() for server in servers], beside())
    finally:
        for server, each in reversed(started):
            await server.shutdown(sockets=[each.listener])
        for sign in SIGNS:
            loop.remove_signal_handler(sign)


def _server(app: Starlette) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
        **SOCKETS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


def _stop(hosted: Sequence[Hosted], servers: Sequence[uvicorn.Server], stopping: asyncio.Event) -> None:
    for each in hosted:
        getattr(each.app.state, "leave", _nothing)()  # a gateway shows out who follows live
    for server in servers:
        server.force_exit = server.force_exit or stopping.is_set()
        server.should_exit = True
    stopping.set()


def _nothing() -> None:
    """Most applications have nobody to show out."""


async def _until(stopping: asyncio.Event, loops: Sequence[Coroutine[Any, Any, None]], beside: Awaitable[None]) -> None:
    """Waits for the stop, or for the work beside to end; its failure is raised."""
    serving = [asyncio.ensure_future(loop) for loop in loops]
    working = asyncio.ensure_future(beside)
    waiting = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([working, waiting, *serving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, waiting, *serving):
            task.cancel()
        results = await asyncio.gather(working, waiting, *serving, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
