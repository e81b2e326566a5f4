"""The words that a carrier's table uses for what its codes mean, each with status, step, reason, mode and action.

A carrier's ``statuses.py`` says code -> word; this page says word -> Meaning, so a reading is decided once.
"""

from carriers.carrier import Meaning
from db.enums import DeliveryMode as D
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S
from db.enums import TrackingStep as T

UNKNOWN = Meaning()

WORDS: dict[str, Meaning] = {
    "order_created": Meaning(S.INFO_RECEIVED, step=T.ORDER_CREATED),
    "order_accepted": Meaning(S.INFO_RECEIVED, step=T.ORDER_ACCEPTED),
    "accepted": Meaning(S.INFO_RECEIVED, step=T.ORDER_ACCEPTED),
    "label_printed": Meaning(S.INFO_RECEIVED, step=T.LABEL_CREATED),
    "pre_transit": Meaning(S.INFO_RECEIVED),
    "quoted": Meaning(S.INFO_RECEIVED),
    "awaiting_pickup": Meaning(S.INFO_RECEIVED, step=T.AWAITING_PICKUP),
    "pending_pickup": Meaning(S.INFO_RECEIVED, step=T.AWAITING_PICKUP),
    "pickup_scheduled": Meaning(S.INFO_RECEIVED, step=T.PICKUP_SCHEDULED),
    "pickup_assigned": Meaning(S.INFO_RECEIVED, step=T.PICKUP_ASSIGNED),
    "pickup_failed": Meaning(S.INFO_RECEIVED, step=T.PICKUP_FAILED, reason=R.SHIPPER_NOT_READY, action_required=True),
    "pickup_cancelled": Meaning(S.INFO_RECEIVED, step=T.PICKUP_CANCELED),
    "picked_up": Meaning(S.PICKED_UP),
    "in_transit": Meaning(S.IN_TRANSIT),
    "arrived_at_hub": Meaning(S.IN_TRANSIT, step=T.ARRIVED_AT_HUB),
    "departed_from_hub": Meaning(S.IN_TRANSIT, step=T.DEPARTED_FROM_HUB),
    "processing": Meaning(S.IN_TRANSIT, step=T.PROCESSING),
    "transferred_to_carrier": Meaning(S.IN_TRANSIT, step=T.HANDED_TO_PARTNER),
    "arrived_at_destination": Meaning(S.IN_TRANSIT, step=T.ARRIVED_AT_DESTINATION),
    "rerouted": Meaning(S.IN_TRANSIT, step=T.REROUTED),
    "customs": Meaning(S.CUSTOMS),
    "customs_declared": Meaning(S.CUSTOMS, step=T.DECLARED),
    "customs_pending": Meaning(S.CUSTOMS, step=T.DECLARED),
    "customs_inspection": Meaning(S.CUSTOMS, step=T.INSPECTION, reason=R.CUSTOMS_INSPECTION),
    "customs_held": Meaning(S.CUSTOMS, step=T.HELD, reason=R.CUSTOMS_HELD, action_required=True),
    "customs_exception": Meaning(S.CUSTOMS, step=T.HELD, reason=R.CUSTOMS_HELD, action_required=True),
    "customs_released": Meaning(S.IN_TRANSIT, step=T.CLEARED),
    "customs_cleared": Meaning(S.IN_TRANSIT, step=T.CLEARED),
    "clearance_completed": Meaning(S.IN_TRANSIT, step=T.CLEARED),
    "out_for_delivery": Meaning(S.OUT_FOR_DELIVERY),
    "available_for_pickup": Meaning(S.AVAILABLE_FOR_PICKUP, delivery_mode=D.STATION, action_required=True),
    "delivery_to_locker": Meaning(S.AVAILABLE_FOR_PICKUP, delivery_mode=D.LOCKER, action_required=True),
    "delivery_attempted": Meaning(S.ATTEMPT_FAILED, action_required=True),
    "delivery_failed": Meaning(S.ATTEMPT_FAILED, action_required=True),
    "recipient_unavailable": Meaning(S.ATTEMPT_FAILED, reason=R.RECIPIENT_UNAVAILABLE, action_required=True),
    "refused": Meaning(S.ATTEMPT_FAILED, reason=R.RECIPIENT_REFUSED, action_required=True),
    "address_issue": Meaning(S.EXCEPTION, reason=R.RECIPIENT_ADDRESS, action_required=True),
    "damaged": Meaning(S.EXCEPTION, reason=R.CARRIER_DAMAGE, action_required=True),
    "exception": Meaning(S.EXCEPTION, reason=R.OTHER, action_required=True),
    "error": Meaning(S.EXCEPTION, reason=R.OTHER, action_required=True),
    "delivered": Meaning(S.DELIVERED, delivery_mode=D.RECIPIENT),
    "signed_by_third_party": Meaning(S.DELIVERED, delivery_mode=D.OTHER_PERSON),
    "delivered (at this party)": Meaning(S.IN_TRANSIT, step=T.HANDED_TO_PARTNER),
    "return_initiated": Meaning(S.RETURNING),
    "returning": Meaning(S.RETURNING),
    "in_return_transit": Meaning(S.RETURNING),
    "exception/returning": Meaning(S.RETURNING, action_required=True),
    "returned": Meaning(S.RETURNED),
    "returned_to_sender": Meaning(S.RETURNED),
    "return_signed": Meaning(S.RETURNED),
    "lost": Meaning(S.LOST, reason=R.CARRIER_LOSS, action_required=True),
    "order_cancelled": Meaning(S.CANCELED),
    "cancelled": Meaning(S.CANCELED),
    "info": Meaning(step=T.INFO),
    "telemetry": Meaning(step=T.TELEMETRY),
}


def meaning(word: str) -> Meaning:
    """What a word says. A word outside the table is UNKNOWN: never guessed."""
    return WORDS.get(word, UNKNOWN)
