"""SF Express (顺丰): routes by query and by push, and the life of a pickup."""

from carriers import wire
from carriers.carrier import Carrier, Unreadable
from carriers.sf import answers, push, sandbox, statuses, subscribing, tracking
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
        "client_ip": "Optional: the address our subscriptions are sent from, as SF asks to be told it.",
    },
    codes=statuses.CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.HIGH,
        "subscribing": Confidence.MEDIUM,
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
    ),
    homepage="https://open.sf-express.com",
    tracking=tracking.TRACKING,
    subscribing=subscribing.SUBSCRIBING,
    pushing=push.PUSHING,
    read_pickup=push.read_pickup,
    read_error=answers.read_error,
    recognise=recognise,
    sandbox=sandbox.SANDBOX,
)
