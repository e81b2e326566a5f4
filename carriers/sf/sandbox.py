"""SF's side of the wire: the gateway that checks the digest, answers routes and takes subscriptions, and its pushes."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from carriers import times, wire
from carriers.carrier import (
    Incoming,
    Reply,
    Request,
    Sandbox,
    SandboxParcel,
    SandboxSubscription,
    SandboxWorld,
    Scan,
    Unreadable,
)
from carriers.sf import sandbox_booking, signing
from carriers.sf.sandbox_booking import Message, refused, taken
from carriers.sf.subscribing import REGISTER
from carriers.sf.tracking import SEARCH
from db.enums import TrackingStatus as S

FIELDS = ("partnerID", "requestID", "serviceCode", "timestamp", "msgDigest", "msgData")

# What the sandbox writes for a status. SF has no code we know for the others: they go out as the catch-all 922.
WRITTEN = {
    S.INFO_RECEIVED: {"opCode": "655"},
    S.PICKED_UP: {"opCode": "50"},
    S.IN_TRANSIT: {"opCode": "31"},
    S.CUSTOMS: {
        "opCode": "31",
        "firstStatusCode": "2",
        "firstStatusName": "运送中",
        "secondaryStatusCode": "204",
        "secondaryStatusName": "清关中",
    },
    S.OUT_FOR_DELIVERY: {"opCode": "204"},
    S.AVAILABLE_FOR_PICKUP: {"opCode": "130"},
    S.ATTEMPT_FAILED: {"opCode": "70"},
    S.EXCEPTION: {"opCode": "33"},
    S.DELIVERED: {"opCode": "80"},
    S.RETURNED: {"opCode": "648"},
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """One URL; the service is chosen by ``serviceCode``."""
    try:
        fields = wire.form_of(incoming.body)
        message = wire.object_of(fields.get("msgData", ""))
    except Unreadable:
        return _refused("A1001", "必传参数不可为空")
    if (refusal := _refusal(fields)) is not None:
        return refusal
    try:
        return _answered(SERVICES[fields["serviceCode"]](message, world))
    except Unreadable:
        return _answered(refused("S0001", "非法的参数"))


def _refusal(fields: Mapping[str, str]) -> Reply | None:
    if not all(fields.get(name) for name in FIELDS):
        return _refused("A1001", "必传参数不可为空")
    if fields["partnerID"] != "sandbox-partner_id" or fields["serviceCode"] not in SERVICES:
        return _refused("A1004", "无对应服务权限")
    expected = signing.digest(fields["msgData"], fields["timestamp"], "sandbox-check_word")
    return None if wire.same(expected, fields["msgDigest"]) else _refused("A1006", "数字签名无效")


def _registered(message: Message, world: SandboxWorld) -> Message:
    # Where SF pushes to is set in its console, so the subscription carries no address.
    world.subscribe(wire.word(message.get("attributeNo")), SandboxSubscription(callback_url=""))
    return taken(None)


def _routes(message: Message, world: SandboxWorld) -> Message:
    asked = message.get("trackingNumber")
    numbers = [wire.word(number) for number in asked] if isinstance(asked, list) else []
    if not 1 <= len(numbers) <= 10:
        return refused("8003", "查询单号数量超过限制")
    parcels = [(number, world.parcel(number)) for number in numbers]
    found = [
        {"mailNo": number, "routes": [_route(scan) for scan in parcel.scans] if parcel else []}
        for number, parcel in parcels
    ]
    return taken({"routeResps": found})


SERVICES: Mapping[str, Callable[[Message, SandboxWorld], Message]] = {
    SEARCH: _routes,
    REGISTER: _registered,
    **sandbox_booking.SERVICES,
}


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """A route push of the new scans."""
    routes = [
        {
            "mailno": parcel.tracking_number,
            "reasonName": None,
            "orderid": "",
            "id": _identity(parcel.tracking_number, scan),
            "reasonCode": None,
            **_route(scan),
        }
        for scan in scans
    ]
    return wire.json_request("POST", subscription.callback_url, {"Body": {"WaybillRoute": routes}})


def _route(scan: Scan) -> dict[str, str]:
    return {
        "acceptAddress": (scan.place and (scan.place.city or scan.place.text)) or "",
        "acceptTime": times.beijing(scan.occurred_at),
        "remark": scan.description,
        **WRITTEN.get(scan.meaning.status, {"opCode": "922"}),
    }


def _identity(number: str, scan: Scan) -> str:
    # Fifteen digits, the same for the same route.
    told = f"{number} {scan.occurred_at.timestamp()} {scan.raw_code} {scan.description}"
    return f"{zlib.crc32(told.encode()):015d}"


def _answered(inner: dict[str, Any]) -> Reply:
    outer = {"apiErrorMsg": "", "apiResponseID": "00018A97CE03FB3FE9D58FC7BD17AB3F", "apiResultCode": "A1000"}
    return wire.json_reply({**outer, "apiResultData": wire.compact(inner)})


def _refused(code: str, message: str) -> Reply:
    return wire.json_reply({"apiErrorMsg": message, "apiResponseID": "", "apiResultCode": code, "apiResultData": None})


SANDBOX = Sandbox(answer, push, sandbox_booking.push_booking)
