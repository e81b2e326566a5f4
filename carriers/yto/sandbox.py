"""YTO's side of the wire: the tracking interface and its two ways to say no."""

from carriers import wire
from carriers.carrier import Incoming, Reply, SandboxWorld, Scan, Unreadable
from carriers.times import BEIJING
from carriers.yto import signing
from carriers.yto.statuses import BAD_SIGNATURE, NAMESPACE, NOT_FOUND, TABLE
from carriers.yto.tracking import METHOD
from db.enums import TrackingStatus as S

PATH = f"/open/{METHOD}/{signing.VERSION}/sandbox-user_id/sandbox-client_code"
SECRET = "sandbox-track_secret"  # noqa: S105 no secret: what every sandbox account holds

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
    """A bare array for a parcel that was scanned, an object for one that was not."""
    try:
        fields = wire.form_of(request.body)
        number = wire.word(wire.object_of(fields.get("param", "")).get("NUMBER"))
    except Unreadable:
        return wire.json_reply({"code": "1002", "message": "参数错误。", "success": False})
    if request.path != PATH:
        return wire.json_reply({"code": "1002", "message": "接口不存在。", "success": False}, 404)
    if not wire.same(signing.sign(fields["param"], METHOD, SECRET), fields.get("sign", "")):
        told = {"code": BAD_SIGNATURE, "success": "false", "reason": "处理失败.请求校验签名失败"}
        return wire.json_reply({"Response": told})
    parcel = world.parcel(number)
    if parcel is None or not parcel.scans:
        empty = {"code": NOT_FOUND, "map": {number: []}, "message": "查询结果为空。", "success": True}
        return wire.json_reply(empty)
    return wire.json_reply([_told(number, scan) for scan in parcel.scans])


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
