"""Creates under idempotency keys, in any order and with anything that may go wrong: each accepted key has one effect."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from structlog.testing import capture_logs

from db.session import Store
from db.vault import Vault
from tests.resolvers.idempotent_machine import machine_of, opened

SHORT = settings(
    max_examples=10, stateful_step_count=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def test_whatever_happens_each_accepted_key_has_one_effect(database_url: str, vault: Vault) -> None:
    stores = [Store(database_url, vault) for _ in range(2)]
    with capture_logs(), asyncio.Runner() as runner, opened(runner, stores) as track:
        run_state_machine_as_test(machine_of(track), settings=SHORT)
    assert track.came["done"] > 20
    assert track.came["replay"] > 20
