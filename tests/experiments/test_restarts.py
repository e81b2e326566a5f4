"""Restarts under load, in short; the long form is ``python -m benchmarks.restarts``."""

import pytest

from benchmarks.restarts import Restarted, measure


@pytest.fixture(scope="module")
async def found(database_url: str) -> Restarted:
    """On SQLite the one process is restarted, on PostgreSQL one of two."""
    return await measure(database_url, restarts=1, rate=30, calm=0.5)


async def test_no_request_that_was_taken_in_fails_and_nothing_is_lost(found: Restarted) -> None:
    assert found.misses() == []
    assert found.requests > 30


async def test_those_who_follow_live_are_told_that_the_server_restarts(found: Restarted) -> None:
    assert found.ends["closed with 1012"] >= 1
    assert found.ends["ended"] >= 1
