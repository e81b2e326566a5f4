"""MyDHL's event codes (official list, English texts). What they mean in our words is read from those texts; where a
text is not plain (CS, "Closed shipment") the code stays UNKNOWN."""

from carriers import table
from carriers.carrier import Code, Meaning
from db.enums import Confidence
from db.enums import DeliveryMode as D
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S

# Numbers are states of a whole shipment, letters are events.
_ROWS = (
    ("101", "delivered", "delivered"),
    ("102", "transit", "in_transit"),
    ("103", "failure", "exception"),
    ("104", "pre-transit", "pre_transit"),
    ("AD", "Agreed delivery", "in_transit"),
    ("AF", "Arrived facility", "arrived_at_hub"),
    ("AR", "Arrival in delivery facility", "arrived_at_destination"),
    ("BA", "Bad address", "address_issue"),
    ("BN", "Customer broker notified", "customs"),
    ("BR", "Broker release", "customs_released"),
    ("CC", "Awaiting cnee collection", "available_for_pickup"),
    ("CD", "Controllable clearance delay", "customs_held"),
    ("CM", "Customer moved", "address_issue"),
    ("CR", "Clearance release", "customs_released"),
    ("CS", "Closed shipment", "unknown"),
    ("DF", "Depart facility", "departed_from_hub"),
    ("FD", "Forward destination (DD's expected)", "transferred_to_carrier"),
    ("IC", "In clearance processing", "customs"),
    ("ND", "Not delivered", "delivery_attempted"),
    ("NH", "Not home", "recipient_unavailable"),
    ("OH", "On hold", "exception"),
    ("OK", "Delivery", "delivered"),
    ("PL", "Processed at location", "processing"),
    ("PU", "Shipment pick up", "picked_up"),
    ("PY", "Payment", "info"),
    ("RD", "Refused delivery", "refused"),
    ("RR", "Response received", "info"),
    ("RT", "Returned to consignor", "returned"),
    ("SA", "Shipment acceptance", "picked_up"),
    ("SC", "Service changed", "info"),
    ("SM", "Scheduled for movement", "processing"),
    ("SS", "Shipment stopped", "exception"),
    ("TP", "Forwarded to 3rd party - no DD's", "transferred_to_carrier"),
    ("TR", "Record of transfer", "in_transit"),
    ("UD", "Uncontrollable clearance delay", "customs_held"),
    ("WC", "With delivering courier", "out_for_delivery"),
)

# Where no word of the shared vocabulary says whose doing it is, or that goods arrived broken or short.
_EXACT = (
    ("CA", "Closed on arrival", Meaning(S.ATTEMPT_FAILED, reason=R.RECIPIENT_UNAVAILABLE, action_required=True)),
    ("DD", "Delivered damaged", Meaning(S.DELIVERED, None, R.CARRIER_DAMAGE, D.RECIPIENT, action_required=True)),
    ("DS", "Destroyed / disposal", Meaning(S.DISPOSED)),
    ("HP", "Held for payment", Meaning(S.EXCEPTION, reason=R.OTHER, action_required=True)),
    ("MC", "Miscode", Meaning(S.EXCEPTION, reason=R.CARRIER_MISROUTED)),
    ("MD", "Missed delivery cycle", Meaning(S.EXCEPTION, reason=R.CARRIER_DELAY)),
    ("MS", "Mis-sort", Meaning(S.EXCEPTION, reason=R.CARRIER_MISROUTED)),
    ("PD", "Partial delivery", Meaning(S.EXCEPTION, reason=R.OTHER, action_required=True)),
)

TABLE = table.Table(
    (
        *table.codes("express", _ROWS, Confidence.MEDIUM),
        *(Code("express", code, text, meaning, Confidence.MEDIUM) for code, text, meaning in _EXACT),
    )
)
