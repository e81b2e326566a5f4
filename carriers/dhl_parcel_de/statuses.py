"""DHL's combinations of event (ICE), reason (RIC) and standard event code, of July 2024, from ``statuses.csv``.

The words there follow a public mapping, except where DHL's own text plainly says otherwise: goods ready for collection
are not awaiting a pickup, what is disposed of is gone, money transfers and data services move no goods.
"""

from dataclasses import replace

from carriers import table, vocabulary
from carriers.carrier import Meaning
from db.enums import DeliveryMode as D
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S

NAMESPACE = "ice/ric/standard"

_EXACT = {
    "disposed": Meaning(S.DISPOSED),
    "delivered_damaged": Meaning(S.DELIVERED, None, R.CARRIER_DAMAGE, D.RECIPIENT, action_required=True),
    "delivered_neighbor": Meaning(S.DELIVERED, delivery_mode=D.NEIGHBOR),
    "delivered_safe_place": Meaning(S.DELIVERED, delivery_mode=D.SAFE_PLACE),
    "delivered_mailbox": Meaning(S.DELIVERED, delivery_mode=D.MAILBOX),
    "delivered_from_locker": Meaning(S.DELIVERED, delivery_mode=D.LOCKER),
}

# The party and cause that a reason code names, where the word alone names none.
_REASONS = {
    **dict.fromkeys(("CAPEX", "OVRLD"), R.CARRIER_CAPACITY),
    **dict.fromkeys(("CRROT", "CROAT", "CLRTE", "DRCRU", "MSDLA", "TCATC"), R.CARRIER_DELAY),
    **dict.fromkeys(("TCHBD", "VHARU", "EQUBF"), R.CARRIER_MECHANICAL),
    **dict.fromkeys(("WRGTR", "CRRFN", "CRRCS", "STPRB", "NTIHU"), R.CARRIER_MISROUTED),
    **dict.fromkeys(("DMGED", "DMGPC", "DMPHD"), R.CARRIER_DAMAGE),
    **dict.fromkeys(("NHOME", "CLOSD", "CNCNR"), R.RECIPIENT_UNAVAILABLE),
    **dict.fromkeys(("RFUSD", "NTORD"), R.RECIPIENT_REFUSED),
    **dict.fromkeys(("BDADD", "MOVED", "CPUNK", "WRGRI", "WRGPN"), R.RECIPIENT_ADDRESS),
    **dict.fromkeys(("NTCCN", "NTCLM"), R.RECIPIENT_UNCLAIMED),
    **dict.fromkeys(("CSREQ", "RDRCR", "CRFRD", "CNRFW"), R.RECIPIENT_REQUESTED),
    **dict.fromkeys(("STBSD", "HLDSR"), R.SHIPPER_RECALLED),
    **dict.fromkeys(("MSDOC", "PWMFD"), R.SHIPPER_DOCUMENTS),
    **dict.fromkeys(("MSLBL", "GDNMS"), R.SHIPPER_PACKAGING),
    "CLREF": R.CUSTOMS_HELD,
    "FSCCH": R.SECURITY,
    "FRMJR": R.FORCE_MAJEURE,
}

# At a pickup the same codes speak of the shipper's door.
_PICKUP_REASONS = {
    **dict.fromkeys(("BDADD", "CPUNK"), R.SHIPPER_ADDRESS),
    **dict.fromkeys(("CRROT", "CLRTE", "WRGTR"), R.CARRIER_DELAY),
    "GDNMS": R.SHIPPER_PACKAGING,
}


def _meaning(code: str, word: str) -> Meaning:
    said = _EXACT.get(word) or vocabulary.meaning(word)
    event, cause, _ = code.split("/")
    if word == "pickup_failed":
        return replace(said, reason=_PICKUP_REASONS.get(cause, said.reason))
    if word == "rerouted" or said.status in (S.ATTEMPT_FAILED, S.EXCEPTION, S.RETURNING, S.DISPOSED):
        known = R.CARRIER_MISROUTED if event == "MSRTD" else _REASONS.get(cause)
        return replace(said, reason=known or said.reason) if said.reason in (None, R.OTHER) else said
    return said


TABLE = table.Table(table.kept_beside(__package__, _meaning))

# What event and reason say whatever the standard code, where all combinations of the two agree.
_PAIRS: dict[str, set[Meaning]] = {}
for _row in TABLE.rows:
    _PAIRS.setdefault(_row.code.rpartition("/")[0], set()).add(_row.meaning)


def meaning(event: str, cause: str, standard: str, text: str) -> Meaning:
    """What a combination says. DHL loads vans and sorts bags under one code; its text tells them apart."""
    if standard == "PO" and ("delivery vehicle" in text or "Zustellfahrzeug" in text):
        return vocabulary.meaning("out_for_delivery")
    known = TABLE.meaning(NAMESPACE, f"{event}/{cause}/{standard}")
    agreed = _PAIRS.get(f"{event}/{cause}", set())
    return next(iter(agreed)) if not known.is_mapped and len(agreed) == 1 else known
