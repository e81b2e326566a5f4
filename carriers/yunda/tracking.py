"""Asking Yunda where one parcel is, and reading its answer: steps, and a status of the whole that may lag behind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Access,
    Meaning,
    Parcel,
    Place,
    ReadError,
    Reading,
    ReadShipment,
    Reply,
    Request,
    Scan,
    Unreadable,
)
from carriers.yunda import signing
from carriers.yunda.statuses import ACTION, STATUS, TABLE
from db.enums import DeliveryMode, TrackingStatus

PATH = "/openapi/outer/logictis/query"  # the spelling is theirs


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of one parcel."""
    return signing.request(PATH, {"mailno": parcels[0].tracking_number}, access)


def read(reply: Reply) -> Reading:
    """The parcel's steps. Without any, its status of the whole is one scan at the time of the answer."""
    answer = wire.object_of(reply.body)
    if not succeeded(answer):
        return Reading(errors=(refusal(answer),))
    told = answer.get("data") or {}
    if not isinstance(told, dict):
        raise Unreadable("data is not an object")
    number = wire.word(told.get("mailno"))
    scans = [_scan(each, f"data.steps[{n}]") for n, each in enumerate(wire.objects(told.get("steps"), "data.steps"))]
    code = wire.word(told.get("status"))
    if not scans and code and reply.received_at:
        scans = [_whole(code, reply.received_at)]
    if scans:
        return Reading((ReadShipment(wire.needed(number, "data.mailno"), times.oldest_first(scans)),))
    return Reading(errors=(replace(refusal(answer), tracking_number=number or None, not_found=True),))


def read_error(body: bytes) -> Reading:
    """An answer that refuses or has nothing to tell; Unreadable when it tells of steps."""
    return wire.only_errors(read(Reply(200, body)))


def recognise(body: bytes) -> str:
    """Says "track" where there is a parcel's status or a step, else "error"."""
    answer = wire.object_of(body)
    if not succeeded(answer):
        return "error"
    return "track" if wire.dig(answer, "data", "steps") or wire.dig(answer, "data", "status") else "error"


def succeeded(answer: dict[str, Any]) -> bool:
    """Whether the call was done."""
    if "result" not in answer:
        raise Unreadable("result is missing")
    return answer["result"] in (True, "true")


def refusal(answer: dict[str, Any]) -> ReadError:
    """What Yunda refused, in its own words."""
    return ReadError(wire.word(answer.get("code")), wire.word(answer.get("message")))


def _scan(told: dict[str, Any], where: str) -> Scan:
    code, text = wire.word(told.get("action")), wire.word(told.get("description"))
    facility = wire.word(told.get("station_name"))
    return Scan(
        occurred_at=times.local(told.get("time"), times.BEIJING, f"{where}.time"),
        meaning=_handed_over(TABLE.meaning(ACTION, code), text),
        raw_code=code,
        description=text,
        place=Place(facility=facility) if facility else None,
    )


def _whole(code: str, received_at: datetime) -> Scan:
    return Scan(received_at.astimezone(times.BEIJING), TABLE.meaning(STATUS, code), code)


def _handed_over(meaning: Meaning, text: str) -> Meaning:
    """A partner station's signature has the code of a recipient's own; only the text tells them apart."""
    at_station = meaning.status is TrackingStatus.DELIVERED and "驿站代签收" in text
    return replace(meaning, delivery_mode=DeliveryMode.STATION) if at_station else meaning
