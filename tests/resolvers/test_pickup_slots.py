"""Times at which a courier comes: the carrier's own word over HTTP within what we know of it; what keeps it from coming."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftersales.credentials import mint_customer_token
from aftersales.live_slots import shared
from db.session import Store
from tests import make
from tests.asking import Api
from tests.quoting import PLAN, SHENZHEN, SLOTS, calls, seller
from tests.returning import bought

CHINA = ZoneInfo("Asia/Shanghai")
ASK = {"carrier": "sf", "country": "CN", "address": SHENZHEN}


@pytest.fixture(autouse=True)
def now(api: Api) -> datetime:
    """Nine in the morning in China, on a Monday."""
    api.clock.now = datetime(2026, 11, 23, 1, tzinfo=UTC)
    return api.clock.now


async def slots(api: Api, who: make.Someone, **changes: Any) -> Any:
    return (await api.ask(who, SLOTS, input={**ASK, **changes}))["pickupSlots"]


async def test_what_the_carrier_offers_is_shown_within_our_bounds(api: Api, store: Store, now: datetime) -> None:
    who = await seller(store, "sf")

    told = await slots(api, who)
    unasked = await slots(api, who, address=None)

    starts = [datetime.fromisoformat(each["start"]) for each in told["windows"]]
    ends = [datetime.fromisoformat(each["end"]).astimezone(CHINA) for each in told["windows"]]
    assert datetime.fromisoformat(told["askedAt"]) == now
    assert starts == sorted(starts)
    assert starts[0] >= now + timedelta(minutes=60)
    assert {each.astimezone(CHINA).date() for each in starts} == {now.date() + timedelta(days=n) for n in range(3)}
    assert all((9, 0) <= (each.hour, each.minute) <= (20, 0) for each in ends)
    assert (unasked["askedAt"], await calls(store, who)) == (None, 3)
    assert len(unasked["windows"]) > len(told["windows"])


async def test_buyers_are_told_times_without_asking_and_their_guesses_of_a_size_ask_nobody(
    api: Api, store: Store, now: datetime
) -> None:
    who = await seller(store, "sf")
    order = await bought(store, who)
    assert order.order.customer_id
    scopes = ["orders:read", "returns:read"]
    token, _ = mint_customer_token(
        store.vault, who.merchant_id, order.order.customer_id, timedelta(hours=1), now, scopes
    )
    buyer = make.Someone(who.partner, token)
    size = {"lengthMm": 300, "widthMm": 200, "heightMm": 100}

    told = await slots(api, buyer)
    planned = await api.ask(buyer, PLAN, input={"lines": [{"orderLineId": order.lines[0].typeid}], "size": size})

    assert (told["askedAt"], bool(told["windows"]), bool(planned["returnPlan"]["routes"])) == (None, True, True)
    assert (await calls(store, who), bool(now)) == (0, True)


@pytest.mark.parametrize("carrier", ["jd", "cainiao"])
async def test_each_carrier_that_tells_its_times_is_asked_in_its_own_words(
    api: Api, store: Store, carrier: str
) -> None:
    who = await seller(store, carrier)
    api.clock.now = datetime.now(UTC)

    told = await slots(api, who, carrier=carrier)

    assert told["silent"] == []
    assert told["askedAt"] is not None
    assert told["windows"]


async def test_a_door_in_america_is_asked_of_the_mail(api: Api, store: Store) -> None:
    who = await seller(store, "usps")
    door = {
        "country": "US",
        "region": "MO",
        "city": "SAINT LOUIS",
        "street": ["4120 BINGHAM AVE"],
        "postalCode": "63116",
    }

    told = await slots(api, who, carrier="usps", country="US", address={**door, "name": "Jane Smith"})

    assert (told["silent"], {each["zone"] for each in told["windows"]}) == ([], {"America/Chicago"})


async def test_a_carrier_that_says_nothing_is_named_and_our_bounds_stand(api: Api, store: Store) -> None:
    who = await make.merchant(store)
    await make.account(store, who.merchant_id, "sf", credentials={})

    told = await slots(api, who)

    assert [each["code"] for each in told["silent"]] == ["CANNOT_ASK"]
    assert told["askedAt"] is None
    assert told["windows"]


async def test_without_an_account_our_bounds_are_shown(api: Api, store: Store) -> None:
    told = await slots(api, await make.merchant(store))

    assert (told["askedAt"], told["silent"]) == (None, [])
    assert told["windows"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"goods": "烟花 大礼包"}, "FORBIDDEN_GOODS"),
        ({"country": "DE"}, "OUT_OF_ZONE"),
        ({"weightGrams": 31_000}, "TOO_HEAVY"),
        ({"weightGrams": 400_000, "parcels": 10}, "TOO_HEAVY"),
        ({"parcels": 500}, "TOO_HEAVY"),
    ],
)
async def test_no_times_for_what_cannot_be_collected(api: Api, store: Store, wish: dict[str, Any], code: str) -> None:
    who = await seller(store, "sf")

    told = await slots(api, who, **wish)

    assert (told["windows"], told["code"], await calls(store, who)) == ([], code, 0)
    assert told["because"]
    assert told["nextStep"]


async def test_a_parcel_too_long_is_refused_by_who_bounds_it(api: Api, store: Store) -> None:
    long = {"lengthMm": 5000, "widthMm": 300, "heightMm": 300}
    door = {"country": "US", "region": "NJ", "city": "Allendale", "street": ["123 Main Street"], "postalCode": "07401"}

    told = await slots(api, await seller(store, "ups"), carrier="ups", country="US", address=door, size=long)

    assert (told["windows"], told["code"]) == ([], "TOO_LARGE")
    assert "5000 mm" in told["because"]


def test_windows_are_what_both_have_in_common() -> None:
    day = datetime(2026, 11, 23, tzinfo=UTC)
    at = [day + timedelta(hours=hour) for hour in range(24)]
    ours = [(at[9], at[11]), (at[11], at[13])]

    assert list(shared(ours, [(at[8], at[20])])) == ours
    assert list(shared(ours, [(at[9], at[10]), (at[10], at[12])])) == [
        (at[9], at[10]),
        (at[10], at[11]),
        (at[11], at[12]),
    ]
    assert list(shared(ours, [(at[9], at[9] + timedelta(minutes=29))])) == []
    assert list(shared(ours, [])) == []
