"""``waybridge serve``: the whole gateway in one process, or the server alone."""

import socket
from importlib import import_module
from typing import Annotated

import typer
import uvicorn

from cli.console import Problem, tell
from cli.opening import environment, ready, run, told_in_a_line

app = typer.Typer(add_completion=False)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 8000,
    *,
    worker: Annotated[
        bool, typer.Option(help="Run the worker inside this process too; without it, run `waybridge worker` beside.")
    ] = True,
) -> None:
    """Serve the GraphQL API, carriers' pushes and files; by default with the worker inside."""
    run(ctx, ready)
    with told_in_a_line():
        settings = import_module("api.settings").Settings.from_environ(environment(ctx))
    gateway = import_module("api.app").create_app(settings, with_worker=worker)
    with _listening(host, port) as listener:
        tell(f"Waybridge listens on http://{_shown(host)}:{listener.getsockname()[1]}/graphql")
        config = uvicorn.Config(
            gateway, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=10
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    """Taken before the gateway starts, so that a port in use is said in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as bad:
        raise Problem(f"{host}:{port}", bad.strerror or "cannot be listened on") from None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
