"""CO2 figures as partners see them: never without what they were made of."""

import strawberry

from resolvers import emissions as answers
from schema.fields import described, resolved


@strawberry.type(description="What is reckoned for a tonne carried a kilometre.")
class EmissionFactor:
    mode: str = described("VAN, TRUCK, AIR_SHORT or AIR_LONG.")
    grams: int = described("Grams of CO2 equivalent.")
    source: str = described("Where the figure is from.")


@strawberry.type(description="An estimate of what a parcel's way does to the climate.")
class Emissions:
    grams: int = described("Grams of CO2 equivalent.")
    km: int = described("Over so many kilometres.")
    factors: list[EmissionFactor] = described("The factors it was made with.", size=2)
    basis: str = described("What was reckoned and what was assumed, in a sentence.")


@strawberry.type
class EmissionQueries:
    emission_factors: list[EmissionFactor] = resolved(
        by=answers.factors, description="The factors behind CO2 figures, with their sources.", size=4
    )
