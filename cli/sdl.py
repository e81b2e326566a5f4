"""``waybridge schema``: the contract with partners, as SDL, and what a change of it breaks."""

import subprocess
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLSchema, GraphQLSyntaxError, build_schema
from graphql.utilities import BreakingChange, DangerousChange, find_schema_changes

from cli.console import Json, Problem, print_json

app = typer.Typer(no_args_is_help=True, help="The GraphQL schema, as partners see it.")
SDL_PATH = "schema/schema.graphql"


@app.command("print")
def print_sdl() -> None:
    """Print the schema in SDL."""
    typer.echo(_current())


@app.command()
def diff(
    ref: Annotated[str, typer.Argument(help=f"What to compare with: an SDL file, or a git ref that has {SDL_PATH}.")],
    *,
    as_json: Json = False,
) -> None:
    """Compare an older schema with today's: what breaks partners, what may surprise them, what is merely new.

    Exit code 1 when something breaks.
    """
    changes = find_schema_changes(_built(_kept(ref), ref), _built(_current(), "the current schema"))
    found = [
        {
            "level": "breaking" if isinstance(change, BreakingChange) else _harmless(change),
            "kind": change.type.name,
            "description": change.description,
        }
        for change in changes
    ]
    found.sort(key=lambda change: ("breaking", "dangerous", "safe").index(change["level"]))
    if as_json:
        print_json(found)
    else:
        for change in found:
            typer.echo(f"{change['level']:<9}  {change['description']}")
        typer.echo(f"{len(found)} changes", err=True)
    if any(change["level"] == "breaking" for change in found):
        raise typer.Exit(1)


def _harmless(change: object) -> str:
    return "dangerous" if isinstance(change, DangerousChange) else "safe"


def _current() -> str:
    """Imported when asked for: building the schema takes most of a second."""
    return str(import_module("schema.root").SCHEMA.as_str())


def _kept(ref: str) -> str:
    file = Path(ref)
    if file.is_file():
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise Problem(ref, "cannot be read as text") from None
    if ref.startswith("-"):
        raise Problem(ref, "is neither a file nor a git ref")
    try:
        shown = subprocess.run(["git", "show", f"{ref}:{SDL_PATH}"], capture_output=True, check=False)  # noqa: S603, S607 the person's own git, in the person's own checkout; a ref cannot be an option
    except FileNotFoundError:
        raise Problem(ref, "is no file, and git is not installed") from None
    if shown.returncode:
        raise Problem(ref, f"is neither a file nor a git ref with {SDL_PATH}")
    return shown.stdout.decode("utf-8", "replace")


def _built(sdl: str, place: str) -> GraphQLSchema:
    try:
        return build_schema(sdl, assume_valid=True)
    except (GraphQLSyntaxError, TypeError) as bad:
        raise Problem(place, f"is not a schema in SDL: {str(bad).splitlines()[0]}") from None
