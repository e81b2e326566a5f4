"""J&T's side of the wire: tracking, and its gateway's refusals."""

from typing import Any

from carriers import wire
from carriers.carrier import Incoming, Reply, SandboxWorld, Scan, Unreadable
from carriers.jtexpress import signing
from carriers.jtexpress.statuses import NAME, PROBLEM, TABLE
from carriers.jtexpress.tracking import DONE, PATH
from carriers.times import BEIJING
from db.enums import TrackingStatus as S

ACCOUNT, KEY = "sandbox-api_account", "sandbox-private_key"

SAYS = {
    S.PICKED_UP: "快件揽收",
    S.IN_TRANSIT: "发件扫描",
    S.CUSTOMS: "安检扫描",
    S.OUT_FOR_DELIVERY: "出库扫描",
    S.AVAILABLE_FOR_PICKUP: "入库扫描",
    S.ATTEMPT_FAILED: "问题件扫描/A9",
    S.EXCEPTION: "问题件扫描",
    S.DELIVERED: "快件签收",
    S.RETURNING: "退件扫描",
    S.CANCELED: "问题件扫描/A31",
}


def answer(request: Incoming, world: SandboxWorld) -> Reply:
    """Plays the query; a number it does not know has no details."""
    given = request.headers.get("digest", "")
    if request.headers.get("apiaccount") != ACCOUNT:
        return _refuse("145003010", "API账号不存在")
    if not given:
        return _refuse("145003052", "digest为空")
    try:
        content = wire.form_of(request.body).get("bizContent", "")
        asked = wire.object_of(content)
    except Unreadable:
        return _refuse("145003050", "非法参数")
    if not wire.same(signing.digest(content, KEY), given):
        return _refuse("145003030", "headers签名失败")
    if request.path != PATH:
        return _refuse("145003012", "API账号无接口权限")
    numbers = wire.word(asked.get("billCodes")).split(",")
    return wire.json_reply({"code": DONE, "msg": "success", "data": [_told(number, world) for number in numbers]})


def _told(number: str, world: SandboxWorld) -> dict[str, Any]:
    parcel = world.parcel(number)
    return {"billCode": number, "details": [_scan(number, scan) for scan in reversed(parcel.scans)] if parcel else []}


def _scan(number: str, scan: Scan) -> dict[str, str | None]:
    name, _, problem = _code(scan).partition("/")
    branch = scan.place and scan.place.facility
    return {
        "billCode": number,
        "scanTime": f"{scan.occurred_at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        "desc": f"【{branch}】{scan.description}" if branch else scan.description,
        "scanType": name,
        "problemType": problem or None,
    }


def _code(scan: Scan) -> str:
    """The script's own code where it says the same; a status that J&T has no code for keeps the script's."""
    name, _, problem = scan.raw_code.partition("/")
    if TABLE.meaning(*((PROBLEM, problem) if problem else (NAME, name))).status is scan.meaning.status:
        return scan.raw_code
    return SAYS.get(scan.meaning.status, scan.raw_code)


def _refuse(code: str, message: str) -> Reply:
    return wire.json_reply({"code": code, "msg": message, "data": None})
