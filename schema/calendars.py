"""Countries' working days as partners see them."""

from datetime import date

import strawberry

from resolvers import calendars as answers
from schema.fields import described, resolved
from schema.scalars import CountryCode


@strawberry.type(
    description="A day that is not as its place in the week would have it: a holiday, or a weekend's that is worked."
)
class SpecialDay:
    day: date = described("The day.")
    works: bool = described("Whether the country works.")
    name: str = described("What it is.")
    source: str = described("The law or the announcement, or what the operator entered it from.")


@strawberry.type(description="Which days of a year a country works.")
class CountryCalendar:
    country: CountryCode = described("The country.")
    year: int = described("The year.")
    is_complete: bool = described(
        "Whether all of its public holidays ship with the gateway. False: only weekends, days that are the same every year, "
        "and what the operator entered are known (China announces each year's in the November before)."
    )
    weekend: list[str] = described("The days of the week that are not worked: MO to SU.", size=2)
    days: list[SpecialDay] = described("The days that differ, in their order.", size=20)


@strawberry.type
class CalendarQueries:
    calendar: CountryCalendar = resolved(
        by=answers.calendar,
        description="Which days a country works: what clocks of working time count, and couriers who stay home on holidays "
        "go by. Needs the scope returns:read.",
    )
