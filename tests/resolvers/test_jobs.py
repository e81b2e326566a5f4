"""Jobs as their merchant follows them, and a dead one put back."""

from datetime import timedelta
from typing import Any

import pytest

from db.enums import JobState
from db.ids import typeid, uuid7
from db.models.messages import Job
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.make import NOW

FIELDS = """id kind state attempts runAt lastError { code message at } reference resource createdAt doneAt
  merchant { name }"""
PAGE = f"""query($first: Int!, $after: String, $state: JobState, $kind: String) {{
  jobs(first: $first, after: $after, state: $state, kind: $kind) {{
    nodes {{ {FIELDS} }} pageInfo {{ hasNextPage endCursor }} totalCount }} }}"""
RETRY = f"mutation($id: ID!) {{ jobRetry(input: {{id: $id}}) {{ job {{ {FIELDS} }} userErrors {{ code message field }} }} }}"
ERROR = {"code": "CARRIER_TIMEOUT", "message": "The carrier did not answer in time.", "at": NOW.isoformat()}


async def job(store: Store, who: make.Someone, minutes: int = 0, **columns: Any) -> Job:
    async with store.writing(EVERYTHING) as session:
        made = Job(
            merchant_id=who.merchant_id,
            resource="acc_1",
            arguments={"call": "sealed"},
            created_at=NOW + timedelta(minutes=minutes),
            run_at=NOW,
            **({"kind": "call_carrier", "reference": uuid7().hex} | columns),
        )
        session.add(made)
    return made


async def dead(store: Store, who: make.Someone, **columns: Any) -> Job:
    return await job(store, who, state=JobState.DEAD, attempts=8, last_error=ERROR, done_at=NOW, **columns)


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def test_jobs_come_in_pages_by_state_and_kind(api: Api, store: Store, seller: make.Someone) -> None:
    one = await job(store, seller)
    two = await dead(store, seller, minutes=1)
    three = await job(store, seller, minutes=2, kind="book")

    first = (await api.ask(seller, PAGE, first=2))["jobs"]
    rest = (await api.ask(seller, PAGE, first=2, after=first["pageInfo"]["endCursor"]))["jobs"]
    by_state = (await api.ask(seller, PAGE, first=9, state="DEAD"))["jobs"]
    by_kind = (await api.ask(seller, PAGE, first=9, kind="book"))["jobs"]

    assert [each["id"] for each in first["nodes"] + rest["nodes"]] == [three.typeid, two.typeid, one.typeid]
    assert (first["totalCount"], rest["pageInfo"]["hasNextPage"]) == (3, False)
    assert [each["id"] for each in by_kind["nodes"]] == [three.typeid]
    assert by_state["nodes"] == [
        {
            "id": two.typeid,
            "kind": "call_carrier",
            "state": "DEAD",
            "attempts": 8,
            "runAt": NOW.isoformat(),
            "lastError": ERROR,
            "reference": two.reference,
            "resource": "acc_1",
            "createdAt": (NOW + timedelta(minutes=1)).isoformat(),
            "doneAt": NOW.isoformat(),
            "merchant": {"name": seller.merchant.name if seller.merchant else ""},
        }
    ]


async def test_a_dead_job_is_put_back_and_remembers_how_it_failed(api: Api, store: Store, seller: make.Someone) -> None:
    row = await dead(store, seller)
    api.clock.now = NOW + timedelta(hours=1)

    told = (await api.ask(seller, RETRY, id=row.typeid))["jobRetry"]
    again = (await api.ask(seller, RETRY, id=row.typeid))["jobRetry"]

    assert told["userErrors"] == []
    assert (told["job"]["state"], told["job"]["attempts"], told["job"]["doneAt"]) == ("READY", 0, None)
    assert (told["job"]["runAt"], told["job"]["lastError"]) == (api.clock.now.isoformat(), ERROR)
    assert (again["job"], again["userErrors"][0]["code"], again["userErrors"][0]["field"]) == (
        None,
        "STATE",
        ["input", "id"],
    )


async def test_a_platform_sees_its_merchants_jobs_and_nobody_sees_anothers(
    api: Api, store: Store, seller: make.Someone
) -> None:
    row = await dead(store, seller)
    platform, other = await make.platform(store, seller), await make.merchant(store)
    carrier = await make.carrier(store)

    assert [each["id"] for each in (await api.ask(platform, PAGE, first=9))["jobs"]["nodes"]] == [row.typeid]
    for stranger in (other, carrier):
        assert (await api.ask(stranger, PAGE, first=9))["jobs"]["nodes"] == []
    foreign = (await api.ask(other, RETRY, id=row.typeid))["jobRetry"]
    never = (await api.ask(other, RETRY, id=typeid("job", uuid7())))["jobRetry"]
    assert foreign == never
    assert never["userErrors"][0]["code"] == "NOT_FOUND"
    by_id = "query($id: ID!) { node(id: $id) { id __typename } }"
    assert (await api.ask(seller, by_id, id=row.typeid))["node"] == {"id": row.typeid, "__typename": "Job"}
    assert (await api.ask(other, by_id, id=row.typeid))["node"] is None


async def test_a_buyer_sees_no_jobs(api: Api, store: Store, seller: make.Someone) -> None:
    await dead(store, seller)
    buyer = make.buyer(store, await make.order(store, seller.merchant_id))
    api.clock.now = NOW

    assert (await api.ask(buyer, PAGE, first=9))["jobs"]["nodes"] == []
    assert await api.refused(buyer, RETRY, id=typeid("job", uuid7())) == "FORBIDDEN"
