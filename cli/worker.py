"""``waybridge worker``: the worker alone, beside a server that runs without one."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer
from prometheus_client import start_http_server

from cli import hosting
from cli.console import Problem
from cli.opening import environment, ready, run, told_in_a_line

app = typer.Typer(add_completion=False)


@app.command()
def worker(
    ctx: typer.Context,
    metrics_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Serve the worker's own metrics on 127.0.0.1:PORT; left out: not at all."),
    ] = None,
) -> None:
    """Run the worker alone: read the inbox, ask carriers, watch clocks, send what must go out.

    `waybridge serve` has one inside unless told otherwise; on SQLite prefer that one process.
    """
    run(ctx, ready)
    if metrics_port is not None:
        with _taken(metrics_port):
            start_http_server(metrics_port, addr="127.0.0.1")
    with told_in_a_line():
        served = import_module("api.settings").Settings.from_environ(environment(ctx))
    render, read = import_module("api.selections").render, import_module("api.exports").reading(served)
    work = import_module("worker.run").main
    hosting.settle()
    hosting.run(work(environment(ctx), render, read))


@contextmanager
def _taken(port: int) -> Iterator[None]:
    try:
        yield
    except OSError as bad:
        raise Problem(f"--metrics-port {port}", bad.strerror or "cannot be listened on") from None
