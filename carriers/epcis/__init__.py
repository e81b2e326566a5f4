"""Partners that exchange events by GS1 EPCIS 2.0 rather than by a carrier's API."""

from datetime import timedelta

from carriers.carrier import Carrier, Pushing, Subscribing, Tracking
from carriers.epcis import exchange, sandbox, statuses
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="epcis",
    name_en="GS1 EPCIS 2.0 partners",
    name_zh="GS1 EPCIS 2.0 合作伙伴",
    country="BE",
    zone="UTC",
    # A standard has no host of its own: the account names its partner's address.
    hosts={"live": "", "test": ""},
    credentials={
        "base_url": "The address of the partner's EPCIS repository, without a slash at the end.",
        "access_token": "The bearer that repository wants.",
        "query_name": "For pushes: the named query agreed with the partner.",
    },
    codes=statuses.TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.MEDIUM,
        "subscribing": Confidence.LOW,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.LOW,
    },
    notes=(
        "The standard leaves the signature open; we check an HMAC-SHA256 of the raw body unless agreed otherwise.",
        "Only the obvious terms of the core vocabulary have a status; receiving is a hand-over, not a delivery.",
        "A later message cannot withdraw an event read from an earlier one; within one message it is dropped.",
        "An identifier is tracked as the partner writes it; the eighteen digits of an SSCC are a linked number.",
        "Only the first page of an answer is read.",
    ),
    homepage="https://www.gs1.org/standards/epcis",
    tracking=Tracking(exchange.request, exchange.read, at_most=20, no_oftener=timedelta(minutes=30)),
    subscribing=Subscribing(exchange.subscribe, exchange.subscribed, whole_account=True),
    pushing=Pushing(
        PushAuthenticity.SIGNED, verify=exchange.verify, read=exchange.read_push, acknowledge=exchange.acknowledge
    ),
    recognise=exchange.recognise,
    sandbox=sandbox.SANDBOX,
)
