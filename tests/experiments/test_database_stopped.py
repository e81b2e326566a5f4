"""PostgreSQL crashes and comes back, in short; the long form is ``python -m benchmarks.database_stopped``."""

from benchmarks.database_stopped import measure


async def test_while_the_database_is_away_everyone_is_told_to_wait_and_nothing_is_lost() -> None:
    found = await measure(times=2, seconds=3.0, many=6)

    assert found.misses(recovery=10.0) == []  # other tests run beside: three seconds are for the long form
    assert found.waits > 10
