"""What outlives a process that dies: the carriers, the partner's receiver, and a database made anew for every death."""

import asyncio
import multiprocessing
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.types import ASGIApp, Receive, Scope, Send

from aftersales import orders, partners, webhooks
from aftersales.forms import OrderForm
from aftersales.partners import AccountWish
from aftersales.webhooks import EndpointWish
from carriers import wordings
from carriers.registry import BY_CODE
from carriers.sandbox import Book
from cli import hosting
from cli.sandbox import create_app
from db.enums import SigningScheme
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from tests import make
from tests.experiments.crash_day import SECRET_KEY, Plan, child
from tests.worker import forgetful, tiny
from tests.worker.forgetful import Forgetful
from tests.worker.receiving import Receiver, owner_of, receiving
from worker import fanout, sealing

OLD_ORDERS = 120  # more than a page of an export
TINY = 1
_SPAWN = multiprocessing.get_context("forkserver")


@dataclass
class Outside:
    """Carriers and the receiver. ``calls`` counts what the sandbox was asked, by method and path."""

    receiver: Receiver
    forgetful: Forgetful
    book: Book
    sandbox: str
    calls: Counter[str] = field(default_factory=Counter)

    def forget(self) -> None:
        """As if nothing had ever come."""
        self.receiver.came.clear()
        self.forgetful.made.clear()
        self.forgetful.asked.clear()
        self.calls.clear()
        for books in (self.book.journeys, self.book.callbacks, self.book.told):
            books.clear()


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """All of it on loopback."""
    book, listener, started = Book(), hosting.bound(0), asyncio.Event()
    calls = Counter[str]()

    async def beside() -> None:
        started.set()
        await asyncio.Event().wait()

    sandbox: Any = create_app(book)
    sandbox.add_middleware(_Counted, calls=calls)
    running = asyncio.create_task(hosting.host([hosting.Hosted(sandbox, listener)], beside))
    await started.wait()
    async with receiving() as receiver, forgetful.running(Forgetful(by_number=False, share=0.0)) as carrier:
        yield Outside(receiver, carrier, book, hosting.address(listener), calls)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class _Counted:
    def __init__(self, app: ASGIApp, calls: Counter[str]) -> None:
        self.app, self.calls = app, calls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.calls[f"{scope['method']} {scope['path']}"] += 1
        await self.app(scope, receive, send)


@dataclass
class Ground:
    """One engine's seeded database and what is around it. ``plan`` is of the seeded one; ``fresh`` copies it."""

    outside: Outside
    plan: Plan
    folder: Path
    admin: AsyncEngine | None = None

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Plan]:
        """A plan over a database of its own, with nothing left of the one before."""
        self.outside.forget()
        name = f"d{uuid4().hex}"
        files = self.folder / name
        files.mkdir()
        plan = replace(self.plan, files=files, acks=files / "acks")
        if self.admin is None:
            path = files / "waybridge.db"
            shutil.copy(make_url(self.plan.url).database or "", path)
            yield replace(plan, url=f"sqlite+aiosqlite:///{path}")
        else:
            url = make_url(self.plan.url)
            await self._administer(f"CREATE DATABASE {name} TEMPLATE {url.database}")
            yield replace(plan, url=url.set(database=name).render_as_string(hide_password=False))
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(files)

    async def _administer(self, statement: str) -> None:
        assert self.admin
        async with self.admin.connect() as connection:
            await connection.execute(text(statement))


@asynccontextmanager
async def grounded(url: str, around: Outside, folder: Path) -> AsyncIterator[Ground]:
    """Seeds the (migrated, empty) database and lends it out."""
    store = Store(url, Vault(SECRET_KEY))
    plan = await _seeded(store, around, folder)
    await store.close()
    admin = None
    if not store.is_sqlite:
        admin = _administering(store.url)
    yield Ground(around, plan, folder, admin)
    if admin is not None:
        await admin.dispose()


def _administering(url: URL) -> AsyncEngine:
    return create_async_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")


async def created(server: str, name: str) -> str:
    """A new database of a PostgreSQL server. Gives its URL."""
    admin = _administering(make_url(server))
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await admin.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def _seeded(store: Store, around: Outside, folder: Path) -> Plan:
    start = datetime.now(UTC).replace(microsecond=0)  # the sandbox lives by the true clock
    seller = await make.merchant(store)
    assert seller.merchant
    await store.keys_of(seller.merchant_id)
    forms = [OrderForm.model_validate(make.order_form(f"OLD-{number}")) for number in range(OLD_ORDERS)]
    async with store.writing(EVERYTHING) as session:
        checked = [orders.check(form) for form in forms]
        await orders.sync(session, store.vault, seller.merchant_id, checked, by=make.BY, now=make.NOW)
        opened = {
            code: await partners.create_account(session, store.vault, seller.merchant_id, wish, now=make.NOW)
            for code, wish in _accounts(around).items()
        }
    await sealing.drain(store)
    while await fanout.fan_out(store, make.NOW):
        pass
    little = await tiny.account(store, seller.merchant, around.forgetful.url)
    async with store.writing(EVERYTHING) as session:
        wish = EndpointWish(f"{around.receiver.url}/hear", ["*"], dev=True)
        endpoint = await webhooks.create(
            session, store.vault, owner_of(seller), wish, SigningScheme.HMAC_SHA256, now=make.NOW
        )
        session.add_all(
            Shipment(
                merchant_id=seller.merchant_id,
                carrier_code="tiny",
                account_id=little.id,
                tracking_number=f"TINY{number}",
                external_id=f"ours-{number}",
                told=[],
                created_at=start,
                next_subscribe_at=start,
            )
            for number in range(TINY)
        )
    secrets = {code: account.open(store.vault, "push_secret") or "" for code, account in opened.items()}
    paths = {code: f"/carriers/{code}/push/{a.open(store.vault, 'push_token')}" for code, a in opened.items()}
    return Plan(
        url=store.url.render_as_string(hide_password=False),
        files=folder,
        acks=folder / "acks",
        start=start,
        key=seller.key,
        endpoint=endpoint.typeid,
        sf=paths["sf"],
        dhl=paths["dhl_unified"],
        dhl_secret=secrets["dhl_unified"],
    )


def _accounts(around: Outside) -> dict[str, AccountWish]:
    return {
        code: AccountWish(code, credentials=wordings.credentials_of(BY_CODE[code]), base_url=f"{around.sandbox}/{code}")
        for code in ("sf", "dcsa", "dhl_unified")
    }


def warm() -> None:
    """From now on children are forked from a process that has everything imported."""
    multiprocessing.set_forkserver_preload(["tests.experiments.crash_day", "aiosqlite"])


async def die(plan: Plan) -> int | None:
    """Lets a child live the plan's day. Gives how it ended; None for one that did not within a minute."""
    process = _SPAWN.Process(target=child, args=(plan,))
    process.start()
    try:
        await asyncio.to_thread(process.join, 60)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join)
            return None
        return process.exitcode
    finally:
        process.close()
