"""What goes back of an order never exceeds what is due, whoever grants at the same time."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from aftersales import money_back
from aftersales.refusals import Amount, RefusalCode, Refused
from db.models.orders import Order
from db.models.refunds import OrderMoney, Refund
from db.reach import EVERYTHING
from db.session import Store
from tests import make, refunding

WISHES = st.lists(
    st.tuples(st.sampled_from(["grant", "pay", "withdraw", "recover", "add"]), st.integers(1, 9_000)),
    min_size=2,
    max_size=12,
)


async def fresh(store: Store, who: make.Someone) -> Order:
    """An order of 199.00."""
    return await make.order(store, who.merchant_id, uuid4().hex)


async def account(store: Store, order: Order) -> tuple[int, int, int]:
    """Due, granted, paid."""
    async with store.reading(EVERYTHING) as session:
        row = await session.scalar(select(OrderMoney).where(OrderMoney.order_id == order.id))
        return (row.due_minor, row.granted_minor, row.paid_minor) if row else (order.total_minor, 0, 0)


async def grant(store: Store, order: Order, minor: int) -> Refund | None:
    """A grant in a transaction of its own; None: refused."""
    try:
        return await refunding.difference(store, order, minor)
    except Refused as no:
        if no.refusals[0].code is RefusalCode.POLICY:
            return None
        raise


@given(amounts=st.lists(st.integers(1, 15_000), min_size=2, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_parallel_grants_never_exceed_what_is_due(store: Store, amounts: list[int]) -> None:
    order = await fresh(store, await make.merchant(store))

    made = await asyncio.gather(*(grant(store, order, minor) for minor in amounts))

    granted = sum(each.amount_minor for each in made if each is not None)
    assert await account(store, order) == (order.total_minor, granted, 0)
    assert granted <= order.total_minor
    refused = [minor for minor, each in zip(amounts, made, strict=True) if each is None]
    assert all(granted + minor > order.total_minor for minor in refused)


async def act(store: Store, order: Order, what: str, minor: int) -> None:
    """One writer; what it may not do it does not."""
    try:
        async with store.writing(EVERYTHING) as session:
            if what == "add":
                await money_back.added(session, order, minor)
                return
            row = await money_back.opened(session, order)
            if what == "grant":
                await money_back.granted(session, order, minor)
            elif what == "pay":
                await money_back.paid(session, order.id, min(minor, row.granted_minor - row.paid_minor))
            elif what == "withdraw":
                await money_back.withdrawn(session, order.id, min(minor, row.granted_minor - row.paid_minor))
            else:
                await money_back.recovered(session, order.id, min(minor, row.paid_minor))
    except Refused as no:
        if no.refusals[0].code is not RefusalCode.POLICY:
            raise


@given(wishes=WISHES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
async def test_no_sequence_of_parallel_writers_breaks_the_account(store: Store, wishes: list[tuple[str, int]]) -> None:
    order = await fresh(store, await make.merchant(store))

    await asyncio.gather(*(act(store, order, what, minor) for what, minor in wishes))

    due, granted, paid = await account(store, order)
    assert 0 <= paid <= granted <= due
    assert due == order.total_minor + sum(minor for what, minor in wishes if what == "add")


async def test_a_refused_grant_tells_the_numbers(store: Store) -> None:
    order = await fresh(store, await make.merchant(store))
    await grant(store, order, 15_000)

    with pytest.raises(Refused) as no:
        async with store.writing(EVERYTHING) as session:
            await money_back.granted(session, order, 5_000)

    assert no.value.refusals[0].message == (
        "Of this order 199.00 CNY may go back in all and 150.00 were granted already; 50.00 more would be 1.00 too much."
    )
    assert no.value.refusals[0].detail == Amount(4_900, 5_000, "CNY")


async def test_the_table_itself_refuses_more_than_is_due(store: Store) -> None:
    order = await fresh(store, await make.merchant(store))
    await grant(store, order, 100)

    with pytest.raises(IntegrityError):
        async with store.writing(EVERYTHING) as session:
            await session.execute(
                update(OrderMoney).where(OrderMoney.order_id == order.id).values(granted_minor=19_901)
            )


async def test_what_is_due_follows_the_order_but_not_below_what_was_granted(store: Store) -> None:
    order = await fresh(store, await make.merchant(store))
    await grant(store, order, 15_000)
    order.total_minor = 10_000

    assert await grant(store, order, 1) is None
    async with store.writing(EVERYTHING) as session:
        await money_back.opened(session, order)
    assert await account(store, order) == (15_000, 15_000, 0)
    order.total_minor = 30_000

    assert await grant(store, order, 15_000)
    assert await account(store, order) == (30_000, 30_000, 0)
