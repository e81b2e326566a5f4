"""Ocean carriers by the DCSA Track & Trace standard: containers and bookings, by query and signed notification."""

from datetime import timedelta

from carriers.carrier import Carrier, Pushing, Subscribing, Tracking
from carriers.dcsa import push, sandbox, signing, statuses, subscribing, tracking
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="dcsa",
    name_en="Ocean carriers (DCSA Track & Trace)",
    name_zh="海运承运人（DCSA 标准）",
    country="NL",
    zone="UTC",
    # A standard has no host of its own: the account names its ocean carrier's address.
    hosts={"live": "", "test": ""},
    credentials={
        "base_url": "The address of the ocean carrier's API, without a slash at the end.",
        "consumer_key": "The key of the app at the ocean carrier.",
        "access_token": "A bearer, for ocean carriers that want one beside the key.",
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
        "Only events of classifier ACT happened; plans and estimates are kept and never count.",
        "Stripped and dropped containers may be deliveries or not: both stay UNKNOWN, so delivery is not told here.",
        "A number of four letters and seven digits is asked for as a container, any other as a booking.",
        "That version 2 signs with HMAC is read from its sister standard; the newer scheme is an official example.",
        "Only the first page of up to 1000 events is asked for.",
    ),
    homepage="https://dcsa.org/standards/track-and-trace",
    tracking=Tracking(tracking.request, tracking.read, no_oftener=timedelta(hours=1)),
    subscribing=Subscribing(subscribing.request, subscribing.read, finding=subscribing.FINDING),
    pushing=Pushing(PushAuthenticity.SIGNED, verify=signing.verify, read=push.read, acknowledge=push.acknowledge),
    recognise=push.recognise,
    sandbox=sandbox.SANDBOX,
)
