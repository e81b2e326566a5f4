"""Clocks told in working time: written into a policy, drawn, and obeyed over holidays, closures and zones."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from aftersales import calendars
from aftersales.calendars import DayForm
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.refunding import inspected, received
from tests.returning import bought, change, requested
from worker import cases as clocks

ERRORS = "userErrors { code message field }"
CREATE = f"""mutation ($input: PolicyCreateInput!, $key: String!) {{ policyCreate(input: $input) @idempotent(key: $key) {{
  returnPolicy {{ id policy {{ clocks {{ clock text seconds workingHours workingDays }}
    flow {{ edges {{ source target clock within }} }} }} }} {ERRORS} }} }}"""
PUBLISH = (
    f"mutation ($input: PolicyPublishInput!) {{ policyPublish(input: $input) {{ returnPolicy {{ id }} {ERRORS} }} }}"
)
DEADLINE = "query ($id: ID!) { return(id: $id) { status deadlineAt onDeadline deadlineWithin } }"
WAREHOUSE = (
    f"""mutation ($input: WarehouseSaveInput!) {{ warehouseSave(input: $input) {{ warehouse {{ id }} {ERRORS} }} }}"""
)
DAYS = f"""mutation ($input: WarehouseDaysSaveInput!) {{ warehouseDaysSave(input: $input) {{
  warehouse {{ code hours worksHolidays closures {{ first last because }} }} {ERRORS} }} }}"""
SCOPES = ("orders:read", "returns:read", "returns:write", "policies:write")
TUESDAY = datetime(2026, 9, 29, 4, tzinfo=UTC)  # noon in Shenzhen, two days before the Golden Week
SZ = {"country": "CN", "region": "广东", "city": "深圳", "street": ["1 Keyuan Road"]}
GERMAN = {"name": "Max", "country": "DE", "city": "Berlin", "street": ["Torstr. 1"], "postalCode": "10119"}


@pytest.fixture
def clock(api: Api) -> Iterator[Any]:
    """The gateway's clock, on a Tuesday before a week of holidays; put back afterwards."""
    before, api.clock.now = api.clock.now, TUESDAY
    yield api.clock
    api.clock.now = before


@pytest.fixture
async def who(api: Api, store: Store) -> make.Someone:
    """A merchant whose goods come back to Shenzhen."""
    one = await make.another_key(store, await make.merchant(store), *SCOPES)
    wish = {"code": "SZ", "name": "Shenzhen", "address": SZ, "isDefault": True}
    assert (await api.ask(one, WAREHOUSE, input=wish))["warehouseSave"]["userErrors"] == []
    return one


def rules(*waits: dict[str, Any]) -> dict[str, Any]:
    auto = {"most": [{"amount": "500.00", "currency": "CNY"}]}
    return {"noReasonDays": 30, "trigger": "INSPECTION", "auto": auto, "clocks": list(waits)}


async def created(api: Api, who: make.Someone, *waits: dict[str, Any]) -> Any:
    wish = {"code": f"p{uuid4().hex[:8]}", "name": "Working days", "rules": rules(*waits)}
    return (await api.ask(who, CREATE, input=wish, key=uuid4().hex))["policyCreate"]


async def published(api: Api, who: make.Someone, *waits: dict[str, Any]) -> Any:
    made = (await created(api, who, *waits))["returnPolicy"]
    assert (await api.ask(who, PUBLISH, input={"id": made["id"]}))["policyPublish"]["userErrors"] == []
    return made["policy"]


async def asked(api: Api, store: Store, who: make.Someone, **order: Any) -> Any:
    mine = await bought(store, who, delivered_at=api.clock.now - timedelta(days=1), **order)
    return (await requested(api, who, mine.line()))["return"]


async def deadline(api: Api, who: make.Someone, rma: dict[str, Any]) -> Any:
    return (await api.ask(who, DEADLINE, id=rma["id"]))["return"]


async def days(api: Api, who: make.Someone, **told: Any) -> Any:
    return (await api.ask(who, DAYS, input={"warehouse": "SZ", **told}))["warehouseDaysSave"]


async def strike(store: Store, now: datetime) -> None:
    await clocks.strike(store, lambda: now)


async def test_a_policy_in_working_days_is_written_read_drawn_and_obeyed_over_a_week_of_holidays(
    api: Api, store: Store, who: make.Someone, clock: Any
) -> None:
    told = await published(api, who, {"clock": "inspect_within", "workingDays": 3})

    [inspect] = [each for each in told["clocks"] if each["clock"] == "inspect_within"]
    assert (inspect["text"], inspect["workingDays"], inspect["seconds"]) == ("3 working days", 3, None)
    [drawn] = {each["within"] for each in told["flow"]["edges"] if each["clock"] == "inspect_within"}
    assert drawn == "3 working days"
    [habit] = {each["within"] for each in told["flow"]["edges"] if each["clock"] == "send_back_within"}
    assert habit == "14 days"

    rma = await received(api, who, await asked(api, store, who))

    end = datetime(2026, 10, 9, 16, tzinfo=UTC)  # 30 September, then the 8th and the 9th of October until their end
    shown = await deadline(api, who, rma)
    assert shown == {
        "status": "RECEIVED",
        "deadlineAt": end.isoformat(),
        "onDeadline": "INSPECT",
        "deadlineWithin": "3 working days",
    }
    await strike(store, end - timedelta(seconds=1))
    assert (await deadline(api, who, rma))["onDeadline"] == "INSPECT"
    clock.now = end
    await strike(store, end)
    assert (await deadline(api, who, rma))["onDeadline"] != "INSPECT"


async def test_a_closure_told_after_the_clock_began_stops_it_before_it_strikes(
    api: Api, store: Store, who: make.Someone, clock: Any
) -> None:
    await published(api, who, {"clock": "inspect_within", "workingDays": 3})
    rma = await received(api, who, await asked(api, store, who))
    closed = {"first": "2026-10-08", "last": "2026-10-09", "because": "Stocktaking"}

    saved, again = await days(api, who, closures=[closed]), await days(api, who, closures=[closed])
    assert (
        saved
        == again
        == {
            "warehouse": {"code": "SZ", "hours": None, "worksHolidays": False, "closures": [closed]},
            "userErrors": [],
        }
    )
    clock.now = datetime(2026, 10, 9, 16, tzinfo=UTC)
    await strike(store, clock.now)

    moved = await deadline(api, who, rma)
    end = datetime(2026, 10, 12, 16, tzinfo=UTC)  # the 30th, Saturday the 10th, which is worked, and Monday
    assert (moved["onDeadline"], moved["deadlineAt"]) == ("INSPECT", end.isoformat())
    await strike(store, end)
    assert (await deadline(api, who, rma))["onDeadline"] != "INSPECT"


async def test_a_warehouse_that_works_on_holidays_counts_its_own_hours(
    api: Api, store: Store, who: make.Someone, clock: Any
) -> None:
    await published(api, who, {"clock": "inspect_within", "workingHours": 10})
    await days(api, who, hours="Mo-Su 08:00-14:00", worksHolidays=True)

    rma = await received(api, who, await asked(api, store, who))

    shown = await deadline(api, who, rma)  # two hours of Tuesday, six of Wednesday, two of the first holiday
    assert clock.now == TUESDAY
    assert (shown["deadlineAt"], shown["deadlineWithin"]) == ("2026-10-01T02:00:00+00:00", "10 working hours")


async def test_what_waits_for_the_buyer_counts_the_days_where_they_live(
    api: Api, store: Store, who: make.Someone, clock: Any
) -> None:
    await published(
        api, who, {"clock": "appeal_within", "workingDays": 3}, {"clock": "approve_within", "workingDays": 1}
    )
    clock.now = datetime(2026, 12, 23, 20, tzinfo=UTC)
    big = {"lines": [{**make.order_form()["lines"][0], "quantity": 9}], "shippingAddress": GERMAN}
    mine = await bought(store, who, delivered_at=clock.now - timedelta(days=1), **big)
    rma = (await requested(api, who, mine.line(quantity=9)))["return"]
    assert rma["deadlineAt"] == "2026-12-25T16:00:00+00:00"  # the warehouse's: it is the 24th there, and no Christmas

    declined = (await change(api, who, "returnDecline", rma, reason="Worn."))["return"]

    assert declined["deadlineAt"] == "2026-12-29T23:00:00+00:00"  # the buyer's: 24, 28 and 29 December


async def test_days_that_the_operator_entered_count(api: Api, store: Store, who: make.Someone, clock: Any) -> None:
    await published(api, who, {"clock": "inspect_within", "workingDays": 1})
    clock.now = datetime(2027, 2, 5, 4, tzinfo=UTC)  # Friday; the year was not announced when the rows were made
    async with store.writing(EVERYTHING) as session:
        entered = [DayForm(country="CN", day=date(2027, 2, 8 + n), name="Festival", source="x") for n in range(3)]
        assert await calendars.take(session, entered, clock.now) == ["CREATED"] * 3

    rma = await received(api, who, await asked(api, store, who))

    assert (await deadline(api, who, rma))["deadlineAt"] == "2027-02-11T16:00:00+00:00"


@pytest.mark.parametrize(
    "wait",
    [{}, {"seconds": 3600, "workingDays": 1}, {"workingDays": -1}, {"workingDays": 261}, {"workingHours": 0}],
)
async def test_a_clock_is_told_once_and_within_bounds(api: Api, who: make.Someone, wait: dict[str, int]) -> None:
    told = await created(api, who, {"clock": "inspect_within", **wait})

    assert told["returnPolicy"] is None
    assert told["userErrors"][0]["field"][:4] == ["input", "rules", "clocks", "0"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"hours": "Mo-Fr nine to five"}, ["hours"]),
        ({"hours": "Mo-Su off"}, ["hours"]),
        ({"closures": [{"first": "2026-02-10", "last": "2026-02-09", "because": "x"}]}, ["closures", "0"]),
        ({"closures": [{"first": "2026-02-10", "last": "2028-02-09", "because": "x"}]}, ["closures", "0"]),
        ({"closures": [{"first": "2026-02-10", "last": "2026-02-10", "because": " "}]}, ["closures", "0", "because"]),
        ({"warehouse": "nowhere"}, ["warehouse"]),
    ],
)
async def test_a_warehouses_days_are_refused_by_field(
    api: Api, who: make.Someone, told: dict[str, Any], field: list[str]
) -> None:
    no = await days(api, who, **told)

    assert no["warehouse"] is None
    assert [each["field"] for each in no["userErrors"]] == [["input", *field]]


async def test_a_warehouse_saved_again_keeps_its_days(api: Api, who: make.Someone) -> None:
    await days(api, who, hours="24/7", worksHolidays=True)

    await api.ask(who, WAREHOUSE, input={"code": "SZ", "name": "Shenzhen 2", "address": SZ})

    told = (await api.ask(who, "{ warehouses { name hours worksHolidays closures { first } } }"))["warehouses"]
    assert told == [{"name": "Shenzhen 2", "hours": "24/7", "worksHolidays": True, "closures": []}]


async def test_a_countrys_days_can_be_read_and_what_is_not_known_is_said(api: Api, who: make.Someone) -> None:
    query = """query ($country: String!, $year: Int!) { calendar(country: $country, year: $year) {
      isComplete weekend days { day works name source } } }"""
    known, unknown, none = [
        (await api.ask(who, query, country=country, year=year))["calendar"]
        for country, year in (("cn", 2026), ("CN", 2028), ("JP", 2026))
    ]

    assert (known["isComplete"], known["weekend"]) == (True, ["SA", "SU"])
    assert {"2026-10-10": True, "2026-10-07": False}.items() <= {e["day"]: e["works"] for e in known["days"]}.items()
    assert all("State Council" in each["source"] for each in known["days"])
    assert unknown["isComplete"] is False
    assert [each["day"][5:] for each in unknown["days"]] == ["01-01", "05-01", "05-02", "10-01", "10-02", "10-03"]
    assert (none["isComplete"], none["days"]) == (False, [])
    assert await api.refused(who, query, country="CN", year=1999) == "BAD_USER_INPUT"
    assert await api.refused(who, query, country="China", year=2026) == "BAD_USER_INPUT"


async def test_what_is_under_a_return_counts_the_days_of_its_warehouse(
    api: Api, store: Store, who: make.Someone, clock: Any
) -> None:
    await published(api, who, {"clock": "refund_within", "workingDays": 2})
    clock.now = datetime(2026, 9, 30, 4, tzinfo=UTC)
    rma = await inspected(api, who, await received(api, who, await asked(api, store, who)))

    query = "query ($id: ID!) { return(id: $id) { refund { deadlineAt deadlineWithin } } }"
    refund = (await api.ask(who, query, id=rma["id"]))["return"]["refund"]

    assert refund == {"deadlineAt": "2026-10-09T16:00:00+00:00", "deadlineWithin": "2 working days"}
