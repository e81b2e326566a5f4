"""``waybridge merchants``: whose goods they are, and which platform acts for whom."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select

from aftersales import partners
from cli.console import Json, print_json, print_rows
from cli.finding import find
from cli.opening import run
from db.models.partners import Merchant, Partner
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(no_args_is_help=True, help="Merchants: whose goods they are, and which platform acts for them.")


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the merchant is called.")],
    country: Annotated[str | None, typer.Option(help="Its country, ISO 3166-1: CN, US, DE...")] = None,
    zone: Annotated[str, typer.Option(help="The IANA time zone of its business day, as Asia/Shanghai.")] = "UTC",
    external_id: Annotated[str | None, typer.Option(help="What your platform calls it; only one may have it.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a merchant. Its personal data is sealed with a key of its own, made here.

    Prints the merchant's id.
    """
    wish = partners.MerchantWish(name, country, zone, external_id)

    async def work(store: Store) -> Merchant:
        async with store.writing(EVERYTHING) as session:
            return await partners.create_merchant(session, store.vault, wish, now=datetime.now(UTC))

    merchant = run(ctx, work)
    if as_json:
        print_json(_shown(merchant))
    else:
        typer.echo(merchant.typeid)


@app.command()
def link(
    ctx: typer.Context,
    platform: Annotated[str, typer.Option(help="The platform: a partner's name or id (par_...).")],
    merchant: Annotated[str, typer.Option(help="The merchant it may act for: name or id (mer_...).")],
) -> None:
    """Let a platform act for a merchant: read its rows, and write with the Waybridge-Merchant header."""

    async def work(store: Store) -> str:
        async with store.writing(EVERYTHING) as session:
            actor = await find(session, Partner, platform, "--platform")
            goods = await find(session, Merchant, merchant, "--merchant")
            await partners.link_merchant(session, actor, goods, now=datetime.now(UTC))
            return f"{actor.name} may act for {goods.name}"

    typer.echo(run(ctx, work))


@app.command("list")
def list_merchants(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every merchant."""

    async def work(store: Store) -> list[Merchant]:
        async with store.reading(EVERYTHING) as session:
            return list(await session.scalars(select(Merchant).order_by(Merchant.id)))

    print_rows([_shown(merchant) for merchant in run(ctx, work)], as_json=as_json)


def _shown(merchant: Merchant) -> dict[str, Any]:
    return {
        "id": merchant.typeid,
        "name": merchant.name,
        "country": merchant.country,
        "zone": merchant.zone,
        "externalId": merchant.external_id,
        "createdAt": merchant.created_at.isoformat(),
    }
