"""One row of every table for one merchant, so that every table's reach can be tried: also of tables yet to come."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.ids import uuid7
from db.models.base import Moment, Row
from db.models.calendars import CalendarDay
from db.models.log import Event
from db.models.partners import CarrierRow, Merchant
from db.models.points import DropOffPoint
from db.models.shipments import LanePast, UnmappedCode
from db.models.tariffs import Tariff
from db.reach import EVERYTHING
from db.session import Store
from tests import make

OPEN = {CarrierRow, LanePast, UnmappedCode, CalendarDay, DropOffPoint, Tariff}
MODELS: dict[str, type[Row]] = {
    each.class_.__name__: each.class_ for each in sorted(Row.registry.mappers, key=lambda each: each.class_.__name__)
}
CLOSED = {name: model for name, model in MODELS.items() if model not in OPEN}
OF_A_TYPE: dict[type, Any] = {
    UUID: uuid7,
    str: lambda: uuid4().hex,
    bytes: lambda: uuid4().bytes,
    int: lambda: random.randrange(1_000_000, 2_000_000_000),
    float: lambda: 1.0,
    bool: lambda: False,
    object: dict,  # JSON
    date: make.NOW.date,
}


@dataclass(frozen=True)
class Seeded:
    """A merchant, a platform linked to it, and one row of every table that is somebody's."""

    seller: make.Someone
    platform: make.Someone
    rows: dict[type[Row], Any]

    @property
    def merchant_id(self) -> UUID:
        return self.seller.merchant_id


async def seed(store: Store, carrier: str) -> Seeded:
    """A whole merchant, whose parcel travels with this carrier."""
    seller = await make.merchant(store)
    owner = seller.merchant_id
    platform = await make.platform(store, seller)
    account = await make.account(store, owner, carrier, name=uuid4().hex)
    order = await make.order(store, owner, uuid4().hex)
    parcel = await make.shipment(store, owner, uuid4().hex.upper(), carrier, [order])
    made = [seller.merchant, seller.partner, account, order, parcel, await make.scan(store, parcel)]
    rows: dict[type[Row], Any] = {type(row): row for row in made if row is not None}
    async with store.writing(EVERYTHING) as session:
        rows[Event] = await session.scalar(select(Event).where(Event.subject_id == parcel.id).limit(1))
        by_table = {mapper.local_table: mapper.class_ for mapper in Row.registry.mappers}
        for table in Row.metadata.sorted_tables:
            model: Any = by_table.get(table)
            if model is not None and model not in OPEN and model not in rows:
                rows[model] = await _row(session, _concrete(model), rows)
                rows[type(rows[model])] = rows[model]
    return Seeded(seller, platform, rows)


def _concrete(model: Any) -> Any:
    """A model that rows can be of: of what several kinds share, one kind."""
    mapper = inspect(model)
    is_shared = mapper.polymorphic_on is not None and mapper.polymorphic_identity is None
    return next(iter(mapper.polymorphic_map.values())).class_ if is_shared else model


async def _row(session: AsyncSession, model: Any, rows: dict[type[Row], Any]) -> Any:
    """The merchant's row where there is one already, else one made up."""
    values = _values(inspect(model).tables, rows)
    owned = [name for name in ("merchant_id", "partner_id", "event_id") if name in values]
    if owned:
        found = await session.scalar(
            select(model).where(*(getattr(model, each) == values[each] for each in owned)).limit(1)
        )
        if found is not None:
            return found
    session.add(made := model(**values))
    await session.flush()
    return made


def _values(tables: Sequence[Any], rows: dict[type[Row], Any]) -> dict[str, Any]:
    by_name = {model.__tablename__: row for model, row in rows.items()}
    kinds = {mapper.polymorphic_on for mapper in Row.registry.mappers}
    values: dict[str, Any] = {}
    for column in (column for table in tables for column in table.columns):
        if column in kinds or (column.primary_key and column.foreign_keys and column.table is not tables[0]):
            continue  # the mapper sees to both
        if column.name == "merchant_id":
            values[column.name] = rows[Merchant].id
        elif column.foreign_keys and not column.nullable:
            [target, *_] = column.foreign_keys
            values[column.name] = getattr(by_name[target.column.table.name], target.column.name)
        elif not column.nullable and column.default is None:
            values[column.name] = _made_up(column)
    return values


def _made_up(column: Column[Any]) -> Any:
    if isinstance(column.type, Moment):
        return make.NOW
    kind = column.type.python_type
    if issubclass(kind, Enum):
        return next(iter(kind))
    made = OF_A_TYPE[kind]()
    return made[: getattr(column.type, "length", None)] if kind is str else made
