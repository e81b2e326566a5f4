"""``waybridge demo``: the sample world, the carrier sandbox, the worker and the server in one process."""

import asyncio
import contextlib
import json
import os
import shlex
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx2
import typer
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.routing import Route

from aftersales import partners
from aftersales.rules.shipments import FINAL
from api.app import create_app
from api.exports import reading
from api.observability import set_up_logging
from api.selections import render
from api.settings import Settings
from carriers.registry import BY_CODE
from carriers.sandbox import Book
from cli import hosting, sample_world, sandbox
from cli.console import Json, Problem, tell
from cli.opening import environment, told_in_a_line
from cli.sample_orders import QUICK
from cli.sample_world import Keys
from db import migrate
from db.models.partners import CarrierAccount
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.settings import open_store
from db.write_lock import WriterBusy
from worker.run import inside
from worker.settings import Paces
from worker.settings import Settings as WorkerSettings

FILE = "waybridge-demo.db"
DATABASE = "WAYBRIDGE_DATABASE_URL"
ASKED_EVERY = timedelta(seconds=3)
MOST_FAILURES = 5
PACES = Paces(polling_seconds=1.0, subscribing_seconds=1.0, alerts_seconds=2.0)

TRIALS = (
    (
        "Every parcel of a shop, where it is and what the buyer should know:",
        "merchant",
        """{ orders(first: 20) { nodes { number flags shipments { trackingNumber carrier { code } status isDelayed isStalled
        estimatedDeliveryAt alerts { kind since actions } latestEvent { localTime description } } } } }""",
    ),
    (
        "All shops of a platform at once, newest news first, across carriers:",
        "platform",
        """{ shipments(first: 30) { nodes { merchant { name } carrier { name } trackingNumber status reason
        events(last: 3) { occurredAt status description carrierWords location { text } } } } }""",
    ),
    (
        "What a buyer sees of their own orders:",
        "customer",
        """{ orders(first: 10) { nodes { number status lines { title quantity } shipments { status
        stages { stage reachedAt } proofOfDelivery { deliveredAt signedBy } } } } }""",
    ),
)
"""Title, whose key, query."""

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a person or a script needs to begin."""

    url: str
    sandbox: str
    keys: Keys


@app.command()
def demo(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0 takes a free one.")] = 8000,
    db: Annotated[Path | None, typer.Option(help=f"The demo's own SQLite file; {FILE} unless named.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Run everything on this machine with a sample world: shops, orders, and parcels that move while you watch.

    Ready in seconds, also a second time on the same file. Ctrl-C stops it.
    """
    with told_in_a_line(), hosting.bound(port) as listener, hosting.bound(0) as stage:
        environ = _environment(ctx, db)
        set_up_logging(environ.get("WAYBRIDGE_LOG_LEVEL", "warning").lower())
        settings = replace(Settings.from_environ(environ), public_url=hosting.address(listener), dev=True)
        hosting.run(_play(settings, listener, stage, as_json=as_json))


def _environment(ctx: typer.Context, db: Path | None) -> Mapping[str, str]:
    """The environment with the demo's own file: never the database of a real gateway, unless --db names one."""
    given = environment(ctx)
    if db is None and given.get(DATABASE) != os.environ.get(DATABASE):
        return given  # waybridge --db PATH demo
    path = Path(FILE) if db is None else db
    if not path.absolute().parent.is_dir():
        raise Problem(str(path), "this folder does not exist")
    return {**given, DATABASE: f"sqlite:///{quote(str(path))}"}


async def _play(settings: Settings, listener: socket.socket, stage: socket.socket, *, as_json: bool) -> None:
    """Loads the world and hosts it until it is told to stop."""
    now, book, theatre = datetime.now(UTC), Book(QUICK), hosting.address(stage)
    store = open_store(settings.database)
    try:
        await migrate.to_head(store)
        sample_world.begin(book, await sample_world.load(store, theatre, now))
        ready = Ready(settings.public_url, theatre, await sample_world.keys(store, now))
        hosted = [hosting.Hosted(sandbox.create_app(book), stage), hosting.Hosted(_gateway(settings, store), listener)]
        await hosting.host(hosted, partial(_watch, store, ready, as_json=as_json))
    finally:
        await store.close()


def _gateway(settings: Settings, store: Store) -> Starlette:
    """The gateway with the worker inside; in a demo its bare address answers as /graphql does."""
    worker = WorkerSettings(settings.public_url, PACES, dev=True, files=settings.files)
    beside = partial(inside, settings=worker, render=render, read=reading(settings))
    made = create_app(settings, store=store, beside=beside)
    endpoint = next(route.endpoint for route in made.routes if isinstance(route, Route) and route.path == "/graphql")
    made.router.routes.append(Route("/", endpoint))
    return made


async def _watch(store: Store, ready: Ready, *, as_json: bool) -> None:
    """Says that all is ready, then keeps asking after parcels that are told of by nobody: a journey played a thousand
    times as fast wants to be asked after as often."""
    await _set_consoles(store, ready)
    _announce(ready, as_json=as_json)
    while True:
        await asyncio.sleep(ASKED_EVERY.total_seconds())
        now = datetime.now(UTC)
        due = update(Shipment).where(
            Shipment.subscribed_at.is_(None),
            Shipment.account_id.is_not(None),
            Shipment.status.not_in(FINAL),
            Shipment.failures < MOST_FAILURES,
            Shipment.next_poll_at > now,
            Shipment.last_polled_at < now - ASKED_EVERY,
        )
        with contextlib.suppress(WriterBusy):
            async with store.writing(EVERYTHING, patient=True) as session:
                await session.execute(due.values(next_poll_at=now), execution_options={"synchronize_session": False})


async def _set_consoles(store: Store, ready: Ready) -> None:
    """Tells the sandbox the push address of every account, as one would in the carriers' consoles."""
    async with store.reading(EVERYTHING) as session:
        accounts = list(await session.scalars(select(CarrierAccount)))
    await store.keys_of(*{account.merchant_id for account in accounts})
    async with httpx2.AsyncClient(trust_env=False) as http:
        for account in accounts:
            if BY_CODE[account.carrier_code].pushing is not None:
                told = {
                    "carrier": account.carrier_code,
                    "url": ready.url + partners.push_path(store.vault, account),
                    "secret": account.open(store.vault, "push_secret"),
                }
                (await http.post(f"{ready.sandbox}/_control/callback", json=told)).raise_for_status()


def _announce(ready: Ready, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(asdict(ready)) + "\n")
        sys.stdout.flush()
        return
    typer.echo(f"Waybridge is ready.\n\n  GraphQL   {ready.url}/graphql   (in a browser: GraphiQL)")
    typer.echo(f"  sandbox   {ready.sandbox}   (every carrier, played)\n")
    for role, key in asdict(ready.keys).items():
        typer.echo(f"  {role:9} {key}")
    typer.echo("\nThree things to try (send each as Authorization: Bearer KEY):")
    for title, key, query in TRIALS:
        body = shlex.quote(json.dumps({"query": " ".join(query.split())}))
        typer.echo(f"\n{title}\n")
        typer.echo(f"curl -s {ready.url}/graphql -H 'Content-Type: application/json' \\")
        typer.echo(f"  -H 'Authorization: Bearer {getattr(ready.keys, key)}' \\\n  -d {body}")
    tell("\nParcels move for about half an hour: ask again and compare. Ctrl-C stops the demo.")
