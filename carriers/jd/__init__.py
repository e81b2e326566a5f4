"""JD Logistics."""

from carriers.carrier import Carrier, Pushing, Sandbox, Subscribing, Tracking
from carriers.jd import booking, push, sandbox, sandbox_booking, subscribing, tracking
from carriers.jd.statuses import CODES
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="jd",
    name_en="JD Logistics",
    name_zh="京东物流",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://api.jdl.com", "test": "https://uat-api.jdl.com"},
    credentials={
        "app_key": "The application's app_key.",
        "app_secret": "Its secret; it signs our requests.",
        "access_token": "The token granted to the application in JD's console.",
        "customer_code": "The customer code of the contract the parcels are sent under.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.LOW,
        "push": Confidence.HIGH,
        "subscribing": Confidence.HIGH,
        "booking": Confidence.MEDIUM,
        "error": Confidence.LOW,
        "statuses": Confidence.HIGH,
        "sandbox": Confidence.LOW,
    },
    notes=(
        "JD signs no push: its address, which nobody else knows, is the only proof.",
        "The acknowledgement that a push expects is not confirmed.",
        "Tracking answers are read as a typed model lists their fields; none was captured.",
        "Only parcels sent by a contract customer (order origin 1) can be asked after.",
        "The signature was recomputed from the published rule; no published value was found to compare with.",
        "An order sent twice under one reference is answered with the first (subCode 0_0001), so it may be sent again.",
        "When to collect (pickupStartTime and pickupEndTime) are JD's public fields, not in the sample of an order.",
        "Hours are asked for with the check before an order, from the door to itself.",
        "An order is cancelled by its waybill number; the answer was not seen and is read as JD's others are.",
        "No message that changes an order, asks after one, tells its real fee or draws its label was seen.",
        "A courier's name and telephone are read from the sentence that assigns the order.",
    ),
    homepage="https://open.jdl.com",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read),
    pushing=Pushing(PushAuthenticity.ADDRESS_ONLY, push.verify, push.read, push.acknowledge),
    read_error=tracking.read_error,
    recognise=push.recognise,
    booking=booking.BOOKING,
    sandbox=Sandbox(sandbox.answer, sandbox.push, sandbox_booking.push_booking),
)
