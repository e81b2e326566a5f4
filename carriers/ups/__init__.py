"""UPS: tracking, Track Alert pushes in both versions, and what its pickup and error answers say."""

from datetime import timedelta

from carriers import wire
from carriers.carrier import Authorizing, Carrier, Pushing, Subscribing, Tracking
from carriers.ups import pickups, push, subscribing, tracking
from carriers.ups.booking import BOOKING
from carriers.ups.intercepting import INTERCEPTING
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
        "account_number": "Optional: the account that pays; without it nothing can be booked.",
        "account_country": "Optional: that account's country, where it is not the one returns go to.",
        "alert_version": 'Optional: "v2" when Track Alert is set up in the portal; else version 1 is used.',
    },
    codes=TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.MEDIUM,
        "subscribing": Confidence.MEDIUM,
        "booking": Confidence.MEDIUM,
        "intercepting": Confidence.LOW,
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
        "A pickup bears our reference, and UPS lists it while it is pending, today's and tomorrow's only; sent twice it is two.",
        "What UPS answers where no pickup is pending was not seen; a refusal there is not taken for a no.",
        "States of a pickup are not pushed: it is asked after. A pickup is not moved but cancelled and made anew.",
        "A pickup has no waybill number: the label is ordered apart, before it. Prices are of the pickup alone.",
        "Labels are for returns within one country; across a border an invoice belongs to them that was not seen.",
        "Interceptions follow UPS's own definition (v2); of them only the way back has examples here, with one reason (AM).",
        "Another day is a day, no hours. Kept means at a facility that UPS chooses. Another door lies in the United States.",
        "Left with somebody means another door and a word to the driver: whether UPS takes the same door is not known.",
        "That a wish stands follows from what UPS says may be called off: so we read it, no such case was seen.",
    ),
    homepage="https://developer.ups.com",
    authorizing=Authorizing(pickups.token_request, wire.granted),
    tracking=Tracking(tracking.request, tracking.read, at_most=1, no_oftener=timedelta(minutes=10)),
    subscribing=Subscribing(subscribing.request, subscribing.read, at_most=100, lasts=timedelta(days=14)),
    pushing=Pushing(PushAuthenticity.SHARED_SECRET, push.verify, push.read, push.acknowledge),
    read_pickup=pickups.read_pickup,
    read_error=tracking.read_error,
    recognise=pickups.recognise,
    booking=BOOKING,
    intercepting=INTERCEPTING,
    sandbox=SANDBOX,
)
