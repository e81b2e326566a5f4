"""Kuaidi100's result object, which answers and pushes share: one number, its state, its events newest first."""

from datetime import datetime
from typing import Any

from carriers import times, wire
from carriers.carrier import Place, ReadError, Reading, ReadShipment, Scan, Unreadable
from carriers.kuaidi100 import statuses

OK, NO_RECORD = "200", "201"

# The call was refused because nothing is known yet (500), or the server is in trouble (501, 502).
RETRYABLE = {"500", "501", "502"}
NOT_FOUND = {"500"}


def fields_of(body: bytes) -> dict[str, str]:
    """``param`` and ``sign`` of a push; a bare ``param`` or a form kept whole inside a log line is taken too."""
    fields = wire.form_of(body)
    if "lastResult" in fields:
        return {"param": wire.text_of(body)}
    return wire.form_of(fields["form"].encode(errors="replace")) if "form" in fields else fields


def reading_of(result: dict[str, Any], number: str, received_at: datetime | None) -> Reading:
    """A result as a shipment, or its refusal as an error. ``number`` is used where the result names none. A state
    without events is one scan at ``received_at``."""
    number = wire.word(result.get("nu")) or number
    status = wire.word(result.get("status"))
    events = wire.objects(result.get("data"), "data")
    if not events and status != OK:
        not_found = status == NO_RECORD
        error = ReadError(status, wire.word(result.get("message")), number or None, not_found, retryable=not_found)
        return Reading(errors=(error,))
    if not number:
        raise Unreadable("the result has no number")
    state = wire.word(result.get("state"))
    return Reading(
        shipments=(
            ReadShipment(
                number,
                scans=_scans(events, state, received_at),
                origin=_end(result, "from"),
                destination=_end(result, "to"),
            ),
        )
    )


def refusal_of(answer: dict[str, Any]) -> ReadError | None:
    """The error of ``{"result": false, "returnCode": ...}``, if it is one."""
    if answer.get("result") is not False:
        return None
    code = wire.word(answer.get("returnCode"))
    return ReadError(code, wire.word(answer.get("message")), not_found=code in NOT_FOUND, retryable=code in RETRYABLE)


def _scans(events: list[dict[str, Any]], state: str, received_at: datetime | None) -> tuple[Scan, ...]:
    """Oldest first. Lists are newest first, but not always sorted: the sort is stable over the reversed list."""
    placed = [(_when(event, n), event) for n, event in enumerate(events)][::-1]
    placed.sort(key=lambda each: each[0])
    if not placed:
        return (Scan(received_at, statuses.meaning(state, ""), state),) if state and received_at else ()
    newest = placed[-1][1]
    # The state is about the newest event. Where that event has its own code, the event is believed.
    scans = [_scan(at, event, state if event is newest else "") for at, event in placed]
    return tuple(dict.fromkeys(scans))


def _when(event: dict[str, Any], position: int) -> datetime:
    return times.local(event.get("ftime") or event.get("time"), times.BEIJING, f"data[{position}].time")


def _scan(at: datetime, event: dict[str, Any], state: str) -> Scan:
    name, text = wire.word(event.get("status")), wire.word(event.get("context"))
    code = wire.word(event.get("statusCode")) or name or state
    return Scan(at, statuses.meaning(code, text, name), code, description=text, place=_place(event))


def _place(event: dict[str, Any]) -> Place | None:
    area, location = wire.word(event.get("areaName")), wire.word(event.get("location"))
    if not area and not location:
        return None
    region, city = _parts(area)
    latitude, longitude = _center(wire.word(event.get("areaCenter")))
    return Place(
        text=location or area,
        region=region,
        city=city,
        country="CN" if wire.word(event.get("areaCode")).startswith("CN") else None,
        latitude=latitude,
        longitude=longitude,
    )


def _center(text: str) -> tuple[float | None, float | None]:
    """Latitude and longitude; they write the longitude first."""
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError:
        return None, None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else (None, None)


def _end(result: dict[str, Any], end: str) -> Place | None:
    name = wire.word(wire.dig(result, "routeInfo", end, "name"))
    if not name:
        return None
    region, city = _parts(name)
    return Place(text=name, region=region, city=city)


def _parts(area: str) -> tuple[str | None, str | None]:
    region, _, rest = area.partition(",")
    return region or None, rest.partition(",")[0] or None
