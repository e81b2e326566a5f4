"""Cainiao's side of the wire: the gateway that checks the digest and answers the logistics detail of a number, and its desk."""

from collections.abc import Mapping
from typing import Any

from carriers import times, wire
from carriers.cainiao import signing
from carriers.cainiao.sandbox_booking import SERVICES, refused
from carriers.cainiao.tracking import MSG_TYPE
from carriers.carrier import Incoming, Reply, Sandbox, SandboxParcel, SandboxWorld, Scan, Unreadable
from db.enums import TrackingStatus as S

FIELDS = ("msg_type", "logistic_provider_id", "logistics_interface", "data_digest")

# What the sandbox writes for a status. The list has nothing for the others: they go out without a code.
WRITTEN = {
    S.INFO_RECEIVED: "0",
    S.PICKED_UP: "400",
    S.IN_TRANSIT: "500",
    S.CUSTOMS: "475",
    S.OUT_FOR_DELIVERY: "600",
    S.AVAILABLE_FOR_PICKUP: "900",
    S.ATTEMPT_FAILED: "800",
    S.EXCEPTION: "700",
    S.DELIVERED: "1000",
    S.RETURNING: "1200",
}


def answer(incoming: Incoming, world: SandboxWorld) -> Reply:
    """One address; the service is chosen by ``msg_type``."""
    try:
        fields = wire.form_of(incoming.body)
        message = wire.object_of(fields.get("logistics_interface", ""))
    except Unreadable:
        return refused("S01", "非法的报文格式")
    if (refusal := _refusal(fields, message)) is not None:
        return refusal
    asked = message["request"] if isinstance(message.get("request"), dict) else {}
    if fields["msg_type"] == MSG_TYPE:
        return _details(world.parcel(wire.word(asked.get("mailNo"))))
    try:
        return SERVICES[fields["msg_type"]](asked, world)
    except Unreadable:
        return refused("S01", "非法的报文格式")


def _refusal(fields: Mapping[str, str], message: dict[str, Any]) -> Reply | None:
    if not all(fields.get(name) for name in FIELDS):
        return refused("S01", "非法的报文格式")
    if not wire.same(signing.digest(fields["logistics_interface"], "sandbox-secret"), fields["data_digest"]):
        return refused("S02", "非法的数字签名")
    account = (fields["logistic_provider_id"], wire.dig(message, "accessOption", "accessCode"))
    if account != ("sandbox-provider_id", "sandbox-access_code"):
        return refused("S03", "非法的物流公司")
    return None if fields["msg_type"] in {MSG_TYPE, *SERVICES} else refused("S04", "非法的通知类型")


def _details(parcel: SandboxParcel | None) -> Reply:
    scans = parcel.scans if parcel else ()
    return wire.json_reply({"success": True, "data": {"logisticsDetails": [_detail(scan) for scan in scans]}})


def _detail(scan: Scan) -> dict[str, Any]:
    place = scan.place
    return {
        "status": WRITTEN.get(scan.meaning.status, ""),
        "desc": scan.description,
        "time": times.beijing(scan.occurred_at),
        "city": (place and place.city) or "",
        "area": "",
        "address": "" if place is None or place.text == place.city else place.text or "",
        "courierInfo": None,
    }


SANDBOX = Sandbox(answer)
