"""STO's side of the wire: its gateway with XML for its own errors, and its pushes, signed as requests are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carriers import wire
from carriers.carrier import (
    Incoming,
    Reply,
    Request,
    SandboxParcel,
    SandboxSubscription,
    SandboxWorld,
    Scan,
    Unreadable,
)
from carriers.sto import sandbox_booking, signing, subscribing, tracking
from carriers.sto.sandbox_booking import KEY, SECRET, pushed, say
from carriers.sto.statuses import ABROAD, ERRORS, NOT_FOUND, SCAN, TABLE
from carriers.times import BEIJING
from db.enums import TrackingStatus as S

SAYS = {
    S.INFO_RECEIVED: "SC_ORDER_PAY_SUCCESS",
    S.PICKED_UP: "收件",
    S.IN_TRANSIT: "发件",
    S.CUSTOMS: "CC_IM_START",
    S.OUT_FOR_DELIVERY: "派件",
    S.AVAILABLE_FOR_PICKUP: "柜机代收",
    S.EXCEPTION: "问题件",
    S.DELIVERED: "签收",
    S.RETURNED: "退回件",
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query, the subscription and the orders. The gateway's own refusals are XML, a service's are JSON."""
    try:
        fields = wire.form_of(request.body)
        content = wire.object_of(fields.get("content", ""))
    except Unreadable:
        return _refuse_as_xml("008")
    if fields.get("from_appkey") != KEY:
        return _refuse_as_xml("006")
    if not wire.same(signing.digest(fields["content"], SECRET), fields.get("data_digest", "")):
        return _refuse_as_xml("007")
    service = SERVICES.get(fields.get("api_name", ""))
    if service is None:
        return _refuse_as_xml("008")
    try:
        return service(content, world)
    except Unreadable:
        return say("false", error="008")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """STO pushes one scan a time: the newest."""
    trace = {**_told(parcel, scans[-1]), "tz": "+08:00"}
    told = {"waybillNo": parcel.tracking_number, "linkCode": "", "trace": trace}
    return pushed("STO_TRACE_PLATFORM_PUSH", subscribing.SERVICE, told, subscription)


def _track(content: dict[str, Any], world: SandboxWorld) -> Reply:
    numbers = content.get("waybillNoList")
    if not isinstance(numbers, list) or not numbers:
        return say("false", error="008")
    parcels = {number: world.parcel(number) for number in map(wire.word, numbers)}
    if not any(parcels.values()):
        return say("false", error=NOT_FOUND)
    newest_first = {
        number: [_told(parcel, scan) for scan in reversed(parcel.scans)] if parcel else []
        for number, parcel in parcels.items()
    }
    return say("true", data=newest_first)


def _subscribe(content: dict[str, Any], world: SandboxWorld) -> Reply:
    for each in wire.dicts(content.get("subscribeInfoList"), "subscribeInfoList"):
        world.subscribe(wire.word(each.get("waybillNo")), SandboxSubscription(callback_url=""))
    return say("true")


SERVICES: Mapping[str, Callable[[dict[str, Any], SandboxWorld], Reply]] = {
    tracking.API: _track,
    subscribing.API: _subscribe,
    **sandbox_booking.SERVICES,
}


def _told(parcel: SandboxParcel, scan: Scan) -> dict[str, str]:
    place = scan.place
    return {
        "waybillNo": parcel.tracking_number,
        "opTime": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "scanType": _code(scan),
        "memo": scan.description,
        "opOrgName": (place and place.facility) or "",
        "opOrgCityName": (place and place.city) or "",
        "opOrgProvinceName": (place and place.region) or "",
        "signoffPeople": (parcel.signed_by or "") if scan.meaning.status is S.DELIVERED else "",
    }


def _code(scan: Scan) -> str:
    """The script's own code where it says the same; a status that STO has no code for keeps the script's."""
    if any(TABLE.meaning(family, scan.raw_code).status is scan.meaning.status for family in (SCAN, ABROAD)):
        return scan.raw_code
    return SAYS.get(scan.meaning.status, scan.raw_code)


def _refuse_as_xml(code: str) -> Reply:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><response><success>false</success>'
        f"<errorCode>{code}</errorCode><errorMsg>{ERRORS[code]}</errorMsg></response>"
    )
    return Reply(200, text.encode(), {"content-type": "text/xml;charset=UTF-8"})
