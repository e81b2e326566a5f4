"""``waybridge log``: signed heads to keep elsewhere, and the proof that nothing they stand for was changed."""

import json
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from aftersales import events, proofs
from aftersales.rules import drawing, entries, heads, verifying
from aftersales.rules.heads import Head
from aftersales.rules.verifying import Check
from cli.console import Json, Problem, print_json, tell
from cli.finding import find
from cli.opening import run
from db.ids import typeid
from db.models.base import Row
from db.models.log import Event, Seal
from db.models.log import Head as HeadRow
from db.models.partners import Merchant
from db.reach import EVERYTHING
from db.session import Store

app = typer.Typer(no_args_is_help=True, help="The log of facts: heads to keep elsewhere, and what they prove.")

Whose = Annotated[str, typer.Option(metavar="MERCHANT", help="Whose log: the merchant's name or id (mer_...).")]
PAGE = 1000
_EVENTS, _SEALS = Row.metadata.tables[Event.__tablename__], Row.metadata.tables[Seal.__tablename__]


@app.command()
def head(
    ctx: typer.Context,
    merchant: Whose,
    size: Annotated[int | None, typer.Option(help="The head of this size; left out: the newest.")] = None,
) -> None:
    """Print a signed head. Keep it where the operator of this gateway cannot reach it."""

    async def work(store: Store) -> str:
        async with store.reading(EVERYTHING) as session:
            owner = await find(session, Merchant, merchant, "--merchant")
            found = await proofs.newest_head(session, owner.id, size)
        if found is None:
            raise Problem("--merchant", "no such head was signed yet; the worker signs within the hour")
        return proofs.note_of(found, store.vault)

    typer.echo(run(ctx, work), nl=False)


@app.command()
def key(ctx: typer.Context) -> None:
    """Print the verifier key of the heads, to be kept with the first of them."""

    async def work(store: Store) -> str:
        return heads.public_text(proofs.key_of(store.vault).public_key())

    typer.echo(run(ctx, work))


@app.command("events")
def print_events() -> None:
    """Print the catalogue of events as a page (docs/events.md)."""
    typer.echo(events.page(), nl=False)


@app.command("lives")
def print_lives() -> None:
    """Print what cases can go through, as a page with diagrams (docs/lives.md)."""
    typer.echo(drawing.page(), nl=False)


@app.command()
def export(ctx: typer.Context, merchant: Whose) -> None:
    """Print a merchant's log, an entry a line, with all that is needed to check it elsewhere."""

    async def work(store: Store) -> None:
        async with store.reading(EVERYTHING) as session:
            owner = await find(session, Merchant, merchant, "--merchant")
        async for row in _rows(store, owner.id):
            sys.stdout.buffer.write(entries.export_line(row, row["number"]) + b"\n")

    run(ctx, work)


@app.command()
def verify(
    ctx: typer.Context,
    merchant: Annotated[
        str | None, typer.Option(help="Whose log in this database; left out: every merchant's.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file of `log export`; no database is opened.")
    ] = None,
    head: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A head kept elsewhere: a note, or a webhook message; repeat for more."
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The verifier key kept elsewhere (`log key`).")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check a log against signed heads: that nothing was changed, left out, put in, swapped or cut off.

    Without --head the database's own heads are used, which tells less: whoever can change all of it can sign them anew.
    """
    notes = [path.read_text("utf-8") for path in head or ()]
    if export is None:
        checks = run(ctx, lambda store: _of_database(store, merchant, notes, key))
    else:
        if not notes or key is None:
            raise Problem("--export", "needs --head and --key, both as they were kept elsewhere")
        kept = _read(notes, _key(key))
        checks = [verifying.verify(_file(export), kept[0].merchant_id, kept)]
    _tell(checks, as_json=as_json)
    if not notes:
        tell("Checked against the heads in this same database; give --head to trust only what was kept elsewhere.")
    if any(check.problem for check in checks):
        raise typer.Exit(1)


def _tell(checks: Sequence[Check], *, as_json: bool) -> None:
    told = [
        {
            "merchant": typeid(Merchant.prefix, check.merchant_id),
            "entries": check.size,
            "proven": check.proven,
            "problem": check.problem,
        }
        for check in checks
    ]
    if as_json:
        print_json(told)
        return
    for each in told:
        proven = f"{each['proven']} of {each['entries']} entries proven"
        typer.echo(f"{each['merchant']}: {proven}" + (f"; {each['problem']}" if each["problem"] else ""))


async def _of_database(store: Store, merchant: str | None, notes: Sequence[str], key: str | None) -> list[Check]:
    public = proofs.key_of(store.vault).public_key() if key is None else _key(key)
    given = _read(notes, public)
    async with store.reading(EVERYTHING) as session:
        if merchant is not None:
            owners = [(await find(session, Merchant, merchant, "--merchant")).id]
        else:
            owners = list(await session.scalars(select(Merchant.id).order_by(Merchant.id)))
        if not notes:
            rows = await session.scalars(select(HeadRow).where(HeadRow.merchant_id.in_(owners)))
            given = _read([proofs.note_of(row, store.vault) for row in rows], public)
    return [await _checked(store, Check(id_, [each for each in given if each.merchant_id == id_])) for id_ in owners]


async def _checked(store: Store, check: Check) -> Check:
    """Reads a merchant's entries; the hashes that its seals keep must be their own too."""
    async with aclosing(_rows(store, check.merchant_id)) as rows:
        async for row in rows:
            hashes = check.take(entries.export_line(row, row["number"]))
            own = entries.leaf(entries.stamp_of(row), row["number"]) == row["leaf"]
            if check.problem is None and not (own and hashes == row["leaf"] + row["subtrees"]):
                check.problem = f"entry {check.size} and the hashes kept with it do not agree"
            if check.problem is not None:
                break
    check.end()
    return check


async def _rows(store: Store, merchant_id: UUID) -> AsyncGenerator[dict[str, Any]]:
    """A merchant's entries in their order, a page at a time: memory holds one page of however long a log."""
    wanted = (
        select(_SEALS.c.number, _SEALS.c.leaf, _SEALS.c.subtrees, *_EVENTS.c)
        .join(_EVENTS, _EVENTS.c.id == _SEALS.c.event_id)
        .where(_SEALS.c.merchant_id == merchant_id)
        .order_by(_SEALS.c.number)
        .limit(PAGE)
    )
    async with store.reading(EVERYTHING) as session:
        page = (await session.execute(wanted)).all()
        while page:
            for row in page:
                yield row._asdict()
            page = (await session.execute(wanted.where(_SEALS.c.number > page[-1].number))).all()


def _note(text: str) -> str:
    """The signed note of a file: the note itself, or a webhook's message of kind ``log.head`` kept as it came."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return str(json.loads(text)["data"]["note"])
    except (ValueError, KeyError, TypeError):
        raise heads.NotAHead("it is no message of kind log.head") from None


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield line.removesuffix(b"\n")


def _key(text: str) -> Ed25519PublicKey:
    try:
        return heads.read_key(text)
    except heads.NotAHead as bad:
        raise Problem("--key", str(bad)) from None


def _read(notes: Sequence[str], key: Ed25519PublicKey) -> list[Head]:
    try:
        return [heads.read(_note(note), key) for note in notes]
    except heads.NotAHead as bad:
        raise Problem("--head", str(bad)) from None
