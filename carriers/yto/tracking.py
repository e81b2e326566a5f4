"""Asking YTO where one parcel is. A found number is answered with a bare array, anything else with an object."""

import re
from collections.abc import Sequence
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Parcel, Place, ReadError, Reading, Reply, Request, Scan, Unreadable
from carriers.yto import signing
from carriers.yto.statuses import NAMESPACE, NOT_FOUND, TABLE

METHOD = "track_query_adapter"
OWN = ("client_code", "track_secret")


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of one parcel: YTO takes one number a call."""
    return signing.request(METHOD, {"NUMBER": parcels[0].tracking_number}, OWN, access)


def read(reply: Reply) -> Reading:
    """The scans of a found number; of any other, what YTO says instead."""
    answer = wire.json_of(reply.body)
    if isinstance(answer, list):
        told = [_scan(each, f"[{n}]") for n, each in enumerate(wire.objects(answer, "the answer"))]
        return Reading(times.by_number(told)) if told else Reading(errors=(ReadError("", "", not_found=True),))
    if isinstance(answer, dict):
        return Reading(errors=refusals(answer))
    raise Unreadable("neither an array nor an object")


def read_error(body: bytes) -> Reading:
    """An answer without scans; Unreadable when it has some."""
    return wire.only_errors(read(Reply(200, body)))


def recognise(body: bytes) -> str:
    """Says "track" for scans, "error" for anything else that YTO answers."""
    return "error" if read(Reply(200, body)).errors else "track"


def _scan(told: dict[str, Any], where: str) -> tuple[str, Scan]:
    """The keys mix cases from one interface to the next; the older one has no code and unpadded or slashed dates."""
    fields = {key.lower(): value for key, value in told.items()}
    code, text = wire.word(fields.get("infocontent")), wire.word(fields.get("processinfo"))
    scan = Scan(
        occurred_at=times.local(fields.get("upload_time"), times.BEIJING, f"{where}.upload_Time"),
        meaning=TABLE.meaning(NAMESPACE, code),
        raw_code=code,
        description=text,
        place=_place(text, wire.word(fields.get("city"))),
    )
    return wire.needed(fields.get("waybill_no"), f"{where}.waybill_No"), scan


def _place(text: str, city: str) -> Place | None:
    """A text begins with the branch in thick brackets; a city of its own comes only in some answers."""
    branch = re.match(r"【([^】]+)】", text)
    return Place(text=branch[1] if branch else None, city=city or None) if branch or city else None


def refusals(answer: dict[str, Any]) -> tuple[ReadError, ...]:
    """The object form: a refusal (the older interface wraps it), or an empty list under each unknown number."""
    told = answer["Response"] if isinstance(answer.get("Response"), dict) else answer
    code = wire.needed(told.get("code"), "code")
    message = wire.word(told.get("message")) or wire.word(told.get("reason"))
    numbers = told.get("map")
    unknown: list[str | None] = [wire.word(number) for number in numbers] if isinstance(numbers, dict) else []
    return tuple(ReadError(code, message, number, not_found=code == NOT_FOUND) for number in unknown or [None])
