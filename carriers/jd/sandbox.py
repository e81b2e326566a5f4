"""JD's side of the wire. The codes of its refusals are not published: those here are the sandbox's own."""

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
from carriers.jd import sandbox_booking, signing, subscribing, tracking
from carriers.jd.sandbox_booking import refuse, say
from carriers.jd.statuses import STATE, TABLE
from carriers.times import BEIJING
from db.enums import TrackingStatus as S

SECRET = "sandbox-app_secret"  # noqa: S105 no secret: what every sandbox account holds

# What JD says of each status: the state, its category, the category's name.
SAYS = {
    S.INFO_RECEIVED: ("200034", 390, "揽收中"),
    S.PICKED_UP: ("200001", 420, "已揽收"),
    S.IN_TRANSIT: ("200076", 430, "运输中"),
    S.OUT_FOR_DELIVERY: ("11000", 440, "派送中"),
    S.AVAILABLE_FOR_PICKUP: ("200051", 440, "派送中"),
    S.ATTEMPT_FAILED: ("200031", 440, "派送中"),
    S.EXCEPTION: ("200070", 500, "异常终止"),
    S.DELIVERED: ("10034", 510, "妥投"),
    S.RETURNING: ("200060", 430, "运输中"),
    S.RETURNED: ("200054", 430, "运输中"),
    S.CANCELED: ("200010", 690, "已取消"),
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query, the subscription and the orders; a number it does not know has no trace details."""
    query, body = request.query, request.body.decode(errors="replace")
    if query.get("app_key") != "sandbox-app_key" or query.get("access_token") != "sandbox-access_token":
        return refuse(401, "access_token无效")
    fields = {name: query.get(name, "") for name in ("access_token", "app_key", "timestamp")}
    if not wire.same(signing.sign(request.path, body, fields, SECRET), query.get("sign", "")):
        return refuse(403, "签名错误")
    try:
        [order] = wire.objects(wire.json_of(body), "the body")
        return _served(request.path, order, world)
    except (Unreadable, ValueError):
        return refuse(400, "参数错误")


def _served(path: str, order: dict[str, Any], world: SandboxWorld) -> Reply:
    if path in sandbox_booking.SERVICES:
        return sandbox_booking.SERVICES[path](order, world)
    number = wire.word(order.get("waybillCode"))
    if path == subscribing.PATH:
        world.subscribe(number, SandboxSubscription(callback_url=""))  # the console's address, not the call's
        return say("订阅成功")
    if path != tracking.PATH:
        return refuse(404, "接口不存在")
    parcel = world.parcel(number)
    return say({"traceDetails": [_told(parcel, scan) for scan in parcel.scans] if parcel else []})


def push(parcel: SandboxParcel, scans: Sequence[Scan], subscription: SandboxSubscription) -> Request:
    """JD pushes one scan a time: the newest. Its state is a text here, a number in answers."""
    scan = scans[-1]
    told = _told(parcel, scan)
    place = scan.place
    told |= {
        "state": str(told["state"]),
        "routeProvinceName": (place and place.region) or "",
        "routeCityName": (place and place.city) or "",
        "routeAddress": (place and place.text) or "",
        "operateSite": (place and place.facility) or "",
        "orderId": "",
    }
    return wire.json_request("POST", subscription.callback_url, told)


def _told(parcel: SandboxParcel, scan: Scan) -> dict[str, Any]:
    state, category, name = SAYS.get(scan.meaning.status, (scan.raw_code, 0, ""))
    if TABLE.meaning(STATE, scan.raw_code).status is scan.meaning.status:
        state = scan.raw_code  # the script's own code, where it says the same
    return {
        "waybillCode": parcel.tracking_number,
        "operationTime": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "state": int(state) if state.isdecimal() else state,
        "category": category,
        "categoryName": name,
        "operationTitle": name,
        "operationRemark": scan.description,
    }
