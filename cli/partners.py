"""``waybridge partners``: who calls us."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import partners
from cli.console import Json, print_json, print_rows
from cli.finding import find
from cli.opening import run
from db.enums import PartnerKind
from db.ids import typeid
from db.models.partners import Merchant, MerchantLink, Partner
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(no_args_is_help=True, help="Partners: who calls the API. Each gets its keys with `keys create`.")


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What the partner is called; only one may have the name.")],
    kind: Annotated[
        PartnerKind,
        typer.Option(
            help="merchant: its own goods. platform: acts for linked merchants. carrier: tells of its parcels."
        ),
    ],
    merchant: Annotated[
        str | None, typer.Option(help="For a merchant partner: whose goods, by name or id (mer_...).")
    ] = None,
    carrier: Annotated[
        str | None, typer.Option(help="For a carrier partner: the carrier's code, as sf; a new one is added.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add a partner. Prints its id."""

    async def work(store: Store) -> Partner:
        async with store.writing(EVERYTHING) as session:
            owner = None if merchant is None else await find(session, Merchant, merchant, "--merchant")
            wish = partners.PartnerWish(name, kind, owner.id if owner else None, carrier)
            return await partners.create_partner(session, wish, now=datetime.now(UTC))

    partner = run(ctx, work)
    if as_json:
        print_json(_shown(partner, []))
    else:
        typer.echo(partner.typeid)


@app.command("list")
def list_partners(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every partner, with the merchants whose goods it sees."""

    async def work(store: Store) -> list[dict[str, Any]]:
        async with store.reading(EVERYTHING) as session:
            linked = await _linked(session)
            rows = await session.scalars(select(Partner).order_by(Partner.id))
            return [_shown(partner, linked.get(partner.typeid, [])) for partner in rows]

    print_rows(run(ctx, work), as_json=as_json)


async def _linked(session: AsyncSession) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for link in await session.scalars(select(MerchantLink).order_by(MerchantLink.merchant_id)):
        found.setdefault(typeid("par", link.partner_id), []).append(typeid("mer", link.merchant_id))
    return found


def _shown(partner: Partner, linked: list[str]) -> dict[str, Any]:
    own = [] if partner.merchant_id is None else [typeid("mer", partner.merchant_id)]
    return {
        "id": partner.typeid,
        "name": partner.name,
        "kind": partner.kind.value,
        "carrier": partner.carrier_code,
        "merchants": own + linked,
        "createdAt": partner.created_at.isoformat(),
    }
