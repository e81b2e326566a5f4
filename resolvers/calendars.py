"""Which days a country works, as clocks of working time and couriers' days off have it."""

import re
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from aftersales.rules import holidays
from db.models.calendars import CalendarDay
from resolvers.context import Info
from resolvers.errors import BadUserInput

YEARS = (2000, 2100)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not as its place in the week would have it."""

    day: date
    works: bool
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class CountryCalendar:
    """A country's year."""

    country: str
    year: int
    is_complete: bool
    weekend: list[str]
    days: list[SpecialDay]


async def calendar(info: Info, country: str, year: int) -> CountryCalendar:
    """The rows that ship, under those of the operator."""
    info.context.viewer.must("returns:read")
    country = country.strip().upper()
    if not YEARS[0] <= year <= YEARS[1] or not re.fullmatch("[A-Z]{2}", country):
        raise BadUserInput("country is two letters (ISO 3166-1), year lies between 2000 and 2100.")
    source = holidays.source(country, year)
    off = ((day, False, name) for day, name in holidays.closed(country, year).items())
    on = ((day, True, "A weekend's day that is worked") for day in holidays.worked(country, year))
    found = {day: SpecialDay(day, works, name, source) for day, works, name in (*off, *on)}
    async with info.context.store.reading(info.context.viewer.reach) as session:
        within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
        rows = await session.scalars(select(CalendarDay).where(CalendarDay.country == country, within))
        found |= {row.day: SpecialDay(row.day, row.works, row.name, row.source) for row in rows}
    weekend = [holidays.WEEK[each] for each in sorted(holidays.weekend(country))]
    return CountryCalendar(
        country, year, holidays.is_known(country, year), weekend, [found[day] for day in sorted(found)]
    )
