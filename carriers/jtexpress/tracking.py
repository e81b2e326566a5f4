"""Asking J&T where parcels are, and reading its answers: scans newest first, under each number."""

import re
from collections.abc import Sequence
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Meaning, Parcel, Place, ReadError, Reading, Reply, Request, Scan
from carriers.jtexpress import signing
from carriers.jtexpress.statuses import NAME, PROBLEM, SCAN, TABLE

PATH = "/webopenplatformapi/api/logistics/trace"
DONE = "1"
BUSY = frozenset({"145003040", "145005000"})  # an exception on their side


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of several parcels, answered in Chinese: the codes are Chinese words."""
    numbers = ",".join(parcel.tracking_number for parcel in parcels)
    content = wire.compact({"billCodes": numbers, "lang": "zh", "timeType": "1"})
    headers = {
        "apiAccount": access.credential("api_account"),
        "timestamp": str(times.millis(access.now)),
        "digest": signing.digest(content, access.credential("private_key")),
    }
    return wire.form_request(access.base_url + PATH, {"bizContent": content}, headers)


def read(reply: Reply) -> Reading:
    """Each number's scans; a number with none is not found."""
    answer = wire.object_of(reply.body)
    code, message = wire.needed(answer.get("code"), "code"), wire.word(answer.get("msg"))
    if code != DONE:
        return Reading(errors=(ReadError(code, message, retryable=code in BUSY),))
    parcels = wire.objects(answer.get("data"), "data")
    told: list[tuple[str, Scan]] = []
    empty = []
    for n, parcel in enumerate(parcels):
        number = wire.needed(parcel.get("billCode"), f"data[{n}].billCode")
        details = wire.objects(parcel.get("details"), f"data[{n}].details")
        told += [(number, _scan(each, f"data[{n}].details[{m}]")) for m, each in enumerate(details)]
        empty += [] if details else [number]
    # The same number may come twice, once with scans and once without.
    unknown: list[str | None] = [number for number in dict.fromkeys(empty) if number not in dict(told)]
    missing = unknown if parcels else [None]
    errors = tuple(ReadError(code, message, number, not_found=True) for number in missing)
    return Reading(times.by_number(told), errors=errors)


def read_error(body: bytes) -> Reading:
    """An answer that refuses or has nothing to tell; Unreadable when it tells of scans."""
    return wire.only_errors(read(Reply(200, body)))


def recognise(body: bytes) -> str:
    """Says "track" where a parcel has scans, else "error"."""
    return "track" if read(Reply(200, body)).shipments else "error"


def _scan(told: dict[str, Any], where: str) -> Scan:
    name, problem = wire.word(told.get("scanType")), wire.word(told.get("problemType"))
    text = wire.word(told.get("desc"))
    return Scan(
        occurred_at=times.local(told.get("scanTime"), times.BEIJING, f"{where}.scanTime"),
        meaning=_meaning(name, problem),
        raw_code=f"{name}/{problem}" if problem else name,
        description=text,
        place=_place(text),
    )


def _meaning(name: str, problem: str) -> Meaning:
    """A problem's own code says more than "problem scan"; a scan goes by name or, abroad, by number."""
    said = (TABLE.meaning(*row) for row in ((PROBLEM, problem), (NAME, name), (SCAN, name)))
    return next((meaning for meaning in said if meaning.is_mapped), Meaning())


def _place(text: str) -> Place | None:
    """The branch that a text begins with; other brackets hold the next branch or who signed."""
    branch = re.match(r"(?:快件离开|快件到达|包裹顺利到达)?【([^】]+)】", text)
    return Place(facility=branch[1]) if branch else None
