"""The real command line, in this process, on both databases."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from cli.main import app
from db.session import Store
from db.vault import Vault
from tests.conftest import SECRET_KEY

T = TypeVar("T")
KEY_TEXT = base64.b64encode(SECRET_KEY).decode()


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as one JSON document."""
        return json.loads(self.out)


Command = Callable[..., Said]


def said(*words: str, given: str | None = None, **environ: str | None) -> Said:
    """Runs ``waybridge WORDS`` with these settings and no others."""
    settings: dict[str, str | None] = {
        "WAYBRIDGE_DATABASE_URL": None,
        "WAYBRIDGE_SECRET_KEY": None,
        "WAYBRIDGE_PUBLIC_URL": None,
        "COLUMNS": "200",
    }
    ended = CliRunner().invoke(app, list(words), input=given, env={**settings, **environ})
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Said(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture
def waybridge(database_url: str) -> Command:
    """``waybridge ...`` against this module's database."""

    def call(*words: str, given: str | None = None, **environ: str | None) -> Said:
        settings: dict[str, str | None] = {"WAYBRIDGE_DATABASE_URL": database_url, "WAYBRIDGE_SECRET_KEY": KEY_TEXT}
        return said(*words, given=given, **{**settings, **environ})

    return call


@pytest.fixture
def in_store(database_url: str) -> Callable[[Callable[[Store], Awaitable[Any]]], Any]:
    """Does something in the database, from outside the command line."""

    def work(what: Callable[[Store], Awaitable[T]]) -> T:
        async def opened() -> T:
            store = Store(database_url, Vault(SECRET_KEY))
            try:
                return await what(store)
            finally:
                await store.close()

        return asyncio.run(opened())

    return work


@pytest.fixture
def shop(waybridge: Command) -> str:
    """A fresh merchant's id."""
    return waybridge("merchants", "create", f"shop {uuid4().hex}", "--country", "CN").out.strip()
