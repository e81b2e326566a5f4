"""``ordersSync``: up to 250 orders, one outcome each, safe to repeat. Reading and checking happen before the transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from aftersales import entering
from aftersales.refusals import Refusal
from db.enums import DeliveryMode, Direction, Locale, OrderStatus
from db.models.orders import Order
from resolvers.context import Context, Info
from resolvers.inputs import at, few, optional, plain


@strawberry.input(description="An amount and its currency.")
class MoneyInput:
    amount: Decimal = strawberry.field(description="A decimal string, with no more decimals than the currency has.")
    currency: str = strawberry.field(description="ISO 4217, e.g. CNY.")


@strawberry.input(description="How a buyer likes to receive parcels.")
class DeliveryPreferenceInput:
    mode: DeliveryMode | None = optional("Into whose hands.")
    window: str | None = optional("Hours of the day, local time, e.g. 18:00-21:00.")
    note: str | None = optional("A note for the courier.")


@strawberry.input(description="Who bought. Known again by externalId, else by phone.")
class CustomerInput:
    external_id: str | None = optional("Your own id of the buyer.")
    name: str | None = optional("The name; kept encrypted.")
    phone: str | None = optional("The phone, as written or in E.164; kept encrypted.")
    email: str | None = optional("The mail address; kept encrypted.")
    locale: Locale | None = optional("The language to speak to them in.")
    delivery_preference: DeliveryPreferenceInput | None = optional("How they like to receive parcels.")


@strawberry.input(description="An address in parts as far as you have them; it is standardised, and kept encrypted.")
class AddressInput:
    country: str = strawberry.field(description="ISO 3166-1 alpha-2, e.g. CN.")
    name: str | None = optional("Who receives.")
    company: str | None = optional("At which company.")
    phone: str | None = optional("Their phone.")
    region: str | None = optional("Province or state, by name or code.")
    city: str | None = optional("City or prefecture.")
    district: str | None = optional("District, county or neighbourhood.")
    street: list[str] | None = optional("Street lines; a whole Chinese address line in one is split.")
    unit: str | None = optional("Building, unit, room.")
    postal_code: str | None = optional("Postal code.")


@strawberry.input(description="A name and a value.")
class AttributeInput:
    name: str = strawberry.field(description="The name, e.g. size.")
    value: str = strawberry.field(description="The value, e.g. M.")


@strawberry.input(description="One item of an order.")
class OrderLineInput:
    sku: str = strawberry.field(description="Your stock number.")
    title: str = strawberry.field(description="What it is.")
    quantity: int = strawberry.field(description="How many, at least 1.")
    unit_price: MoneyInput = strawberry.field(description="The price of one, in the currency of the total.")
    weight_grams: int | None = optional("The weight of one in grams.")
    category: str | None = optional("Your category.")
    hs_code: str | None = optional("Its number in the Harmonized System, six to ten digits; customs ask for it.")
    country_of_origin: str | None = optional("Where it was made, ISO 3166-1 alpha-2; customs ask for it.")
    attributes: list[AttributeInput] | None = optional("Size, colour and the like.")


@strawberry.input(description="A parcel to follow.")
class OrderShipmentInput:
    carrier: str = strawberry.field(description="The carrier's code; see the query carriers.")
    tracking_number: str = strawberry.field(description="The carrier's number on it.")
    external_id: str | None = optional("Your own id of the parcel.")
    service: str | None = optional("The carrier's service.")
    direction: Direction | None = optional("Going out (the default) or coming back.")
    promised_on: date | None = optional("The promised day; kept until it ends in the recipient's zone.")
    promised_at: datetime | None = optional("The promised moment; instead of the day.")
    origin_country: str | None = optional("Where it starts, ISO 3166-1 alpha-2.")
    origin_region: str | None = optional("The region it starts in.")
    declared_value: MoneyInput | None = optional("What you declare it is worth.")
    freight: MoneyInput | None = optional("What carrying it costs.")
    weight_grams: int | None = optional("Weight in grams.")
    phone: str | None = optional("The phone the carrier asks for; the last four digits are kept.")


@strawberry.input(
    description="An order as its merchant sends it. Sending it again changes what differs and nothing else."
)
class OrderInput:
    number: str = strawberry.field(description="The order number; unique for the merchant.")
    placed_at: datetime = strawberry.field(description="When it was placed, with an offset.")
    total: MoneyInput = strawberry.field(description="What the customer pays.")
    customer: CustomerInput = strawberry.field(description="Who bought.")
    shipping_address: AddressInput = strawberry.field(description="Where it goes.")
    external_id: str | None = optional("Your own id of the order.")
    status: OrderStatus | None = optional("How far it has come on your side; goes onwards only.")
    lines: list[OrderLineInput] | None = optional("What was bought, at most 250.")
    promised_on: date | None = optional("The promised day; kept until it ends in the recipient's zone.")
    promised_at: datetime | None = optional("The promised moment; instead of the day.")
    shipments: list[OrderShipmentInput] | None = optional("Its parcels, as far as known.")


@dataclass(frozen=True, slots=True)
class SyncedOrder:
    """One item's outcome."""

    index: int
    number: str | None
    outcome: entering.EntryOutcome
    order: Order | None
    refusals: tuple[Refusal, ...]


def prepare(_context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
    """Reads and checks every item, before any transaction."""
    return {"input": entering.read([plain(each) for each in few(arguments["input"])])}


async def sync(info: Info, input: list[OrderInput]) -> list[SyncedOrder]:
    """Writes what was read; ``prepare`` has put it in the place of the input."""
    items: Any = input
    context = info.context
    assert context.session
    merchant = context.viewer.merchant()
    done = await entering.enter(
        context.session,
        context.store.vault,
        merchant,
        items,
        by=context.by("ordersSync"),
        now=context.clock(),
    )
    return [
        SyncedOrder(index, each.number, each.outcome, each.order, at(index, each.refused))
        for index, each in enumerate(done)
    ]
