"""``waybridge accounts``: merchants' own credentials with carriers, sealed, each with its push address."""

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from aftersales import partners
from carriers.registry import BY_CODE
from cli.console import Json, Problem, print_json, print_rows, tell
from cli.finding import find
from cli.opening import environment, run
from db.enums import Environment
from db.ids import typeid
from db.models.partners import CarrierAccount, Merchant
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(
    no_args_is_help=True, help="Carrier accounts: a merchant's credentials with a carrier, sealed at rest."
)


@dataclass(frozen=True, slots=True)
class _Made:
    row: CarrierAccount
    push_path: str
    push_secret: str | None


@app.command()
def create(
    ctx: typer.Context,
    merchant: Annotated[str, typer.Option(help="Whose account: the merchant's name or id (mer_...).")],
    carrier: Annotated[str, typer.Option(help="The carrier's code; `waybridge carriers list` has them.")],
    name: Annotated[str, typer.Option(help="A name to know it by, once per merchant and carrier.")] = "main",
    environment_: Annotated[
        Environment, typer.Option("--environment", help="Which of the carrier's worlds it talks to.")
    ] = Environment.LIVE,
    credential: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="A credential; repeat for more. Other users of this machine can see it."
        ),
    ] = None,
    credentials_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="A JSON object of credentials; - reads it from stdin.")
    ] = None,
    push_secret: Annotated[
        str | None,
        typer.Option(help="What the carrier proves its pushes with, if it chose it. Left out: made and shown."),
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Another host than the carrier's own: the sandbox.")] = None,
    daily_quota: Annotated[int | None, typer.Option(help="At most so many calls a day.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Add an account and print the push address to give to the carrier.

    Credentials may be given in a file, as NAME=VALUE, or else are asked for, hidden, when a person is there to answer.
    """
    given = {**_from_file(credentials_file), **_from_options(credential)}
    if not given and credentials_file is None and sys.stdin.isatty():
        given = _asked(carrier)
    wish = partners.AccountWish(carrier, name, environment_, given, push_secret, base_url, daily_quota)
    made = run(ctx, lambda store: _create(store, merchant, wish))
    public_url = environment(ctx).get("WAYBRIDGE_PUBLIC_URL", "").rstrip("/")
    address = public_url + made.push_path
    if as_json:
        print_json({**_shown(made.row), "pushAddress": address, "pushSecret": made.push_secret})
        return
    typer.echo(f"account       {made.row.typeid}")
    typer.echo(f"push address  {address}")
    if made.push_secret is not None:
        typer.echo(f"push secret   {made.push_secret}")
    if not public_url:
        tell("WAYBRIDGE_PUBLIC_URL is not set: put your public https address before the push address.")


async def _create(store: Store, merchant: str, wish: partners.AccountWish) -> _Made:
    async with store.reading(EVERYTHING) as session:
        owner = await find(session, Merchant, merchant, "--merchant")
    await store.keys_of(owner.id)
    async with store.writing(EVERYTHING) as session:
        row = await partners.create_account(session, store.vault, owner.id, wish, now=datetime.now(UTC))
    made_here = row.open(store.vault, "push_secret") if wish.push_secret is None else None
    return _Made(row, partners.push_path(store.vault, row), made_here)


@app.command("list")
def list_accounts(
    ctx: typer.Context,
    merchant: Annotated[str | None, typer.Option(help="Only this merchant's: name or id (mer_...).")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List accounts, never their credentials."""

    async def work(store: Store) -> list[CarrierAccount]:
        async with store.reading(EVERYTHING) as session:
            wanted = select(CarrierAccount).order_by(CarrierAccount.id)
            if merchant is not None:
                owner = await find(session, Merchant, merchant, "--merchant")
                wanted = wanted.where(CarrierAccount.merchant_id == owner.id)
            return list(await session.scalars(wanted))

    print_rows([_shown(row) for row in run(ctx, work)], as_json=as_json)


@app.command()
def disable(
    ctx: typer.Context, account: Annotated[str, typer.Argument(help="The account's id (acc_...) or name.")]
) -> None:
    """Stop using an account: nothing is asked with it and its pushes are not taken."""

    async def work(store: Store) -> CarrierAccount:
        async with store.writing(EVERYTHING) as session:
            row = await find(session, CarrierAccount, account, "ACCOUNT")
            return await partners.disable_account(session, row, now=datetime.now(UTC))

    row = run(ctx, work)
    typer.echo(f"{row.typeid} ({row.carrier_code}, {row.name}) is disabled since {row.disabled_at:%Y-%m-%d %H:%M:%S}Z")


def _from_options(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or []]
    if any(not name or not equals for name, equals, _ in pairs):
        raise Problem("--credential", "is written NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _from_file(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        kept = json.loads(sys.stdin.read() if path == "-" else Path(path).read_text("utf-8"))
    except OSError as bad:
        raise Problem(path, bad.strerror or "cannot be read") from None
    except ValueError:
        raise Problem(path, "is not JSON") from None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        raise Problem(path, 'must be a JSON object of texts, as {"app_key": "..."}')
    return kept


def _asked(code: str) -> dict[str, str]:
    """Asks for each credential of the carrier, without showing what is typed; an empty answer leaves one out."""
    adapter = BY_CODE.get(code)
    answers: dict[str, str] = {}
    for name, sentence in adapter.credentials.items() if adapter else ():
        answers[name] = typer.prompt(f"{name} ({sentence})", default="", hide_input=True, show_default=False, err=True)
    return {name: text for name, text in answers.items() if text}


def _shown(row: CarrierAccount) -> dict[str, Any]:
    return {
        "id": row.typeid,
        "merchant": typeid("mer", row.merchant_id),
        "carrier": row.carrier_code,
        "name": row.name,
        "environment": row.environment.value,
        "state": "disabled" if row.disabled_at else "active",
        "baseUrl": row.base_url,
        "lastPushAt": row.last_push_at.isoformat() if row.last_push_at else None,
    }
