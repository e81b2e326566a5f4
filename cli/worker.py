"""``waybridge worker``: the worker alone, beside a server that runs without one."""

from importlib import import_module

import typer

from cli.opening import environment, ready, run

app = typer.Typer(add_completion=False)


@app.command()
def worker(ctx: typer.Context) -> None:
    """Run the worker alone: read the inbox, ask carriers, watch clocks, send what must go out.

    `waybridge serve` has one inside unless told otherwise; on SQLite prefer that one process.
    """
    run(ctx, ready)
    import_module("worker.run").main(environment(ctx), import_module("api.selections").render)
