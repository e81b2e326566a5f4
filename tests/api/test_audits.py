"""The public audits of GraphQL over HTTP, against a real server on loopback."""

import asyncio
from pathlib import Path

import pytest

from tests.api.toy import door, served
from tests.npm import npm_packages, run

__all__ = ["npm_packages"]


@pytest.mark.usefixtures("npm_packages")
async def test_every_audit_of_graphql_over_http_is_ok() -> None:
    async with served(door().app) as address:
        found = await asyncio.to_thread(run, "audit.cjs", f"{address}/graphql")

    assert len(found) == 61
    assert {id_: audit for id_, audit in found.items() if audit[0] != "ok"} == {}


def test_the_lock_names_no_address() -> None:
    lock = Path(__file__).parents[1] / "npm" / "package-lock.json"

    assert "http" not in lock.read_text().replace("graphql-http", "")
