"""STO's pushes: the gateway's form, whose ``content`` is one scan of a parcel or one change of a pickup order."""

from typing import Any

from carriers import wire
from carriers.carrier import (
    Access,
    Courier,
    Incoming,
    PushRejected,
    Reading,
    ReadPickup,
    ReadShipment,
    Reply,
    Unreadable,
)
from carriers.sto import signing, tracking
from carriers.sto.statuses import PICKUPS
from db.enums import PickupStatus


def verify(request: Incoming, access: Access) -> None:
    """PushRejected unless ``data_digest`` is the digest of ``content``, as received, with the account's secret."""
    secret = access.credentials.get("secret_key", "")
    try:
        fields = wire.form_of(request.body)
        expected = signing.digest(fields.get("content", ""), secret) if secret else ""
        wire.demand(expected, fields.get("data_digest"), "signature")
    except (Unreadable, UnicodeEncodeError):
        raise PushRejected("the push is not a signed form") from None


def read(request: Incoming) -> Reading:
    """One scan, or one change of a pickup order. A blank number is kept blank: the message does not say it."""
    content = _content(request.body)
    if "changeInfo" in content:
        return _pickup(content)
    trace, number = content.get("trace"), content.get("waybillNo")
    if not isinstance(trace, dict):
        raise Unreadable("trace is not an object")
    if not isinstance(number, str | int) or isinstance(number, bool):
        raise Unreadable("waybillNo is missing")
    shipment = ReadShipment(
        tracking_number=wire.word(number),
        scans=(tracking.scan(trace, "trace"),),
        reference=wire.word(content.get("linkCode")) or None,
        signed_by=wire.word(trace.get("signoffPeople")) or None,
    )
    return Reading((shipment,))


def read_pickup(body: bytes) -> Reading:
    """One change of a pickup order, and who comes."""
    return _pickup(_content(body))


def acknowledge(_request: Incoming) -> Reply:
    """Thanks in the form of the gateway's own answers (what a push expects is not published)."""
    return wire.json_reply({"success": "true", "errorCode": "", "errorMsg": ""})


def recognise(body: bytes) -> str:
    """Tells "track", "push", "pickup" and "error" apart by the fields alone."""
    content = tracking.answered(body) if wire.is_xml(body) else _content(body)
    if "changeInfo" in content:
        return "pickup"
    if "trace" in content:
        return "push"
    if "success" in content:
        return "track" if tracking.succeeded(content) and content.get("data") else "error"
    raise Unreadable("neither a push nor an answer of STO")


def _content(body: bytes) -> dict[str, Any]:
    """The JSON inside the form, or that JSON alone (how samples and logs keep it)."""
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return wire.object_of(wire.form_of(body).get("content", ""))
    kept = wire.object_of(body)
    return wire.object_of(kept["content"]) if isinstance(kept.get("content"), str) else kept


def _pickup(content: dict[str, Any]) -> Reading:
    change = content.get("changeInfo")
    if not isinstance(change, dict):
        raise Unreadable("changeInfo is not an object")
    code = wire.needed(change.get("status"), "changeInfo.status")
    name, phone = (wire.word(change.get(field)) or None for field in ("userName", "userMobile"))
    pickup = ReadPickup(
        reference=wire.word(change.get("orderId")) or None,
        status=PICKUPS.get(code, PickupStatus.UNKNOWN),
        raw_code=code,
        tracking_number=wire.word(change.get("billCode")) or None,
        confirmation=wire.word(change.get("printCode")) or None,
        courier=Courier(name, phone) if name or phone else None,
    )
    return Reading(pickups=(pickup,))
