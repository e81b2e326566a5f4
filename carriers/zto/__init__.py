"""ZTO Express."""

from carriers.carrier import Carrier, Pushing, Sandbox, Subscribing, Tracking
from carriers.zto import push, sandbox, subscribing, tracking
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
    },
    codes=CODES,
    confidence={
        "tracking": Confidence.MEDIUM,
        "push": Confidence.HIGH,
        "subscribing": Confidence.MEDIUM,
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
    ),
    homepage="https://open.zto.com",
    tracking=Tracking(request=tracking.request, read=tracking.read),
    subscribing=Subscribing(request=subscribing.request, read=subscribing.read),
    pushing=Pushing(PushAuthenticity.SIGNED, push.verify, push.read, push.acknowledge),
    read_error=tracking.read_error,
    recognise=push.recognise,
    sandbox=Sandbox(sandbox.answer, sandbox.push),
)
