"""What we understood of a carrier's message, as the JSON object of the contract (``waybridge carriers read``)."""

from datetime import datetime
from math import isfinite
from typing import Any

from aftersales.rules import shipments
from carriers.carrier import Carrier, Incoming, Place, Reading, ReadShipment, Reply, Scan, Unreadable

KINDS = ("track", "push", "pickup", "error")


def read(carrier: Carrier, body: bytes, *, kind: str, headers: dict[str, str], now: datetime) -> Reading:
    """Reads a message of one kind, or finds out itself with "auto". Unreadable when the carrier has no such ability
    or the message is not in its form. Signatures are not checked: a file has no account."""
    if kind == "auto":
        if carrier.recognise is None:
            raise Unreadable(f"{carrier.code} messages cannot be told apart; name the kind")
        kind = carrier.recognise(body)
    if kind == "track" and carrier.tracking:
        return carrier.tracking.read(Reply(200, body, headers, now))
    if kind == "push" and carrier.pushing:
        return carrier.pushing.read(Incoming(body, now, headers))
    if kind == "pickup" and carrier.read_pickup:
        return carrier.read_pickup(body)
    if kind == "error" and carrier.read_error:
        return carrier.read_error(body)
    raise Unreadable(f"{carrier.code} has no {kind} messages that we read")


def as_json(carrier: Carrier, reading: Reading) -> dict[str, Any]:
    """The contract's object: shipments with events newest last, pickups, unmapped codes, errors."""
    return {
        "carrier": carrier.code,
        "shipments": [_shipment(each) for each in reading.shipments],
        "pickups": [
            {
                "reference": each.reference,
                "trackingNumber": each.tracking_number,
                "status": each.status.name,
                "rawCode": each.raw_code,
                "courier": None if each.courier is None else {"name": each.courier.name, "phone": each.courier.phone},
            }
            for each in reading.pickups
        ],
        "unmapped": list(reading.unmapped),
        "errors": [
            {"code": each.code, "message": each.message, "trackingNumber": each.tracking_number}
            for each in reading.errors
        ],
    }


def _shipment(read: ReadShipment) -> dict[str, Any]:
    folded = shipments.fold(seen(scan) for scan in read.scans)
    return {
        "trackingNumber": read.tracking_number,
        "direction": read.direction.name,
        "status": folded.status.name,
        "events": [_event(scan) for scan in sorted(read.scans, key=lambda s: s.occurred_at)],
        "estimatedDeliveryAt": read.estimated_delivery_at.isoformat() if read.estimated_delivery_at else None,
        "pieces": read.pieces,
        "signedBy": read.signed_by,
    }


def seen(scan: Scan) -> shipments.Seen:
    """A scan as the fold sees it."""
    return shipments.Seen(
        occurred_at=scan.occurred_at,
        status=scan.meaning.status,
        classifier=scan.classifier,
        reason=scan.meaning.reason,
        delivery_mode=scan.meaning.delivery_mode,
        action_required=scan.meaning.action_required,
        corrects=scan.corrects,
    )


def _event(scan: Scan) -> dict[str, Any]:
    return {
        "occurredAt": scan.occurred_at.isoformat(),
        "status": scan.meaning.status.name,
        "reason": scan.meaning.reason.name if scan.meaning.reason else None,
        "rawCode": scan.raw_code,
        "description": scan.description,
        "location": _place(scan.place),
        "step": scan.meaning.step.name if scan.meaning.step else None,
        "deliveryMode": scan.meaning.delivery_mode.name if scan.meaning.delivery_mode else None,
        "classifier": scan.classifier.name,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    fields = ("text", "facility", "city", "region", "postal_code", "country", "latitude", "longitude")
    shown = {_camel(name): getattr(place, name) for name in fields}
    return {name: value for name, value in shown.items() if value is not None and _is_json(value)}


def _is_json(value: str | float) -> bool:
    """Python reads NaN and Infinity where a carrier wrote them; JSON has neither."""
    return isinstance(value, str) or isfinite(value)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
