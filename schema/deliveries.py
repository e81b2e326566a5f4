"""Wishes for parcels on their way, as partners and buyers see them."""

from datetime import datetime

import strawberry

from db.enums import Party
from db.models.deliveries import ChangeState, DeliveryWish
from resolvers import deliveries as answers
from resolvers import edges
from resolvers.deliveries import RedirectMode
from resolvers.mutation import Touches
from schema.fields import described, mutation, related, resolved
from schema.links import ShipmentLink
from schema.payloads import Payload, value
from schema.pickups import TimeWindow
from schema.words import tell

tell(RedirectMode)


@strawberry.type(description="What was wished of a parcel on its way, and what became of that.")
class DeliveryChange:
    id: strawberry.ID = resolved(by=lambda root: root.typeid, description="Its id (dch_...).")
    kind: DeliveryWish = described("What was wished.")
    state: ChangeState = described("What became of it.")
    party: Party = described("Who wished it.")
    window: TimeWindow | None = resolved(by=answers.window, description="The time wished for.")
    reason: str | None = described(
        "Why it came to nothing, or is not known, in the carrier's words where they are its own."
    )
    next_step: str | None = described("What to do instead, in the words of an alert's actions; null: nothing.")
    shipment: ShipmentLink = related(by=edges.shipment_of_event, description="The parcel.", scope="shipments:read")
    created_at: datetime = described("When it was wished (UTC).")
    updated_at: datetime = described("When its state last changed (UTC).")


@strawberry.type(description="A wish for a delivery, or why not.")
class DeliveryPayload(Payload):
    delivery_change: DeliveryChange | None = value("The wish as it stands; null when refused.")


@strawberry.type
class DeliveryMutations:
    delivery_reschedule: DeliveryPayload = mutation(
        by=answers.reschedule,
        scope="deliveries:write",
        touches=Touches.BUYERS_ROWS,
        keyed=True,
        description="Asks for a parcel to be brought at another time. The carrier is told after the answer; one that takes "
        "no such wish from us is named in the REFUSED wish, with the next step.",
    )
    delivery_redirect: DeliveryPayload = mutation(
        by=answers.redirect,
        scope="deliveries:write",
        touches=Touches.BUYERS_ROWS,
        keyed=True,
        description="Asks for a parcel to be brought to another door, or left with somebody. As deliveryReschedule.",
    )
    delivery_hold: DeliveryPayload = mutation(
        by=answers.hold,
        scope="deliveries:write",
        touches=Touches.BUYERS_ROWS,
        keyed=True,
        description="Asks for a parcel to be kept for its recipient. As deliveryReschedule.",
    )
    delivery_return: DeliveryPayload = mutation(
        by=answers.send_back,
        scope="deliveries:write",
        keyed=True,
        description="Asks for a parcel to come back to the merchant before it is delivered. As deliveryReschedule; the "
        "merchant's alone.",
    )
