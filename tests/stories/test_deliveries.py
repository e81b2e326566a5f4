"""A parcel on its way is brought otherwise, told through GraphQL, with the carrier's sandbox over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from aftersales import credentials, tracking
from aftersales.log import By
from aftersales.scans import Origin
from aftersales.tracking import Heard
from carriers.readings import Meaning, ReadShipment, Scan
from db.enums import EventSource, PartnerKind, Party, TrackingReason, TrackingStatus
from db.models.orders import Order
from db.models.partners import Partner
from db.models.shipments import Shipment
from db.reach import EVERYTHING
from tests import make
from tests.refunding import policy
from tests.stories.conftest import Stage

CHANGE = "deliveryChange { id kind state party reason nextStep window { start end } shipment { id } } userErrors { code field }"
SEEN = "query($id: ID!) { shipment(id: $id) { deliveryChanges { id kind state reason nextStep } } }"
DOOR = {"country": "CN", "region": "广东省", "city": "深圳市", "district": "福田区", "street": ["深南大道2号"]}


def text(name: str) -> str:
    kind = name[0].upper() + name[1:] + "Input"
    return f"mutation($input: {kind}!, $key: String!) {{ {name}(input: $input) @idempotent(key: $key) {{ {CHANGE} }} }}"


async def wished(stage: Stage, who: make.Someone, name: str, parcel: Shipment, **more: Any) -> Any:
    wish = {"shipmentId": parcel.typeid, **more}
    return (await stage.api.ask(who, text(name), input=wish, key=uuid4().hex))[name]


async def on_its_way(
    stage: Stage, carrier: str = "sf", number: str = "", **columns: Any
) -> tuple[Any, Order, Shipment]:
    """A merchant with a parcel that is in transit."""
    who = await stage.seller("sf", "kuaidi100")
    order = await make.order(stage.store, who.merchant_id, uuid4().hex, customer={"externalId": uuid4().hex})
    columns = {"status": TrackingStatus.IN_TRANSIT, **columns}
    number = number or f"SF{uuid4().int % 10**13:013d}"
    parcel = await make.shipment(stage.store, who.merchant_id, number, carrier, [order], **columns)
    return who, order, parcel


def buyer(stage: Stage, order: Order, *scopes: str) -> make.Someone:
    given = (timedelta(hours=1), stage.api.clock.now, scopes or ("shipments:read", "deliveries:write"))
    token, _ = credentials.mint_customer_token(stage.store.vault, order.merchant_id, order.customer_id, *given)
    return make.Someone(Partner(name="a buyer", kind=PartnerKind.MERCHANT), token)


async def changes(stage: Stage, who: make.Someone, parcel: Shipment) -> Any:
    return (await stage.api.ask(who, SEEN, id=parcel.typeid))["shipment"]["deliveryChanges"]


async def test_a_buyer_has_a_parcel_brought_to_another_door(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage, number="SF7000000000010")
    mine = buyer(stage, order)
    told = (await wished(stage, mine, "deliveryRedirect", parcel, address=DOOR))["deliveryChange"]
    assert (told["kind"], told["state"], told["party"]) == ("REDIRECT", "REQUESTED", "BUYER")
    again = await wished(stage, mine, "deliveryRedirect", parcel, address=DOOR)
    assert [each["code"] for each in again["userErrors"]] == ["STATE"]

    await stage.work()

    [seen] = await changes(stage, mine, parcel)
    assert (seen["id"], seen["state"]) == (told["id"], "ACCEPTED")
    assert await changes(stage, who, parcel) == [seen]


async def test_the_carriers_no_is_told_with_its_words(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, number="UNKNOWN1")
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)

    await stage.work()

    [seen] = await changes(stage, who, parcel)
    assert (seen["state"], seen["nextStep"]) == ("REFUSED", "CONTACT_CARRIER")
    assert seen["reason"]


async def test_what_the_carrier_does_not_take_is_refused_at_once_with_the_next_step(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage)
    later = stage.api.clock.now + timedelta(days=1)
    window = {"start": later.isoformat(), "end": (later + timedelta(hours=2)).isoformat()}

    moved = (await wished(stage, who, "deliveryReschedule", parcel, window=window))["deliveryChange"]
    held = (await wished(stage, who, "deliveryHold", parcel))["deliveryChange"]
    left = (await wished(stage, who, "deliveryRedirect", parcel, mode="LEAVE_WITH", leaveWith="李阿姨, 502"))[
        "deliveryChange"
    ]

    assert [(each["kind"], each["state"], each["nextStep"]) for each in (moved, held, left)] == [
        ("RESCHEDULE", "REFUSED", "REDIRECT_DELIVERY"),
        ("HOLD", "REFUSED", "REDIRECT_DELIVERY"),
        ("LEAVE_WITH", "REFUSED", "REDIRECT_DELIVERY"),
    ]
    assert moved["window"] is not None
    assert all(each["reason"] for each in (moved, held, left))


@pytest.mark.parametrize(
    ("name", "more", "field"),
    [
        ("deliveryRedirect", {}, ["input", "address"]),
        ("deliveryRedirect", {"address": {"country": "CN"}}, ["input", "address", "street"]),
        ("deliveryRedirect", {"mode": "LEAVE_WITH", "leaveWith": " "}, ["input", "leaveWith"]),
        ("deliveryHold", {"pointId": "pnt_01m80spa27e00atf2e38cyqk60"}, ["input", "pointId"]),
        ("deliveryHold", {"pointId": "x"}, ["input", "pointId"]),
        (
            "deliveryReschedule",
            {"window": {"start": "2020-01-01T00:00:00Z", "end": "2020-01-01T02:00:00Z"}},
            ["input", "window"],
        ),
    ],
)
async def test_a_wish_that_cannot_be_meant_is_refused(stage: Stage, name: str, more: Any, field: list[str]) -> None:
    who, _, parcel = await on_its_way(stage)

    told = await wished(stage, who, name, parcel, **more)

    assert [each["field"] for each in told["userErrors"]] == [field]
    assert await changes(stage, who, parcel) == []


@pytest.mark.parametrize("status", [TrackingStatus.DELIVERED, TrackingStatus.RETURNING, TrackingStatus.LOST])
async def test_only_a_parcel_on_its_way_is_brought_otherwise(stage: Stage, status: TrackingStatus) -> None:
    who, _, parcel = await on_its_way(stage, status=status)

    told = await wished(stage, who, "deliveryHold", parcel)

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("STATE", ["input", "shipmentId"])]


async def test_another_buyers_parcel_is_none(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage)
    other = await make.order(stage.store, who.merchant_id, uuid4().hex, customer={"externalId": uuid4().hex})
    stranger = await make.merchant(stage.store)

    for viewer in (buyer(stage, other), stranger):
        told = await wished(stage, viewer, "deliveryHold", parcel)
        assert [(each["code"], each["field"]) for each in told["userErrors"]] == [
            ("NOT_FOUND", ["input", "shipmentId"])
        ]


async def test_a_wish_needs_its_scope_and_its_key(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage)
    wish = {"shipmentId": parcel.typeid}

    reader = buyer(stage, order, "shipments:read")
    assert await stage.api.refused(reader, text("deliveryHold"), input=wish, key="k") == "FORBIDDEN"
    unkeyed = f"mutation($input: DeliveryHoldInput!) {{ deliveryHold(input: $input) {{ {CHANGE} }} }}"
    assert await stage.api.refused(who, unkeyed, input=wish) == "BAD_USER_INPUT"


async def test_the_same_key_wishes_once(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage)
    wish = {"shipmentId": parcel.typeid}

    one, two = [
        (await stage.api.ask(who, text("deliveryHold"), input=wish, key="same"))["deliveryHold"] for _ in range(2)
    ]

    assert one["deliveryChange"]["id"] == two["deliveryChange"]["id"]
    assert len(await changes(stage, who, parcel)) == 1


async def failed(stage: Stage, parcel: Shipment, reason: TrackingReason) -> None:
    """The courier came and could not deliver."""
    scan = Scan(stage.api.clock.now, Meaning(TrackingStatus.ATTEMPT_FAILED, reason=reason), "70")
    read = ReadShipment(parcel.tracking_number, (scan,))
    by = By(Party.CARRIER, "push")
    async with stage.store.writing(EVERYTHING) as session:
        row = await session.get_one(Shipment, parcel.id)
        heard = Heard(row, read, Origin(EventSource.PUSH))
        await tracking.record(session, stage.store.vault, heard, by, stage.api.clock.now)


async def owed(stage: Stage, who: make.Someone, order: Order) -> list[str]:
    query = "query($n: String!) { order(number: $n) { moneyBack { refunds { purpose } } } }"
    told = (await stage.api.ask(who, query, n=order.number))["order"]["moneyBack"]
    return [each["purpose"] for each in told["refunds"]] if told else []


async def test_a_failed_delivery_without_contact_is_compensated_by_policy(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage, number="UNKNOWN2")
    await policy(stage.store, who, failedDeliveryPercent=5)
    await failed(stage, parcel, TrackingReason.RECIPIENT_UNAVAILABLE)
    await stage.pass_time(23, step=23)
    assert await owed(stage, who, order) == []

    await stage.pass_time(2, step=1)

    assert await owed(stage, who, order) == ["COMPENSATION"]


async def test_who_was_asked_how_to_go_on_is_owed_nothing(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage, number="UNKNOWN3")
    await policy(stage.store, who, failedDeliveryPercent=5)
    await failed(stage, parcel, TrackingReason.RECIPIENT_UNAVAILABLE)
    await wished(stage, buyer(stage, order), "deliveryHold", parcel)

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


async def test_who_did_not_take_the_parcel_is_owed_nothing(stage: Stage) -> None:
    who, order, parcel = await on_its_way(stage, number="UNKNOWN4")
    await policy(stage.store, who, failedDeliveryPercent=5)
    await failed(stage, parcel, TrackingReason.RECIPIENT_REFUSED)

    await stage.pass_time(26, step=13)

    assert await owed(stage, who, order) == []


async def test_a_wish_after_a_failed_delivery_goes_out_at_once(stage: Stage) -> None:
    who, _, parcel = await on_its_way(stage, number="UNKNOWN5")
    await failed(stage, parcel, TrackingReason.RECIPIENT_UNAVAILABLE)
    await wished(stage, who, "deliveryRedirect", parcel, address=DOOR)

    await stage.work()

    [seen] = await changes(stage, who, parcel)
    assert seen["state"] != "REQUESTED"
