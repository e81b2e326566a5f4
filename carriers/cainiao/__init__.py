"""Cainiao (菜鸟): the parcels of its pickups, and the answers of its global tracking page."""

from carriers import wire
from carriers.cainiao import booking, pickups, sandbox, statuses, tracking
from carriers.carrier import Carrier, Reply, Unreadable
from db.enums import Confidence


def recognise(body: bytes) -> str:
    """Which kind of Cainiao message this is, from its content alone."""
    answer = wire.object_of(body)
    if tracking.refusal_of(answer) is not None:
        return "error"
    if "success" in answer and pickups.is_pickup(answer.get("data")):
        return "pickup"
    if "module" in answer or wire.dig(answer, "data", "logisticsDetails") is not None:
        read = tracking.read(Reply(body=body))
        return "error" if read.errors and not read.shipments else "track"
    raise Unreadable("none of the Cainiao messages that we read")


CARRIER = Carrier(
    code="cainiao",
    name_en="Cainiao",
    name_zh="菜鸟",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://gateway.cainiao.com"},
    credentials={
        "provider_id": "The identity of the caller at the gateway (logistic_provider_id).",
        "secret": "The secret of the application; every message is signed with it.",
        "access_code": "The access code of the pickup service.",
        "account_id": "Optional: the application's key (cnAccountId); pickups are ordered in its name.",
    },
    codes=statuses.CODES,
    confidence={
        "tracking": Confidence.MEDIUM,
        "booking": Confidence.MEDIUM,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.MEDIUM,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.LOW,
    },
    notes=(
        "The signing rule agrees in several places, but no published example proves it.",
        "Only parcels of Cainiao's own pickups are asked after; each also has the waybill of the carrier chosen.",
        "Answers of the gateway are those of an integration's tests, not captured.",
        "A pickup is asked after, moved and cancelled by Cainiao's own number: an order whose answer was lost is nobody's.",
        "A pickup is moved without repeating its doors, and times are asked for without the destination.",
        "Cainiao chooses the carrier; its states end with the collection, and no failure or cancellation is among them.",
        "What was weighed and charged (payInfo) is not read: in which units it is was never seen.",
        "The global tracking page is read, never asked: it is an undocumented public address.",
        "Trace and order pushes exist, but no payload of them is known; the trace codes come from a public report.",
    ),
    homepage="https://www.cainiao.com",
    tracking=tracking.TRACKING,
    read_pickup=pickups.read,
    read_error=tracking.read_error,
    recognise=recognise,
    booking=booking.BOOKING,
    sandbox=sandbox.SANDBOX,
)
