"""Orders as the business keeps them: what is written, what is said, what is sealed."""

import json
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from aftersales import orders
from aftersales.forms import OrderForm, refusals
from aftersales.orders import Checked, Synced
from db.enums import OrderFlag, Subject
from db.models.log import Event
from db.models.orders import Customer, Order, OrderLine
from db.reach import EVERYTHING, Reach
from db.session import Store
from tests import make
from tests.resolvers.counting import counting


@pytest.fixture
async def owner(store: Store) -> Any:
    return (await make.merchant(store)).merchant_id


def checked(number: str = "A-1", **changes: Any) -> Checked:
    return orders.check(OrderForm.model_validate(make.order_form(number, **changes)))


async def sync(store: Store, owner: Any, *wishes: Checked) -> list[tuple[Order, Synced]]:
    async with store.writing(Reach(merchant_id=owner)) as session:
        return await orders.sync(session, store.vault, owner, wishes, by=make.BY, now=make.NOW)


async def facts(store: Store, owner: Any) -> list[Event]:
    async with store.reading(EVERYTHING) as session:
        return list(await session.scalars(select(Event).where(Event.merchant_id == owner).order_by(Event.id)))


async def test_each_wish_has_its_outcome_in_their_order(store: Store, owner: Any) -> None:
    await sync(store, owner, checked("B"), checked("C"))

    done = await sync(store, owner, checked("A"), checked("C", externalId="x"), checked("B"))

    assert [(order.number, outcome) for order, outcome in done] == [
        ("A", Synced.CREATED),
        ("C", Synced.UPDATED),
        ("B", Synced.UNCHANGED),
    ]


async def test_the_log_says_what_changed_and_nothing_personal(store: Store, owner: Any) -> None:
    await sync(store, owner, checked())
    await sync(store, owner, checked(status="CANCELED"))

    created, canceled = await facts(store, owner)
    assert (created.kind, canceled.kind) == ("order.created", "order.canceled")
    assert created.subject is canceled.subject is Subject.ORDER
    assert created.occurred_at == datetime(2026, 5, 20, 8, tzinfo=UTC)
    assert canceled.occurred_at == created.recorded_at == make.NOW
    assert created.customer_id == canceled.customer_id
    assert created.payload["before"] is None
    assert canceled.payload["before"]["status"] == "PLACED"
    assert canceled.payload["after"]["status"] == "CANCELED"
    said = json.dumps([created.payload, created.actor, created.cause, canceled.payload], ensure_ascii=False)
    assert not any(secret in said for secret in ("小明", "13800138000", "科技园", "501"))


async def test_lane_and_zone_stay_plain_and_the_rest_is_sealed(store: Store, owner: Any) -> None:
    [(order, _)] = await sync(store, owner, checked(promisedOn="2026-06-03"))

    assert (order.country, order.region, order.zone) == ("CN", "44", "Asia/Shanghai")
    assert order.promised_delivery_at == datetime(2026, 6, 3, 16, tzinfo=UTC)
    address = json.loads(order.open(store.vault, "shipping_address") or "")
    assert address["name"] == "王小明"
    assert address["unit"] == "3栋501室"


@pytest.mark.parametrize(
    ("promised", "zone", "end"),
    [
        (date(2026, 6, 3), "UTC", "2026-06-04T00:00:00+00:00"),
        (date(2026, 6, 3), "America/Los_Angeles", "2026-06-04T00:00:00-07:00"),
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-30T00:00:00+02:00"),
        (datetime(2026, 6, 3, 10, tzinfo=UTC), "Asia/Shanghai", "2026-06-03T10:00:00+00:00"),
    ],
)
def test_a_day_ends_where_the_recipient_is(promised: Any, zone: str, end: str) -> None:
    assert orders.end_of_promise(promised, ZoneInfo(zone)) == datetime.fromisoformat(end)


async def test_lines_that_stay_are_not_written_again(store: Store, owner: Any) -> None:
    line = make.order_form()["lines"][0]
    await sync(store, owner, checked(lines=[line, {**line, "sku": "B"}]))

    with counting(store) as statements:
        await sync(store, owner, checked(lines=[line, {**line, "sku": "B"}], externalId="x"))
    with counting(store) as adding:
        await sync(store, owner, checked(lines=[line, {**line, "sku": "B"}, {**line, "sku": "C"}], externalId="x"))

    assert not [each for each in statements if "order_lines" in each and not each.startswith("SELECT")]
    assert [each.split()[0] for each in adding if "order_lines" in each] == ["SELECT", "INSERT"]


async def test_positions_rise_whatever_the_lines_did(store: Store, owner: Any) -> None:
    line = make.order_form()["lines"][0]
    for skus in ("ABC", "CBA", "B", "BB", "", "DAB", "DAB", "BAD"):
        await sync(store, owner, checked(lines=[{**line, "sku": sku} for sku in skus]))
        async with store.reading(EVERYTHING) as session:
            wanted = select(OrderLine).where(OrderLine.merchant_id == owner).order_by(OrderLine.position)
            rows = list(await session.scalars(wanted))
        assert "".join(row.sku for row in rows) == skus
        assert len({row.position for row in rows}) == len(rows)


async def test_a_buyer_told_anew_is_taken_over(store: Store, owner: Any) -> None:
    buyer = {"externalId": "b", "name": "王小明", "locale": "zh"}
    wish = {**buyer, "deliveryPreference": {"mode": "LOCKER", "window": "18:00-21:00"}}
    [(first, _)] = await sync(store, owner, checked("A", customer=wish))
    [(second, _)] = await sync(store, owner, checked("B", customer={"externalId": "b", "name": "王大明"}))

    assert first.customer_id == second.customer_id
    async with store.reading(EVERYTHING) as session:
        row = await session.get_one(Customer, first.customer_id)
    assert row.open(store.vault, "name") == "王大明"
    assert row.locale
    assert row.locale.value == "zh"
    assert row.preferences == {"mode": "LOCKER", "window": "18:00-21:00"}


async def test_likely_twins_are_looked_for_among_the_buyers_own_of_those_days(store: Store, owner: Any) -> None:
    """However many have bought the same, only what can be a twin is read."""
    for number in range(5):
        await sync(store, owner, checked(f"T-{number}", customer={"externalId": f"b-{number}"}))

    [(order, _)] = await sync(store, owner, checked("T-9", customer={"externalId": "b-3"}))

    assert order.flags == [OrderFlag.DUPLICATE.value]
    assert "T-3" in order.problems[0]["message"]


def test_what_is_refused_is_named_as_it_is_spelt_outside_and_without_its_value() -> None:
    given = make.order_form(total={"amount": "1", "currency": "QQQ"}, shippingAddress={"country": "Atlantis"})
    snake = {**given, "shipping_address": given.pop("shippingAddress")}
    for form in (snake, {**snake, "shippingAddress": snake["shipping_address"]} | {"x": 1}):
        with pytest.raises(ValidationError) as caught:
            OrderForm.model_validate(form)
        found = refusals(caught.value, ("input", "7"))
        assert ("input", "7", "total", "currency") in {each.field for each in found}
        assert ("input", "7", "shippingAddress", "country") in {each.field for each in found}
        assert not any(word in each.message for each in found for word in ("QQQ", "Atlantis"))
