"""Asks Cainiao's gateway where a collected parcel is; reads its answers and those of the global tracking page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from carriers import times, wire
from carriers.cainiao import signing, statuses, worldwide
from carriers.carrier import (
    Access,
    Parcel,
    Place,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Tracking,
    Unreadable,
)

MSG_TYPE = "guoguo.pickup.query.logistics.detail"

# Timeout and system trouble, as the gateway numbers them for all its services.
RETRYABLE = {"S06", "S07"}


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The logistics detail of one number; ``reference`` is Cainiao's own order code of the pickup."""
    [parcel] = parcels
    asked = {"mailNo": parcel.tracking_number, "orderCode": parcel.reference}
    return signing.signed(MSG_TYPE, asked, access)


def read(reply: Reply) -> Reading:
    """Either answer. The gateway's does not repeat the number: its shipment has an empty ``tracking_number``, which
    means the one asked for. An answer without events is a ``not_found`` error."""
    answer = wire.object_of(reply.body)
    if (refusal := refusal_of(answer)) is not None:
        return Reading(errors=(refusal,))
    if "module" in answer:
        return worldwide.read(wire.objects(answer["module"], "module"), reply.received_at)
    if not isinstance(answer.get("data"), dict) or "logisticsDetails" not in answer["data"]:
        raise Unreadable("the answer has neither module nor data.logisticsDetails")
    details = wire.objects(answer["data"]["logisticsDetails"], "logisticsDetails")
    if not details:
        return Reading(errors=(ReadError(worldwide.EMPTY, "the answer has no events", not_found=True),))
    scans = times.in_order(_scan(each, position) for position, each in enumerate(details))
    return Reading(shipments=(ReadShipment("", scans),))


def refusal_of(answer: dict[str, Any]) -> ReadError | None:
    """The error of ``success: false``, or of a change that was heard and refused (``data: false``)."""
    if wire.word(answer.get("success")) == "false" or answer.get("success") is False:
        code = wire.word(answer.get("errorCode"))
        return ReadError(code, wire.word(answer.get("errorMsg")), retryable=code in RETRYABLE)
    if answer.get("data") is False:
        return ReadError("false", "the change was refused")
    return None


def read_error(body: bytes) -> Reading:
    """What Cainiao refused, or did not know. Unreadable when it answered the question."""
    refusal = refusal_of(wire.object_of(body))
    return Reading(errors=(refusal,)) if refusal else wire.only_errors(read(Reply(body=body)))


def _scan(detail: dict[str, Any], position: int) -> Scan:
    """One step; Beijing time. The courier's name and phone, which it repeats, stay out of it."""
    code = wire.word(detail.get("status"))
    parts = [wire.word(detail.get(name)) for name in ("city", "area", "address")]
    return Scan(
        occurred_at=times.local(detail.get("time"), times.BEIJING, f"logisticsDetails[{position}].time"),
        meaning=statuses.TABLE.meaning(statuses.GUOGUO, code),
        raw_code=code,
        description=wire.word(detail.get("desc")),
        place=Place(text="".join(parts), city=parts[0] or None) if any(parts) else None,
    )


TRACKING = Tracking(request, read, at_most=1, no_oftener=timedelta(minutes=10))
