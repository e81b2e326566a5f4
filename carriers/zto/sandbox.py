"""ZTO's side of the wire: its query, subscription and orders with their errors, and its signed pushes."""

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
from carriers.zto import sandbox_booking, signing, subscribing, tracking
from carriers.zto.sandbox_booking import refuse, say
from carriers.zto.statuses import PUSH, QUERY, TABLE
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
    """Plays the query, the subscription and the orders. A number it does not know has an empty result."""
    try:
        asked = wire.object_of(request.body)
    except Unreadable:
        asked = {}
    api, number = request.path.strip("/"), wire.word(asked.get("billCode"))
    fault = _fault(request, asked)
    if fault:
        return refuse(fault)
    if api in sandbox_booking.SERVICES:
        return sandbox_booking.answer(api, asked, world)
    if api == subscribing.API:
        world.subscribe(number, SandboxSubscription(callback_url=""))  # the console's address, not the call's
        return say("操作成功", None, "SYS000")
    parcel = world.parcel(number)
    return say("成功", [_told(scan) for scan in parcel.scans] if parcel else [], "0000")


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
    api = request.path.strip("/")
    is_order = api in sandbox_booking.SERVICES  # its fields are checked at the desk
    checks = (
        ("S210", request.headers.get("x-appkey") == KEY),
        ("S211", wire.same(digest, request.headers.get("x-datadigest", ""))),
        ("S207", is_order or api in (tracking.API, subscribing.API)),
        ("S208", is_order or bool(wire.word(asked.get("billCode")))),
        ("E413", is_order or bool(wire.word(asked.get("mobilePhone")))),
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
