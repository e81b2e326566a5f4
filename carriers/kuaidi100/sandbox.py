"""Kuaidi100's side of the wire: the query that checks the sign, the subscription, and signed pushes."""

from collections.abc import Sequence
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
from carriers.kuaidi100 import sandbox_booking
from carriers.kuaidi100.sandbox_booking import refused
from carriers.kuaidi100.statuses import CODES, STATE
from carriers.kuaidi100.tracking import param, sign
from db.enums import TrackingStatus as S

# What the sandbox writes for a status; for the others, one of the fine codes nobody has itemised.
WRITTEN = {
    S.INFO_RECEIVED: "101",
    S.PICKED_UP: "1",
    S.IN_TRANSIT: "0",
    S.CUSTOMS: "11",
    S.OUT_FOR_DELIVERY: "5",
    S.AVAILABLE_FOR_PICKUP: "501",
    S.ATTEMPT_FAILED: "14",
    S.EXCEPTION: "2",
    S.DELIVERED: "3",
    S.RETURNING: "6",
    S.RETURNED: "4",
}
NOT_ITEMISED = "201"
NAMES = {row.code: row.meaning_text for row in CODES if row.namespace == STATE}

NO_RECORD = {
    "message": "快递公司参数异常：单号不存在或者已经过期",
    "nu": "",
    "ischeck": "0",
    "condition": "",
    "com": "",
    "status": "201",
    "state": "0",
    "data": [],
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """The query, the subscription and the orders, by path."""
    try:
        fields = wire.form_of(incoming.body)
        asked = wire.object_of(fields.get("param", ""))
    except Unreadable:
        return refused("400", "提交的数据不完整，或者贵公司没授权")
    if incoming.path == "/poll/query.do":
        return _query(fields, asked, world)
    if incoming.path == "/poll":
        return _subscribe(asked, world)
    if incoming.path in sandbox_booking.PATHS:
        return sandbox_booking.answer(fields, asked, world)
    return Reply(404)


def _query(fields: dict[str, str], asked: dict[str, Any], world: SandboxWorld) -> Reply:
    if not all(fields.get(name) for name in ("customer", "sign")) or not asked.get("com") or not asked.get("num"):
        return refused("400", "提交的数据不完整，或者贵公司没授权")
    expected = sign(fields["param"], "sandbox-key", "sandbox-customer")
    if fields["customer"] != "sandbox-customer" or not wire.same(expected, fields["sign"]):
        return refused("503", "验证签名失败")
    parcel = world.parcel(wire.word(asked["num"]))
    return wire.json_reply(_result(parcel, parcel.scans, wire.word(asked["com"])) if parcel else NO_RECORD)


def _subscribe(asked: dict[str, Any], world: SandboxWorld) -> Reply:
    if asked.get("key") != "sandbox-key":
        return refused("600", "您不是合法的订阅者（即授权Key出错）")
    number, company = wire.word(asked.get("number")), wire.word(asked.get("company"))
    callback = wire.word(wire.dig(asked, "parameters", "callbackurl"))
    if not number or not company or not callback:
        return refused("700", "订阅方的订阅数据存在错误（如不支持的快递公司、单号为空、单号超长等）")
    salt = wire.word(wire.dig(asked, "parameters", "salt"))
    world.subscribe(number, SandboxSubscription(callback, salt, {"com": company}))
    return wire.json_reply({"result": True, "returnCode": "200", "message": "提交成功"})


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """The whole list so far, as they send it on every change; unsigned where the subscription had no salt."""
    told = tuple(dict.fromkeys([*parcel.scans, *scans]))
    result = _result(parcel, told, subscription.extras.get("com", ""))
    signed = result["ischeck"] == "1"
    message = {
        "status": "shutdown" if signed else "polling",
        "billstatus": "check" if signed else "got",
        "message": "",
        "autoCheck": "0",
        "comOld": "",
        "comNew": "",
        "lastResult": result,
    }
    text = param(message)
    sealed = {"sign": sign(text, subscription.secret)} if subscription.secret else {}
    return wire.form_request(subscription.callback_url, {"param": text, **sealed})


def _result(parcel: SandboxParcel, scans: Sequence[Scan], com: str) -> dict[str, Any]:
    events = [_event(scan) for scan in sorted(scans, key=lambda scan: scan.occurred_at, reverse=True)]
    state = events[0]["statusCode"] if events else "0"
    return {
        "message": "ok",
        "nu": parcel.tracking_number,
        "ischeck": "1" if state in {"3", "4"} else "0",
        "condition": "F00",
        "com": com,
        "status": "200",
        "state": state,
        "data": events,
    }


def _event(scan: Scan) -> dict[str, Any]:
    code = WRITTEN.get(scan.meaning.status, NOT_ITEMISED)
    time = times.beijing(scan.occurred_at)
    place = scan.place
    return {
        "time": time,
        "ftime": time,
        "context": scan.description,
        "areaCode": None,
        "areaName": None,
        "status": NAMES[code],
        "location": (place and (place.text or place.city)) or "",
        "areaCenter": None,
        "areaPinYin": None,
        "statusCode": code,
    }


SANDBOX = Sandbox(answer, push, sandbox_booking.push_booking)
