"""UPS Track Alert's pushes: one activity each, proven by a shared secret."""

from carriers import times, wire
from carriers.carrier import (
    Access,
    Incoming,
    PushRejected,
    Reading,
    ReadShipment,
    Reply,
    Scan,
    Unreadable,
)
from carriers.ups import activities
from carriers.ups.statuses import meaning
from db.enums import TrackingStatus


def verify(incoming: Incoming, access: Access) -> None:
    """Version 1 repeats our secret in ``credential``; version 2 sends the bearer that our own address issued."""
    scheme, _, bearer = incoming.headers.get("authorization", "").partition(" ")
    by_secret = _equal(access.push_secret, incoming.headers.get("credential", ""))
    by_token = _equal(access.token, bearer.strip()) and scheme.lower() == "bearer"
    if not (by_secret or by_token):
        raise PushRejected("neither the credential nor the bearer is right")


def _equal(expected: str, given: str) -> bool:
    return wire.same(expected, given) and bool(expected)


def read(incoming: Incoming) -> Reading:
    """One activity of one parcel. The push has no offset: local against GMT gives it."""
    message = wire.object_of(incoming.body)
    number = wire.word(message.get("trackingNumber"))
    if not number or not isinstance(message.get("activityStatus"), dict):
        raise Unreadable("trackingNumber or activityStatus is missing")
    place = activities.place(message.get("activityLocation"))
    parts = activities.codes(message["activityStatus"], "descriptionCode")
    names = ("localActivityDate", "localActivityTime", "gmtActivityDate", "gmtActivityTime", "gmtOffset")
    scan = Scan(
        occurred_at=activities.Clock(*(wire.word(message.get(name)) for name in names)).moment(place),
        meaning=meaning(*parts),
        raw_code=activities.raw(parts),
        description=wire.word(wire.dig(message, "activityStatus", "description")),
        place=place,
    )
    due = wire.word(message.get("scheduledDeliveryDate"))
    open_yet = scan.meaning.status is not TrackingStatus.DELIVERED
    shipment = ReadShipment(
        tracking_number=number,
        scans=(scan,),
        estimated_delivery_at=times.until(due, activities.zone(place), "scheduledDeliveryDate")
        if due and open_yet
        else None,
        signed_by=wire.word(message.get("receivedBy")) or None,
    )
    return Reading((shipment,))


def acknowledge(_: Incoming) -> Reply:
    """UPS wants nothing but a 200."""
    return Reply(200)
