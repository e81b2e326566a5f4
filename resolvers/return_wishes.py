"""What a wished resolution needs beside the goods that come back: new goods, or what is wrong."""

from decimal import Decimal
from typing import Any

import strawberry

from aftersales.exchange_wishes import ExchangeWish
from aftersales.refusals import Refusal, RefusalCode, Refused, inside
from aftersales.repairs import RepairWish
from db.case_enums import Resolution
from db.models.base import Money, to_minor
from resolvers.context import Context
from resolvers.inputs import optional
from resolvers.order_sync import MoneyInput

LONGEST = {"sku": 100, "title": 300, "warehouse": 60, "symptom": 2000, "serialNumber": 100}


@strawberry.input(description="The new goods of an exchange.")
class ExchangeWishInput:
    sku: str = strawberry.field(description="The merchant's stock number of the new goods.")
    title: str | None = optional("What it is; the stock number unless given.")
    quantity: int = strawberry.field(default=1, description="How many, 1 to 999.")
    unit_price: MoneyInput = strawberry.field(
        description="The price of one, in the order's currency. From a buyer it must be what the merchant last took for it."
    )
    warehouse: str | None = optional("The code of the warehouse to take it from; where there is most unless given.")
    advance: bool = strawberry.field(
        default=False, description="The new goods go out before the old ones come back; the merchant's to give."
    )
    at_door: bool = strawberry.field(
        default=False, description="The courier who collects the old goods looks at them and hands over the new ones."
    )


@strawberry.input(description="What is to be repaired.")
class RepairWishInput:
    symptom: str = strawberry.field(description="What is wrong, at most 2,000 characters.")
    serial_number: str | None = optional("The device's serial number.")


def extras(
    context: Context, resolution: Resolution, exchange: ExchangeWishInput | None, repair: RepairWishInput | None
) -> dict[str, Any]:
    """As ``ReturnWish.extras`` has them. Refused where they are of another resolution."""
    found: dict[str, Any] = {}
    if exchange is not None:
        if resolution is not Resolution.EXCHANGE:
            raise _no("New goods are for the resolution EXCHANGE.", "exchange")
        with inside("exchange"):
            found["exchange"] = exchange_wish(context, exchange)
    if repair is not None:
        if resolution is not Resolution.REPAIR:
            raise _no("A symptom is for the resolution REPAIR.", "repair")
        with inside("repair"):
            short(symptom=repair.symptom, serialNumber=repair.serial_number)
        found["repair"] = RepairWish(repair.symptom, context.store.vault, repair.serial_number)
    return found


def exchange_wish(context: Context, given: ExchangeWishInput) -> ExchangeWish:
    """The new goods as the business has them."""
    short(sku=given.sku, title=given.title, warehouse=given.warehouse)
    price = money(given.unit_price, "unitPrice")
    return ExchangeWish(
        sku=given.sku.strip(),
        quantity=given.quantity,
        unit_minor=to_minor(*price),
        currency=price.currency,
        title=given.title,
        warehouse=given.warehouse,
        is_advance=given.advance,
        is_at_door=given.at_door,
        of_buyer=context.viewer.customer_id is not None,
    )


def money(given: MoneyInput, field: str) -> Money:
    """An amount and its currency. Refused: no number, below 0, out of bounds, or more decimals than the currency has."""
    amount, currency = given.amount, given.currency.strip().upper()
    no = _no(f"An amount of {currency}, not below 0, with no more decimals than it has.", field)
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 12:
        raise no
    try:
        to_minor(amount, currency)
    except ValueError:
        raise no from None
    return Money(amount, currency)


def short(**texts: str | None) -> None:
    """Refused where a text is longer than its field may be."""
    for name, text in texts.items():
        if text is not None and len(text) > LONGEST[name]:
            raise _no(f"At most {LONGEST[name]} characters.", name)


def _no(sentence: str, field: str) -> Refused:
    return Refused(Refusal(RefusalCode.INVALID, sentence, (field,)))
