"""Asking STO where parcels are, and reading its answers, which may be XML although JSON was asked for."""

import re
from collections.abc import Sequence
from datetime import timedelta, timezone, tzinfo
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Parcel, Place, ReadError, Reading, ReadShipment, Reply, Request, Scan, Unreadable
from carriers.sto import signing
from carriers.sto.statuses import ABROAD, BUSY, NOT_FOUND, SCAN, TABLE

API = "STO_TRACE_QUERY_COMMON"
SERVICE = "sto_trace_query"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of several parcels."""
    content = {"order": "desc", "waybillNoList": [parcel.tracking_number for parcel in parcels]}
    return signing.request(API, SERVICE, content, access)


def read(reply: Reply) -> Reading:
    """Each number's scans; a number with none is not found."""
    answer = answered(reply.body)
    if not succeeded(answer):
        return Reading(errors=(refusal(answer),))
    told = answer.get("data") or {}
    if not isinstance(told, dict):
        raise Unreadable("data is not an object")
    shipments, errors = [], []
    for number, list_ in told.items():
        scans = [scan(each, f"data[*][{n}]") for n, each in enumerate(wire.objects(list_, "data[*]"))]
        if scans:
            signed = [wire.word(each.get("signoffPeople")) for each in list_ if each.get("signoffPeople")]
            shipments.append(
                ReadShipment(wire.word(number), times.oldest_first(scans), signed_by=signed[0] if signed else None)
            )
        else:
            errors.append(ReadError("", "", wire.word(number), not_found=True))
    return Reading(tuple(shipments), errors=tuple(errors))


def read_error(body: bytes) -> Reading:
    """An answer that refuses or has nothing to tell; Unreadable when it tells of scans."""
    return wire.only_errors(read(Reply(200, body)))


def answered(body: bytes) -> dict[str, Any]:
    """The answer's fields, from JSON or, as the gateway writes its own errors, from XML."""
    if wire.is_xml(body):
        return {element.tag.rpartition("}")[2]: element.text or "" for element in wire.xml_of(body).iter()}
    return wire.object_of(body)


def succeeded(answer: dict[str, Any]) -> bool:
    """Whether the call was done; ``success`` is the text "true", in some answers a boolean."""
    if "success" not in answer:
        raise Unreadable("success is missing")
    return answer["success"] in (True, "true")


def refusal(answer: dict[str, Any]) -> ReadError:
    """What STO refused, in its own words."""
    code = wire.word(answer.get("errorCode"))
    again = code == BUSY or answer.get("needRetry") in (True, "true")
    return ReadError(code, wire.word(answer.get("errorMsg")), not_found=code == NOT_FOUND, retryable=again)


def scan(told: dict[str, Any], where: str) -> Scan:
    """One scan of a query's answer or a push; both name the same fields."""
    code = wire.word(told.get("scanType"))
    # The reason of a problem stands in a field of its own and may or may not be in the memo too.
    memo, issue = wire.word(told.get("memo")), wire.word(told.get("issueName"))
    meaning = TABLE.meaning(SCAN, code)
    return Scan(
        occurred_at=times.local(told.get("opTime"), _zone(wire.word(told.get("tz"))), f"{where}.opTime"),
        meaning=meaning if meaning.is_mapped else TABLE.meaning(ABROAD, code),
        raw_code=code,
        description=memo if issue in memo else f"{memo} {issue}".strip(),
        place=_place(told),
        event_id=wire.word(told.get("outBizCode")) or None,
    )


def _zone(text: str) -> tzinfo:
    """The scan's own offset ("+08:00", "GMT+8", "-5"); Beijing where there is none that we can read."""
    found = re.fullmatch(r"(?:GMT|UTC)?([+-]?)(\d{1,2}):?([0-5]\d)?", text, re.ASCII)
    if not found or int(found[2]) > 14:
        return times.BEIJING
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _place(told: dict[str, Any]) -> Place | None:
    names = ("address", "opOrgName", "opOrgCityName", "opOrgProvinceName")
    address, facility, city, region = (wire.word(told.get(name)) or None for name in names)
    place = Place(text=address, facility=facility, city=city, region=region)
    return None if place == Place() else place
