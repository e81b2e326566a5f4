"""Asking ZTO where one parcel is, and reading its answers: scans, a relay's scans, refusals."""

from collections.abc import Sequence
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Parcel, Place, ReadError, Reading, Reply, Request, Scan, Unreadable
from carriers.zto import signing
from carriers.zto.statuses import QUERY, RELAYED, RETRYABLE, TABLE

API = "zto.merchant.waybill.track.query"


def request(parcels: Sequence[Parcel], access: Access) -> Request:
    """The query of one parcel; CannotAsk without its phone tail."""
    return signing.request(API, parcels[0], access)


def read(reply: Reply) -> Reading:
    """The parcel's scans, or the refusal. An answer need not repeat the number: then it is empty, and means the
    one that was asked for."""
    answer = wire.object_of(reply.body)
    if "traces" in answer:
        return _relayed(answer)
    if "statusCode" not in answer and "status" not in answer:
        raise Unreadable("neither status nor traces")
    if answer.get("status") not in (True, "true"):
        return Reading(errors=(refusal(answer),))
    scans = [_scan(each, f"result[{n}]") for n, each in enumerate(wire.objects(answer.get("result"), "result"))]
    if not scans:
        empty = ReadError(wire.word(answer.get("statusCode")), wire.word(answer.get("message")), not_found=True)
        return Reading(errors=(empty,))
    return Reading(times.by_number(scans))


def read_error(body: bytes) -> Reading:
    """An answer that refuses or has nothing to tell; Unreadable when it tells of scans."""
    return wire.only_errors(read(Reply(200, body)))


def refusal(answer: dict[str, Any]) -> ReadError:
    """What ZTO refused, in its own words."""
    code = wire.word(answer.get("statusCode"))
    return ReadError(code, wire.word(answer.get("message")), retryable=code in RETRYABLE)


def _scan(told: dict[str, Any], where: str) -> tuple[str, Scan]:
    code = wire.word(told.get("scanType"))
    scan = Scan(
        # Epoch milliseconds, written as a text.
        occurred_at=times.epoch_millis(told.get("scanDate"), times.BEIJING, f"{where}.scanDate"),
        meaning=TABLE.meaning(QUERY, code),
        raw_code=code,
        description=wire.word(told.get("desc")),
    )
    return wire.word(told.get("billCode")), scan


def _relayed(answer: dict[str, Any]) -> Reading:
    """A relay (a TMS between ZTO and us) writes its own numbers, Beijing texts, newest first."""
    number = wire.needed(answer.get("outWaybillNo"), "outWaybillNo")
    scans = []
    for n, told in enumerate(wire.objects(answer["traces"], "traces")):
        code = wire.word(told.get("action"))
        city = wire.word(told.get("location"))
        scan = Scan(
            occurred_at=times.local(told.get("acceptTime"), times.BEIJING, f"traces[{n}].acceptTime"),
            meaning=TABLE.meaning(RELAYED, code),
            raw_code=code,
            description=wire.word(told.get("acceptStation")),
            place=Place(city=city) if city else None,
        )
        scans.append((number, scan))
    if not scans:
        return Reading(errors=(ReadError("", "", number, not_found=True),))
    return Reading(times.by_number(scans))
