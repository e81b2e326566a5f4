"""Clients that hang up in the middle of a mutation, in short; the long form is ``python -m benchmarks.aborted``."""

from benchmarks.aborted import measure


async def test_whoever_hangs_up_leaves_nothing_open_and_every_key_whole_or_unspent(database_url: str) -> None:
    found = await measure(database_url, 100)

    assert found.misses() == []
    assert found.spent + found.absent == 100
