"""Orders as partners see them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry

from db.enums import Locale, OrderFlag, OrderStatus
from resolvers import edges, timelines
from resolvers import exchanges as by_exchanges
from resolvers import orders as answers
from resolvers import refunds as money
from resolvers import returns as by_returns
from resolvers.context import Info
from resolvers.pages import Asked
from schema.connections import Connection
from schema.feed import Change
from schema.fields import described, related, resolved
from schema.links import (
    CaseLink,
    EligibilityLink,
    MoneyBackLink,
    ReturnLink,
    ReusePointsLink,
    ShipmentLink,
    SizeAdviceLink,
)
from schema.node import Node
from schema.scalars import CountryCode, Money
from schema.shipments import TrackingEvent
from schema.viewer import Merchant
from schema.words import tell


@strawberry.enum(description="How orders are sorted. A cursor belongs to the sort it was made by.")
class OrderSort(StrEnum):
    PLACED_AT_DESC = "PLACED_AT_DESC"
    PLACED_AT_ASC = "PLACED_AT_ASC"
    UPDATED_AT_DESC = "UPDATED_AT_DESC"
    UPDATED_AT_ASC = "UPDATED_AT_ASC"


tell(OrderSort)


@strawberry.type(
    description="A postal address in parts. Name, phone and unit are masked unless the viewer may see them."
)
class Address:
    name: str | None = described("Who receives; masked unless the viewer may see it.")
    phone: str | None = described("Their phone in E.164 where valid; masked unless the viewer may see it.")
    country: CountryCode | None = described("The country.")
    region: str | None = described("Province or state, in its standard name.")
    region_code: str | None = described("The region's code: ISO 3166-2 part, or GB/T 2260 in China.")
    city: str | None = described("City or prefecture.")
    district: str | None = described("District, county or neighbourhood.")
    street: list[str] = described(
        "Street lines; a unit or a phone within them is masked unless the viewer may see it.", size=1
    )
    unit: str | None = described("Building, unit and room; masked unless the viewer may see them.")
    postal_code: str | None = described("Postal code.")


@strawberry.type(description="How a buyer likes to receive parcels.")
class DeliveryPreference:
    mode: str | None = described("RECIPIENT, NEIGHBOR, SAFE_PLACE, LOCKER, STATION, MAILBOX or FRONT_DESK.")
    window: str | None = described("The hours of the day, local time, e.g. 18:00-21:00.")
    note: str | None = described("A note for the courier.")


def _preferences(root: Any) -> DeliveryPreference | None:
    stored = root.preferences
    if not stored:
        return None
    return DeliveryPreference(mode=stored.get("mode"), window=stored.get("window"), note=stored.get("note"))


@strawberry.type(description="A merchant's buyer.")
class Customer(Node):
    external_id: str | None = described("The merchant's own name for this buyer.")
    name: str | None = resolved(by=answers.customer_name, description="Masked unless the viewer may see it.")
    phone: str | None = resolved(by=answers.customer_phone, description="Masked unless the viewer may see it.")
    email: str | None = resolved(by=answers.customer_email, description="Masked unless the viewer may see it.")
    locale: Locale | None = described("The language to speak to them in.")
    delivery_preference: DeliveryPreference | None = resolved(
        by=_preferences,
        description="How they like to receive parcels; null when they never said.",
    )
    reuse_points: list[ReusePointsLink] = related(
        by=edges.points_of_customer,
        description="The ledger of points for packaging used again, the oldest first.",
        size=2,
        scope="returns:read",
    )


@strawberry.type(description="A name and a value.")
class Attribute:
    name: str = described("The name, e.g. colour.")
    value: str = described("The value, e.g. red.")


def _attributes(root: Any) -> list[Attribute]:
    return [Attribute(name=str(each["name"]), value=str(each["value"])) for each in root.attributes]


@strawberry.type(description="One item of an order.")
class OrderLine(Node):
    sku: str = described("The merchant's stock number.")
    title: str = described("What it is, in the merchant's words.")
    quantity: int = described("How many.")
    unit_price: Money = described("The price of one.")
    weight_grams: int | None = described("The weight of one in grams; null when the merchant gave none.")
    category: str | None = described("The merchant's category.")
    hs_code: str | None = described("Its number in the Harmonized System; null when the merchant gave none.")
    country_of_origin: CountryCode | None = described("Where it was made; null when the merchant gave none.")
    attributes: list[Attribute] = resolved(by=_attributes, description="Size, colour and the like.", size=2)
    returnable_quantity: int = resolved(
        by=by_returns.returnable_quantity, description="How many of it are not in a return yet."
    )
    eligibility: EligibilityLink | None = resolved(
        by=by_returns.line_eligibility,
        description="May it come back, and at what price? The same answer guards returnRequest.",
    )
    size_advice: SizeAdviceLink | None = resolved(
        by=by_exchanges.size_advice,
        description="Which size instead, by what others took and this buyer kept; null: nothing is known.",
    )


@strawberry.type(description="Something odd about an order as it came in, by line and field.")
class OrderProblem:
    flag: OrderFlag = described("What kind of oddity.")
    message: str = described("A sentence that says what to mend.")
    line: int | None = described("The line it is about, counted from 0; null for the order itself.")
    field: str = described("The field of the input it is about.")


def _flags(root: Any) -> list[OrderFlag]:
    return [OrderFlag(each) for each in root.flags]


def _problems(root: Any) -> list[OrderProblem]:
    return [
        OrderProblem(flag=OrderFlag(each["flag"]), message=each["message"], line=each["line"], field=each["field"])
        for each in root.problems
    ]


@strawberry.type(description="What a customer bought.")
class Order(Node):
    number: str = described("The order number; unique for its merchant.")
    external_id: str | None = described("The partner's own id of the order.")
    merchant: Merchant = related(by=edges.merchant_of_row, description="Whose goods they are.")
    status: OrderStatus = described("How far it has come.")
    placed_at: datetime = described("When it was placed (UTC).")
    delivered_at: datetime | None = described("When its last outgoing parcel was delivered (UTC).")
    promised_delivery_at: datetime | None = described(
        "When the promise ends (UTC, exclusive): a promised day is kept until its end in the recipient's zone.",
    )
    updated_at: datetime = described("When anything of it last changed (UTC).")
    total: Money = described("What the customer pays.")
    customer: Customer | None = related(by=edges.customer_of_order, description="Who bought.")
    shipping_address: Address = resolved(by=answers.shipping_address, description="Where it goes.")
    lines: list[OrderLine] = related(by=edges.lines_of_order, description="What was bought, in sequence.", size=2)
    shipments: list[ShipmentLink] = related(
        by=edges.shipments_of_order,
        description="Its parcels, of whichever carriers.",
        size=1,
        scope="shipments:read",
    )
    flags: list[OrderFlag] = resolved(by=_flags, description="What is odd about it, in short.", size=1)
    problems: list[OrderProblem] = resolved(
        by=_problems, description="What is odd about it, by line and field.", size=1
    )
    needs_action: bool = described("Whether somebody must act: on a problem above, or for one of its parcels.")
    returns: list[ReturnLink] = related(
        by=edges.returns_of_order, description="What comes back of it.", size=1, scope="returns:read"
    )
    cases: list[CaseLink] = related(
        by=edges.cases_of_order, description="Every case about it alone.", size=2, scope="returns:read"
    )
    money_back: MoneyBackLink = resolved(
        by=money.money_back, description="What may go back of it and what has, over everything."
    )
    journey: list[TrackingEvent] = resolved(
        by=answers.journey,
        description="Every scan of every parcel on one timeline, oldest first. Needs the scope shipments:read.",
        size=6,
    )
    timeline: Connection[Change] = resolved(
        by=timelines.timeline, description="What happened to it and to its parcels, oldest first, 1 to 100 at a time."
    )


async def _orders(  # the contract's arguments, gathered
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    filter: answers.OrderFilter | None = None,
    sort: OrderSort = OrderSort.PLACED_AT_DESC,
) -> Any:
    return await answers.orders(info, Asked(first, after, last, before), filter, sort.value)


@strawberry.type
class OrderQueries:
    order: Order | None = resolved(
        by=answers.order, description="One order, by id or by its number. Needs the scope orders:read."
    )
    orders: Connection[Order] = resolved(
        by=_orders, description="Orders in pages of 1 to 100; give first or last. Needs the scope orders:read."
    )
