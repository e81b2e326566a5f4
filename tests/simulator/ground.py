"""The ground a world stands on: a database that begins anew with each seed, copied from a template, and who is on it."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from aftersales import access
from carriers.registry import BY_CODE
from carriers.wordings import credentials_of
from db import migrate
from db.models.partners import CarrierAccount
from db.reach import EVERYTHING
from db.session import Store
from db.vault import Vault
from tests import make
from tests.simulator.inline import DRIVER
from tests.simulator.outside import SANDBOX

SECRET_KEY = b"s" * 32
PUBLIC_URL = "http://waybridge.test"
ACCOUNTS = (("sf", "zto", "yto"), ("sf", "dcsa"), ("easypost", "jtexpress"))
"""The carriers of each shop: by push and by asking, one parcel or many a call, an aggregator; two shops share one."""

MARKS = ("QALPHA", "QBRAVO", "QCHARLIE")
"""What stands in every order number and name of a shop, and nowhere else."""


@dataclass(frozen=True)
class Shop:
    """A merchant, what marks its rows, and the carriers it has accounts with."""

    who: make.Someone
    mark: str
    carriers: tuple[str, ...]


@dataclass(frozen=True)
class Console:
    """What is set at a carrier for one account: where it pushes to, and the secret that proves it."""

    carrier: str
    url: str
    secret: str
    merchant_id: UUID


@dataclass(frozen=True)
class Cast:
    """Everybody: three shops, a platform that acts for the first two, SF's own people."""

    shops: tuple[Shop, ...]
    platform: make.Someone
    carrier: make.Someone
    consoles: tuple[Console, ...]


@dataclass
class Ground:
    """The store stays open over all seeds: what it compiled is nobody's state. ``renew`` puts the template in its place."""

    store: Store
    cast: Cast
    renew: Callable[[], Awaitable[None]]


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[Ground]:
    """A file in a folder, at best one in memory."""
    template, path = folder / "template.db", folder / "waybridge.db"
    first = Store(f"{DRIVER}:///{template}", Vault(SECRET_KEY))
    cast = await _populate(first)
    await first.close()
    store = Store(f"{DRIVER}:///{path}", Vault(SECRET_KEY))

    async def renew() -> None:
        await store.close()
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
        shutil.copyfile(template, path)

    try:
        yield Ground(store, cast, renew)
    finally:
        await store.close()


@asynccontextmanager
async def on_postgresql(server: str) -> AsyncIterator[Ground]:
    """A database of the simulator's own on this server, dropped at the end."""
    template, name = "simulator_template", "simulator"
    await _administer(server, f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}")
    first = Store(_database(server, template), Vault(SECRET_KEY))
    cast = await _populate(first)
    await first.close()
    store = Store(_database(server, name), Vault(SECRET_KEY))

    async def renew() -> None:
        await store.close()
        drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
        await _administer(server, drop, f"CREATE DATABASE {name} TEMPLATE {template}")

    try:
        yield Ground(store, cast, renew)
    finally:
        await store.close()
        await _administer(server, *(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)" for each in (name, template)))


async def _administer(url: str, *statements: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for each in statements:
            await connection.execute(text(each))
    await engine.dispose()


def _database(url: str, name: str) -> str:
    return make_url(url).set(drivername="postgresql+asyncpg", database=name).render_as_string(hide_password=False)


async def _populate(store: Store) -> Cast:
    await migrate.to_head(store)
    shops, consoles = [], []
    for mark, codes in zip(MARKS, ACCOUNTS, strict=True):
        who = await make.merchant(store, f"{mark} shop")
        for code in codes:
            credentials = credentials_of(BY_CODE[code])
            account = await make.account(store, who.merchant_id, code, credentials=credentials)
            opened = access.opened(store.vault, account)
            url = access.push_url(PUBLIC_URL, opened)
            consoles.append(Console(code, url, opened.push_secret, who.merchant_id))
            async with store.writing(EVERYTHING) as session:
                here = update(CarrierAccount).where(CarrierAccount.id == account.id)
                await session.execute(here.values(base_url=f"{SANDBOX}/{code}"))
        shops.append(Shop(who, mark, codes))
    platform = await make.platform(store, shops[0].who, shops[1].who)
    carrier = await make.carrier(store, "sf")
    return Cast(tuple(shops), platform, carrier, tuple(consoles))
