"""Whatever the statement, a session gives, changes and deletes rows within its reach only."""

import contextlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import and_, delete, exists, func, inspect, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models.base import Row
from db.models.messages import Inbox, Parked, Replay
from db.models.orders import Customer, Order, OrderLine
from db.models.partners import CarrierAccount, CarrierRow, DataKey, Merchant
from db.models.shipments import Shipment, ShipmentOrder, TrackingEvent
from db.reach import EVERYTHING, Reach, criteria, where
from db.session import OutOfReach, Store
from tests import make
from tests.db.seeding import CLOSED, MODELS, Seeded, seed

VIEWERS = ("merchant", "platform", "platform with header", "carrier", "customer", "nobody")

EVERY_WAY, REFUSED = 11, 2  # a statement over nothing but a subquery or a CTE names no entity


@dataclass(frozen=True)
class World:
    """Ours, theirs (another merchant with another carrier), and a neighbour: our own merchant's other buyer."""

    ours: Seeded
    theirs: Seeded
    neighbour: dict[type[Row], Any]

    def reach(self, viewer: str) -> Reach:
        merchant, partner = self.ours.merchant_id, self.ours.seller.partner.id
        return {
            "merchant": Reach(merchant_id=merchant, partner_id=partner),
            "platform": Reach(platform_id=self.ours.platform.partner.id, partner_id=self.ours.platform.partner.id),
            "platform with header": Reach(merchant_id=merchant, partner_id=self.ours.platform.partner.id),
            "carrier": Reach(carrier_code="sf", partner_id=partner),
            "customer": Reach(merchant_id=merchant, customer_id=self.ours.rows[Customer].id),
            "nobody": Reach(),
        }[viewer]


@pytest.fixture(scope="module")
async def world(store: Store) -> World:
    ours, theirs = await seed(store, "sf"), await seed(store, "zto")
    order = await make.order(store, ours.merchant_id, "NEIGHBOUR")
    parcel = await make.shipment(store, ours.merchant_id, "NEIGHBOUR1", "zto", [order])
    return World(ours, theirs, {Order: order, Shipment: parcel, TrackingEvent: await make.scan(store, parcel)})


def is_row(model: Any, row: Any) -> list[Any]:
    """The row's keys. Given one by one: SQLAlchemy bounds a table that stands in WHERE alone only where it is plain to
    see, not inside an and_() or or_()."""
    keys = inspect(model).mapper.primary_key
    return [getattr(model, each.key) == getattr(row, each.key) for each in keys]


async def found(session: AsyncSession, model: Any, row: Any) -> list[str]:
    """The ways in which the session gives the row away."""
    other, key = aliased(model), tuple(getattr(row, each.key) for each in inspect(model).primary_key)
    ways = {
        "select": select(model).where(*is_row(model, row)),
        "columns": select(*(getattr(model, each.key) for each in inspect(model).primary_key)).where(
            *is_row(model, row)
        ),
        "alias": select(other).where(*is_row(other, row)),
        "join": select(CarrierRow.code, model).join(model, and_(*is_row(model, row))),
        "alias joined": select(CarrierRow.code).join(other, and_(*is_row(other, row))),
        "exists": select(CarrierRow.code).where(exists().where(*is_row(model, row))),
        "subquery": select(CarrierRow.code).where(
            literal(1) <= select(func.count()).select_from(model).where(*is_row(model, row)).scalar_subquery()
        ),
        "from a subquery": select(func.count())
        .select_from(select(model).where(*is_row(model, row)).subquery())
        .having(func.count() > 0),
        "cte": select(select(model).where(*is_row(model, row)).cte()),
        "union": select(model).from_statement(
            select(model).where(*is_row(model, row)).union_all(select(model).where(*is_row(model, row)))
        ),
    }
    leaks = []
    for name, statement in ways.items():
        with contextlib.suppress(OutOfReach):  # refused is as good as not found
            if (await session.execute(statement)).first() is not None:
                leaks.append(name)
    if await session.get(model, key) is not None:
        leaks.append("get")
    return leaks


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("model", CLOSED.values(), ids=CLOSED)
async def test_a_foreign_row_is_never_given(store: Store, world: World, model: type[Row], viewer: str) -> None:
    async with store.reading(world.reach(viewer)) as session:
        assert await found(session, model, world.theirs.rows[model]) == []


@pytest.mark.parametrize("model", CLOSED.values(), ids=CLOSED)
async def test_without_bounds_each_way_finds_the_row(store: Store, world: World, model: type[Row]) -> None:
    async with store.reading(EVERYTHING) as session:
        assert len(await found(session, model, world.theirs.rows[model])) == EVERY_WAY


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("model", CLOSED.values(), ids=CLOSED)
async def test_a_foreign_row_is_never_changed_or_deleted(
    store: Store, world: World, model: type[Row], viewer: str
) -> None:
    row = world.theirs.rows[model]
    column = inspect(model).primary_key[0].key
    change = update(model).where(*is_row(model, row)).values({column: getattr(row, str(column))})
    touched = []
    async with store.reading(EVERYTHING) as session:
        before = await session.scalar(select(func.count()).select_from(model))
    async with store.writing(world.reach(viewer)) as session:
        for statement in (change, delete(model).where(*is_row(model, row))):
            done: Any = await session.execute(statement, execution_options={"synchronize_session": False})
            touched.append(done.rowcount)
    async with store.reading(EVERYTHING) as session:
        assert await session.scalar(select(func.count()).select_from(model)) == before
    assert touched == [0, 0]


@pytest.mark.parametrize("model", [Order, Shipment, TrackingEvent])
async def test_a_buyer_does_not_reach_the_neighbours_rows(store: Store, world: World, model: type[Row]) -> None:
    async with store.reading(world.reach("customer")) as session:
        assert await found(session, model, world.neighbour[model]) == []
        assert len(await found(session, model, world.ours.rows[model])) == EVERY_WAY - REFUSED


@pytest.mark.parametrize("model", [Shipment, TrackingEvent])
async def test_a_carrier_does_not_reach_other_carriers_rows(store: Store, world: World, model: type[Row]) -> None:
    async with store.reading(world.reach("carrier")) as session:
        assert await found(session, model, world.neighbour[model]) == []
        assert len(await found(session, model, world.ours.rows[model])) == EVERY_WAY - REFUSED


@pytest.mark.parametrize("model", [Merchant, Customer, Order, OrderLine, ShipmentOrder, CarrierAccount])
async def test_a_carrier_reaches_no_merchant_order_or_buyer(store: Store, world: World, model: type[Row]) -> None:
    async with store.reading(world.reach("carrier")) as session:
        assert (await session.scalars(select(model))).all() == []


@pytest.mark.parametrize("viewer", ["merchant", "platform", "platform with header"])
@pytest.mark.parametrize(
    "model", [Merchant, Customer, Order, OrderLine, Shipment, ShipmentOrder, TrackingEvent, CarrierAccount]
)
async def test_ones_own_rows_are_given(store: Store, world: World, model: type[Row], viewer: str) -> None:
    async with store.reading(world.reach(viewer)) as session:
        assert len(await found(session, model, world.ours.rows[model])) == EVERY_WAY - REFUSED


@pytest.mark.parametrize("viewer", VIEWERS)
@pytest.mark.parametrize("model", [DataKey, Inbox, Parked, Replay])
async def test_what_is_the_workers_is_nobody_elses(store: Store, world: World, model: type[Row], viewer: str) -> None:
    async with store.reading(world.reach(viewer)) as session:
        assert (await session.scalars(select(model))).all() == []


async def test_two_viewers_in_turn_do_not_share_a_compiled_statement(store: Store, world: World) -> None:
    for _ in range(2):
        for whose in (world.ours, world.theirs):
            async with store.reading(Reach(merchant_id=whose.merchant_id)) as session:
                assert {row.merchant_id for row in await session.scalars(select(Order))} == {whose.merchant_id}


async def test_a_statement_without_an_entity_is_refused(store: Store, world: World) -> None:
    table: Any = Order.__table__
    async with store.reading(world.reach("merchant")) as session:
        for statement in (text("SELECT * FROM orders"), select(table), update(table).values(number="X"), delete(table)):
            with pytest.raises(OutOfReach):
                await session.execute(statement)


async def test_a_statement_that_says_so_may_use_the_rule_itself(store: Store, world: World) -> None:
    reach, table = world.reach("merchant"), Order.__table__
    async with store.reading(reach) as session:
        rows = await session.execute(
            select(table.c.merchant_id).where(where(reach, Order)), execution_options={"reached": True}
        )
        assert {row.merchant_id for row in rows} == {world.ours.merchant_id}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_table_is_out_of_reach_unless_somebody_thought_of_it(model: type[Row]) -> None:
    assert criteria(EVERYTHING, model) is None
    rule = criteria(Reach(), model)
    assert (rule is None) == (model.__name__ not in CLOSED)


def test_a_reach_that_says_nothing_may_write_nothing(world: World) -> None:
    row = Customer(merchant_id=world.ours.merchant_id)
    assert not Reach().may_write(row)
    assert not world.reach("platform").may_write(row)
    assert not world.reach("carrier").may_write(row)
    assert world.reach("merchant").may_write(row)
    assert not Reach(merchant_id=world.theirs.merchant_id).may_write(row)


@pytest.mark.parametrize(
    "reach",
    [
        Reach(merchant_id=uuid4(), partner_id=uuid4()),
        Reach(platform_id=uuid4(), partner_id=uuid4()),
        Reach(carrier_code="sf", partner_id=uuid4()),
        Reach(merchant_id=uuid4(), customer_id=uuid4()),
        Reach(),
    ],
)
def test_no_value_of_a_reach_is_kept_with_a_statement_that_another_reach_uses_too(reach: Reach) -> None:
    rules, extracted = reach.rules(), list[Any]()
    rules._gen_cache_key(None, extracted)

    compiled: list[Any] = [rule.where_criteria.compile() for rule in rules.rules]
    needed = {id(each) for one in compiled for each in one.binds.values()}
    assert {id(each) for each in extracted} == needed
