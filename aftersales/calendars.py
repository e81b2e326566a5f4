"""Whose calendar counts: a warehouse's, a buyer's door's, with an operator's own rows before the ones that ship."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.forms import Country, Day, Form, Name, Sentence, refusals
from aftersales.refusals import Refused
from aftersales.rules import hours
from aftersales.rules.calendars import Calendar
from aftersales.rules.clocks import AT_BUYERS
from db.models.calendars import CalendarDay
from db.models.cases import Case
from db.models.orders import Order
from db.models.partners import Merchant
from db.models.returns import Return, ReturnOrder
from db.models.warehouses import Warehouse

LONGEST = 366
"""Days of one closure at most: a warehouse that is closed for longer is none."""


def _openings(text: str) -> str:
    if not any(hours.read(text)):
        raise ValueError("must open on one day at least")
    return text


class DayForm(Form):
    """A day on which a country works or does not."""

    country: Country
    day: Day
    works: bool = False
    name: Name
    source: Annotated[Sentence, Field(min_length=1)]


class ClosureForm(Form):
    """Days on which nobody works in a warehouse, the first and the last one."""

    first: Day
    last: Day
    because: Annotated[Sentence, Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.first <= self.last <= self.first + timedelta(days=LONGEST):
            raise ValueError(f"last must not be before first, nor more than {LONGEST} days after it")
        return self


class WarehouseDaysForm(Form):
    """When a warehouse works."""

    hours: Annotated[str, AfterValidator(_openings), Field(max_length=200)] | None = None
    works_holidays: bool = False
    closures: Annotated[tuple[ClosureForm, ...], Field(max_length=100)] = ()


def set_days(row: Warehouse, item: Mapping[str, Any]) -> Warehouse:
    """A warehouse's working time, from now on; a clock that runs sees it when it would end. Refused: INVALID with the
    field's path."""
    try:
        form = WarehouseDaysForm.model_validate(item)
    except ValidationError as bad:
        raise Refused(*refusals(bad)) from None
    row.hours, row.works_holidays = form.hours, form.works_holidays
    row.closures = [each.model_dump(mode="json") for each in sorted(form.closures, key=lambda each: each.first)]
    return row


async def take(session: AsyncSession, forms: Sequence[DayForm], now: datetime) -> list[str]:
    """Enters days, each known by its country: CREATED, UPDATED or UNCHANGED, in their order."""
    rows = await session.scalars(
        select(CalendarDay).where(
            CalendarDay.country.in_({form.country for form in forms}), CalendarDay.day.in_({form.day for form in forms})
        )
    )
    known = {(row.country, row.day): row for row in rows}
    outcomes = []
    for form in forms:
        row = known.get((form.country, form.day))
        if row is None:
            known[form.country, form.day] = row = CalendarDay(**form.model_dump(), updated_at=now)
            session.add(row)
            outcomes.append("CREATED")
            continue
        changed = {name: value for name, value in form.model_dump().items() if getattr(row, name) != value}
        for name, value in (changed | {"updated_at": now} if changed else {}).items():
            setattr(row, name, value)
        outcomes.append("UPDATED" if changed else "UNCHANGED")
    return outcomes


async def of_case(session: AsyncSession, case: Case, word: str) -> Calendar:
    """The calendar that a case's clock of working time is counted by."""
    place = await _door(session, case) if word in AT_BUYERS else None
    return await of_place(session, *place) if place else await _of_warehouse(session, case)


async def of_place(session: AsyncSession, country: str | None, zone: str) -> Calendar:
    """A country's, by the clock of a zone in it."""
    return Calendar(ZoneInfo(zone), country, told=await told(session, country))


async def told(session: AsyncSession, country: str | None) -> Mapping[date, bool]:
    """The days of a country that the operator entered: whether it works."""
    rows = await session.scalars(select(CalendarDay).where(CalendarDay.country == country))
    return {row.day: row.works for row in rows}


async def of_warehouse(session: AsyncSession, row: Warehouse) -> Calendar:
    """A warehouse's: its own hours and closures over its country's days."""
    country = None if row.works_holidays else row.country
    return Calendar(
        zone=ZoneInfo(row.zone),
        country=country,
        week=hours.read(row.hours) if row.hours else None,
        told=await told(session, country) if country else {},
        closures=tuple(
            (date.fromisoformat(each["first"]), date.fromisoformat(each["last"])) for each in row.closures or ()
        ),
    )


async def _of_warehouse(session: AsyncSession, case: Case) -> Calendar:
    """That of the warehouse that the goods go to, else of the one that is the default; of a merchant without any the
    country's."""
    back = await _return(session, case)
    if back is not None and back.warehouse_id is not None:
        wanted = Warehouse.id == back.warehouse_id
    else:
        wanted = (Warehouse.merchant_id == case.merchant_id) & Warehouse.returns.is_(True)
    rows = select(Warehouse).where(wanted).order_by(Warehouse.is_default.desc(), Warehouse.id).limit(1)
    row = await session.scalar(rows)
    if row is not None:
        return await of_warehouse(session, row)
    merchant = await session.get(Merchant, case.merchant_id)
    return await of_place(session, merchant.country, merchant.zone) if merchant else Calendar(ZoneInfo("UTC"))


async def _door(session: AsyncSession, case: Case) -> tuple[str | None, str] | None:
    """Where the buyer is, by the order; the first one where there are several."""
    back = await _return(session, case)
    order_id = case.order_id or (None if back is None else back.order_id)
    if order_id is None and back is not None:
        of_return = select(ReturnOrder.order_id).where(ReturnOrder.return_id == back.id)
        order_id = await session.scalar(of_return.order_by(ReturnOrder.order_id).limit(1))
    order = await session.get(Order, order_id) if order_id else None
    return None if order is None else (order.country, order.zone)


async def _return(session: AsyncSession, case: Case) -> Return | None:
    id_: UUID | None = case.id if isinstance(case, Return) else case.parent_id
    return case if isinstance(case, Return) else await session.get(Return, id_) if id_ else None
