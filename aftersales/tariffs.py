"""Price lists: the rows that ship, an operator's own before them, and what they come to."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.forms import Country, Day, Form, MoneyForm, Name, Sentence
from aftersales.rules.pricing import Mode, Rate
from db.models.tariffs import Tariff
from db.session import standing

Weight = Annotated[int, Field(ge=1, le=1_000_000)]


class TariffForm(Form):
    """A line of a price list."""

    carrier: Annotated[str, BeforeValidator(lambda v: v.strip().lower()), Field(pattern="^[a-z0-9_]{2,40}$")]
    service: Name
    from_country: Country
    to_country: Country | None = None
    same_region: bool | None = None
    first_grams: Weight
    first: MoneyForm
    step_grams: Weight
    step: MoneyForm
    pickup: MoneyForm | None = None
    divisor: Annotated[int, Field(ge=1000, le=20_000)]
    most_grams: Weight
    days: Annotated[int, Field(ge=0, le=120)]
    mode: Annotated[Mode, BeforeValidator(lambda v: v.strip().lower() if isinstance(v, str) else v)]
    source: Annotated[Sentence, Field(min_length=1)]
    effective_from: Day

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        if len({each.currency for each in (self.first, self.step, self.pickup) if each is not None}) > 1:
            raise ValueError("every price must be in one currency")
        return self

    def rate(self) -> Rate:
        """As the rules read it."""
        return Rate(**self._values(), mode=self.mode, carrier=self.carrier)

    def columns(self) -> dict[str, Any]:
        """The row's values."""
        return {**self._values(), "mode": self.mode.value, "carrier_code": self.carrier}

    def _values(self) -> dict[str, Any]:
        return {
            **self.model_dump(exclude={"carrier", "first", "step", "pickup", "mode"}),
            "first_minor": self.first.minor,
            "step_minor": self.step.minor,
            "pickup_minor": self.pickup.minor if self.pickup else 0,
            "currency": self.first.currency,
        }


_KEY = ("carrier_code", "service", "from_country", "to_country", "same_region", "currency", "effective_from")


async def take(session: AsyncSession, forms: Sequence[TariffForm], now: datetime) -> list[str]:
    """Enters rows, each known by carrier, service, lane, currency and day: CREATED, UPDATED or UNCHANGED, in their order."""
    rows = await session.scalars(select(Tariff).where(Tariff.carrier_code.in_({form.carrier for form in forms})))
    known = {tuple(getattr(row, name) for name in _KEY): row for row in rows}
    outcomes = []
    for form in forms:
        values = form.columns()
        key = tuple(values[name] for name in _KEY)
        row = known.get(key)
        if row is None:
            known[key] = Tariff(**values)
            session.add(known[key])
            outcomes.append("CREATED")
            continue
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in (changed | {"updated_at": now} if changed else {}).items():
            setattr(row, name, value)
        outcomes.append("UPDATED" if changed else "UNCHANGED")
    return outcomes


_RATES = standing(
    select(Tariff)
    .where(Tariff.from_country == bindparam("country"), Tariff.effective_from <= bindparam("day"))
    .order_by(Tariff.effective_from, Tariff.id)
)


async def rates(session: AsyncSession, from_country: str, on: date) -> list[Rate]:
    """What may be charged from a country on a day: of a carrier the operator's rows where there are any, else the rows that
    ship. Of one lane the latest list."""
    rows = await session.scalars(_RATES, {"country": from_country, "day": on})
    own = [_rate(row) for row in rows]
    theirs = {each.carrier for each in own}
    shipped = [each for each in seeds() if each.from_country == from_country and each.effective_from <= on]
    every = [*(each for each in shipped if each.carrier not in theirs), *own]
    latest = {(e.carrier, e.service, e.to_country, e.same_region, e.currency): e for e in every}
    return [*latest.values()]


def _rate(row: Tariff) -> Rate:
    values = {name: getattr(row, name) for name in Rate.__dataclass_fields__ if name not in {"carrier", "mode"}}
    return Rate(**values, carrier=row.carrier_code, mode=Mode(row.mode))


@cache
def seeds() -> tuple[Rate, ...]:
    """The rows that ship, in the order of their days."""
    text = resources.files("aftersales.rules").joinpath("tables/tariffs.json").read_text("utf-8")
    made = (TariffForm.model_validate(row).rate() for row in json.loads(text)["tariffs"])
    return tuple(sorted(made, key=lambda rate: rate.effective_from))
