"""Asking JD where one parcel is, and reading its answers, bare or wrapped as its SDK logs them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from carriers import times, wire
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
    Unreadable,
)
from carriers.jd import signing
from carriers.jd.statuses import CATEGORY, STATE, TABLE

PATH = "/ecap/v1/orders/trace/query"
RELABELLED = "200020"  # a new waybill was printed; its number stands in the remark


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of one parcel."""
    order = {
        "waybillCode": parcels[0].tracking_number,
        "orderOrigin": signing.ORIGIN,
        "customerCode": access.credential("customer_code"),
    }
    return signing.request(PATH, order, access)


def read(reply: Reply) -> Reading:
    """The parcel's scans, or the refusal."""
    answer = answered(reply.body)
    if not succeeded(answer):
        return Reading(errors=(refusal(answer),))
    told = answer.get("data") or {}
    if not isinstance(told, dict):
        raise Unreadable("data is not an object")
    details = wire.objects(told.get("traceDetails"), "data.traceDetails")
    if not details:
        return Reading(errors=(replace(refusal(answer), not_found=True),))
    return Reading(shipments(details, "data.traceDetails"))


def read_error(body: bytes) -> Reading:
    """An answer that refuses or has nothing to tell; Unreadable when it tells of scans."""
    return wire.only_errors(read(Reply(200, body)))


def answered(body: bytes) -> dict[str, Any]:
    """The answer itself; JD's SDK wraps it as ``response.content``."""
    answer = wire.object_of(body)
    wrapped = wire.dig(answer, "response", "content")
    return wrapped if isinstance(wrapped, dict) else answer


def succeeded(answer: dict[str, Any]) -> bool:
    """Whether the call was done."""
    if "success" not in answer:
        raise Unreadable("success is missing")
    return answer["success"] in (True, "true")


def refusal(answer: dict[str, Any]) -> ReadError:
    """What JD refused, in its own words."""
    code = wire.word(answer.get("subCode")) or wire.word(answer.get("code"))
    return ReadError(code, wire.word(answer.get("subMsg")) or wire.word(answer.get("msg")))


def shipments(details: Sequence[dict[str, Any]], where: str) -> tuple[ReadShipment, ...]:
    """The shipments that scans tell of; a push is one scan, an answer many, both name the same fields."""
    read = []
    linked: dict[str, list[str]] = {}
    for n, told in enumerate(details):
        number, piece = _numbers(wire.needed(told.get("waybillCode"), f"{where}[{n}].waybillCode"))
        read.append((number, _scan(told, piece, f"{where}[{n}]")))
        if wire.word(told.get("state")) == RELABELLED:
            linked.setdefault(number, []).extend(re.findall(r"JD[A-Z0-9]{8,}", wire.word(told.get("operationRemark"))))
    references = {number: wire.word(told.get("orderId")) for (number, _), told in zip(read, details, strict=True)}
    return tuple(
        replace(
            shipment,
            reference=references[shipment.tracking_number] or None,
            linked_numbers=tuple(n for n in linked.get(shipment.tracking_number, ()) if n != shipment.tracking_number),
        )
        for shipment in times.by_number(read)
    )


def _scan(told: dict[str, Any], piece: str | None, where: str) -> Scan:
    state, category = wire.word(told.get("state")), wire.word(told.get("category"))
    meaning = TABLE.meaning(STATE, state)
    code = state
    if not meaning.is_mapped:
        meaning = TABLE.meaning(CATEGORY, category)
        code = f"{category}/{state}" if state and meaning.is_mapped else state or category
    return Scan(
        occurred_at=times.local(told.get("operationTime"), times.BEIJING, f"{where}.operationTime"),
        meaning=meaning,
        raw_code=code,
        description=wire.word(told.get("operationRemark")) or wire.word(told.get("operationTitle")),
        place=_place(told),
        piece=piece,
    )


def number_of(told: dict[str, Any]) -> str:
    """The waybill's number of a scan, without its parcel's; "" where there is none."""
    return _numbers(wire.word(told.get("waybillCode")))[0]


def _numbers(text: str) -> tuple[str, str | None]:
    """The waybill, and which of its parcels: "JDX-2-3-" is the second of three."""
    found = re.fullmatch(r"(.+?)-(\d+)-(\d+)-?", text)
    return (found[1], found[2]) if found else (text, None)


def _place(told: dict[str, Any]) -> Place | None:
    names = ("routeAddress", "operateSite", "routeCityName", "routeProvinceName")
    address, facility, city, region = (wire.word(told.get(name)) or None for name in names)
    place = Place(text=address, facility=facility, city=city, region=region)
    return None if place == Place() else place
