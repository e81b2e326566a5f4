"""``waybridge migrate``: the schema to head, and a row for every carrier we have an adapter for."""

from datetime import UTC, datetime

import typer

from aftersales import partners
from cli.console import Json, print_json
from cli.opening import run
from db import migrate
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(add_completion=False)


@app.command()
def migrate_database(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Bring the database to this release: make it, or add what is missing.

    Safe to repeat, safe while another process does the same. A new SQLite database gets a secret key beside it
    (FILE.key, readable by you only): keep a copy of it, what it sealed cannot be read without.
    """
    revision, carriers = run(ctx, _migrate, fresh=True)
    if as_json:
        print_json({"revision": revision, "carriersChanged": carriers})
    else:
        typer.echo(f"at revision {revision}; {carriers} carriers added or changed")


async def _migrate(store: Store) -> tuple[str, int]:
    revision = await migrate.to_head(store)
    async with store.writing(EVERYTHING) as session:
        return revision, await partners.ensure_carriers(session, now=datetime.now(UTC))
