"""An order sent again changes what differs and nothing else."""

import random
from typing import Any

import pytest
from sqlalchemy import select

from db.enums import OrderStatus
from db.models.log import Event
from db.models.orders import Customer, Order, OrderLine
from db.reach import EVERYTHING
from db.session import Store
from tests import make
from tests.asking import Api
from tests.resolvers.syncing import outcomes, rows, sync

ONWARDS = ["PLACED", "PAID", "FULFILLING", "SHIPPED", "PARTIALLY_DELIVERED", "DELIVERED", "COMPLETED"]


def form(number: str = "A-1", **changes: Any) -> dict[str, Any]:
    return make.order_form(number, **changes)


def line(sku: str, quantity: int = 1, price: str = "10.00") -> dict[str, Any]:
    return {
        "sku": sku,
        "title": f"杯 {sku}",
        "quantity": quantity,
        "unitPrice": {"amount": price, "currency": "CNY"},
        "weightGrams": 100,
    }


@pytest.fixture
async def seller(store: Store) -> make.Someone:
    return await make.merchant(store)


async def facts(store: Store, who: make.Someone) -> list[tuple[str, int, Any, Any]]:
    """Kind, version, before and after of the merchant's facts, in their order."""
    async with store.reading(EVERYTHING) as session:
        found = await session.scalars(select(Event).where(Event.merchant_id == who.merchant_id).order_by(Event.id))
        return [(e.kind, e.version, e.payload["before"], e.payload["after"]) for e in found]


async def test_a_changed_total_is_taken_over_and_told_once(api: Api, store: Store, seller: make.Someone) -> None:
    [first] = await sync(api, seller, form())
    [told] = await sync(api, seller, form(total={"amount": "189.00", "currency": "CNY"}))

    assert told["outcome"] == "UPDATED"
    assert told["order"]["total"] == {"amount": "189.00", "currency": "CNY"}
    assert {**told["order"], "total": 0} == {**first["order"], "total": 0}
    created, changed = await facts(store, seller)
    assert (created[0], changed[0]) == ("order.created", "order.changed")
    assert changed[1] == created[1] + 1
    assert changed[2]["total"]["amount"] == "199.00"
    assert changed[3]["total"]["amount"] == "189.00"
    assert await rows(store, Customer, seller) == 1


async def test_lines_keep_their_ids(api: Api, seller: make.Someone) -> None:
    [first] = await sync(api, seller, form(lines=[line("A"), line("B"), line("C")]))
    ids = {each["sku"]: each["id"] for each in first["order"]["lines"]}

    [told] = await sync(api, seller, form(lines=[line("C"), line("A", 5), line("D")]))

    lines = told["order"]["lines"]
    assert [(each["sku"], each["quantity"]) for each in lines] == [("C", 1), ("A", 5), ("D", 1)]
    assert [each["id"] for each in lines[:2]] == [ids["C"], ids["A"]]
    assert lines[2]["id"] not in ids.values()


async def test_lines_may_change_places_and_number_at_will(api: Api, store: Store, seller: make.Someone) -> None:
    """Any sequence of lines follows any other, also with an article that stands there twice."""
    dice = random.Random(7)
    for _ in range(12):
        skus = [dice.choice("ABCD") for _ in range(dice.randint(0, 5))]
        lines = [line(sku, place + 1) for place, sku in enumerate(skus)]
        [told] = await sync(api, seller, form(lines=lines))
        assert told["userErrors"] == []
        assert [(each["sku"], each["quantity"]) for each in told["order"]["lines"]] == [
            (sku, place + 1) for place, sku in enumerate(skus)
        ]
        assert await rows(store, OrderLine, seller) == len(skus)


@pytest.mark.parametrize("said", [*ONWARDS, "CANCELED"])
@pytest.mark.parametrize("present", ["PLACED", "SHIPPED", "DELIVERED", "CANCELED"])
async def test_a_status_goes_onwards_only(
    api: Api, store: Store, seller: make.Someone, present: str, said: str
) -> None:
    [first] = await sync(api, seller, form(status=present))
    assert first["order"]["status"] == present

    [told] = await sync(api, seller, form(status=said))

    if present == "CANCELED":
        expected = "CANCELED"
    elif said == "CANCELED":
        expected = present if present == "DELIVERED" else "CANCELED"
    else:
        expected = max(present, said, key=ONWARDS.index)
    assert told["order"]["status"] == expected


async def test_a_cancellation_is_told_as_one(api: Api, store: Store, seller: make.Someone) -> None:
    await sync(api, seller, form())
    await sync(api, seller, form(status="CANCELED"))
    await sync(api, seller, form(status="CANCELED", externalId="x"))

    assert [kind for kind, *_ in await facts(store, seller)] == ["order.created", "order.canceled", "order.changed"]


async def test_what_is_not_said_stays(api: Api, store: Store, seller: make.Someone) -> None:
    """A status, a promise and a buyer's mail address outlive an amendment that does not name them."""
    named = {"externalId": "b-1", "name": "王小明", "email": "w@example.com"}
    await sync(api, seller, form(status="PAID", promisedOn="2026-06-03", customer=named))

    [told] = await sync(api, seller, form(customer={"externalId": "b-1"}, externalId="now"))

    assert told["order"]["status"] == "PAID"
    assert told["order"]["promisedDeliveryAt"] == "2026-06-03T16:00:00+00:00"
    query = "query($id: ID!) { node(id: $id) { ... on Customer { name email } } }"
    shown = await api.ask(seller, query, id=told["order"]["customer"]["id"])
    assert shown["node"] == {"name": "王**", "email": "w***@example.com"}


async def test_a_parcel_is_added_later(api: Api, store: Store, seller: make.Someone) -> None:
    await sync(api, seller, form())
    parcels = [{"carrier": "sf", "trackingNumber": "SFLATER"}, {"carrier": "zto", "trackingNumber": "ZTLATER"}]

    [one] = await sync(api, seller, form(shipments=parcels[:1]))
    [two] = await sync(api, seller, form(shipments=parcels))
    [again] = await sync(api, seller, form(shipments=parcels[1:]))

    assert one["outcome"] == two["outcome"] == "UPDATED"
    assert [each["trackingNumber"] for each in two["order"]["shipments"]] == ["SFLATER", "ZTLATER"]
    assert again["order"]["shipments"] == two["order"]["shipments"]


async def test_one_buyer_is_one_customer(api: Api, store: Store, seller: make.Someone) -> None:
    """Known by the merchant's own id, else by phone."""
    by_id = [form(f"I-{n}", customer={"externalId": "b-1", "phone": f"1380013800{n}"}) for n in range(3)]
    by_phone = [form(f"P-{n}", customer={"phone": text}) for n, text in enumerate(["13900139000", "+86 139-0013-9000"])]
    for each in by_phone:
        each["shippingAddress"] = {**each["shippingAddress"], "phone": "139 0013 9000"}

    told = await sync(api, seller, *by_id[:2], *by_phone[:1])
    told += await sync(api, seller, *by_id[2:], *by_phone[1:])

    ids = {each["number"]: each["order"]["customer"]["id"] for each in told}
    assert len({ids["I-0"], ids["I-1"], ids["I-2"]}) == 1
    assert ids["P-0"] == ids["P-1"] != ids["I-0"]
    assert await rows(store, Customer, seller) == 2


async def test_the_same_moment_and_currency_spelt_otherwise_are_no_change(api: Api, seller: make.Someone) -> None:
    await sync(api, seller, form(placedAt="2026-05-20T08:00:00Z"))
    assert await outcomes(api, seller, form(placedAt="2026-05-20T16:00:00+08:00")) == ["UNCHANGED"]
    assert await outcomes(api, seller, form(total={"amount": "199.00", "currency": "cny"})) == ["UNCHANGED"]


async def test_the_version_rises_by_one_with_each_change(api: Api, store: Store, seller: make.Someone) -> None:
    for amount in ("1.00", "2.00", "3.00"):
        await sync(api, seller, form(total={"amount": amount, "currency": "CNY"}))
    assert [version for _, version, *_ in await facts(store, seller)] == [1, 2, 3]
    async with store.reading(EVERYTHING) as session:
        order = await session.scalar(select(Order).where(Order.merchant_id == seller.merchant_id))
    assert order
    assert (order.version, order.status) == (3, OrderStatus.PLACED)
