"""JD's pushes: one scan as a bare JSON object, with nothing that proves where it came from."""

from carriers import wire
from carriers.carrier import Access, Incoming, Reading, Reply, Unreadable
from carriers.jd import tracking


def verify(_request: Incoming, _access: Access) -> None:
    """Nothing to check: JD signs nothing, so the address alone vouches for a push."""


def read(request: Incoming) -> Reading:
    """The one scan of a push."""
    return Reading(tracking.shipments([wire.object_of(request.body)], "push"))


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
