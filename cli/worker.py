"""``waybridge worker``: the worker alone, beside a server that runs without one."""

from importlib import import_module

import typer

from cli.opening import environment, ready, run, told_in_a_line

app = typer.Typer(add_completion=False)


@app.command()
def worker(ctx: typer.Context) -> None:
    """Run the worker alone: read the inbox, ask carriers, watch clocks, send what must go out.

    `waybridge serve` has one inside unless told otherwise; on SQLite prefer that one process.
    """
    run(ctx, ready)
    with told_in_a_line():
        served = import_module("api.settings").Settings.from_environ(environment(ctx))
    render, read = import_module("api.selections").render, import_module("api.exports").reading(served)
    import_module("worker.run").main(environment(ctx), render, read)
