"""``waybridge inbox``: carriers' messages as they came, kept to be read again."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import delete, func, select, update

from cli import moments
from cli.console import Json, print_json
from cli.opening import run
from db.enums import InboxState
from db.models.messages import Inbox, Parked
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(no_args_is_help=True, help="The inbox: carriers' messages as they came.")


@app.callback()
def group() -> None:
    """Keeps the group a group while it has one command."""


@app.command()
def replay(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="WHEN", help="From when on: 2026-05-01T08:00Z, or 12h ago, 7d ago.")],
    carrier: Annotated[str | None, typer.Option(help="Only this carrier's messages, by its code.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Have kept messages read again, with today's tables: after a mapping was added or corrected.

    Scans we have already are recognised and not doubled. Prints how many will be read; the worker reads them.
    """
    start = moments.before(since.removesuffix(" ago"), datetime.now(UTC), "--since")
    count = run(ctx, lambda store: _replay(store, start, carrier))
    if as_json:
        print_json({"replayed": count})
    else:
        typer.echo(f"{count} messages will be read again")


async def _replay(store: Store, start: datetime, carrier: str | None) -> int:
    """Messages that wait already, and those emptied after their thirty days, stay as they are; what was parked for want of a shipment is parked anew if need be."""
    chosen = (Inbox.received_at >= start) & (Inbox.state != InboxState.NEW) & (func.length(Inbox.body) > 0)
    if carrier is not None:
        chosen &= Inbox.carrier_code == carrier
    async with store.writing(EVERYTHING) as session:
        count = await session.scalar(select(func.count()).select_from(Inbox).where(chosen)) or 0
        await session.execute(delete(Parked).where(Parked.inbox_id.in_(select(Inbox.id).where(chosen))))
        afresh = {"attempts": 0, "leased_until": None, "done_at": None, "problem": None}
        await session.execute(update(Inbox).where(chosen).values(state=InboxState.NEW, **afresh))
        return count
