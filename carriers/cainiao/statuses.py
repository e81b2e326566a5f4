"""Cainiao's codes in our words; the rows stand in ``statuses.csv`` beside this file.

Four namespaces: ``guoguo`` (domestic pickups and what follows them), ``tms`` (trace messages, known from a public
report only), ``actionCode`` and ``header`` (events and summary of the global tracking page).
"""

from carriers import table, vocabulary
from carriers.carrier import Meaning
from db.enums import PickupStatus
from db.enums import TrackingStatus as S

GUOGUO, ACTION, HEADER = "guoguo", "actionCode", "header"


CODES = table.kept_beside(__package__, lambda _, word: vocabulary.meaning(word))
TABLE = table.Table(CODES)

# The warehouse's own work (150) comes before anybody collects the parcel.
BEFORE_PICKUP = {"0": PickupStatus.REQUESTED, "100": PickupStatus.ACCEPTED, "150": PickupStatus.ACCEPTED}


def of_action(code: str) -> Meaning:
    """What a global event says; a code outside the table is known by its ending, if it tells of a failure."""
    told = TABLE.meaning(ACTION, code)
    return told if told.is_mapped else TABLE.meaning(ACTION, "*_" + code.rpartition("_")[2])


def of_pickup(code: str) -> PickupStatus:
    """How far a pickup is. Everything that can happen after the collection means that it was collected."""
    before = BEFORE_PICKUP.get(code)
    if before is not None:
        return before
    collected = TABLE.meaning(GUOGUO, code).status is not S.UNKNOWN
    return PickupStatus.PICKED_UP if collected else PickupStatus.UNKNOWN
