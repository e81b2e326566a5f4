"""UPS: tracking, Track Alert pushes in both versions, and what its pickup and error answers say."""

from datetime import timedelta

from carriers import wire
from carriers.carrier import Authorizing, Carrier, Pushing, Subscribing, Tracking
from carriers.ups import pickups, push, subscribing, tracking
from carriers.ups.sandbox import SANDBOX
from carriers.ups.statuses import TABLE
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="ups",
    name_en="UPS",
    name_zh="联合包裹",
    country="US",
    zone="America/New_York",
    hosts={"live": "https://onlinetools.ups.com", "test": "https://wwwcie.ups.com"},
    credentials={
        "client_id": "Client id of the app in UPS's developer portal.",
        "client_secret": "Client secret of the same app.",
        "alert_version": 'Optional: "v2" when Track Alert is set up in the portal; else version 1 is used.',
    },
    codes=TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.MEDIUM,
        "subscribing": Confidence.MEDIUM,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Pushes are not signed: version 1 repeats our secret, version 2 sends a bearer fetched from our own address.",
        "A subscription ends after fourteen days.",
        "Activity codes explain exceptions only; their list was mapped by its texts and stays unknown where unclear.",
        "Older answers have no GMT: times are read in the zone of their place, else in that of Atlanta.",
        "The answer to a new pickup is known by its shape only.",
    ),
    homepage="https://developer.ups.com",
    authorizing=Authorizing(pickups.token_request, wire.granted),
    tracking=Tracking(tracking.request, tracking.read, at_most=1, no_oftener=timedelta(minutes=10)),
    subscribing=Subscribing(subscribing.request, subscribing.read, at_most=100, lasts=timedelta(days=14)),
    pushing=Pushing(PushAuthenticity.SHARED_SECRET, push.verify, push.read, push.acknowledge),
    read_pickup=pickups.read_pickup,
    read_error=tracking.read_error,
    recognise=pickups.recognise,
    sandbox=SANDBOX,
)
