"""Exchanges as partners see them."""

from datetime import datetime

import strawberry

from db.case_enums import ExchangeStatus
from resolvers import edges
from resolvers import exchanges as answers
from schema.carriers import Carrier
from schema.cases import Case
from schema.fields import described, mutation, related, resolved
from schema.links import ReturnLink, ShipmentLink
from schema.payloads import Payload, value
from schema.scalars import Money


@strawberry.type(description="Which size to take instead, from what others took and this buyer kept.")
class SizeAdvice:
    size: str = described("The size.")
    share: float = described("The share of those counted who took it, 0 to 1.")
    sample_size: int = described("How many were counted.")


@strawberry.type(description="Some of one thing that goes out.")
class ExchangeItem:
    sku: str = described("The merchant's stock number.")
    title: str = described("What it is.")
    quantity: int = described("How many.")
    unit_price: Money = described("The price of one.")
    is_reserved: bool = described("Whether a warehouse keeps it for this exchange.")


@strawberry.type(description="Other goods for those that come back, or the same again.")
class Exchange(Case):
    status: ExchangeStatus = resolved(by=lambda root: ExchangeStatus(root.status), description="How far it has come.")
    return_: ReturnLink | None = related(
        by=edges.return_of_case, description="The return it belongs to.", name="return"
    )
    is_resend: bool = described("The same goods again; nothing comes back.")
    is_advance: bool = described("The new goods go out before the old ones came.")
    is_at_door: bool = described("The courier who collects the old goods looks at them and hands over the new ones.")
    is_careful: bool = described("The buyer complained of damage before: insure it and pack it double.")
    items: list[ExchangeItem] = related(by=edges.items_of_exchange, description="What goes out.", size=1)
    price: Money = described("What the new goods cost.")
    difference: Money = described("More than 0: the buyer owes it; less: it goes back to them.")
    paid: Money = described("What the buyer paid of the difference.")
    payment_reference: str | None = described("The merchant's name of that payment.")
    receivable: Money | None = described("What the buyer owes, since the old goods never came; null: nothing.")
    released_at: datetime | None = described("Since when the new goods may go out (UTC).")
    carrier: Carrier | None = related(by=edges.carrier_of_row, description="Who brings the new goods.")
    tracking_number: str | None = described("The new goods' parcel.")
    shipments: list[ShipmentLink] = related(
        by=edges.shipments_of_case, description="The parcels of the new goods.", size=1, scope="shipments:read"
    )


@strawberry.type(description="An exchange, or why not.")
class ExchangePayload(Payload):
    exchange: Exchange | None = value("The exchange as it stands; null when refused.")


@strawberry.type
class ExchangeQueries:
    exchange: Exchange | None = resolved(
        by=answers.exchange, description="One exchange, by id. Needs the scope returns:read."
    )


@strawberry.type
class ExchangeMutations:
    exchange_release: ExchangePayload = mutation(
        by=answers.release,
        scope="returns:write",
        keyed=True,
        description="The new goods may go out: the difference is paid, or the old goods are not waited for.",
    )
    exchange_ship: ExchangePayload = mutation(
        by=answers.ship,
        scope="returns:write",
        description="The new goods went out. The parcel is followed, and its delivery delivers the exchange.",
    )
    exchange_convert: ExchangePayload = mutation(
        by=answers.convert,
        scope="returns:write",
        description="Money instead of goods: granted when the return makes it due, what the buyer paid beside it at once.",
    )
