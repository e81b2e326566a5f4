"""The catalogue of what can happen: every kind of entry in the log of facts, for partners to rely on."""

from dataclasses import dataclass

from db.enums import Subject


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact. ``version`` counts changes of its payload's shape."""

    name: str
    subject: Subject
    description: str
    version: int = 1


ORDER_CREATED = Kind("order.created", Subject.ORDER, "An order came in.")
ORDER_CHANGED = Kind("order.changed", Subject.ORDER, "An order was amended by its merchant.")
ORDER_CANCELED = Kind("order.canceled", Subject.ORDER, "An order was cancelled by its merchant.")
SHIPMENT_REGISTERED = Kind("shipment.registered", Subject.SHIPMENT, "A parcel is followed from now on.")
SHIPMENT_CHANGED = Kind("shipment.changed", Subject.SHIPMENT, "What is known of a parcel besides its scans changed.")
SHIPMENT_SCANNED = Kind("shipment.scanned", Subject.SHIPMENT, "New scans came in; the status is as it was.")
SHIPMENT_STATUS = Kind("shipment.status_changed", Subject.SHIPMENT, "New scans changed the status or its reason.")
SHIPMENT_DELIVERED = Kind("shipment.delivered", Subject.SHIPMENT, "The parcel was delivered.")
SHIPMENT_ALERTED = Kind(
    "shipment.alerted", Subject.SHIPMENT, "Something the buyer wants to know: delay, stall, customs, collection."
)
SHIPMENT_STOPPED = Kind("shipment.tracking_stopped", Subject.SHIPMENT, "A parcel is not followed any more.")
SHIPMENT_CARRIER_CORRECTED = Kind(
    "shipment.carrier_corrected", Subject.SHIPMENT, "The parcel turned out to be another carrier's."
)

CATALOGUE = {
    kind.name: kind
    for kind in (
        ORDER_CREATED,
        ORDER_CHANGED,
        ORDER_CANCELED,
        SHIPMENT_REGISTERED,
        SHIPMENT_CHANGED,
        SHIPMENT_SCANNED,
        SHIPMENT_STATUS,
        SHIPMENT_DELIVERED,
        SHIPMENT_ALERTED,
        SHIPMENT_STOPPED,
        SHIPMENT_CARRIER_CORRECTED,
    )
}
