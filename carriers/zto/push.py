"""ZTO's pushes: a form whose ``data`` is one event as JSON, signed. They come out of order and sometimes twice."""

from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Incoming,
    Place,
    PushRejected,
    Reading,
    ReadShipment,
    Reply,
    Scan,
    Unreadable,
)
from carriers.zto import signing
from carriers.zto.statuses import PUSH, TABLE


def verify(request: Incoming, access: Access) -> None:
    """PushRejected unless ``data_digest`` is the digest of ``data``, as received, with the account's secret."""
    secret = access.credentials.get("app_secret", "")
    try:
        fields = _fields(request.body)
        expected = signing.digest(fields.get("data", ""), secret) if secret else ""
        wire.demand(expected, fields.get("data_digest"), "signature")
    except (Unreadable, UnicodeEncodeError):
        raise PushRejected("the push is not a signed form") from None


def read(request: Incoming) -> Reading:
    """The one event of a push."""
    event = wire.object_of(_fields(request.body).get("data", ""))
    code = wire.needed(event.get("action"), "data.action")
    scan = Scan(
        occurred_at=times.local(event.get("actionTime"), times.BEIJING, "data.actionTime"),
        meaning=TABLE.meaning(PUSH, code),
        raw_code=code,
        description=wire.word(event.get("desc")),
        place=_place(event),
    )
    shipment = ReadShipment(
        tracking_number=wire.needed(event.get("billCode"), "data.billCode"),
        scans=(scan,),
        signed_by=wire.word(event.get("expressSigner")) or None,
    )
    return Reading((shipment,))


def acknowledge(_request: Incoming) -> Reply:
    """Thanks in the form of the platform's own answers (what a push expects is not published)."""
    return wire.json_reply({"result": None, "message": "操作成功", "statusCode": "SYS000", "status": True})


def recognise(body: bytes) -> str:
    """Tells "push", "track" and "error" apart by the fields alone."""
    is_json = body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    kept: dict[str, Any] = wire.object_of(body) if is_json else dict(_fields(body))
    result = kept.get("result")
    if "data" in kept or "form" in kept:
        return "push"
    if "traces" in kept or (isinstance(result, list) and result):
        return "track"
    if "statusCode" in kept and (result == [] or kept.get("status") not in (True, "true")):
        return "error"
    raise Unreadable("neither a push, a tracking answer nor an error of ZTO")


def _fields(body: bytes) -> dict[str, str]:
    """The form's fields; logs keep a form as a JSON object, some under the key "form"."""
    fields = wire.form_of(body)
    return wire.form_of(fields["form"].encode(errors="replace")) if "form" in fields else fields


def _place(event: dict[str, Any]) -> Place | None:
    facility, city, address = (wire.word(event.get(name)) or None for name in ("facilityName", "city", "address"))
    return Place(text=address, facility=facility, city=city) if facility or city or address else None
