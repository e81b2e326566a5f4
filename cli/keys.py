"""``waybridge keys``: the credentials partners call with."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select

from aftersales import credentials
from cli import moments
from cli.console import Json, print_json, print_rows, tell
from cli.finding import find
from cli.opening import run
from db.ids import typeid
from db.models.partners import ApiKey, Partner
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(no_args_is_help=True, help="API keys: what partners put behind `Authorization: Bearer`.")


@app.command()
def create(
    ctx: typer.Context,
    partner: Annotated[str, typer.Option(help="Whose key: the partner's name or id (par_...).")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help=f"What it may do; repeat for more. Left out: a partner's daily work. {', '.join(credentials.SCOPES)}."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="A name to know the key by, such as the system that holds it.")] = "default",
    expires: Annotated[
        str | None, typer.Option(metavar="WHEN", help="When it ends: 90d, or 2027-01-01. Left out: when revoked.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Make a key and print it, alone, on stdout. It is shown this once: only its digest is kept."""
    now = datetime.now(UTC)
    expires_at = None if expires is None else moments.after(expires, now, "--expires")

    async def work(store: Store) -> tuple[ApiKey, str]:
        async with store.writing(EVERYTHING) as session:
            owner = await find(session, Partner, partner, "--partner")
            scopes = scope or credentials.DEFAULT_SCOPES[owner.kind]
            return await credentials.create_key(session, owner, name, scopes, expires_at)

    row, text = run(ctx, work)
    if as_json:
        print_json({**_shown(row, now), "key": text})
        return
    typer.echo(text)
    tell(f"{row.typeid} may: {', '.join(row.scopes)}. Keep it now; it is not shown again.")


@app.command("list")
def list_keys(
    ctx: typer.Context,
    partner: Annotated[str | None, typer.Option(help="Only this partner's: name or id (par_...).")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List keys, never their secrets: whose, what they may do, whether they still stand."""

    async def work(store: Store) -> list[ApiKey]:
        async with store.reading(EVERYTHING) as session:
            wanted = select(ApiKey).order_by(ApiKey.id)
            if partner is not None:
                wanted = wanted.where(ApiKey.partner_id == (await find(session, Partner, partner, "--partner")).id)
            return list(await session.scalars(wanted))

    now = datetime.now(UTC)
    print_rows([_shown(row, now) for row in run(ctx, work)], as_json=as_json)


@app.command()
def revoke(ctx: typer.Context, key: Annotated[str, typer.Argument(help="The key's id (key_...) or name.")]) -> None:
    """End a key for good, from the next request on."""

    async def work(store: Store) -> ApiKey:
        async with store.writing(EVERYTHING) as session:
            row = await find(session, ApiKey, key, "KEY")
            row.revoked_at = row.revoked_at or datetime.now(UTC)
            return row

    row = run(ctx, work)
    typer.echo(f"{row.typeid} ({row.name}) is revoked since {row.revoked_at:%Y-%m-%d %H:%M:%S}Z")


def _shown(row: ApiKey, now: datetime) -> dict[str, Any]:
    ended = row.expires_at is not None and row.expires_at <= now
    return {
        "id": row.typeid,
        "name": row.name,
        "partner": typeid("par", row.partner_id),
        "state": "revoked" if row.revoked_at else "expired" if ended else "valid",
        "scopes": row.scopes,
        "createdAt": row.created_at.isoformat(),
        "expiresAt": row.expires_at.isoformat() if row.expires_at else None,
    }
