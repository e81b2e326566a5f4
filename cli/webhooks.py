"""``waybridge webhooks``: partners' endpoints as their gateway's operator sees them, tried out and told again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import typer
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import webhook_replays, webhooks
from aftersales.rules.entries import PREFIXES
from aftersales.webhook_replays import Stretch
from cli import moments
from cli.console import Json, Problem, print_json, print_rows
from cli.finding import find
from cli.opening import run
from db.enums import DeliveryStatus
from db.ids import parse_typeid, typeid
from db.models.partners import Merchant, Partner
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from db.reach import EVERYTHING
from db.session import Store

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Webhooks: partners' endpoints, and what was sent to them.")
Id = Annotated[str, typer.Argument(metavar="ENDPOINT", help="The endpoint's id (whk_...).")]


@app.command("list")
def list_endpoints(
    ctx: typer.Context,
    partner: Annotated[str | None, typer.Option(help="Only this partner's: name or id (par_...).")] = None,
    *,
    failing: Annotated[bool, typer.Option(help="Only those that fail or were disabled.")] = False,
    as_json: Json = False,
) -> None:
    """List endpoints, the oldest first: whose, where, whether they are told."""

    async def work(store: Store) -> list[WebhookEndpoint]:
        one = WebhookEndpoint
        wanted = select(one).where(one.deleted_at.is_(None)).order_by(one.id)
        async with store.reading(EVERYTHING) as session:
            if partner is not None:
                owner = await find(session, Partner, partner, "--partner")
                wanted = wanted.where(one.partner_id == owner.id)
            if failing:
                wanted = wanted.where(one.disabled_at.is_not(None) | one.failing_since.is_not(None))
            return list(await session.scalars(wanted))

    print_rows([_row(endpoint) for endpoint in run(ctx, work)], as_json=as_json)


@app.command()
def show(ctx: typer.Context, endpoint: Id, *, as_json: Json = False) -> None:
    """Show one endpoint: what it takes, how it fares, how much waits for it. Never its secret."""

    async def work(store: Store) -> tuple[WebhookEndpoint, dict[DeliveryStatus, int]]:
        one = WebhookDelivery
        async with store.reading(EVERYTHING) as session:
            row = await _endpoint(session, endpoint)
            counts = select(one.status, func.count()).where(one.endpoint_id == row.id).group_by(one.status)
            return row, dict((await session.execute(counts)).all())

    row, counts = run(ctx, work)
    shown = _row(row) | {
        "url": row.url,
        "description": row.description,
        "merchant": typeid(Merchant.prefix, row.merchant_id) if row.merchant_id else None,
        "carrier": row.carrier_code,
        "carriers": row.carriers,
        "statuses": row.statuses,
        "selection": row.selection,
        "signing": row.signing.name,
        "failingSince": _moment(row.failing_since),
        "disabledAt": _moment(row.disabled_at),
        "createdAt": _moment(row.created_at),
        "deliveries": {status.name: counts.get(status, 0) for status in DeliveryStatus},
    }
    _print(shown, as_json=as_json)


@app.command()
def deliveries(
    ctx: typer.Context,
    endpoint: Id,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")] = 50,
    *,
    as_json: Json = False,
) -> None:
    """List what was sent to an endpoint or waits for it, the newest first, with the last attempt of each."""

    async def work(store: Store) -> list[tuple[WebhookDelivery, WebhookAttempt | None]]:
        one, tried = WebhookDelivery, WebhookAttempt
        async with store.reading(EVERYTHING) as session:
            row = await _endpoint(session, endpoint)
            wanted = select(one).where(one.endpoint_id == row.id).order_by(one.created_at.desc(), one.id.desc())
            if status is not None:
                wanted = wanted.where(one.status == status)
            found = list(await session.scalars(wanted.limit(limit)))
            attempts = select(tried).where(tried.delivery_id.in_([each.id for each in found]))
            last = {
                each.delivery_id: each for each in await session.scalars(attempts.order_by(tried.started_at, tried.id))
            }
            return [(each, last.get(each.id)) for each in found]

    print_rows([_delivery(*each) for each in run(ctx, work)], as_json=as_json)


@app.command("test")
def try_out(ctx: typer.Context, endpoint: Id, *, as_json: Json = False) -> None:
    """Queue a message of kind webhook.test, sent once; `deliveries` tells what came of it. The worker sends it."""

    async def work(store: Store) -> WebhookDelivery:
        async with store.writing(EVERYTHING) as session:
            row = await _endpoint(session, endpoint)
            return await webhooks.test(session, row, now=datetime.now(UTC))

    delivery = run(ctx, work)
    _print({"delivery": delivery.typeid, "status": delivery.status.name}, as_json=as_json)


@app.command()
def replay(
    ctx: typer.Context,
    endpoint: Id,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Recorded from when on: 2026-05-01T08:00Z, or 12h ago, 7d ago.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Recorded before then; left out: up to now.")
    ] = None,
    delivery: Annotated[list[str] | None, typer.Option(help="This delivery (dlv_...); repeat for more.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell an endpoint again, under the same ids: a stretch of the log (`--since`), or single deliveries.

    What happened while it was disabled is told too. Prints how many go out again; the worker sends them.
    """
    if (since is None) == (not delivery):
        raise Problem("--since", "give either --since or --delivery")
    now = datetime.now(UTC)

    async def work(store: Store) -> int:
        if delivery:
            async with store.writing(EVERYTHING) as session:
                return await _again(session, (await _endpoint(session, endpoint)).id, delivery, now)
        start = moments.before((since or "").removesuffix(" ago"), now, "--since")
        end = None if before is None else moments.before(before.removesuffix(" ago"), now, "--before")
        return await _stretch(store, endpoint, Stretch(since=start, before=end), now)

    _print({"replayed": run(ctx, work)}, as_json=as_json)


async def _stretch(store: Store, endpoint: str, which: Stretch, now: datetime) -> int:
    """The whole stretch, a thousand entries a transaction."""
    total, after = 0, 0
    while True:
        async with store.writing(EVERYTHING) as session:
            row = await _endpoint(session, endpoint)
            part = Stretch(after=after, since=which.since, before=which.before)
            done = await webhook_replays.stretch(session, row, part, now)
        total += done.deliveries
        if done.continue_after is None:
            return total
        after = done.continue_after


async def _again(session: AsyncSession, endpoint_id: UUID, given: Sequence[str], now: datetime) -> int:
    ids = [_id(text, WebhookDelivery.prefix, "--delivery") for text in given]
    mine = set(await session.scalars(select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint_id)))
    for id_, text in zip(ids, given, strict=True):
        if id_ not in mine:
            raise Problem("--delivery", f"{text} was never queued for this endpoint")
    return (await webhook_replays.deliveries(session, ids, now)).deliveries


async def _endpoint(session: AsyncSession, text: str) -> WebhookEndpoint:
    row = await session.get(WebhookEndpoint, _id(text, WebhookEndpoint.prefix, "ENDPOINT"))
    if row is None or row.deleted_at is not None:
        raise Problem("ENDPOINT", f"nothing here is called {text!r}")
    return row


def _id(text: str, prefix: str, place: str) -> UUID:
    parsed = parse_typeid(text)
    if parsed is None or parsed[0] != prefix:
        raise Problem(place, f"{text!r} is no id of the form {prefix}_...")
    return parsed[1]


def _row(row: WebhookEndpoint) -> dict[str, Any]:
    """Of the address the host alone: its path may hold a token."""
    state = row.disabled_because.name if row.disabled_because else "FAILING_NOW" if row.failing_since else "WELL"
    return {
        "id": row.typeid,
        "partner": typeid(Partner.prefix, row.partner_id),
        "host": urlsplit(row.url).netloc,
        "state": state,
        "topics": row.topics,
    }


def _delivery(row: WebhookDelivery, last: WebhookAttempt | None) -> dict[str, Any]:
    return {
        "id": row.typeid,
        "kind": row.kind,
        "subject": typeid(PREFIXES[row.subject], row.subject_id) if row.subject else None,
        "number": row.number,
        "status": row.status.name,
        "attempts": row.attempts,
        "problem": last.problem.name if last and last.problem else None,
        "httpStatus": last.http_status if last else None,
        "nextAttemptAt": _moment(row.next_at) if row.status is DeliveryStatus.WAITING else None,
        "createdAt": _moment(row.created_at),
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _print(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        text = ", ".join(f"{each}" for each in value) if isinstance(value, list) else value
        if isinstance(value, dict):
            text = ", ".join(f"{count} {word.lower()}" for word, count in value.items())
        typer.echo(f"{name:<13} {'-' if text in {None, ''} else text}")
