"""Values with a meaning of their own."""

from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from schema.fields import described

CurrencyCode = NewType("CurrencyCode", str)
CountryCode = NewType("CountryCode", str)

SCALARS: dict[object, ScalarDefinition] = {
    CurrencyCode: strawberry.scalar(name="CurrencyCode", description="A currency, ISO 4217: CNY, USD, EUR."),
    CountryCode: strawberry.scalar(name="CountryCode", description="A country, ISO 3166-1 alpha-2: CN, US, DE."),
}


@strawberry.type(description="An amount and its currency, never apart.")
class Money:
    amount: Decimal = described("The amount as a decimal string with all the currency's decimals, never a float.")
    currency: CurrencyCode = described("The currency.")
