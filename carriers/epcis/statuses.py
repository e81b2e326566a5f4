"""The core business vocabulary (CBV 2.0): where goods are in a process (bizStep) and in what state (disposition).

Only obvious terms say something of a parcel's way; the others are known and knowingly UNKNOWN. A few pairs are plain
where neither term alone is: goods shipped that are ``returned`` are on their way back.
"""

from dataclasses import replace

from carriers import table, vocabulary
from carriers.carrier import Code, Meaning
from db.enums import Confidence
from db.enums import TrackingReason as R
from db.enums import TrackingStatus as S

_STEPS = {
    "accepting": "accepted",
    "collecting": "picked_up",
    **dict.fromkeys(("packing", "picking", "staging_outbound"), "pre_transit"),
    **dict.fromkeys(("arriving", "departing", "loading", "shipping", "unloading"), "in_transit"),
    "receiving": "delivered (at this party)",
    "void_shipping": "cancelled",
}
_DISPOSITIONS = {
    "damaged": "exception",
    "in_transit": "in_transit",
    "retail_sold": "delivered",
    "returned": "returned",
}

_SILENT_STEPS = [
    "assembling",
    "cbv",
    "commissioning",
    "consigning",
    "creating_class_instance",
    "cycle_counting",
    "decommissioning",
    "destroying",
    "disassembling",
    "dispensing",
    "encoding",
    "entering_exiting",
    "holding",
    "inspecting",
    "installing",
    "killing",
    "other",
    "removing",
    "repackaging",
    "repairing",
    "replacing",
    "reserving",
    "retail_selling",
    "sampling",
    "sensor_reporting",
    "stock_taking",
    "stocking",
    "storing",
    "transporting",
    "unpacking",
]
_SILENT_DISPOSITIONS = [
    "active",
    "available",
    "cbv",
    "completeness_inferred",
    "completeness_verified",
    "conformant",
    "container_closed",
    "container_open",
    "destroyed",
    "dispensed",
    "disposed",
    "encoded",
    "expired",
    "in_progress",
    "inactive",
    "mismatch_class",
    "mismatch_instance",
    "mismatch_quantity",
    "needs_replacement",
    "no_pedigree_match",
    "non_conformant",
    "non_sellable_other",
    "partially_dispensed",
    "recalled",
    "reserved",
    "sellable_accessible",
    "sellable_not_accessible",
    "stolen",
    "unavailable",
    "unknown",
]

_PAIRS = {
    "commissioning/encoded": vocabulary.meaning("pre_transit"),
    "storing/available": vocabulary.meaning("available_for_pickup"),
    "destroying/destroyed": Meaning(S.DISPOSED),
    **{
        f"{step}/returned": vocabulary.meaning("returning") for step in ("shipping", "departing", "arriving", "loading")
    },
}


def _rows(namespace: str, telling: dict[str, str], silent: list[str]) -> tuple[Code, ...]:
    rows = [(term, term.replace("_", " "), word) for term, word in telling.items()]
    return table.codes(namespace, [*rows, *((term, term.replace("_", " "), "") for term in silent)], Confidence.MEDIUM)


TABLE = table.Table(
    (
        *_rows("bizStep", _STEPS, _SILENT_STEPS),
        *_rows("disposition", _DISPOSITIONS, _SILENT_DISPOSITIONS),
        *(Code("bizStep/disposition", pair, pair, said, Confidence.MEDIUM) for pair, said in _PAIRS.items()),
    )
)


def meaning(step: str, disposition: str) -> Meaning:
    """What a step and a state say together: a plain pair; then a state that outweighs any step (damaged, sold,
    returned); then the step; then the state."""
    pair = TABLE.meaning("bizStep/disposition", f"{step}/{disposition}")
    of_step, of_state = TABLE.meaning("bizStep", step), TABLE.meaning("disposition", disposition)
    if disposition == "damaged":
        of_state = replace(of_state, reason=R.CARRIER_DAMAGE)
    outweighs = disposition in ("damaged", "retail_sold", "returned")
    order = (pair, of_state, of_step) if outweighs else (pair, of_step, of_state)
    return next((said for said in order if said.is_mapped), vocabulary.UNKNOWN)
