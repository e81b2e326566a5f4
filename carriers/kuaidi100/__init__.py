"""Kuaidi100 (快递100), an aggregator: one format for the parcels of many carriers."""

from carriers import wire
from carriers.carrier import Carrier, Unreadable
from carriers.kuaidi100 import booking, intercepting, pickups, push, results, sandbox, statuses, subscribing, tracking
from db.enums import Confidence

OUR_REQUESTS = {"customer", "schema", "method"}


def recognise(body: bytes) -> str:
    """Which kind of Kuaidi100 message this is, from its content alone."""
    fields = results.fields_of(body)
    if "param" in fields and not OUR_REQUESTS & fields.keys():
        return "pickup" if pickups.is_state(wire.object_of(fields["param"])) else "push"
    answer = wire.object_of(body)
    if results.refusal_of(answer) is not None:
        return "error"
    if pickups.is_state(answer) or (wire.word(wire.dig(answer, "data", "orderId")) and "result" in answer):
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
        "secret": "Optional: the secret of the account; orders and interceptions are signed with it.",
        "partner_id": "Optional: the merchant's own account with the carrier, for interceptions.",
        "partner_key": "Optional: the key of that account.",
        "fine_statuses": "Optional: any value, once the account has the fine states (resultv2=4) activated.",
    },
    codes=statuses.CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.HIGH,
        "subscribing": Confidence.HIGH,
        "booking": Confidence.MEDIUM,
        "intercepting": Confidence.LOW,
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
        "An order must name the carrier that is to come; whether our reference alone makes an order one is not known.",
        "Our reference (thirdOrderId), the question after an order and its states are public fields, not in the samples.",
        "An order may have its number later, by push; Yunda's always does.",
        "A courier is sent today, tomorrow or the day after; no message that moves an order was seen.",
        "A state comes again when it was weighed anew (155), and a cancelled order may live again (166).",
        "An interception changes the door, or sends back (a type of their field list); its answer was not seen.",
        "Asking for one number more often than every 30 minutes may lock it.",
    ),
    homepage="https://www.kuaidi100.com",
    is_aggregator=True,
    tracking=tracking.TRACKING,
    subscribing=subscribing.SUBSCRIBING,
    pushing=push.PUSHING,
    read_pickup=pickups.read,
    read_error=tracking.read_error,
    recognise=recognise,
    booking=booking.BOOKING,
    intercepting=intercepting.INTERCEPTING,
    sandbox=sandbox.SANDBOX,
)
