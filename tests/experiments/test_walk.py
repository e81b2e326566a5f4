"""A short random walk over the lives of cases; the long one is ``python -m tests.experiments.walk``."""

import pytest

from db.session import Store
from tests.experiments.walk import walk

COMMANDS = 400


@pytest.mark.parametrize("seed", [4])
async def test_no_command_reaches_an_illegal_state_loses_money_or_leaves_a_case_without_an_end(
    store: Store, seed: int
) -> None:
    verdict = await walk(store, COMMANDS, seed)

    assert verdict.violation is None, "\n".join([*verdict.trace, verdict.violation])
    assert verdict.moves > COMMANDS / 20
    assert {each.split()[0] for each in verdict.cases} >= {"return", "pickup", "refund", "exchange"}
