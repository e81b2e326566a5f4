"""Yunda's side of the wire. The codes of its refusals are not published: those here are the sandbox's own."""

from carriers import wire
from carriers.carrier import Incoming, Reply, SandboxParcel, SandboxWorld, Scan, Unreadable
from carriers.times import BEIJING
from carriers.yunda import signing, subscribing, tracking
from carriers.yunda.statuses import ACTION, TABLE
from db.enums import TrackingStatus as S

KEY, SECRET = "sandbox-app_key", "sandbox-app_secret"

SAYS = {
    S.PICKED_UP: "GOT",
    S.IN_TRANSIT: "DEPARTURE",
    S.CUSTOMS: "CLEARANCE_START",
    S.OUT_FOR_DELIVERY: "SENT",
    S.AVAILABLE_FOR_PICKUP: "INBOUND",
    S.ATTEMPT_FAILED: "SIGNFAIL",
    S.EXCEPTION: "ISSUE",
    S.DELIVERED: "SIGNED",
    S.RETURNING: "RETURN",
}

WHOLE = {S.DELIVERED: "SIGNED", S.RETURNING: "RETURN", S.PICKED_UP: "GOT"}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query and the subscription; a number it does not know has no data."""
    if request.headers.get("app-key") != KEY:
        return _refuse("1001", "app-key不存在")
    body = request.body.decode(errors="replace")
    if not wire.same(signing.sign(body, SECRET), request.headers.get("sign", "")):
        return _refuse("1002", "签名错误")
    try:
        asked = wire.object_of(body)
    except Unreadable:
        return _refuse("1003", "参数错误")
    if request.path == subscribing.PATH:
        return _say(None)
    if request.path != tracking.PATH:
        return _refuse("1004", "接口不存在")
    parcel = world.parcel(wire.word(asked.get("mailno")))
    return _say(_told(parcel) if parcel else None)


def _told(parcel: SandboxParcel) -> dict[str, object]:
    last = parcel.scans[-1].meaning.status if parcel.scans else None
    return {
        "mailno": parcel.tracking_number,
        "status": (WHOLE.get(last, "TRANSIT")) if last else "",
        "steps": [
            {
                "time": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
                "station_name": (scan.place and scan.place.facility) or "",
                "action": _code(scan),
                "description": scan.description,
            }
            for scan in parcel.scans
        ],
    }


def _code(scan: Scan) -> str:
    """The script's own code where it says the same; a status that Yunda has no code for keeps the script's."""
    if TABLE.meaning(ACTION, scan.raw_code).status is scan.meaning.status:
        return scan.raw_code
    return SAYS.get(scan.meaning.status, scan.raw_code)


def _say(told: dict[str, object] | None) -> Reply:
    return wire.json_reply({"result": True, "code": "0000", "message": "请求成功", "data": told})


def _refuse(code: str, message: str) -> Reply:
    return wire.json_reply({"result": False, "code": code, "message": message, "data": None})
