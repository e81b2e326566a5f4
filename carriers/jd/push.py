"""JD's pushes: one scan as a bare JSON object, with nothing that proves where it came from. A parcel's first scans are
the life of the order to collect it, so they are read as both."""

import re
from typing import Any

from carriers import times, wire
from carriers.carrier import Access, Courier, Incoming, Reading, ReadPickup, Reply, Unreadable
from carriers.jd import tracking
from carriers.jd.statuses import PICKUPS

# "Assigned to Zhang San (telephone: 13800138000)": who comes is told nowhere but in this sentence.
_COURIER = re.compile(r"分配给([^（(]{1,40})[（(]联系电话[：:]\s*([\d-]{5,20})")


def verify(_request: Incoming, _access: Access) -> None:
    """Nothing to check: JD signs nothing, so the address alone vouches for a push."""


def read(request: Incoming) -> Reading:
    """The one scan of a push, and what it says of the order to collect the parcel."""
    told = wire.object_of(request.body)
    pickup = _pickup(told)
    if pickup and not wire.word(told.get("waybillCode")):  # an order that has no number yet
        return Reading(pickups=(pickup,))
    return Reading(tracking.shipments([told], "push"), pickups=(pickup,) if pickup else ())


def _pickup(told: dict[str, Any]) -> ReadPickup | None:
    code, reference, remark = (wire.word(told.get(name)) for name in ("state", "orderId", "operationRemark"))
    if code not in PICKUPS or not reference:  # without our reference it is no order of ours
        return None
    met = _COURIER.search(remark)
    return ReadPickup(
        reference=reference,
        status=PICKUPS[code],
        raw_code=code,
        tracking_number=tracking.number_of(told) or None,
        courier=Courier(met[1].strip(), met[2]) if met else None,
        reason="" if met else remark,
        occurred_at=times.local(told.get("operationTime"), times.BEIJING, "push.operationTime"),
    )


def acknowledge(_request: Incoming) -> Reply:
    """Thanks in the form of JD's own answers (what a push expects is not published)."""
    return wire.json_reply({"code": 0, "msg": "成功", "success": True})


def recognise(body: bytes) -> str:
    """Tells "push", "track" and "error" apart by the fields alone."""
    if "waybillCode" in wire.object_of(body):
        return "push"
    answer = tracking.answered(body)
    if "success" not in answer:
        raise Unreadable("neither a push nor an answer of JD")
    details = wire.dig(answer, "data", "traceDetails")
    if details:
        return "track"
    if tracking.succeeded(answer) and details is None:
        raise Unreadable("an answer of JD, but not of tracking")
    return "error"
