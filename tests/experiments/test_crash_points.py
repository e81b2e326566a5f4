"""R5: a process dies at a named point, another goes on: nothing is lost, nothing is done twice, nothing stays held."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from tests.experiments import crash_checks, crash_ground
from tests.experiments.crash_ground import Ground
from tests.experiments.crash_points import SEALER_POINTS, SUITE, Point


@pytest.fixture(scope="module")
async def ground(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    crash_ground.warm()
    folder: Path = tmp_path_factory.mktemp("crashes")
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    async with crash_ground.outside() as around, crash_ground.grounded(database_url, around, folder) as made:
        yield made
    structlog.reset_defaults()


def title(point: Point) -> str:
    return point.title.replace(" ", "-")


@pytest.mark.parametrize("point", SUITE, ids=title)
async def test_whoever_goes_on_finds_nothing_lost_and_nothing_done_twice(ground: Ground, point: Point) -> None:
    wrong = await crash_checks.survived(ground, point)
    assert not wrong, "; ".join(wrong)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("point", SEALER_POINTS, ids=title)
async def test_a_sealer_that_died_left_every_fact_its_one_place(ground: Ground, point: Point) -> None:
    wrong = await crash_checks.survived(ground, point)
    assert not wrong, "; ".join(wrong)
