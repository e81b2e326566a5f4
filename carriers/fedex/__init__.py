"""FedEx: tracking, signed pushes, and what its pickup and error answers say."""

from datetime import timedelta

from carriers import wire
from carriers.carrier import Authorizing, Carrier, Pushing, Tracking
from carriers.fedex import pickups, push, tracking
from carriers.fedex.booking import BOOKING
from carriers.fedex.sandbox import SANDBOX
from carriers.fedex.statuses import TABLE
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="fedex",
    name_en="FedEx",
    name_zh="联邦快递",
    country="US",
    zone="America/Chicago",
    hosts={"live": "https://apis.fedex.com", "test": "https://apis-sandbox.fedex.com"},
    credentials={
        "client_id": "API key of the project that has the Track API.",
        "client_secret": "Secret key of the same project.",
        "account_number": "Optional: the account that pays; without it nothing can be booked or priced.",
    },
    codes=TABLE.rows,
    confidence={
        "tracking": Confidence.HIGH,
        "push": Confidence.MEDIUM,
        "booking": Confidence.MEDIUM,
        "pickup": Confidence.MEDIUM,
        "error": Confidence.HIGH,
        "statuses": Confidence.HIGH,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "No push was captured: its body is documented as that of a tracking answer, its signature as Base64 or hex.",
        "The webhook is set up in FedEx's developer portal; its security token is the account's push secret.",
        "A number may be reused: two shipments under one number are told apart by their unique id.",
        "A pickup cannot be asked for by our reference, and sent twice it is two: a lost answer needs a person.",
        "A pickup is not moved but cancelled and made anew; it is cancelled by what its answer said (location, day).",
        "A pickup has no waybill number: the label is ordered apart, before it.",
        "When a courier is free (availabilities), tags and states of a pickup were not seen and are not asked for.",
        "The price with a courier at the door is asked for by FedEx's public word for it; the sample is of a parcel dropped off.",
        "The time a parcel is ready is written as the samples do: the door's own clock, with a Z.",
        "That a shipment is a return is told by FedEx's public fields; the sample request is that of an outbound one.",
        "Scans without an offset are read in the zone of their place, else in that of Memphis.",
    ),
    homepage="https://developer.fedex.com",
    authorizing=Authorizing(pickups.token_request, wire.granted),
    tracking=Tracking(tracking.request, tracking.read, at_most=30, no_oftener=timedelta(minutes=10)),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_pickup=pickups.read_pickup,
    read_error=tracking.read_error,
    recognise=pickups.recognise,
    booking=BOOKING,
    sandbox=SANDBOX,
)
