"""``waybridge jobs``: listed, shown, put back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from db.enums import JobState
from db.models.messages import Job
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.cli.conftest import Command
from tests.make import NOW

ERROR = {"code": "CARRIER_TIMEOUT", "message": "The carrier did not answer in time.", "at": NOW.isoformat()}


@pytest.fixture
def kept(in_store: Callable[[Any], Any]) -> tuple[make.Someone, Job, Job]:
    """A merchant with a job that waits and one that is dead."""

    async def write(store: Store) -> Any:
        seller = await make.merchant(store)
        common = {"merchant_id": seller.merchant_id, "kind": "call_carrier", "arguments": {}, "run_at": NOW}
        waits = Job(resource="acc_1", reference="r-1", created_at=NOW, **common)
        dead = Job(
            resource="acc_2",
            reference="r-2",
            created_at=NOW + timedelta(minutes=1),
            state=JobState.DEAD,
            attempts=8,
            last_error=ERROR | {"notFound": False},
            done_at=NOW,
            **common,
        )
        async with store.writing(EVERYTHING) as session:
            session.add_all([waits, dead])
        return seller, waits, dead

    found: tuple[make.Someone, Job, Job] = in_store(write)
    return found


def test_jobs_are_listed_the_newest_first(waybridge: Command, kept: tuple[make.Someone, Job, Job]) -> None:
    seller, waits, dead = kept
    assert seller.merchant
    owner = ("--merchant", seller.merchant.typeid)

    both = waybridge("jobs", "list", "--json", *owner).json
    only = waybridge("jobs", "list", "--state", "dead", *owner).out

    assert [each["id"] for each in both] == [dead.typeid, waits.typeid]
    assert both[0] == {
        "id": dead.typeid,
        "kind": "call_carrier",
        "state": "DEAD",
        "attempts": 8,
        "runAt": NOW.isoformat(),
        "resource": "acc_2",
        "lastError": "CARRIER_TIMEOUT",
    }
    assert dead.typeid in only
    assert waits.typeid not in only
    assert waybridge("jobs", "list", "--kind", "other", *owner).err.strip() == "none"


def test_a_job_is_shown_with_its_reference_and_its_error(
    waybridge: Command, kept: tuple[make.Someone, Job, Job]
) -> None:
    told = waybridge("jobs", "show", kept[2].typeid, "--json").json
    text = waybridge("jobs", "show", kept[2].typeid).out

    assert (told["reference"], told["lastError"], told["doneAt"]) == ("r-2", ERROR, NOW.isoformat())
    assert "The carrier did not answer in time." in text


def test_a_dead_job_is_put_back_once(waybridge: Command, kept: tuple[make.Someone, Job, Job]) -> None:
    told = waybridge("jobs", "retry", kept[2].typeid, "--json").json
    again = waybridge("jobs", "retry", kept[2].typeid)

    assert (told["state"], told["attempts"], told["doneAt"]) == ("READY", 0, None)
    assert again.code == 2
    assert "Only a dead job is put back; this one is READY." in again.err


@pytest.mark.parametrize("name", ["job_00000000000000000000000000", "shp_00000000000000000000000000", "nonsense"])
def test_a_name_of_nothing_is_said_in_a_line(waybridge: Command, name: str) -> None:
    for command in ("show", "retry"):
        told = waybridge("jobs", command, name)
        assert (told.code, told.err.strip()) == (2, f"JOB: nothing here is called {name!r}")
