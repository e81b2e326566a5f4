"""DHL's five status codes, and the plain English phrases that say more: out for delivery, customs and returns have no
code of their own. ``remark`` and ``nextSteps`` speak of what may come and are never consulted."""

from carriers import table
from carriers.carrier import Meaning
from db.enums import Confidence

_CODES = (
    ("pre-transit", "shipment information received", "pre_transit"),
    ("transit", "in transit; customs and delivery tours only by the text", "in_transit"),
    ("delivered", "delivered", "delivered"),
    ("failure", "final delivery failure", "exception"),
    ("unknown", "unknown", "unknown"),
)

# Consulted in this order, for the codes transit and failure only.
_PHRASES = (
    ("out for delivery", "out_for_delivery"),
    ("loaded onto the delivery vehicle", "out_for_delivery"),
    ("with delivery courier", "out_for_delivery"),
    ("will be returned", "returning"),
    ("being returned", "returning"),
    ("returned to shipper", "returned"),
    ("returned to sender", "returned"),
    ("clearance processing complete", "customs_cleared"),
    ("released by customs", "customs_cleared"),
    ("held by customs", "customs_held"),
    ("customs", "customs"),
    ("ready for collection", "available_for_pickup"),
    ("awaiting collection", "available_for_pickup"),
    ("refused", "refused"),
    ("not home", "recipient_unavailable"),
    ("delivery attempt", "delivery_attempted"),
    ("shipment damaged", "damaged"),
    ("shipment lost", "lost"),
    ("shipment cancelled", "cancelled"),
    ("shipment picked up", "picked_up"),
)

TABLE = table.Table(
    (
        *table.codes("statusCode", _CODES, Confidence.MEDIUM),
        *table.codes("text", [(phrase, "in status or description", said) for phrase, said in _PHRASES], Confidence.LOW),
    )
)


def meaning(code: str, text: str) -> Meaning:
    """What a status code says; under transit and failure a plain phrase of the text says it better. When code and
    text contradict each other otherwise (pre-transit, yet DELIVERED), the code decides."""
    if code in ("transit", "failure"):
        lowered = text.lower()
        for phrase, _ in _PHRASES:
            if phrase in lowered:
                return TABLE.meaning("text", phrase)
    return TABLE.meaning("statusCode", code)
