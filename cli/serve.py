"""``waybridge serve``: the whole gateway in one process, or the server alone."""

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import FrameType
from typing import Annotated, Any

import typer
import uvicorn

from cli.console import Problem, tell
from cli.hosting import SOCKETS, settle
from cli.opening import environment, ready, run, told_in_a_line

STUCK_MILLISECONDS = 20_000
PATIENCE = 8  # seconds for open requests at the end; with the notice before it a stop takes ten at most

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    *,
    notice: Annotated[
        float,
        typer.Option(
            min=0, max=60, help="Seconds to go on after SIGTERM, while /readyz sends a load balancer elsewhere."
        ),
    ] = 1.0,
    worker: Annotated[
        bool, typer.Option(help="Run the worker inside this process too; without it, run `waybridge worker` beside.")
    ] = True,
) -> None:
    """Serve the GraphQL API, carriers' pushes and files; by default with the worker inside."""
    run(ctx, ready)
    observability, api_settings = import_module("api.observability"), import_module("api.settings")
    with told_in_a_line():
        settings = api_settings.Settings.from_environ(environment(ctx))
    observability.set_up_logging(settings.log_level)
    gateway = import_module("api.app").create_app(settings, beside=_worker(ctx, settings) if worker else None)
    with _listening(host, port) as listener:
        tell(f"Waybridge listens on http://{_shown(host)}:{listener.getsockname()[1]}/graphql")
        config = uvicorn.Config(
            gateway,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            **SOCKETS,
        )
        settle()
        _server(config, gateway.state.leave, notice).run(sockets=[listener])


def _server(config: uvicorn.Config, leave: Callable[[], None], notice: float) -> uvicorn.Server:
    """A server that says that it leaves as soon as it is told to, shows out whoever follows live (it would wait for them
    otherwise), and closes its door only after the notice, so that requests on their way are answered. SIGINT, or a second
    signal, waits for no notice."""
    server = uvicorn.Server(config)
    close, is_leaving = server.handle_exit, False

    def handle_exit(sign: int, frame: FrameType | None) -> None:
        nonlocal is_leaving
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(leave)
        at_once = is_leaving or sign != signal.SIGTERM
        loop.call_soon_threadsafe(loop.call_later, 0 if at_once else notice, close, sign, frame)
        is_leaving = True

    server.handle_exit = handle_exit  # type: ignore[assignment]  # uvicorn installs it as it stands when it runs
    return server


def _worker(ctx: typer.Context, served: Any) -> Any:
    """The worker to run beside the server, over its store."""
    settings = import_module("worker.settings").Settings.from_environ(environment(ctx))
    render, read = import_module("api.selections").render, import_module("api.exports").reading(served)
    return partial(import_module("worker.run").inside, settings=settings, render=render, read=read)


def _listening(host: str, port: int) -> socket.socket:
    """Taken before the gateway starts, so that a port in use is said in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as bad:
        raise Problem(f"{host}:{port}", bad.strerror or "cannot be listened on") from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # whoever takes nothing of what was sent holds a connection no longer
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_MILLISECONDS)
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
