"""MyDHL's answers about pickups: booked ones by their confirmation numbers, cancelled ones by a status."""

from carriers import wire
from carriers.carrier import Reading, ReadPickup, Unreadable
from carriers.dhl_express import tracking
from db.enums import PickupStatus

STATUSES = {"cancelled": PickupStatus.CANCELED, "canceled": PickupStatus.CANCELED}


def read(body: bytes) -> Reading:
    """One pickup for each confirmation number. A booking's answer has no status word: a number is the acceptance."""
    told = wire.object_of(body)
    booked, one = told.get("dispatchConfirmationNumbers"), wire.word(told.get("dispatchConfirmationNumber"))
    if one:
        code = wire.word(told.get("status"))
        status = STATUSES.get(code.lower(), PickupStatus.UNKNOWN)
        return Reading(pickups=(ReadPickup(one, status, code, confirmation=one),))
    numbers = (
        [wire.needed(each, "dispatchConfirmationNumbers[]") for each in booked] if isinstance(booked, list) else []
    )
    if not numbers:
        raise Unreadable("dispatchConfirmationNumbers is missing")
    accepted = PickupStatus.ACCEPTED
    return Reading(pickups=tuple(ReadPickup(each, accepted, "", confirmation=each) for each in numbers))


def recognise(body: bytes) -> str:
    """Told apart by the fields that each kind alone has."""
    told = wire.object_of(body)
    if "shipments" in told:
        return "track"
    if "dispatchConfirmationNumbers" in told or "dispatchConfirmationNumber" in told:
        return "pickup"
    if "detail" in told or "title" in told or tracking.collected(told):
        return "error"
    raise Unreadable("neither shipments, a pickup nor a problem")
