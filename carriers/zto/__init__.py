"""ZTO Express."""

from carriers.carrier import Carrier, Pushing, Sandbox, Subscribing, Tracking
from carriers.zto import booking, intercepting, push, sandbox, subscribing, tracking
from carriers.zto.statuses import CODES
from db.enums import Confidence, PushAuthenticity

CARRIER = Carrier(
    code="zto",
    name_en="ZTO Express",
    name_zh="中通快递",
    country="CN",
    zone="Asia/Shanghai",
    hosts={"live": "https://japi.zto.com", "test": "https://japi-test.zto.com"},
    credentials={
        "app_key": "The appKey of the application in ZTO's console.",
        "app_secret": "Its appSecret; it signs our requests and ZTO's pushes.",
        "account_id": "Optional: the waybill account at a branch; without it nothing can be ordered.",
        "account_password": "Optional: its password.",
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.HIGH,
        "subscribing": Confidence.MEDIUM,
        "booking": Confidence.MEDIUM,
        "intercepting": Confidence.LOW,
        "error": Confidence.MEDIUM,
        "statuses": Confidence.HIGH,
        "sandbox": Confidence.MEDIUM,
    },
    notes=(
        "Tracking and subscribing need the last four digits of the sender's or recipient's phone.",
        "The application must keep ZTO's default digest (MD5, Base64, no timestamp).",
        "The acknowledgement that a push expects is not confirmed; we answer as ZTO's own platform does.",
        "No push of a problem or a return has been seen; such a push stays UNKNOWN with its code.",
        "A published answer does not repeat the tracking number, so one call asks for one parcel.",
        "A courier is called by an order of type 2, the kind that can be cancelled; the sample of an order is of type 1.",
        "What ZTO says to an order sent twice was not seen, and no question after an order: a person must look.",
        "Weights, values and insurance are not told with an order: the sample does not say in which units they are.",
        "Interceptions and the question after them are rebuilt from public integrations' fields; no message was captured.",
        "No state of an order is pushed before the parcel is collected, and no message moves its time.",
    ),
    homepage="https://open.zto.com",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_error=tracking.read_error,
    recognise=push.recognise,
    booking=booking.BOOKING,
    intercepting=intercepting.INTERCEPTING,
    sandbox=Sandbox(sandbox.answer, sandbox.push),
)
