"""The porter: ``waybridge`` and its commands. A module a command, imported when it is named: reading one message must
not wait for a web server to load."""

import os
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Annotated, Any
from urllib.parse import quote

import typer
from typer.core import TyperGroup

from cli.console import Problem

COMMANDS = {
    "demo": "cli.demo",
    "serve": "cli.serve",
    "worker": "cli.worker",
    "migrate": "cli.migrate",
    "check": "cli.check",
    "backup": "cli.backup",
}
"""Commands that stand alone."""

GROUPS = {
    "partners": "cli.partners",
    "merchants": "cli.merchants",
    "keys": "cli.keys",
    "accounts": "cli.accounts",
    "import": "cli.import_orders",
    "carriers": "cli.carriers",
    "inbox": "cli.inbox",
    "jobs": "cli.jobs",
    "webhooks": "cli.webhooks",
    "log": "cli.log",
    "schema": "cli.sdl",
}
"""Commands with commands of their own; each module has a typer ``app``."""


class Porter(TyperGroup):
    """Finds a command's module by its name, and ends in one red line what a command could not do."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command whose module is installed, in the order of the tables."""
        del ctx
        return [name for name, module in (COMMANDS | GROUPS).items() if find_spec(module)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, its module imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name in COMMANDS:
            command: Any = typer.main.get_command(import_module(COMMANDS[cmd_name]).app)
        else:
            command = typer.main.get_group(import_module(GROUPS[cmd_name]).app)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; a Problem is a red line on stderr and exit code 2."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            typer.secho(str(problem), fg=typer.colors.RED, err=True)
            raise typer.Exit(2) from None


app = typer.Typer(
    cls=Porter,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Waybridge: one GraphQL endpoint over orders, tracking, returns, pickups and claims, across carriers.",
)


def _print_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"waybridge {version('waybridge')}")
        raise typer.Exit


@app.callback()
def porter(
    ctx: typer.Context,
    db: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The database: a SQLite file's path (or a URL). Overrides WAYBRIDGE_DATABASE_URL; "
            "without either it is waybridge.db in this folder.",
        ),
    ] = None,
    *,
    asked: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda value: _print_version(asked=value),
            help="Print the version and end.",
        ),
    ] = False,
) -> None:
    """Keeps what every command may need: the environment, and the database that was named."""
    del asked
    url = None if db is None else db if "://" in db else f"sqlite:///{quote(db)}"
    ctx.obj = dict(os.environ) if url is None else {**os.environ, "WAYBRIDGE_DATABASE_URL": url}
