"""Sessions: closed without reach, refusing foreign rows, whole or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import uuid7
from db.models.orders import Customer, OrderLine
from db.models.partners import CarrierRow
from db.models.shipments import ShipmentOrder
from db.reach import EVERYTHING, Reach
from db.session import OutOfReach, Store, finish
from tests import make


@pytest.fixture
async def ours(store: Store) -> make.Someone:
    return await make.merchant(store)


@pytest.fixture
async def theirs(store: Store) -> make.Someone:
    return await make.merchant(store)


async def buyers(store: Store, who: make.Someone) -> int:
    async with store.reading(EVERYTHING) as session:
        wanted = select(func.count(Customer.id)).where(Customer.merchant_id == who.merchant_id)
        return await session.scalar(wanted) or 0


def buyer(who: make.Someone) -> Customer:
    return Customer(merchant_id=who.merchant_id)


async def written(store: Store, reach: Reach, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    async with store.writing(reach) as session:
        await work(session)


async def test_a_session_without_reach_reads_nothing(store: Store) -> None:
    async with AsyncSession(store.reader) as session:
        with pytest.raises(KeyError):
            await session.scalars(select(Customer))
        with pytest.raises(KeyError):
            await session.get(Customer, uuid7())


async def test_a_session_without_reach_writes_nothing(store: Store, ours: make.Someone) -> None:
    async with AsyncSession(store.writer) as session:
        session.add(buyer(ours))
        with pytest.raises(KeyError):
            await session.flush()
    assert await buyers(store, ours) == 0


@pytest.mark.parametrize("reach", [Reach(), Reach(platform_id=uuid7()), Reach(carrier_code="sf")])
async def test_who_reaches_no_merchant_writes_nothing(store: Store, ours: make.Someone, reach: Reach) -> None:
    with pytest.raises(OutOfReach):
        async with store.writing(reach) as session:
            session.add(buyer(ours))
    assert await buyers(store, ours) == 0


async def test_a_foreign_row_is_not_added_changed_moved_or_deleted(
    store: Store, ours: make.Someone, theirs: make.Someone
) -> None:
    reach = Reach(merchant_id=ours.merchant_id)
    async with store.writing(EVERYTHING) as session:
        session.add(foreign := buyer(theirs))
        session.add(own := buyer(ours))

    async def add(session: AsyncSession) -> None:
        session.add(buyer(theirs))

    async def link(session: AsyncSession) -> None:
        session.add(ShipmentOrder(merchant_id=theirs.merchant_id, shipment_id=uuid7(), order_id=uuid7()))

    async def change(session: AsyncSession) -> None:
        (await session.merge(foreign, load=False)).external_id = "mine"

    async def move(session: AsyncSession) -> None:
        (await session.get_one(Customer, own.id)).merchant_id = theirs.merchant_id

    async def delete(session: AsyncSession) -> None:
        await session.delete(await session.merge(foreign, load=False))

    for work in (add, link, change, move, delete):
        with pytest.raises(OutOfReach):
            await written(store, reach, work)

    assert await buyers(store, theirs) == await buyers(store, ours) == 1


async def test_foreign_rows_are_not_inserted_in_bulk(store: Store, ours: make.Someone, theirs: make.Someone) -> None:
    def row(who: make.Someone) -> dict[str, Any]:
        return {"id": uuid7(), "merchant_id": who.merchant_id, "created_at": make.NOW}

    reach = Reach(merchant_id=ours.merchant_id)
    foreign: list[tuple[Any, Any]] = [
        (insert(Customer), [row(ours), row(theirs)]),
        (insert(Customer), row(theirs)),
        (insert(Customer).values(row(theirs)), None),
        (insert(Customer).values([row(ours), row(theirs)]), None),
        (insert(Customer).from_select(["id", "merchant_id"], select(OrderLine.id, OrderLine.merchant_id)), None),
    ]
    for statement, rows in foreign:
        with pytest.raises(OutOfReach):
            async with store.writing(reach) as session:
                await session.execute(statement, rows)
    async with store.writing(reach) as session:
        await session.execute(insert(Customer), [row(ours), row(ours)])
        await session.execute(insert(Customer).values(row(ours)))

    assert (await buyers(store, ours), await buyers(store, theirs)) == (3, 0)


async def test_an_exception_undoes_everything(store: Store, ours: make.Someone) -> None:
    async def work(session: AsyncSession) -> None:
        session.add(buyer(ours))
        await session.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await written(store, EVERYTHING, work)
    assert await buyers(store, ours) == 0


async def test_a_caller_cancelled_before_the_commit_wrote_nothing(store: Store, ours: make.Someone) -> None:
    written = asyncio.Event()

    async def write() -> None:
        async with store.writing(EVERYTHING) as session:
            session.add(buyer(ours))
            await session.flush()
            written.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await buyers(store, ours) == 0
    async with store.writing(EVERYTHING) as session:  # and the next writer is let in
        session.add(buyer(ours))
    assert await buyers(store, ours) == 1


@pytest.mark.parametrize("cancellations", [1, 2, 3])
async def test_a_commit_once_begun_is_finished_however_often_the_caller_is_cancelled(
    store: Store, ours: make.Someone, cancellations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing, commit = asyncio.Event(), AsyncSession.commit

    async def slow_commit(session: AsyncSession) -> None:
        committing.set()
        await asyncio.sleep(0.05)
        await commit(session)

    monkeypatch.setattr(AsyncSession, "commit", slow_commit)

    async def write() -> None:
        async with store.writing(EVERYTHING) as session:
            session.add(buyer(ours))

    task = asyncio.create_task(write())
    await committing.wait()
    for _ in range(cancellations):
        task.cancel()
        await asyncio.sleep(0.005)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await buyers(store, ours) == 1


async def test_what_is_finished_gives_its_value_and_its_exception() -> None:
    async def give() -> int:
        await asyncio.sleep(0)
        return 1

    async def fail() -> int:
        raise ZeroDivisionError

    assert await finish(give()) == 1
    with pytest.raises(ZeroDivisionError):
        await finish(fail())


async def test_five_writers_at_once_are_never_told_that_the_database_is_busy(store: Store, ours: make.Someone) -> None:
    async def write(number: int) -> None:
        for step in range(10):
            async with store.writing(EVERYTHING, patient=number % 2 == 0) as session:
                session.add(Customer(merchant_id=ours.merchant_id, external_id=f"{number}-{step}"))
                await session.flush()
                await asyncio.sleep(0.001)

    await asyncio.gather(*(write(number) for number in range(5)))

    assert await buyers(store, ours) == 50


async def test_readers_see_what_is_committed_while_a_writer_writes(store: Store, ours: make.Someone) -> None:
    async with store.writing(EVERYTHING) as session:
        session.add(buyer(ours))
        await session.flush()
        seen = await asyncio.gather(*(buyers(store, ours) for _ in range(10)))
    assert seen == [0] * 10
    assert await buyers(store, ours) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL has one engine for both
async def test_a_reading_session_cannot_write_on_sqlite(store: Store) -> None:
    async with store.reading(EVERYTHING) as session:
        session.add(CarrierRow(code="x", name="x"))
        with pytest.raises(Exception, match="readonly"):
            await session.flush()
