"""ZTO's side of the wire: its query and subscription with their errors, and its signed pushes."""

from collections.abc import Sequence
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
from carriers.times import BEIJING, millis
from carriers.zto import signing, subscribing, tracking
from carriers.zto.statuses import ERRORS, PUSH, QUERY, TABLE
from db.enums import TrackingStatus as S

KEY, SECRET = "sandbox-app_key", "sandbox-app_secret"

SAYS = {
    QUERY: {
        S.PICKED_UP: "收件",
        S.IN_TRANSIT: "发件",
        S.CUSTOMS: "安检",
        S.OUT_FOR_DELIVERY: "派件",
        S.AVAILABLE_FOR_PICKUP: "ARRIVAL",
        S.EXCEPTION: "问题件",
        S.DELIVERED: "签收",
        S.RETURNED: "退件",
    },
    PUSH: {
        S.PICKED_UP: "GOT",
        S.IN_TRANSIT: "DEPARTURE",
        S.OUT_FOR_DELIVERY: "DISPATCH",
        S.AVAILABLE_FOR_PICKUP: "INBOUND",
        S.DELIVERED: "SIGNED",
    },
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query and the subscription. A number it does not know has an empty result."""
    try:
        asked = wire.object_of(request.body)
    except Unreadable:
        asked = {}
    number = wire.word(asked.get("billCode"))
    fault = _fault(request, asked)
    if fault:
        return _refuse(fault)
    if request.path.strip("/") == subscribing.API:
        world.subscribe(number, SandboxSubscription(callback_url=""))  # the console's address, not the call's
        return _say("操作成功", None, "SYS000")
    parcel = world.parcel(number)
    return _say("成功", [_told(scan) for scan in parcel.scans] if parcel else [], "0000")


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """ZTO pushes one event a time: the newest of the scans."""
    scan = scans[-1]
    event: dict[str, Any] = {
        "billCode": parcel.tracking_number,
        "actionTime": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "action": _code(PUSH, scan),
        "desc": scan.description,
    }
    if scan.place:
        places = {"facilityName": scan.place.facility, "city": scan.place.city, "address": scan.place.text}
        event |= {name: value for name, value in places.items() if value}
    if scan.meaning.status is S.DELIVERED and parcel.signed_by:
        event["expressSigner"] = parcel.signed_by
    data = wire.compact(event)
    fields = {
        "data": data,
        "data_digest": signing.digest(data, SECRET),
        "msg_type": "Traces",
        "company_id": KEY,
        "token": "",
    }
    return wire.form_request(subscription.callback_url, fields)


def _fault(request: Incoming, asked: dict[str, Any]) -> str | None:
    """The first thing that is wrong with a call, as ZTO's code."""
    digest = signing.digest(request.body.decode(errors="replace"), SECRET)
    checks = (
        ("S210", request.headers.get("x-appkey") == KEY),
        ("S211", wire.same(digest, request.headers.get("x-datadigest", ""))),
        ("S207", request.path.strip("/") in (tracking.API, subscribing.API)),
        ("S208", bool(wire.word(asked.get("billCode")))),
        ("E413", bool(wire.word(asked.get("mobilePhone")))),
    )
    return next((code for code, holds in checks if not holds), None)


def _told(scan: Scan) -> dict[str, str]:
    return {
        "scanType": _code(QUERY, scan),
        "scanDate": str(millis(scan.occurred_at)),
        "desc": scan.description,
    }


def _code(namespace: str, scan: Scan) -> str:
    """The script's own code where it says the same; a status that ZTO has no code for keeps the script's."""
    if TABLE.meaning(namespace, scan.raw_code).status is scan.meaning.status:
        return scan.raw_code
    return SAYS[namespace].get(scan.meaning.status, scan.raw_code)


def _say(message: str, result: Any, code: str) -> Reply:
    return wire.json_reply({"message": message, "statusCode": code, "status": True, "result": result})


def _refuse(code: str) -> Reply:
    return wire.json_reply({"message": ERRORS[code], "statusCode": code, "status": False, "result": None})
