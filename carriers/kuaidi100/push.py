"""Kuaidi100's pushes: a form whose ``param`` is signed with the salt of the subscription."""

from collections.abc import Mapping
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Incoming,
    Pushing,
    PushRejected,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Unreadable,
)
from carriers.kuaidi100 import companies, pickups, results, tracking
from db.enums import PushAuthenticity


def verify(incoming: Incoming, access: Access) -> None:
    """The sign over ``param`` exactly as received; a push without one is refused."""
    if not access.push_secret:
        raise PushRejected("the account has no salt to check with")
    try:
        fields = results.fields_of(incoming.body)
    except Unreadable:
        raise PushRejected("the push is no form") from None
    signed = fields.get("param", "").encode(errors="replace").decode()
    wire.demand(tracking.sign(signed, access.push_secret), fields.get("sign", "").upper(), "sign")


def read(incoming: Incoming) -> Reading:
    """The parcel's whole list each time. The monitoring's own ``status`` says nothing of the parcel; an abort with
    ``comNew`` only corrects the carrier. A foreign leg (``destResult``) joins the same shipment.
    The states of an order come in the same form."""
    message = wire.object_of(results.fields_of(incoming.body).get("param", ""))
    if pickups.is_state(message):
        return pickups.pushed(incoming, message)
    last = message.get("lastResult")
    if not isinstance(last, dict):
        raise Unreadable("the push has no lastResult")
    number = wire.word(incoming.query.get("number"))
    if wire.word(message.get("status")) == "abort":
        return _aborted(message, last, incoming)
    abroad = message.get("destResult")
    legs = [last, abroad] if isinstance(abroad, dict) and abroad.get("data") else [last]
    readings = [results.reading_of(leg, number, incoming.received_at) for leg in legs]
    return Reading(
        shipments=_joined([shipment for reading in readings for shipment in reading.shipments]),
        errors=tuple(error for reading in readings for error in reading.errors),
    )


def _aborted(message: Mapping[str, Any], last: dict[str, Any], incoming: Incoming) -> Reading:
    number = wire.word(last.get("nu")) or wire.word(incoming.query.get("number"))
    corrected = wire.word(message.get("comNew"))
    never_seen = wire.word(last.get("status")) == results.NO_RECORD and not corrected
    error = ReadError(
        "abort",
        wire.word(message.get("message")),
        number or None,
        not_found=never_seen,
        retryable=never_seen,
        corrected_carrier=companies.ours(corrected) if corrected else None,
    )
    shipments = results.reading_of(last, number, incoming.received_at).shipments if last.get("data") else ()
    return Reading(shipments=shipments, errors=(error,))


def _joined(legs: list[ReadShipment]) -> tuple[ReadShipment, ...]:
    if len({leg.tracking_number for leg in legs}) != 1:
        return tuple(legs)
    first = legs[0]
    return (
        ReadShipment(
            first.tracking_number,
            scans=times.in_order(scan for leg in legs for scan in leg.scans),
            origin=first.origin,
            destination=first.destination,
        ),
    )


def acknowledge(_incoming: Incoming) -> Reply:
    """Their "thank you"; otherwise they try three more times, about 35 minutes apart."""
    return wire.json_reply({"result": True, "returnCode": "200", "message": "成功"})


PUSHING = Pushing(PushAuthenticity.SIGNED, verify, read, acknowledge)
