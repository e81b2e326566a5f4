"""``waybridge serve``: the whole gateway in one process, or the server alone."""

import socket
from functools import partial
from importlib import import_module
from typing import Annotated, Any

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
    observability, api_settings = import_module("api.observability"), import_module("api.settings")
    with told_in_a_line():
        settings = api_settings.Settings.from_environ(environment(ctx))
    observability.set_up_logging(settings.log_level)
    gateway = import_module("api.app").create_app(settings, beside=_worker(ctx) if worker else None)
    with _listening(host, port) as listener:
        tell(f"Waybridge listens on http://{_shown(host)}:{listener.getsockname()[1]}/graphql")
        config = uvicorn.Config(
            gateway, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=10
        )
        uvicorn.Server(config).run(sockets=[listener])


def _worker(ctx: typer.Context) -> Any:
    """The worker to run beside the server, over its store."""
    settings = import_module("worker.settings").Settings.from_environ(environment(ctx))
    render = import_module("api.selections").render
    return partial(import_module("worker.run").inside, settings=settings, render=render)


def _listening(host: str, port: int) -> socket.socket:
    """Taken before the gateway starts, so that a port in use is said in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as bad:
        raise Problem(f"{host}:{port}", bad.strerror or "cannot be listened on") from None


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
