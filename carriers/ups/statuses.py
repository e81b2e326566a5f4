"""UPS says what happened in three codes at once: a type, an activity code and a status code.

The published list of activity codes explains exceptions only; under other types the same two characters mean
something else (DP is "departed" there, here "excluded commodity"), so they are read for exceptions and deliveries.
"""

from carriers import vocabulary
from carriers.carrier import Meaning
from carriers.table import Table, kept_beside
from db.enums import DeliveryMode, TrackingReason, TrackingStatus, TrackingStep

S, R = TrackingStatus, TrackingReason

# Words that UPS needs beside the shared ones: its delays name their cause, and the cause decides claims.
WORDS = {
    "delayed": Meaning(S.EXCEPTION, reason=R.CARRIER_DELAY),
    "delayed_action": Meaning(S.EXCEPTION, reason=R.CARRIER_DELAY, action_required=True),
    "weather": Meaning(S.EXCEPTION, reason=R.WEATHER),
    "force_majeure": Meaning(S.EXCEPTION, reason=R.FORCE_MAJEURE),
    "mechanical": Meaning(S.EXCEPTION, reason=R.CARRIER_MECHANICAL),
    "misrouted": Meaning(S.EXCEPTION, reason=R.CARRIER_MISROUTED),
    "security": Meaning(S.EXCEPTION, reason=R.SECURITY),
    "seized": Meaning(S.EXCEPTION, reason=R.SECURITY, action_required=True),
    "customs_documents": Meaning(S.CUSTOMS, TrackingStep.HELD, R.CUSTOMS_DOCUMENTS, action_required=True),
    "customs_duties": Meaning(S.CUSTOMS, TrackingStep.HELD, R.CUSTOMS_DUTIES, action_required=True),
    "held_for_recipient": Meaning(S.IN_TRANSIT, TrackingStep.HELD, R.RECIPIENT_REQUESTED),
    "driver_released": Meaning(S.DELIVERED, delivery_mode=DeliveryMode.SAFE_PLACE),
    "unclaimed_return": Meaning(S.RETURNED, reason=R.RECIPIENT_UNCLAIMED),
    "returned_damaged": Meaning(S.RETURNED, reason=R.CARRIER_DAMAGE),
    "disposed": Meaning(S.DISPOSED, reason=R.OTHER),
}

# What a "D" may say by its activity code; any other meaning there is the code of another namespace.
_ENDS = frozenset({S.DELIVERED, S.AVAILABLE_FOR_PICKUP, S.RETURNED})
# Types under which the parcel is surely in UPS's hands.
_IN_HAND = frozenset({"D", "X", "RS", "O"})


TABLE = Table(kept_beside(__package__, lambda _, word: WORDS.get(word) or vocabulary.meaning(word)))


def meaning(kind: str, activity: str, status: str) -> Meaning:
    """What the three codes say together: the exception's own cause, else the status code, else the type.

    A status code of the time before UPS has the parcel contradicts a type of the time after: then the type is believed.
    """
    own = TABLE.meaning("exception", activity)
    if own.is_mapped and (kind == "X" or (kind == "D" and own.status in _ENDS)):
        return own
    by_status = TABLE.meaning("status", status)
    contradicts = kind in _IN_HAND and by_status == vocabulary.meaning("pre_transit")
    return by_status if by_status.is_mapped and not contradicts else TABLE.meaning("type", kind)
