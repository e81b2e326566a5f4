"""Pickups as partners see them."""

from datetime import datetime

import strawberry

from db.enums import PickupStatus
from resolvers import edges
from resolvers import pickups as answers
from resolvers.mutation import Touches
from schema.carriers import Carrier
from schema.cases import Case
from schema.fields import described, mutation, related, resolved
from schema.links import AddressLink, ReturnLink, ShipmentLink
from schema.payloads import Payload, value
from schema.scalars import Money


@strawberry.type(description="A stretch of time.")
class TimeWindow:
    start: datetime = described("From (UTC).")
    end: datetime = described("Until (UTC).")
    zone: str = described("The IANA zone of the place it is about.")


@strawberry.type(description="Who comes.")
class Courier:
    name: str | None = described("The courier's name, as the carrier tells it.")
    phone: str | None = described("Masked unless the viewer may see it.")
    pickup_code: str | None = described("The code that the courier asks for.")


@strawberry.type(description="Why a visit came to nothing.")
class PickupFailure:
    raw_code: str | None = described("The carrier's own code.")
    message: str | None = described("The carrier's own words.")
    at: datetime = described("When (UTC).")


@strawberry.type(description="One visit of one carrier's courier.")
class PickupAttempt:
    number: int = described("Which one, from 1.")
    window_start: datetime = described("From when the courier was to come (UTC).")
    window_end: datetime = described("Until when (UTC).")
    status: PickupStatus = described("How it ended, or how far it is.")
    reason: str | None = described("Why, in the carrier's words.")
    started_at: datetime = described("When it was asked for (UTC).")
    ended_at: datetime | None = described("When it ended (UTC).")


@strawberry.type(description="A collection at a door, booked with one carrier.")
class Pickup(Case):
    status: PickupStatus = resolved(by=lambda root: PickupStatus(root.status), description="How far it has come.")
    carrier: Carrier = related(by=edges.carrier_of_row, description="Who comes.")
    return_: ReturnLink | None = related(
        by=edges.return_of_case, description="The return whose goods are collected.", name="return"
    )
    window: TimeWindow = resolved(by=answers.window, description="When the courier may come.")
    address: AddressLink = resolved(by=answers.address, description="Where the goods are; masked as addresses are.")
    reference: str = described("Our reference, the same on every try.")
    confirmation: str | None = described("The carrier's number of the booking; null until it took it.")
    tracking_number: str | None = described("The parcel's number; may come late.")
    courier: Courier | None = resolved(by=answers.courier, description="Who comes; null until the carrier says.")
    attempts: list[PickupAttempt] = related(
        by=edges.attempts_of_pickup, description="Every visit, the first first.", size=1
    )
    shipments: list[ShipmentLink] = related(
        by=edges.shipments_of_case, description="The parcels it took.", size=1, scope="shipments:read"
    )
    parcels: int = described("How many parcels.")
    weight_grams: int | None = described("What was told, in grams.")
    settled_grams: int | None = described("What the carrier weighed, in grams.")
    fee: Money | None = described("What it costs: as quoted, then as settled.")
    failure: PickupFailure | None = resolved(by=answers.failure, description="Why the last visit came to nothing.")
    doubtful: bool = described(
        "An order is out whose answer was lost, at a carrier that can neither be asked nor be sent it again: ask there."
    )
    picked_up_at: datetime | None = described("When the courier got the goods (UTC).")


@strawberry.type(description="A pickup, or why not.")
class PickupPayload(Payload):
    pickup: Pickup | None = value("The pickup as it stands; null when refused.")


@strawberry.type
class PickupQueries:
    pickup: Pickup | None = resolved(by=answers.pickup, description="One pickup, by id. Needs the scope returns:read.")


@strawberry.type
class PickupMutations:
    pickup_book: PickupPayload = mutation(
        by=answers.book,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        keyed=True,
        description="Books a courier, for a return or alone. The carrier is asked after the answer; follow the pickup.",
    )
    pickup_reschedule: PickupPayload = mutation(
        by=answers.reschedule,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="Another time. The carrier is told after the answer.",
    )
    pickup_cancel: PickupPayload = mutation(
        by=answers.cancel,
        scope="returns:write",
        touches=Touches.BUYERS_ROWS,
        description="Calls a pickup off before the goods are collected.",
    )
