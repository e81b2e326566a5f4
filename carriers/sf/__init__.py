"""SF Express (顺丰): routes by query and by push, orders to collect and the life of a pickup."""

from carriers import wire
from carriers.carrier import Carrier, Unreadable
from carriers.sf import answers, booking, intercepting, push, sandbox, statuses, subscribing, tracking
from db.enums import Confidence


def recognise(body: bytes) -> str:
    """Which kind of SF message this is, from its content alone."""
    if wire.is_xml(body):
        return "track"
    message = wire.object_of(body)
    if "orderState" in message:
        return "pickup"
    if "Body" in message:
        return "push"
    inner, errors = answers.opened(body)
    if errors:
        return "error"
    if isinstance(inner, dict) and "routeResps" in inner:
        return "track"
    raise Unreadable("none of the SF messages that we read")


CARRIER = Carrier(
    code="sf",
    name_en="SF Express",
    name_zh="顺丰速运",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://bspgw.sf-express.com", "test": "https://sfapi-sbox.sf-express.com"},
    credentials={
        "partner_id": "The customer code of the open platform (partnerID).",
        "check_word": "The check word of the same environment; requests are signed with it.",
        "monthly_card": "Optional: the monthly account that orders are charged to; without it nothing can be ordered.",
        "client_ip": "Optional: the address our subscriptions are sent from, as SF asks to be told it.",
    },
    codes=statuses.CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.HIGH,
        "subscribing": Confidence.MEDIUM,
        "booking": Confidence.HIGH,
        "intercepting": Confidence.LOW,
        "pickup": Confidence.HIGH,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Pushes are not signed: their address is the secret, and it is set in SF's console.",
        "A number of another customer is answered only with the last four digits of a phone.",
        "The list of operation codes is not complete; unknown ones are kept as they are.",
        "An empty list of routes means an unknown number or a wrong phone: SF does not say which.",
        "The answer to a subscription was not seen; it is read like every other answer of SF.",
        "An order has no name but our reference: sent twice it is refused as a repeat (8016), and asked for by it.",
        "That a courier is called (isDocall) and when (sendStartTm) are SF's public fields, not in the sample of an order.",
        "The answers to an order query and to a question of hours were not seen; the query is read as the order's own.",
        "An order is changed by cancelling it and making another: no message that moves its time was seen.",
        "States beyond taken, assigned and collected come from one public integration; settled fees are not read.",
        "Of interceptions one sample was seen, of service 7 (another time); the services 1, 2 and 5 are rebuilt from field lists.",
        "An interception cannot be asked about, and a parcel takes one only: a lost answer needs a person.",
    ),
    homepage="https://open.sf-express.com",
    tracking=tracking.TRACKING,
    subscribing=subscribing.SUBSCRIBING,
    pushing=push.PUSHING,
    read_pickup=push.read_pickup,
    read_error=answers.read_error,
    recognise=recognise,
    booking=booking.BOOKING,
    intercepting=intercepting.INTERCEPTING,
    sandbox=sandbox.SANDBOX,
)
