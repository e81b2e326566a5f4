"""USPS: tracking, and what its pickup and error answers say."""

from datetime import timedelta

from carriers import wire
from carriers.carrier import Authorizing, Carrier, Tracking
from carriers.usps import booking, errors, tracking
from carriers.usps.sandbox import SANDBOX
from carriers.usps.statuses import TABLE
from db.enums import Confidence

CARRIER = Carrier(
    code="usps",
    name_en="USPS",
    name_zh="美国邮政",
    country="US",
    zone="America/New_York",
    hosts={"live": "https://apis.usps.com", "test": "https://apis-tem.usps.com"},
    credentials={
        "client_id": "Consumer key of the app in USPS's developer portal.",
        "client_secret": "Consumer secret of the same app.",
    },
    codes=TABLE.rows,
    confidence={
        "tracking": Confidence.MEDIUM,
        "booking": Confidence.MEDIUM,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.LOW,
        "statuses": Confidence.HIGH,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Pushes exist (Subscriptions - Tracking), but no message was seen: parcels are asked after.",
        "Event times are local whatever their Z says; the zone is that of the offset given, the state, or Washington.",
        "An unknown number is an error of its own code (150001, 150002, 150003, 150009), not a 404.",
        "There is one pickup a door and day (020001): a second order goes with the first, which cannot be told apart.",
        "A pickup comes with the mail, free and at no certain hour; it has no waybill number, and no states are pushed.",
        "It is called off only with the ETag of its answer; that the answer to a new pickup bears one was not seen.",
        "The change of a pickup must repeat its whole address: it is called off and made anew instead.",
        "Return labels need a second token of a payment account, whose request was not seen: none are made.",
        "The error's full shape is known by its field list only.",
        "Sixty calls an hour is the quota in public reports; it is not confirmed.",
    ),
    homepage="https://developers.usps.com",
    authorizing=Authorizing(errors.token_request, wire.granted),
    tracking=Tracking(tracking.request, tracking.read, at_most=1, no_oftener=timedelta(hours=1)),
    read_pickup=errors.read_pickup,
    read_error=errors.read_error,
    recognise=errors.recognise,
    booking=booking.BOOKING,
    sandbox=SANDBOX,
)
