"""Repairs as partners see them."""

from datetime import datetime

import strawberry

from db.case_enums import RepairStatus
from db.enums import Party
from resolvers import edges
from resolvers import repairs as answers
from resolvers.mutation import Touches
from schema.carriers import Carrier
from schema.cases import Case
from schema.fields import described, mutation, related, resolved
from schema.links import ReturnLink, ShipmentLink
from schema.payloads import Payload, value
from schema.scalars import Money


@strawberry.type(description="What the workshop did, in its own words.")
class RepairStep:
    words: str = described("The step.")
    by: Party = described("Who told it.")
    at: datetime = described("When (UTC).")


@strawberry.type(description="A spare device that the buyer has meanwhile.")
class Loan:
    serial_number: str = described("Its serial number.")
    due_at: datetime | None = described("When it is to be back (UTC).")
    returned_at: datetime | None = described("When it came back (UTC).")


@strawberry.type(description="Goods that are mended.")
class Repair(Case):
    status: RepairStatus = resolved(by=lambda root: RepairStatus(root.status), description="How far it has come.")
    return_: ReturnLink | None = related(
        by=edges.return_of_case, description="The return it belongs to.", name="return"
    )
    symptom: str | None = resolved(
        by=answers.symptom, description="What is wrong, in the buyer's words; phones masked."
    )
    serial_number: str | None = described("The device's serial number.")
    quote: Money | None = described("The workshop's price; null while it named none.")
    steps: list[RepairStep] = related(by=edges.steps_of_repair, description="What the workshop did, in order.", size=4)
    loan: Loan | None = resolved(by=answers.loan, description="The spare device, while or since one was lent.")
    carrier: Carrier | None = related(by=edges.carrier_of_row, description="Who brings it back to the buyer.")
    tracking_number: str | None = described("The parcel back to the buyer.")
    shipments: list[ShipmentLink] = related(
        by=edges.shipments_of_case, description="The parcels back to the buyer.", size=1, scope="shipments:read"
    )


@strawberry.type(description="A repair, or why not.")
class RepairPayload(Payload):
    repair: Repair | None = value("The repair as it stands; null when refused.")


@strawberry.type
class RepairQueries:
    repair: Repair | None = resolved(by=answers.repair, description="One repair, by id. Needs the scope returns:read.")


@strawberry.type
class RepairMutations:
    repair_update: RepairPayload = mutation(
        by=answers.update,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="What happened in the workshop: an event, a step in its own words, a price, a spare device. A buyer "
        "accepts or declines the price.",
    )
