"""EasyPost's words: of a tracker, and of a pickup ("canceled" with one l; claims write two)."""

from carriers.table import Table, codes
from db.enums import Confidence, PickupStatus

_TRACKER = [
    ("unknown", "No information yet", ""),
    ("in_transit", "Moving", "in_transit"),
    ("out_for_delivery", "With the courier", "out_for_delivery"),
    ("delivered", "Delivered", "delivered"),
    ("available_for_pickup", "Waits for the recipient", "available_for_pickup"),
    ("return_to_sender", "Going back", "returning"),
    ("failure", "Delivery failed", "exception"),
    ("cancelled", "Shipment cancelled", "cancelled"),
    ("error", "Tracker error", "error"),
]

TABLE = Table(
    (
        *codes("tracker", [("pre_transit", "Label created, not yet handed over", "pre_transit")]),
        *codes("tracker", _TRACKER, Confidence.MEDIUM),
    )
)

# "unknown" is a pickup whose rates are offered but not bought.
PICKUPS = {
    "unknown": PickupStatus.REQUESTED,
    "scheduled": PickupStatus.ACCEPTED,
    "canceled": PickupStatus.CANCELED,
}
