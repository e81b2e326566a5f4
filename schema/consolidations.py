"""What a hub sends on, as partners see it."""

from datetime import datetime

import strawberry

from resolvers import consolidations as answers
from resolvers import edges
from schema.fields import described, mutation, related, resolved
from schema.links import ReturnLineLink, ShipmentLink
from schema.node import Node
from schema.payloads import Payload, value
from schema.scalars import CountryCode, Money
from schema.warehouses import Warehouse


@strawberry.type(description="All goods of one HS code, origin and currency.")
class ConsolidationTotal:
    hs_code: str | None = described("The number in the Harmonized System; null where it is missing.")
    country_of_origin: CountryCode | None = described("Where they were made; null where it is missing.")
    quantity: int = described("How many.")
    value: Money = described("What they are worth.")
    grams: int = described("What they weigh, as far as weights are known.")


@strawberry.type(description="Some of one line of a return at a hub.")
class ConsolidationLine:
    return_line: ReturnLineLink = resolved(by=lambda root: root.row, description="The line.")
    quantity: int = described("So many of it came to the hub; until then so many are to come.")


@strawberry.type(
    description="Goods at a hub that are sent on together: a sheet to print for the parcel and for customs."
)
class ConsolidationSheet:
    hub: Warehouse = described("Where they are gathered.")
    to: Warehouse | None = described("Where they go; null: the merchant named no other warehouse.")
    crosses_border: bool = resolved(by=answers.crosses, description="Whether a customs border lies between.")
    lines: list[ConsolidationLine] = resolved(by=answers.lines, description="The lines, the oldest first.", size=20)
    totals: list[ConsolidationTotal] = resolved(
        by=answers.totals, description="What came, summed up by HS code, origin and currency.", size=5
    )
    values: list[Money] = resolved(by=answers.values, description="What it is worth, one sum a currency.", size=1)
    grams: int = resolved(by=answers.grams, description="What it weighs, as far as weights are known.")
    is_complete: bool = resolved(
        by=answers.is_complete, description="Whether customs can be told everything they must."
    )
    because: str | None = resolved(by=answers.because, description="What is missing and what to do; null: nothing.")
    sent: list["Consolidation"] = resolved(
        by=answers.sent_of_sheet, description="The parcels that its lines went out in.", size=1
    )


@strawberry.type(description="A parcel in which a hub sent goods of many returns on.")
class Consolidation(Node):
    sent_at: datetime = described("When it went out (UTC).")
    export_reference: str | None = described("What its export was declared under; null: not told.")
    shipment: ShipmentLink | None = related(
        by=edges.shipment_of_consolidation, description="The parcel, followed by its scans.", scope="shipments:read"
    )
    sheet: ConsolidationSheet | None = resolved(by=answers.of_sent, description="What is in it.")


@strawberry.type(description="A parcel of a hub, or why not.")
class ConsolidationPayload(Payload):
    consolidation: Consolidation | None = value("The parcel; null when refused.")


@strawberry.type
class ConsolidationMutations:
    consolidation_send: ConsolidationPayload = mutation(
        by=answers.send,
        scope="returns:write",
        keyed=True,
        description="Tells that goods which waited at a hub went out in a parcel, which is followed from now on.",
    )
