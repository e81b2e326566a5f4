"""Kuaidi100 (快递100), an aggregator: one format for the parcels of many carriers."""

from carriers import wire
from carriers.carrier import Carrier, Unreadable
from carriers.kuaidi100 import push, results, sandbox, statuses, subscribing, tracking
from db.enums import Confidence

OUR_REQUESTS = {"customer", "schema", "method"}


def recognise(body: bytes) -> str:
    """Which kind of Kuaidi100 message this is, from its content alone."""
    fields = push.fields_of(body)
    if "param" in fields and not OUR_REQUESTS & fields.keys():
        return "push"
    answer = wire.object_of(body)
    if results.refusal_of(answer) is not None:
        return "error"
    if wire.word(wire.dig(answer, "data", "kuaidinum")) and "result" in answer:
        return "pickup"
    if "status" in answer and "data" in answer:
        return "track" if wire.word(answer["status"]) == results.OK or answer["data"] else "error"
    raise Unreadable("none of the kuaidi100 messages that we read")


CARRIER = Carrier(
    code="kuaidi100",
    name_en="Kuaidi100",
    name_zh="快递100",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://poll.kuaidi100.com"},
    credentials={
        "customer": "The customer code of the account; queries are signed with it.",
        "key": "The authorisation key of the account.",
        "fine_statuses": "Optional: any value, once the account has the fine states (resultv2=4) activated.",
    },
    codes=statuses.CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.HIGH,
        "subscribing": Confidence.HIGH,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.HIGH,
    },
    notes=(
        "An aggregator: each parcel must be sent with the carrier that moves it.",
        "The pushes that end monitoring or correct the carrier are assembled from official comments, not captured.",
        "The fine states 201 to 210 were never itemised; they stay unknown.",
        "Events without a state of their own carry none; the newest takes the state of the parcel.",
        "The callback of pickup orders was not seen; only the answer to an order is read.",
        "Asking for one number more often than every 30 minutes may lock it.",
    ),
    homepage="https://www.kuaidi100.com",
    is_aggregator=True,
    tracking=tracking.TRACKING,
    subscribing=subscribing.SUBSCRIBING,
    pushing=push.PUSHING,
    read_pickup=tracking.read_pickup,
    read_error=tracking.read_error,
    recognise=recognise,
    sandbox=sandbox.SANDBOX,
)
