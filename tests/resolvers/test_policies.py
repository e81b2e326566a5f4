"""Policies: what holds, drafts, publishing, simulation; the law is held, and a request keeps the version of its time."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db.session import Store
from tests import make
from tests.asking import Api
from tests.returning import bought, change, requested

ERRORS = "userErrors { code message field }"
CREATE = f"""mutation ($input: PolicyCreateInput!, $key: String!) {{ policyCreate(input: $input) @idempotent(key: $key) {{
  returnPolicy {{ id code version effectiveAt publishedAt policy {{ noReasonDays trigger fees {{ amount currency }} }} }} {ERRORS} }} }}"""
PUBLISH = f"""mutation ($input: PolicyPublishInput!) {{ policyPublish(input: $input) {{
  returnPolicy {{ id version effectiveAt publishedAt }} {ERRORS} }} }}"""
SIMULATE = f"""mutation ($input: PolicySimulateInput!) {{ policySimulate(input: $input) {{ orders requests changed
  before {{ verdict lines }} after {{ verdict lines }} atStake {{ amount currency }}
  changes {{ orderNumber returnId before after value {{ amount }} refusals }} {ERRORS} }} }}"""
READ = """{ policies { holding { code version country noReasonDays source windows { reason days } clocks { clock seconds } }
  own { code version publishedAt } flow { nodes { id kind text } edges { source target text clock } } } }"""
SCOPES = ("orders:read", "returns:read", "returns:write", "policies:write")


@pytest.fixture
async def who(store: Store) -> make.Someone:
    return await make.another_key(store, await make.merchant(store), *SCOPES)


def policy(days: int = 10, **more: Any) -> dict[str, Any]:
    rules = {"noReasonDays": days, "trigger": "RECEIPT", "auto": {"most": [{"amount": "500.00", "currency": "CNY"}]}}
    return {"code": "shop", "name": "Our promise", "country": "CN", **more, "rules": {**rules, **more.get("rules", {})}}


async def created(api: Api, who: make.Someone, **more: Any) -> Any:
    return (await api.ask(who, CREATE, input=policy(**more), key=uuid4().hex))["policyCreate"]


async def published(api: Api, who: make.Someone, id_: str, **more: Any) -> Any:
    return (await api.ask(who, PUBLISH, input={"id": id_, **more}))["policyPublish"]


async def test_what_ships_can_be_read_and_drawn(api: Api, who: make.Someone) -> None:
    told = (await api.ask(who, READ))["policies"]

    assert {each["country"]: each["noReasonDays"] for each in told["holding"]} == {"CN": 7, "EU": 14, "US": 30, None: 7}
    ids = {node["id"] for node in told["flow"]["nodes"]}
    assert len(ids) == len(told["flow"]["nodes"])
    assert all({edge["source"], edge["target"]} <= ids for edge in told["flow"]["edges"])
    assert {"request", "REFUSE", "AUTO_APPROVE", "COMPLETED"} <= ids


async def test_a_version_is_written_published_and_holds(api: Api, who: make.Someone) -> None:
    first = (await created(api, who))["returnPolicy"]
    second = (await created(api, who, days=30))["returnPolicy"]
    assert [first["version"], second["version"], first["effectiveAt"]] == [1, 2, None]

    told = await published(api, who, first["id"])
    assert told["returnPolicy"]["publishedAt"] == make.NOW.isoformat()

    held = (await api.ask(who, READ))["policies"]
    [china] = [each for each in held["holding"] if each["country"] == "CN"]
    assert (china["code"], china["version"], china["noReasonDays"]) == ("shop", 1, 10)
    [again] = (await published(api, who, first["id"]))["userErrors"]
    assert again["code"] == "STATE"
    [past] = (await published(api, who, second["id"], effectiveAt="2020-01-01T00:00:00Z"))["userErrors"]
    assert (past["code"], past["field"]) == ("INVALID", ["input", "effectiveAt"])


@pytest.mark.parametrize(("country", "days"), [("CN", 6), ("DE", 13), ("EU", 7), (None, 7)])
async def test_the_law_is_the_floor(api: Api, who: make.Someone, country: str | None, days: int) -> None:
    [no] = (await created(api, who, days=days, country=country))["userErrors"]

    assert (no["code"], no["field"]) == ("POLICY", ["input", "rules", "noReasonDays"])
    assert "article" in no["message"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"code": "cn"}, ["code"]),
        ({"code": "no spaces"}, ["code"]),
        ({"rules": {"restockingPercent": 101}}, ["rules", "restockingPercent"]),
        ({"rules": {"clocks": [{"clock": "nonsense", "seconds": 60}]}}, ["rules", "clocks", "0", "clock"]),
        ({"rules": {"fees": [{"amount": "1.234", "currency": "CNY"}]}}, ["rules", "fees", "0"]),
        ({"rules": {"windows": [{"reason": "DEFECTIVE", "days": 3}]}}, ["rules", "windows"]),
        ({"rules": {"resolutions": ["EXCHANGE"]}}, ["rules", "resolutions"]),
    ],
)
async def test_every_field_is_bounded(api: Api, who: make.Someone, wrong: dict[str, Any], field: list[str]) -> None:
    told = await created(api, who, **wrong)

    assert told["returnPolicy"] is None
    assert [each["field"] for each in told["userErrors"]] == [["input", *field]]


async def test_a_request_is_decided_by_the_version_of_its_time(api: Api, store: Store, who: make.Someone) -> None:
    late = make.NOW - timedelta(days=9)
    before, after = await bought(store, who, delivered_at=late), await bought(store, who, delivered_at=late)
    fresh = await bought(store, who)
    small = {"auto": {"most": []}, "clocks": [{"clock": "send_back_within", "seconds": 7 * 24 * 3600}]}
    first = (await created(api, who, rules=small))["returnPolicy"]
    await published(api, who, first["id"])
    rma = (await requested(api, who, before.line()))["return"]
    assert (rma["status"], await eligible(api, who, fresh)) == ("REQUESTED", {"code": "shop", "version": 1})

    second = (await created(api, who, days=7))["returnPolicy"]
    await published(api, who, second["id"])

    refused = (await requested(api, who, after.line()))["userErrors"]
    assert [each["code"] for each in refused] == ["WINDOW_CLOSED"]  # seven days now
    approved = (await change(api, who, "returnApprove", rma, "ReturnRefInput"))["return"]
    assert approved["status"] == "APPROVED"  # ten when it was asked for
    assert approved["deadlineAt"] == (make.NOW + timedelta(days=7)).isoformat()  # and the first version's clock
    assert await eligible(api, who, fresh) == {"code": "shop", "version": 2}
    assert await eligible(api, make.buyer(store, fresh.order), fresh) == {"code": "shop", "version": 2}


async def eligible(api: Api, who: make.Someone, order: Any) -> Any:
    query = "query($n: String!) { order(number: $n) { lines { eligibility { policy { code version } } } } }"
    return (await api.ask(who, query, n=order.order.number))["order"]["lines"][0]["eligibility"]["policy"]


async def test_a_simulation_tells_what_would_change(api: Api, store: Store, who: make.Someone) -> None:
    old = await bought(store, who, delivered_at=make.NOW - timedelta(days=9))
    new = await bought(store, who)
    asked = (await requested(api, who, new.line()))["return"]

    wish = policy(days=15, rules={"auto": {"most": []}})
    told = (await api.ask(who, SIMULATE, input={"policy": wish, "lastOrders": 10}))["policySimulate"]

    assert (told["userErrors"], told["orders"], told["requests"], told["changed"]) == ([], 2, 1, 3)
    assert counts(told["before"]) == {"AUTO_APPROVE": 2, "REVIEW": 0, "REFUSE": 1}
    assert counts(told["after"]) == {"AUTO_APPROVE": 0, "REVIEW": 3, "REFUSE": 0}
    of_old = next(each for each in told["changes"] if each["orderNumber"] == old.order.number)
    assert (of_old["before"], of_old["after"], of_old["value"]) == ("REFUSE", "REVIEW", {"amount": "199.00"})
    assert {each["returnId"] for each in told["changes"]} == {None, asked["id"]}
    assert told["atStake"] == [{"amount": "398.00", "currency": "CNY"}]

    elsewhere = policy(days=20, country="US")
    same = (await api.ask(who, SIMULATE, input={"policy": elsewhere, "lastOrders": 10}))["policySimulate"]
    assert same["changed"] == 0


def counts(told: list[dict[str, Any]]) -> dict[str, int]:
    return {each["verdict"]: each["lines"] for each in told}


async def test_a_simulation_is_of_one_version_over_at_most_a_thousand(api: Api, who: make.Someone) -> None:
    draft = (await created(api, who))["returnPolicy"]

    assert (await api.ask(who, SIMULATE, input={"id": draft["id"]}))["policySimulate"]["userErrors"] == []
    [no] = (await api.ask(who, SIMULATE, input={}))["policySimulate"]["userErrors"]
    assert no["code"] == "INVALID"
    assert await api.refused(who, SIMULATE, input={"id": draft["id"], "lastOrders": 1001}) == "LIMIT_EXCEEDED"


async def test_scopes_and_strangers(api: Api, store: Store, who: make.Someone) -> None:
    draft = (await created(api, who))["returnPolicy"]
    reader = await make.another_key(store, who, "orders:read", "returns:read", "returns:write")
    other = await make.another_key(store, who, "shipments:read", "policies:write")
    stranger = await make.another_key(store, await make.merchant(store), *SCOPES)

    assert await api.refused(reader, CREATE, input=policy(), key="k") == "FORBIDDEN"
    assert await api.refused(reader, PUBLISH, input={"id": draft["id"]}) == "FORBIDDEN"
    assert await api.refused(reader, SIMULATE, input={"id": draft["id"]}) == "FORBIDDEN"
    assert await api.refused(other, READ) == "FORBIDDEN"
    assert (await api.ask(stranger, READ))["policies"]["own"] == []
    for field, text in (("policyPublish", PUBLISH), ("policySimulate", SIMULATE)):
        [no] = (await api.ask(stranger, text, input={"id": draft["id"]}))[field]["userErrors"]
        assert no["code"] == "NOT_FOUND"


async def test_a_repeat_writes_one_draft_and_buyers_see_what_is_published(
    api: Api, store: Store, who: make.Someone
) -> None:
    order, key = await bought(store, who), uuid4().hex
    one, two = [(await api.ask(who, CREATE, input=policy(), key=key))["policyCreate"] for _ in range(2)]
    buyer = make.buyer(store, order.order)

    assert one == two
    assert (await api.ask(buyer, READ))["policies"]["own"] == []
    await published(api, who, one["returnPolicy"]["id"])
    assert [each["code"] for each in (await api.ask(buyer, READ))["policies"]["own"]] == ["shop"]


async def test_drafts_written_at_once_are_versions_and_one_publishing_wins(api: Api, who: make.Someone) -> None:
    told = await asyncio.gather(*(created(api, who) for _ in range(3)))
    assert sorted(each["returnPolicy"]["version"] for each in told) == [1, 2, 3]

    id_ = told[0]["returnPolicy"]["id"]
    outcomes = await asyncio.gather(*(published(api, who, id_) for _ in range(3)))
    assert sum(each["returnPolicy"] is not None for each in outcomes) == 1
    assert {each["userErrors"][0]["code"] for each in outcomes if each["userErrors"]} == {"STATE"}
