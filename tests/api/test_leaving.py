"""A server that leaves says so first; and one whose database is away tells everyone to wait."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.applications import Starlette

from aftersales import credentials
from api.app import create_app
from api.intake import Intake
from api.settings import Settings
from benchmarks.serving import free_port
from db.away import DatabaseAway
from db.ids import uuid7
from db.session import Store
from db.settings import DatabaseSettings
from db.vault import Vault
from tests import make

KEY = b"k" * 32


def client(app: Starlette) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app=app), base_url="http://waybridge.test")


async def test_a_server_that_leaves_says_so_while_it_still_answers(store: Store) -> None:
    ended: list[str] = []

    @contextlib.asynccontextmanager
    async def beside(_store: Store, _clock: Callable[[], Any]) -> AsyncIterator[Callable[[], None]]:
        yield lambda: None
        ended.append("worker")

    settings = Settings(DatabaseSettings(store.url.render_as_string(hide_password=False), KEY))
    app = create_app(settings, store=store, beside=beside)
    who = await make.merchant(store)
    async with app.router.lifespan_context(app), client(app) as http:
        before = await http.get("/readyz")
        assert before.status_code == 200
        assert "connection" not in before.headers

        app.state.leave()
        unready = await http.get("/readyz")
        asked = await http.post(
            "/graphql", json={"query": "{ shipments(first: 1) { nodes { id } } }"}, headers=who.headers
        )
        await asyncio.sleep(0)
        assert unready.json() == {"status": "unready", "problem": "stopping"}
        assert "errors" not in asked.json()
        assert asked.headers["connection"] == "close"
        assert ended == ["worker"]  # it stops meanwhile, not afterwards


async def test_a_worker_that_cannot_start_lets_the_server_not_start(store: Store) -> None:
    @contextlib.asynccontextmanager
    async def beside(_store: Store, _clock: Callable[[], Any]) -> AsyncIterator[Callable[[], None]]:
        raise OSError("no")
        yield lambda: None

    settings = Settings(DatabaseSettings(store.url.render_as_string(hide_password=False), KEY))
    app = create_app(settings, store=store, beside=beside)
    with pytest.raises(OSError, match="no"):
        async with app.router.lifespan_context(app):
            pass


@pytest.fixture
async def nowhere() -> AsyncIterator[Store]:
    """A database that is away."""
    store = Store(f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/x", Vault(KEY))
    yield store
    await store.close()


async def test_while_the_database_is_away_every_door_tells_to_wait(nowhere: Store) -> None:
    url = nowhere.url.render_as_string(hide_password=False)
    app = create_app(Settings(DatabaseSettings(url, KEY)), store=nowhere)
    key = credentials._key_text(uuid7(), b"s" * 32)
    async with client(app) as http:
        answers = [
            await http.post("/graphql", json={"query": "{ __typename }"}, headers={"authorization": f"Bearer {key}"}),
            await http.post("/carriers/sf/push/token", content=b"{}"),
            await http.get("/readyz"),
        ]

    assert answers[0].json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers)
    assert not any("postgres" in answer.text for answer in answers)


async def test_pushes_that_came_together_are_told_at_once_that_the_database_is_away(nowhere: Store) -> None:
    intake = Intake(nowhere)
    told = await asyncio.gather(*(intake.keep({"id": uuid7()}) for _ in range(50)), return_exceptions=True)

    assert {type(each) for each in told} == {DatabaseAway}
