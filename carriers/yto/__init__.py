"""YTO Express."""

from carriers.carrier import Carrier, Sandbox, Tracking
from carriers.yto import booking, sandbox, tracking
from carriers.yto.statuses import CODES
from db.enums import Confidence

CARRIER = Carrier(
    code="yto",
    name_en="YTO Express",
    name_zh="圆通速递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://openapi.yto.net.cn", "test": "https://openuat.yto56.com.cn:6443"},
    credentials={
        "user_id": "The user id in the address of every call.",
        "client_code": "The client code of the tracking interface; the last part of its address.",
        "track_secret": "The secret of the tracking interface: each of YTO's interfaces has its own.",
        "order_client_code": "Optional: the client code of the order interfaces; needed to order.",
        "order_secret": "Optional: the secret of the order interfaces; needed to order.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.HIGH,
        "booking": Confidence.LOW,
        "error": Confidence.HIGH,
        "statuses": Confidence.MEDIUM,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "YTO serves only addresses on the account's IP white list.",
        "A live account may be given a port of its own; that is not confirmed.",
        "Times carry no offset and are taken as Beijing time; scans abroad may be off.",
        "Subscribing exists, but the form of its pushes is not known, so parcels are polled.",
        "Orders and cancellations are taken to share one client code and secret; YTO gives them out by interface.",
        "Answers to an order and its cancellation were not seen; public integrations read logisticsNo and mailNo of them.",
        "What YTO says to an order sent twice was not seen, and no question after an order: a person must look.",
        "No state of an order is pushed before the parcel is scanned, and no message moves its time.",
        "YTO collects up to six days ahead; sizes are not told with an order, since their unit is not in the sample.",
    ),
    homepage="https://open.yto.net.cn",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    read_error=tracking.read_error,
    recognise=tracking.recognise,
    booking=booking.BOOKING,
    sandbox=Sandbox(sandbox.answer),
)
