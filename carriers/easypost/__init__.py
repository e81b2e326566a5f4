"""EasyPost, an aggregator: trackers of many carriers in its own words, signed events, pickups and errors."""

from datetime import timedelta

from carriers.carrier import Carrier, Pushing, Subscribing, Tracking
from carriers.easypost import errors, push, subscribing, tracking
from carriers.easypost.sandbox import SANDBOX
from carriers.easypost.statuses import TABLE
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="easypost",
    name_en="EasyPost",
    name_zh="EasyPost",
    country="US",
    zone="UTC",
    hosts={"live": "https://api.easypost.com", "test": "https://api.easypost.com"},
    credentials={"api_key": "API key; a test key makes the same host a test."},
    codes=TABLE.rows,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.HIGH,
        "subscribing": Confidence.LOW,
        "pickup": Confidence.HIGH,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Statuses are EasyPost's: coarser than those of the carrier that moves the parcel.",
        "An unknown number gets a tracker without details; we tell it as not found, yet to be asked again.",
        "The signature with a timestamp (second version) is not confirmed; the first is checked.",
        "How a webhook is created is known from client libraries only.",
    ),
    homepage="https://www.easypost.com",
    is_aggregator=True,
    tracking=Tracking(tracking.request, tracking.read, at_most=1, no_oftener=timedelta(minutes=30)),
    subscribing=Subscribing(
        subscribing.request, subscribing.read, at_most=100, whole_account=True, finding=subscribing.FINDING
    ),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_pickup=errors.read_pickup,
    read_error=errors.read_error,
    recognise=errors.recognise,
    sandbox=SANDBOX,
)
