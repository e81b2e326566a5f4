"""YTO's side of the wire: the interfaces for tracking and orders, and its two ways to say no."""

from collections.abc import Callable, Mapping
from typing import Any

from carriers import wire
from carriers.carrier import Incoming, Reply, SandboxWorld, Scan, Unreadable
from carriers.times import BEIJING
from carriers.yto import booking, sandbox_booking, signing, tracking
from carriers.yto.sandbox_booking import refuse
from carriers.yto.statuses import BAD_SIGNATURE, NAMESPACE, NOT_FOUND, TABLE
from db.enums import TrackingStatus as S

SAYS = {
    S.PICKED_UP: "GOT",
    S.IN_TRANSIT: "DEPARTURE",
    S.OUT_FOR_DELIVERY: "SENT_SCAN",
    S.AVAILABLE_FOR_PICKUP: "INBOUND",
    S.ATTEMPT_FAILED: "FAILED",
    S.DELIVERED: "SIGNED",
    S.RETURNED: "TMS_RETURN",
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the interface that the address names, for an account that holds its secret."""
    try:
        fields = wire.form_of(request.body)
        param = wire.object_of(fields.get("param", ""))
        method = next((name for name in INTERFACES if request.path == _path(name)), "")
        if not method:
            return refuse("1002", "接口不存在。", 404)
        serve, (_, secret) = INTERFACES[method]
        if not wire.same(signing.sign(fields["param"], method, f"sandbox-{secret}"), fields.get("sign", "")):
            told = {"code": BAD_SIGNATURE, "success": "false", "reason": "处理失败.请求校验签名失败"}
            return wire.json_reply({"Response": told})
        return serve(param, world)
    except Unreadable:
        return refuse("1002", "参数错误。")


def _path(method: str) -> str:
    _, (client, _) = INTERFACES[method]
    return f"/open/{method}/{signing.VERSION}/sandbox-user_id/sandbox-{client}"


def _track(param: dict[str, Any], world: SandboxWorld) -> Reply:
    """A bare array for a parcel that was scanned, an object for one that was not."""
    number = wire.word(param.get("NUMBER"))
    parcel = world.parcel(number)
    if parcel is None or not parcel.scans:
        empty = {"code": NOT_FOUND, "map": {number: []}, "message": "查询结果为空。", "success": True}
        return wire.json_reply(empty)
    return wire.json_reply([_told(number, scan) for scan in parcel.scans])


# By the interface's name: what serves it, and the account's own client code and secret for it.
INTERFACES: Mapping[str, tuple[Callable[[dict[str, Any], SandboxWorld], Reply], tuple[str, str]]] = {
    tracking.METHOD: (_track, tracking.OWN),
    booking.CREATE: (sandbox_booking.create, booking.OWN),
    booking.CANCEL: (sandbox_booking.cancel, booking.OWN),
}


def _told(number: str, scan: Scan) -> dict[str, str]:
    branch = scan.place and (scan.place.text or scan.place.facility)
    return {
        "waybill_No": number,
        "upload_Time": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "infoContent": _code(scan),
        "processInfo": f"【{branch}】 {scan.description}" if branch else scan.description,
    }


def _code(scan: Scan) -> str:
    """The script's own code where it says the same; a status that YTO has no code for keeps the script's."""
    if TABLE.meaning(NAMESPACE, scan.raw_code).status is scan.meaning.status:
        return scan.raw_code
    return SAYS.get(scan.meaning.status, scan.raw_code)
