"""A parcel on its way is brought otherwise, told through GraphQL, with the carrier's sandbox over HTTP."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from carriers import scripts
from carriers.registry import BY_CODE
from db.enums import TrackingStatus as S
from db.models.points import DropOffPoint
from db.reach import EVERYTHING
from tests import make
from tests.stories.conftest import Stage
from tests.stories.delivering import (
    AMERICAN,
    CHANGE,
    DOOR,
    MUTATIONS,
    allowed,
    buyer,
    changes,
    on_its_way,
    saying,
    text,
    tomorrow,
    wished,
)
from worker import jobs
from worker.run import WORK

POSSIBLE = [
    *(("ups", kind) for kind in MUTATIONS),
    *(("sf", kind) for kind in ("REDIRECT", "RESCHEDULE", "HOLD", "RETURN")),
    *(("zto", kind) for kind in ("REDIRECT", "RETURN")),
]


async def ready(stage: Stage, carrier: str, **more: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """A parcel at a carrier, and another door in its country."""
    abroad = carrier == "ups"
    where: dict[str, Any] = {"destination_country": "US", "zone": "America/Chicago"} if abroad else {}
    who, order, parcel = await on_its_way(stage, carrier, **where, **more)
    return who, order, parcel, AMERICAN if abroad else DOOR


@pytest.mark.parametrize(("carrier", "kind"), POSSIBLE)
async def test_a_carrier_that_can_takes_the_wish(stage: Stage, carrier: str, kind: str) -> None:
    who, _, parcel, door = await ready(stage, carrier)
    more = saying(stage, kind, door)
    if carrier == "ups" and kind == "RESCHEDULE":
        day = (stage.api.clock.now + timedelta(days=2)).date().isoformat()
        more = {"window": {"start": f"{day}T16:00:00Z", "end": f"{day}T20:00:00Z"}}
    assert MUTATIONS[kind] in await allowed(stage, who, parcel)

    told = (await wished(stage, who, MUTATIONS[kind], parcel, **more))["deliveryChange"]
    assert (told["kind"], told["state"], told["party"]) == (kind, "REQUESTED", "MERCHANT")
    assert await allowed(stage, who, parcel) == []
    await stage.work()

    [seen] = await changes(stage, who, parcel)
    assert (seen["state"], seen["reason"], seen["nextStep"]) == ("ACCEPTED", None, None)
    found = stage.book.desk(carrier).diversions.kept[parcel.tracking_number]
    assert found.kind == ("redirect" if kind == "LEAVE_WITH" else kind.lower())


async def test_an_aggregator_tells_the_carrier_by_which_the_parcel_goes(stage: Stage) -> None:
    who, _, parcel, door = await ready(stage, "yto", accounts=("kuaidi100",))
    assert await allowed(stage, who, parcel) == ["deliveryRedirect", "deliveryReturn"]

    await wished(stage, who, "deliveryRedirect", parcel, address=door)
    await stage.work()

    assert [each["state"] for each in await changes(stage, who, parcel)] == ["ACCEPTED"]


@pytest.mark.parametrize(("carrier", "kind"), POSSIBLE)
async def test_the_carriers_no_is_told_in_its_words(stage: Stage, carrier: str, kind: str) -> None:
    who, _, parcel, door = await ready(stage, carrier, script=scripts.UNKNOWN)
    await wished(stage, who, MUTATIONS[kind], parcel, **saying(stage, kind, door))

    await stage.work()

    [seen] = await changes(stage, who, parcel)
    assert (seen["state"], seen["nextStep"]) == ("REFUSED", "CONTACT_CARRIER")
    assert seen["reason"] == {"ups": "System Error", "sf": "运单不存在", "zto": "运单不存在"}[carrier]


async def test_what_arrived_at_the_carrier_unheard_is_refused_by_it(stage: Stage) -> None:
    who, _, parcel, door = await ready(stage, "zto", script=scripts.DELIVERED)
    stage.book.begin("zto", parcel.tracking_number, stage.api.clock.now - timedelta(hours=40))
    await wished(stage, who, "deliveryRedirect", parcel, address=door)

    await jobs.run(stage.worker.caller, WORK)  # before its carrier is asked where it is

    [seen] = await changes(stage, who, parcel)
    assert (seen["state"], seen["reason"]) == ("REFUSED", "运单已签收，不能拦截")


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("carrier", ["jd", "fedex"])
async def test_what_a_carrier_does_not_take_is_refused_at_once(stage: Stage, carrier: str, kind: str) -> None:
    assert BY_CODE[carrier].intercepting is None
    who, _, parcel = await on_its_way(stage, carrier, accounts=("sf", carrier))

    told = (await wished(stage, who, MUTATIONS[kind], parcel, **saying(stage, kind, DOOR)))["deliveryChange"]

    assert (told["kind"], told["state"], told["nextStep"]) == (kind, "REFUSED", "CONTACT_CARRIER")
    assert told["reason"] == f"{carrier} takes no such wish from us."
    assert await allowed(stage, who, parcel) == []


async def test_where_another_wish_is_possible_it_is_the_next_step(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    left = await wished(stage, who, "deliveryRedirect", parcel, mode="LEAVE_WITH", leaveWith="李阿姨, 502")
    assert (left["deliveryChange"]["state"], left["deliveryChange"]["nextStep"]) == ("REFUSED", "RESCHEDULE_DELIVERY")
    who, _, parcel = await on_its_way(stage, "zto")
    held = await wished(stage, who, "deliveryHold", parcel)
    assert (held["deliveryChange"]["state"], held["deliveryChange"]["nextStep"]) == ("REFUSED", "REDIRECT_DELIVERY")


async def test_without_an_account_nobody_can_be_asked(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf", accounts=("zto",))
    assert await allowed(stage, who, parcel) == []

    told = (await wished(stage, who, "deliveryHold", parcel))["deliveryChange"]

    assert (told["state"], told["reason"]) == ("REFUSED", "The merchant has no account with sf to ask with.")


async def test_a_point_that_is_named_is_not_taken(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, "sf")
    point = DropOffPoint(
        carrier_code="sf",
        external_id=uuid4().hex,
        name="A",
        address="1",
        country="CN",
        latitude=22.5,
        longitude=114.0,
        band=2250,
        zone="Asia/Shanghai",
        accepts=["drop_off"],
    )
    async with stage.store.writing(EVERYTHING) as session:
        session.add(point)

    told = (await wished(stage, who, "deliveryHold", parcel, pointId=point.typeid))["deliveryChange"]

    assert (told["state"], told["nextStep"]) == ("REFUSED", "HOLD_DELIVERY")
    assert "own choice" in told["reason"]


@pytest.mark.parametrize(
    ("name", "more", "fields"),
    [
        ("deliveryRedirect", {}, ["address"]),
        ("deliveryRedirect", {"address": {"country": "CN"}}, ["address.region", "address.city", "address.street"]),
        ("deliveryRedirect", {"address": {**DOOR, "region": "西藏"}}, ["address.city"]),
        ("deliveryRedirect", {"address": AMERICAN}, ["address.country"]),
        ("deliveryRedirect", {"address": {**DOOR, "phone": "12"}}, ["address.phone"]),
        ("deliveryRedirect", {"address": {**DOOR, "country": "ZZ"}}, ["address.country"]),
        ("deliveryRedirect", {"mode": "LEAVE_WITH", "leaveWith": " "}, ["leaveWith"]),
        ("deliveryRedirect", {"mode": "LEAVE_WITH", "leaveWith": "x" * 201}, ["leaveWith"]),
        ("deliveryRedirect", {"mode": "LEAVE_WITH"}, ["leaveWith"]),
        ("deliveryHold", {"pointId": "pnt_01m80spa27e00atf2e38cyqk60"}, ["pointId"]),
        ("deliveryHold", {"pointId": "x"}, ["pointId"]),
    ],
)
async def test_a_wish_that_cannot_be_meant_is_refused(stage: Stage, name: str, more: Any, fields: list[str]) -> None:
    who, _, parcel = await on_its_way(stage, destination_country="CN")

    told = await wished(stage, who, name, parcel, **more)

    assert {".".join(each["field"]) for each in told["userErrors"]} >= {f"input.{field}" for field in fields}
    assert await changes(stage, who, parcel) == []


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (timedelta(hours=-5), timedelta(hours=-3)),  # past
        (timedelta(hours=-1), timedelta(hours=1)),  # begun
        (timedelta(hours=5), timedelta(hours=3)),  # ends first
        (timedelta(days=14), timedelta(days=14, hours=1)),  # too far ahead
        (timedelta(days=1), timedelta(days=2, hours=1)),  # two days
    ],
)
async def test_a_time_out_of_bounds_is_refused(stage: Stage, begins: timedelta, ends: timedelta) -> None:
    who, _, parcel = await on_its_way(stage)
    now = stage.api.clock.now
    window = {"start": (now + begins).isoformat(), "end": (now + ends).isoformat()}

    told = await wished(stage, who, "deliveryReschedule", parcel, window=window)

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("INVALID", ["input", "window"])]


@pytest.mark.parametrize("kind", MUTATIONS)
@pytest.mark.parametrize("status", [S.DELIVERED, S.RETURNING, S.LOST])
async def test_only_a_parcel_on_its_way_is_brought_otherwise(stage: Stage, status: S, kind: str) -> None:
    who, _, parcel = await on_its_way(stage, status=status)

    told = await wished(stage, who, MUTATIONS[kind], parcel, **saying(stage, kind, DOOR))

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("STATE", ["input", "shipmentId"])]
    assert await allowed(stage, who, parcel) == []


@pytest.mark.parametrize("kind", MUTATIONS)
async def test_another_buyers_parcel_is_none(stage: Stage, kind: str) -> None:
    who, _, parcel = await on_its_way(stage)
    other = await make.order(stage.store, who.merchant_id, uuid4().hex, customer={"externalId": uuid4().hex})
    strangers = [await make.merchant(stage.store), *([buyer(stage, other)] if kind != "RETURN" else [])]

    for viewer in strangers:
        told = await wished(stage, viewer, MUTATIONS[kind], parcel, **saying(stage, kind, DOOR))
        assert [(each["code"], each["field"]) for each in told["userErrors"]] == [
            ("NOT_FOUND", ["input", "shipmentId"])
        ]


@pytest.mark.parametrize("kind", MUTATIONS)
async def test_a_wish_needs_its_scope_and_its_key(stage: Stage, kind: str) -> None:
    who, order, parcel = await on_its_way(stage)
    name, wish = MUTATIONS[kind], {"shipmentId": parcel.typeid, **saying(stage, kind, DOOR)}

    reader = buyer(stage, order, "shipments:read")
    assert await stage.api.refused(reader, text(name), input=wish, key="k") == "FORBIDDEN"
    assert await allowed(stage, reader, parcel) == []
    input_ = name[0].upper() + name[1:] + "Input"
    unkeyed = f"mutation($input: {input_}!) {{ {name}(input: $input) {{ {CHANGE} }} }}"
    assert await stage.api.refused(who, unkeyed, input=wish) == "BAD_USER_INPUT"


async def test_a_buyer_has_a_parcel_brought_elsewhere_but_not_sent_back(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage)
    mine = buyer(stage, order)
    assert await allowed(stage, mine, parcel) == ["deliveryReschedule", "deliveryRedirect", "deliveryHold"]
    back = text("deliveryReturn")
    assert await stage.api.refused(mine, back, input={"shipmentId": parcel.typeid}, key="k") == "FORBIDDEN"

    told = (await wished(stage, mine, "deliveryRedirect", parcel, address=DOOR))["deliveryChange"]
    assert (told["kind"], told["state"], told["party"]) == ("REDIRECT", "REQUESTED", "BUYER")
    await stage.work()

    [seen] = await changes(stage, mine, parcel)
    assert (seen["id"], seen["state"]) == (told["id"], "ACCEPTED")
    assert await changes(stage, who, parcel) == [seen]


@pytest.mark.parametrize("kind", MUTATIONS)
async def test_the_same_key_wishes_once(stage: Stage, kind: str) -> None:
    who, _, parcel = await on_its_way(stage)
    name, wish = MUTATIONS[kind], {"shipmentId": parcel.typeid, **saying(stage, kind, DOOR)}

    one, two = [(await stage.api.ask(who, text(name), input=wish, key="same"))[name] for _ in range(2)]

    assert one["deliveryChange"]["id"] == two["deliveryChange"]["id"]
    assert len(await changes(stage, who, parcel)) == 1


async def test_of_two_wishes_at_once_one_is_told(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage)

    both = await asyncio.gather(
        wished(stage, who, "deliveryRedirect", parcel, address=DOOR),
        wished(stage, who, "deliveryReschedule", parcel, window=tomorrow(stage)),
    )

    assert sorted([each["code"] for each in told["userErrors"]] for told in both) == [[], ["STATE"]]
    await stage.work()
    assert [each["state"] for each in await changes(stage, who, parcel)] == ["ACCEPTED"]
