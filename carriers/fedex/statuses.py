"""FedEx's codes: scan events and the latest status share one list; commit messages and webhook names have their own.

The scan list is FedEx's own page of status codes. A code the page explains but no mapping vouches for stays UNKNOWN.
"""

from carriers.table import Table, codes
from db.enums import Confidence

_SCANS = [
    ("PF", "Plane in flight", "in_transit"),
    ("AA", "At airport", "arrived_at_hub"),
    ("PL", "Plane landed", "arrived_at_hub"),
    ("AD", "At delivery", "out_for_delivery"),
    ("PU", "Picked up", "picked_up"),
    ("AF", "At local FedEx facility", "arrived_at_hub"),
    ("AP", "At pickup", "pickup_scheduled"),
    ("AR", "Arrived at FedEx location", "arrived_at_hub"),
    ("RS", "Return to shipper", "returned_to_sender"),
    ("CA", "Carrier (shipment cancelled)", "order_cancelled"),
    ("CH", "Location changed", "address_issue"),
    ("DE", "Delivery exception", "exception"),
    ("DL", "Delivered", "delivered"),
    ("SE", "Shipment exception", "exception"),
    ("DP", "Departed", "departed_from_hub"),
    ("SF", "At sort facility", "arrived_at_hub"),
    ("DR", "Vehicle furnished but not used", "exception"),
    ("SP", "Split status", "exception"),
    ("DS", "Vehicle dispatched", "out_for_delivery"),
    ("TR", "Transfer", "transferred_to_carrier"),
    ("DY", "Delay", "exception"),
    ("EA", "Export approved", "customs_released"),  # the proposed word, exception, contradicts the text
    ("ED", "En route to delivery", "out_for_delivery"),
    ("EO", "En route to origin airport", "in_transit"),
    ("EP", "En route to pickup", "pickup_scheduled"),
    ("FD", "At FedEx destination", "arrived_at_destination"),
    ("HL", "Hold at location", "available_for_pickup"),  # the recipient collects it: not the shipper's pickup
    ("IT", "In transit", "in_transit"),
    ("LO", "Left origin", "departed_from_hub"),
    ("OC", "Order created", "order_created"),
    ("OD", "Out for delivery", "out_for_delivery"),
]

# Named on FedEx's page, mapped by nobody we trust: kept, counted, never guessed.
_SCANS_UNMAPPED = [
    ("AC", "At Canada Post facility", ""),
    ("PM", "In progress", ""),
    ("PX", "Picked up (see details)", ""),
    ("AO", "Shipment arriving on time", ""),
    ("RR", "Delivery option requested", ""),
    ("RM", "Delivery option modified", ""),
    ("RC", "Recipient", ""),
    ("AX", "At USPS facility", ""),
    ("RP", "Return label link emailed to return sender", ""),
    ("LP", "Return label link cancelled by originator", ""),
    ("DD", "Delivery delay", ""),
    ("RG", "Return label link expiring soon", ""),
    ("RD", "Return label link expired", ""),
    ("CC", "Cleared customs", ""),
    ("CD", "Clearance delay", ""),
    ("CP", "Clearance in progress", ""),
    ("HP", "Ready for recipient pickup", ""),
    ("IX", "In transit (see details)", ""),
    ("SH", "Shipper", ""),
    ("CU", "Customs", ""),
    ("BR", "Broker", ""),
    ("TP", "Transfer partner", ""),
    ("OF", "At FedEx origin facility", ""),
    ("OX", "Shipment information sent to USPS", ""),
    ("PD", "Pickup delay", ""),
]

_COMMITS = [
    ("BROKER_DELIVERED_DESCRIPTION", "Delivered to the broker", "delivered"),
    ("CANCELLED_DESCRIPTION", "Cancelled", "order_cancelled"),
    ("DELIVERY_IN_MULTIPLE_PIECE_SHIPMENT", "A piece was delivered", "delivered"),
    ("ESTIMATED_DELIVERY_DATE_UNAVAILABLE", "No delivery estimate", "exception"),
    ("EXCEPTION_IN_MULTIPLE_PIECE_SHIPMENT", "A piece has an exception", "exception"),
    ("FINAL_DELIVERY_ATTEMPTED", "Final delivery attempted", "delivery_attempted"),
    ("FIRST_DELIVERY_ATTEMPTED", "First delivery attempted", "delivery_attempted"),
    ("HELD_PACKAGE_AVAILABLE_FOR_RECIPIENT_PICKUP", "Held, ready for the recipient", "available_for_pickup"),
    ("HELD_PACKAGE_AVAILABLE_FOR_RECIPIENT_PICKUP_WITH_ADDRESS", "Held, with the address", "available_for_pickup"),
    ("HELD_PACKAGE_NOT_AVAILABLE_FOR_RECIPIENT_PICKUP", "Held, not yet ready", "exception"),
    ("SHIPMENT_LABEL_CREATED", "Label created", "label_printed"),
    ("SUBSEQUENT_DELIVERY_ATTEMPTED", "Delivery attempted again", "delivery_attempted"),
    ("USPS_DELIVERED", "Delivered by USPS", "delivered"),
    ("USPS_DELIVERING", "USPS is delivering", "out_for_delivery"),
]

_NOTIFICATIONS = [
    ("ON_DELIVERY", "Webhook event: delivery", "delivered"),
    ("ON_ESTIMATED_DELIVERY", "Webhook event: estimated delivery", "in_transit"),
    ("ON_EXCEPTION", "Webhook event: exception", "exception"),
    ("ON_TENDER", "Webhook event: tender", "picked_up"),
]

TABLE = Table(
    (
        *codes("scan", _SCANS),
        *codes("scan", _SCANS_UNMAPPED, Confidence.LOW),
        *codes("commit", _COMMITS, Confidence.MEDIUM),
        *codes("notification", _NOTIFICATIONS, Confidence.MEDIUM),
    )
)
